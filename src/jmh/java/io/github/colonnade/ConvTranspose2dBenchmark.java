package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Every pass of transposed convolution. */
public class ConvTranspose2dBenchmark extends OperatorBenchmark {
  /** Upsampling as networks do it, square throughout, one image at a time. */
  public enum Layer {
    /** The second of DCGAN's generator, with a kernel that the stride divides. */
    DCGAN2(512, 256, 8, 4, 2, 1, 1),
    /** Its third. */
    DCGAN3(256, 128, 16, 4, 2, 1, 1),
    /** A step up in U-Net, where no windows overlap. */
    UNET(256, 128, 56, 2, 2, 0, 1),
    /** FCN-8s's last: each class by itself, eight times as large. */
    FCN8(21, 21, 28, 16, 8, 4, 21),
    /** What a call costs apart from its arithmetic. */
    TINY(4, 6, 4, 4, 2, 1, 2);

    final long inChannels;
    final long outChannels;
    final long size;
    final long kernel;
    final long stride;
    final long padding;
    final long groups;

    Layer(
        long inChannels,
        long outChannels,
        long size,
        long kernel,
        long stride,
        long padding,
        long groups) {
      this.inChannels = inChannels;
      this.outChannels = outChannels;
      this.size = size;
      this.kernel = kernel;
      this.stride = stride;
      this.padding = padding;
      this.groups = groups;
    }

    long[] inputShape() {
      return new long[] {1, inChannels, size, size};
    }

    ConvTranspose2d operator() {
      return ConvTranspose2d.builder(inChannels, outChannels, kernel, kernel)
          .stride(stride)
          .padding(padding)
          .groups(groups)
          .build();
    }
  }

  /** Name of a layer. */
  @Param public Layer layer;

  /** How it is computed. */
  @Param("AUTO")
  public Algorithm algorithm;

  private ConvTranspose2dPlan plan;
  Tensor input;
  Tensor weight;
  Tensor bias;
  private Tensor output;
  Tensor gradOutput;
  private Tensor gradInput;
  private Tensor gradWeights;
  private Tensor gradBias;

  @Override
  protected void prepare() {
    PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm).withThreads(threads);
    plan = layer.operator().plan(options, dtype, layer.inputShape());
    input = random(layer.inputShape());
    weight = random(plan.weightShape());
    bias = random(layer.outChannels);
    gradOutput = random(plan.outputShape());
    output = zeros(plan.outputShape());
    gradInput = zeros(layer.inputShape());
    gradWeights = zeros(plan.weightShape());
    gradBias = zeros(layer.outChannels);
  }

  /** The output. */
  @Benchmark
  public Tensor forward() {
    plan.forward(input, weight, bias, output);
    return output;
  }

  /** The input's gradient. */
  @Benchmark
  public Tensor backwardInput() {
    plan.backwardInput(gradOutput, weight, gradInput);
    return gradInput;
  }

  /** The weights' gradient. */
  @Benchmark
  public Tensor backwardWeights() {
    plan.backwardWeights(input, gradOutput, gradWeights);
    return gradWeights;
  }

  /** The bias's gradient. */
  @Benchmark
  public Tensor backwardBias() {
    plan.backwardBias(gradOutput, gradBias);
    return gradBias;
  }
}
