package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Both passes of padding in each mode. */
public class Pad2dBenchmark extends OperatorBenchmark {
  /** Padding as networks have it, square and the same on all sides, one image at a time. */
  public enum Layer {
    /** Before CycleGAN's first convolution of 7×7. */
    CYCLEGAN_STEM(3, 256, 3),
    /** Before each convolution of its residual blocks. */
    CYCLEGAN_BLOCK(256, 64, 1),
    /** What a call costs apart from its copying. */
    TINY(3, 5, 2);

    final long channels;
    final long size;
    final long padding;

    Layer(long channels, long size, long padding) {
      this.channels = channels;
      this.size = size;
      this.padding = padding;
    }

    long[] inputShape() {
      return new long[] {1, channels, size, size};
    }
  }

  /** Name of a layer. */
  @Param public Layer layer;

  /** What lies around the image. */
  @Param public Pad2d.Mode mode;

  private Pad2d pad;
  Tensor input;
  Tensor gradOutput;
  private Tensor output;
  private Tensor gradInput;

  @Override
  protected void prepare() {
    pad = Pad2d.builder(mode).padding(layer.padding).threads(threads).build();
    long[] outputShape = pad.outputShape(layer.inputShape());
    input = random(layer.inputShape());
    gradOutput = random(outputShape);
    output = zeros(outputShape);
    gradInput = zeros(layer.inputShape());
  }

  /** The output. */
  @Benchmark
  public Tensor forward() {
    pad.forward(input, output);
    return output;
  }

  /** The input's gradient. */
  @Benchmark
  public Tensor backward() {
    pad.backward(gradOutput, gradInput);
    return gradInput;
  }
}
