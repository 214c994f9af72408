package io.github.colonnade.cli;

import io.github.colonnade.DType;
import io.github.colonnade.cli.files.NewFolder;
import io.github.colonnade.cli.files.UnreadableFileException;
import io.github.colonnade.cli.plot.Page;
import io.github.colonnade.examples.mnist.DataSet;
import io.github.colonnade.examples.mnist.Epoch;
import io.github.colonnade.examples.mnist.Settings;
import io.github.colonnade.examples.mnist.Trainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains the example network on IDX files. */
@Command(
    name = "train",
    description = {
      "Train a small convolutional network on Fashion-MNIST, MNIST or the like, and draw how its loss",
      "fell, its first layer's kernels and which classes it confuses. Pixels are scaled to mean 0 and",
      "deviation 1. The same seed gives the same weights with any number of threads."
    },
    sortOptions = false)
final class TrainCommand implements Callable<Integer> {
  private static final String PACKAGE = "dataset-fashion-mnist";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = {
        "Folder with train-images-idx3-ubyte, train-labels-idx1-ubyte and both with t10k in place of",
        "train, each gzipped or not; where Debian's package " + PACKAGE + " puts them if left out."
      })
  private Path data;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      converter = Numbers.Count.class,
      description = "How often to train with every image; 3 if left out.")
  private int epochs = 3;

  @Option(
      names = "--batch",
      paramLabel = "N",
      converter = Numbers.Count.class,
      description = "Images between two steps; 64 if left out.")
  private int batch = 64;

  @Option(
      names = "--learning-rate",
      paramLabel = "R",
      converter = Numbers.Real.class,
      description =
          "What the first step multiplies the velocity with; 0.05 if left out. It falls evenly, to 0 "
              + "after the last step.")
  private double learningRate = 0.05;

  @Option(
      names = "--momentum",
      paramLabel = "M",
      converter = Numbers.Real.class,
      description = "What a step keeps of the velocity, 0 to below 1; 0.9 if left out.")
  private double momentum = 0.9;

  @Option(
      names = "--dtype",
      paramLabel = "f32|f64",
      converter = Choices.DTypeConverter.class,
      description = "Type to compute in; f32 if left out.")
  private DType dtype = DType.F32;

  @Option(
      names = "--seed",
      paramLabel = "N",
      converter = Numbers.Whole.class,
      description = "Seed of the first weights and the images' order; 1 if left out.")
  private long seed = 1;

  @Mixin private ThreadsOption threads = new ThreadsOption();

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = {
        "Where " + TrainingPlots.FILES + " go; the folder training if",
        "left out. Made if it is missing."
      })
  private Path outputDir = Path.of("training");

  @Option(
      names = "--json",
      paramLabel = "OUT",
      description = "Also write each epoch's figures to this file as JSON.")
  private Path jsonFile;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    requireSound();
    Path folder = data == null ? DataSet.FASHION_MNIST : data;
    DataSet images = read(folder);
    if (batch > images.training().size()) {
      throw new IllegalArgumentException(
          "--batch: is " + batch + ", there are " + images.training().size() + " training images");
    }
    try (NewFolder _ = new NewFolder(outputDir)) {
      train(folder, images);
    }
    return 0;
  }

  private void train(Path folder, DataSet images) throws IOException {
    ResultFiles results = new ResultFiles().promise("--json", jsonFile);
    TrainingPlots plots = new TrainingPlots(outputDir, images.classes());
    plots.promise(results);

    PrintWriter out = spec.commandLine().getOut();
    BenchReport.printMachine(out, threads.threads());
    out.printf(
        "%s images to train with and %s to test with, from %s%n%n",
        images.training().size(), images.test().size(), Printable.text(folder.toString()));
    TrainingReport report = new TrainingReport(out);
    Settings settings =
        new Settings(dtype, epochs, batch, learningRate, momentum, seed, threads.threads());
    try (Trainer trainer = new Trainer(images, settings)) {
      report.printHeader();
      for (int number = 1; number <= epochs; number++) {
        report.add(train(trainer, number, plots));
      }
      plots.put(results, settings, report.epochs(), trainer.kernels());
    }
    if (jsonFile != null) {
      results.put(jsonFile, report::writeJson);
    }
    results.write();
    out.printf("%nPlots: %s%n", Printable.text(plots.names()));
    if (!Page.canWrite()) {
      out.println("No fonts on this machine, so the plots have no text.");
    }
  }

  private void requireSound() throws UnreadableFileException {
    if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "--learning-rate: is " + learningRate + ", must be a number above 0");
    }
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException(
          "--momentum: is " + momentum + ", must be from 0 to below 1");
    }
    if (Files.exists(outputDir) && !Files.isDirectory(outputDir)) {
      throw new IllegalArgumentException(
          "--output-dir: " + outputDir + " is a file, must be a folder");
    }
  }

  private DataSet read(Path folder) throws IOException {
    if (data == null && !Files.exists(folder)) {
      throw new UnreadableFileException(
          folder,
          "is not there: install Debian's package "
              + PACKAGE
              + ", or name another folder of IDX files with --data");
    }
    return DataSet.read(folder);
  }

  private Epoch train(Trainer trainer, int number, TrainingPlots plots) {
    String name = "epoch " + number + "/" + epochs;
    try (Progress progress = Progress.of(name, trainer.steps())) {
      return trainer.epoch(
          step -> {
            if (Double.isNaN(step.loss()) || Double.isInfinite(step.loss())) {
              throw new IllegalArgumentException(
                  String.format(
                      Locale.ROOT,
                      "--learning-rate: is %s, with which the loss became %s in step %d of epoch %d;"
                          + " must be lower",
                      learningRate,
                      step.loss(),
                      step.batch(),
                      number));
            }
            plots.add(step);
            progress.step(TrainingReport.state(step));
          });
    }
  }
}
