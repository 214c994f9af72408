package io.github.colonnade.cli;

import io.github.colonnade.AvgPool2d;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** An average pool, forward and backward. */
final class AvgPoolOptions {
  @Mixin private KernelOption kernel = new KernelOption();

  @Mixin private PoolOptions windows = new PoolOptions();

  @Option(
      names = "--no-count-include-pad",
      description =
          "Divide by the pixels of the input in a window alone, not those of padding too.")
  private boolean paddingLeftOut;

  @Option(
      names = "--divisor",
      paramLabel = "N",
      converter = Numbers.NotZero.class,
      description = "Divide every sum by N, which may be negative.")
  private Long divisor;

  AvgPool2d pool() {
    AvgPool2d.Builder builder =
        windows
            .configure(AvgPool2d.builder(kernel.h(), kernel.w()), kernel)
            .countIncludePad(!paddingLeftOut);
    return (divisor == null ? builder : builder.divisorOverride(divisor)).build();
  }
}
