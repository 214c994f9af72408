package io.github.colonnade.cli;

import io.github.colonnade.Im2col;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How images are lowered to columns: what both directions need. */
final class ColumnsOptions {
  @Mixin private KernelOption kernel = new KernelOption();

  @Mixin private GeometryOptions geometry = new GeometryOptions();

  @Option(
      names = "--layout",
      paramLabel = "rows|columns|batched",
      converter = Choices.LayoutConverter.class,
      description =
          "Shape of the columns. rows: [N*OH*OW, C*KH*KW], if left out; columns: [C*KH*KW, N*OH*OW];"
              + " batched: [N, C*KH*KW, OH*OW].")
  private Im2col.Layout layout = Im2col.Layout.ROWS;

  @Mixin private ThreadsOption threads = new ThreadsOption();

  Im2col im2col(long channels) {
    return geometry
        .im2col(kernel.h(), kernel.w(), channels)
        .layout(layout)
        .threads(threads.threads())
        .build();
  }

  /** Returns what the columns' shape must look like. */
  String[] form() {
    return switch (layout) {
      case ROWS -> new String[] {"N*OH*OW", "C*KH*KW"};
      case COLUMNS -> new String[] {"C*KH*KW", "N*OH*OW"};
      case BATCHED -> new String[] {"N", "C*KH*KW", "OH*OW"};
    };
  }
}
