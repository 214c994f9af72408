package io.github.colonnade.cli;

import io.github.colonnade.Padding;
import io.github.colonnade.PoolBuilder;
import io.github.colonnade.PoolingRule;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a pool's window moves, other than its size: the same for every pool. */
final class PoolOptions {
  @Option(
      names = "--stride",
      paramLabel = "S|SH,SW",
      converter = Numbers.PairConverter.class,
      description = "Input pixels from one window to the next; the kernel's size if left out.")
  private Numbers.Pair stride;

  @Option(
      names = "--padding",
      paramLabel = "P|PH,PW|T,L,B,R|same|same-lower|valid",
      converter = PoolPaddingConverter.class,
      description =
          "Padding around the input; 0 if left out. P or PH,PW: at most half the kernel, PyTorch's"
              + " rule; T,L,B,R: of any size, ONNX's. same: as much as makes the output"
              + " ceil(input / stride), an odd one below and right (same-lower: above and left).")
  private PoolPadding padding = new PoolPadding(Padding.VALID, PoolingRule.PYTORCH);

  @Option(
      names = "--ceil-mode",
      description =
          "Count a last window that hangs over the padded input, if it starts before the padding"
              + " behind the input.")
  private boolean ceilMode;

  @Mixin private ThreadsOption threads = new ThreadsOption();

  /** Sets what was given; the rule of the padding decides nothing else. */
  <B extends PoolBuilder<B>> B configure(B builder, KernelOption kernel) {
    return builder
        .stride(stride == null ? kernel.h() : stride.h(), stride == null ? kernel.w() : stride.w())
        .padding(padding.sides())
        .rule(padding.rule())
        .ceilMode(ceilMode)
        .threads(threads.threads());
  }

  /**
   * Padding and whose rule says how much there may be.
   *
   * @param sides the padding
   * @param rule PyTorch's for padding as PyTorch has it, ONNX's for what only ONNX has
   */
  record PoolPadding(Padding sides, PoolingRule rule) {}

  /** Reads a {@link PoolPadding}. */
  static final class PoolPaddingConverter implements ITypeConverter<PoolPadding> {
    @Override
    public PoolPadding convert(String text) {
      Padding sides = new PaddingConverter().convert(text);
      boolean onnx = sides instanceof Padding.Same || text.split(",", -1).length == 4;
      return new PoolPadding(sides, onnx ? PoolingRule.ONNX : PoolingRule.PYTORCH);
    }
  }
}
