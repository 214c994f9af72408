package io.github.colonnade.examples.mnist;

import io.github.colonnade.Activation;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Relu;
import io.github.colonnade.SoftmaxCrossEntropy;
import io.github.colonnade.Tensor;
import io.github.colonnade.Workspace;
import java.lang.foreign.Arena;

/**
 * A number of images on their way through a {@link ConvNet} and back: plans, results and gradients,
 * which serve one batch after another.
 */
final class Batch {
  private final ConvNet net;
  private final Conv2dPlan plan1;
  private final Conv2dPlan plan2;
  private final Workspace workspace;
  private final Relu relu;
  private final SoftmaxCrossEntropy crossEntropy;

  private final Tensor images;
  private final Tensor labels;
  private final Tensor features1;
  private final Tensor pooled1;
  private final Tensor maxima1;
  private final Tensor features2;
  private final Tensor pooled2;
  private final Tensor maxima2;
  private final Tensor logits;

  private final Tensor gradFeatures1;
  private final Tensor gradPooled1;
  private final Tensor gradFeatures2;
  private final Tensor gradPooled2;
  private final Tensor gradLogits;

  /** Plans and allocates for {@code size} images. */
  Batch(Arena arena, ConvNet net, DType dtype, int threads, int size) {
    this.net = net;
    PlanOptions options =
        PlanOptions.defaults().withThreads(threads).withActivation(Activation.RELU);
    plan1 = net.conv1.plan(options, dtype, size, 1, ImageSet.SIDE, ImageSet.SIDE);
    plan2 = net.conv2.plan(options, dtype, size, 16, 12, 12);
    workspace = Workspace.allocate(arena, Math.max(plan1.workspaceBytes(), plan2.workspaceBytes()));
    relu = Relu.create().withThreads(threads);
    crossEntropy = SoftmaxCrossEntropy.create().withThreads(threads);

    images = Tensor.allocate(arena, dtype, plan1.inputShape());
    labels = Tensor.allocate(arena, DType.I64, size);
    features1 = Tensor.allocate(arena, dtype, plan1.outputShape());
    pooled1 = Tensor.allocate(arena, dtype, plan2.inputShape());
    maxima1 = Tensor.allocate(arena, DType.I64, pooled1.shape());
    features2 = Tensor.allocate(arena, dtype, plan2.outputShape());
    pooled2 = Tensor.allocate(arena, dtype, size, 32, 4, 4);
    maxima2 = Tensor.allocate(arena, DType.I64, pooled2.shape());
    logits = Tensor.allocate(arena, dtype, size, ImageSet.CLASSES);

    gradFeatures1 = Tensor.allocate(arena, dtype, features1.shape());
    gradPooled1 = Tensor.allocate(arena, dtype, pooled1.shape());
    gradFeatures2 = Tensor.allocate(arena, dtype, features2.shape());
    gradPooled2 = Tensor.allocate(arena, dtype, pooled2.shape());
    gradLogits = Tensor.allocate(arena, dtype, logits.shape());
  }

  int size() {
    return (int) labels.size(0);
  }

  /** Takes the images at {@code order[from]}, {@code order[from + 1]} and so on. */
  void load(ImageSet set, double[] shades, int[] order, int from) {
    for (int i = 0; i < size(); i++) {
      set.copyImage(order[from + i], shades, images, i);
      labels.set(i, set.label(order[from + i]));
    }
  }

  /** Computes the logits and returns the mean loss of an image. */
  double forward() {
    computeLogits();
    return crossEntropy.forward(logits, labels);
  }

  /** Computes the logits and every parameter's gradient, and returns the mean loss of an image. */
  double forwardAndBackward() {
    computeLogits();
    final double loss = crossEntropy.backward(logits, labels, gradLogits);

    net.dense.backwardBias(gradLogits, net.bias3.gradient());
    net.dense.backwardWeights(pooled2, gradLogits, net.weight3.gradient());
    net.dense.backwardInput(gradLogits, net.weight3.value(), gradPooled2);

    // A pool's maximum is zero where all of its window is: the rectifier's gradient may come first,
    // with a quarter of the elements.
    relu.backward(pooled2, gradPooled2, gradPooled2);
    net.pool.backwardFromIndices(maxima2, gradPooled2, gradFeatures2);
    plan2.backwardBias(gradFeatures2, net.bias2.gradient(), workspace);
    plan2.backwardWeights(pooled1, gradFeatures2, net.weight2.gradient(), workspace);
    plan2.backwardInput(gradFeatures2, net.weight2.value(), gradPooled1, workspace);

    relu.backward(pooled1, gradPooled1, gradPooled1);
    net.pool.backwardFromIndices(maxima1, gradPooled1, gradFeatures1);
    plan1.backwardBias(gradFeatures1, net.bias1.gradient(), workspace);
    plan1.backwardWeights(images, gradFeatures1, net.weight1.gradient(), workspace);
    return loss;
  }

  private void computeLogits() {
    plan1.forward(images, net.weight1.value(), net.bias1.value(), features1, workspace);
    net.pool.forward(features1, pooled1, maxima1);
    plan2.forward(pooled1, net.weight2.value(), net.bias2.value(), features2, workspace);
    net.pool.forward(features2, pooled2, maxima2);
    net.dense.forward(pooled2, net.weight3.value(), net.bias3.value(), logits);
  }

  /** Returns the number of images whose class was predicted. */
  long correct() {
    return crossEntropy.correct(logits, labels);
  }

  /** Counts each image in {@code confusion[class][prediction]}. */
  void countIn(int[][] confusion) {
    for (int i = 0; i < size(); i++) {
      confusion[(int) labels.get(i)][predicted(i)]++;
    }
  }

  private int predicted(int image) {
    int best = 0;
    long row = (long) image * ImageSet.CLASSES;
    for (int k = 1; k < ImageSet.CLASSES; k++) {
      if (logits.get(row + k) > logits.get(row + best)) {
        best = k;
      }
    }
    return best;
  }
}
