package io.github.colonnade.cli;

import io.github.colonnade.cli.plot.ConfusionMatrix;
import io.github.colonnade.cli.plot.FilterGrid;
import io.github.colonnade.cli.plot.LossCurve;
import io.github.colonnade.examples.mnist.Epoch;
import io.github.colonnade.examples.mnist.Settings;
import io.github.colonnade.examples.mnist.Step;
import io.github.colonnade.image.Photograph;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** The pictures of a training: the loss's curve, the first layer's kernels, the confusions. */
final class TrainingPlots {
  private static final String LOSS = "loss.png";
  private static final String FILTERS = "filters.png";
  private static final String CONFUSION = "confusion-matrix.png";

  /** All files, in words. */
  static final String FILES = LOSS + ", " + FILTERS + " and " + CONFUSION;

  private final Path folder;
  private final List<String> classes;
  private final DoubleStream.Builder losses = DoubleStream.builder();

  /** Starts the pictures that will lie in {@code folder}. */
  TrainingPlots(Path folder, List<String> classes) {
    this.folder = folder;
    this.classes = classes;
  }

  private Stream<Path> files() {
    return Stream.of(LOSS, FILTERS, CONFUSION).map(folder::resolve);
  }

  /** Registers the files to be written, before the work is done. */
  void promise(ResultFiles results) throws IOException {
    for (Path file : files().toList()) {
      results.promise("--output-dir", file);
    }
  }

  /** Takes down a step's loss. */
  void add(Step step) {
    losses.add(step.loss());
  }

  /** Draws all and keeps them to be written. */
  void put(ResultFiles results, Settings settings, List<Epoch> epochs, double[][] kernels) {
    Epoch last = epochs.getLast();
    double[] tests = epochs.stream().mapToDouble(epoch -> epoch.test().loss()).toArray();
    String how =
        String.format(
            Locale.ROOT,
            "%s of %d images, learning rate %s falling to 0, momentum %s, %s, seed %d",
            epochs.size() == 1 ? "1 epoch in batches" : epochs.size() + " epochs in batches",
            settings.batch(),
            settings.learningRate(),
            settings.momentum(),
            Choices.name(settings.dtype()),
            settings.seed());
    String accuracy =
        String.format(
            Locale.ROOT, "%.2f %% of the test images right", 100 * last.test().accuracy());
    put(results, LOSS, new LossCurve(losses.build().toArray(), tests).draw(how));
    put(results, FILTERS, FilterGrid.draw("Kernels of the first layer", how, kernels));
    put(
        results,
        CONFUSION,
        ConfusionMatrix.draw(accuracy + " after " + how, classes, last.test().confusion()));
  }

  private void put(ResultFiles results, String name, BufferedImage picture) {
    results.put(folder.resolve(name), Photograph.of(picture)::write);
  }

  /** Returns the files' names. */
  String names() {
    return files().map(Path::toString).collect(Collectors.joining(", "));
  }
}
