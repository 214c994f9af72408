package io.github.colonnade.examples.mnist;

import io.github.colonnade.Elementwise;
import io.github.colonnade.RandomFill;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Trains a {@link ConvNet} by stochastic gradient descent with momentum and a learning rate that
 * falls evenly to 0. The same settings and images give the same bits, whatever the number of
 * threads.
 */
public final class Trainer implements AutoCloseable {
  private final Arena arena = Arena.ofConfined();
  private final DataSet data;
  private final Settings settings;
  private final ConvNet net;
  private final Elementwise arithmetic;
  private final Map<Integer, Batch> batches = new HashMap<>();
  private final SplittableRandom random;
  private final double[] shades;
  private final int[] order;
  private int epochs;

  /**
   * Makes a network that knows nothing yet.
   *
   * @param data what to learn
   * @param settings how
   */
  public Trainer(DataSet data, Settings settings) {
    this.data = data;
    this.settings = settings;
    int threads = settings.threads();
    net =
        new ConvNet(
            arena,
            settings.dtype(),
            threads,
            RandomFill.seeded(settings.seed()).withThreads(threads));
    arithmetic = Elementwise.create().withThreads(threads);
    random = new SplittableRandom(settings.seed());
    shades = data.training().shades();
    order = inOrder(data.training());
  }

  /** {@return the steps of each epoch} */
  public int steps() {
    return Math.ceilDiv(data.training().size(), settings.batch());
  }

  /**
   * Trains with every image once, in a new order, then tests.
   *
   * @param watcher is told of every step
   * @return what came of it
   * @throws IllegalStateException after the last epoch of the settings
   */
  public Epoch epoch(Consumer<Step> watcher) {
    if (epochs == settings.epochs()) {
      throw new IllegalStateException("epoch: the last of " + epochs + " is over");
    }
    shuffle();
    long start = System.nanoTime();
    double lossSum = 0;
    long correct = 0;
    int done = 0;
    double imagesPerSecond = 0;
    for (int step = 1; step <= steps(); step++) {
      Batch batch = batch(order.length - done);
      batch.load(data.training(), shades, order, done);
      double loss = batch.forwardAndBackward();
      for (Parameter parameter : net.parameters()) {
        parameter.step(arithmetic, learningRate(step), settings.momentum());
      }
      done += batch.size();
      lossSum += batch.size() * loss;
      correct += batch.correct();
      imagesPerSecond = done / ((System.nanoTime() - start) * 1e-9);
      watcher.accept(
          new Step(step, loss, lossSum / done, (double) correct / done, imagesPerSecond));
    }
    epochs++;
    return new Epoch(epochs, lossSum / order.length, evaluate(data.test()), imagesPerSecond);
  }

  private double learningRate(int step) {
    double stepsBefore = (double) epochs * steps() + step - 1;
    return settings.learningRate() * (1 - stepsBefore / ((double) settings.epochs() * steps()));
  }

  private void shuffle() {
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
  }

  private Evaluation evaluate(ImageSet images) {
    int[] all = inOrder(images);
    int[][] confusion = new int[ImageSet.CLASSES][ImageSet.CLASSES];
    double lossSum = 0;
    for (int done = 0; done < all.length; ) {
      Batch batch = batch(all.length - done);
      batch.load(images, shades, all, done);
      lossSum += batch.size() * batch.forward();
      batch.countIn(confusion);
      done += batch.size();
    }
    return new Evaluation(lossSum / all.length, confusion);
  }

  /** Returns a batch, of as many images as are left where these are fewer than usual. */
  private Batch batch(int left) {
    int size = Math.min(left, settings.batch());
    return batches.computeIfAbsent(
        size, images -> new Batch(arena, net, settings.dtype(), settings.threads(), images));
  }

  private static int[] inOrder(ImageSet images) {
    int[] order = new int[images.size()];
    Arrays.setAll(order, i -> i);
    return order;
  }

  /** {@return a copy of the first layer's kernels, each of 25 weights} */
  public double[][] kernels() {
    double[] weights = net.weight1.value().toDoubleArray();
    int size = weights.length / 16;
    double[][] kernels = new double[16][];
    Arrays.setAll(kernels, i -> Arrays.copyOfRange(weights, i * size, (i + 1) * size));
    return kernels;
  }

  /** Frees the network. */
  @Override
  public void close() {
    arena.close();
  }
}
