package io.github.colonnade.cli;

import io.github.colonnade.MaxPool2d;
import picocli.CommandLine.Mixin;

/** A max pool, forward and backward. */
final class MaxPoolOptions {
  @Mixin private KernelOption kernel = new KernelOption();

  @Mixin private DilationOption dilation = new DilationOption();

  @Mixin private PoolOptions windows = new PoolOptions();

  MaxPool2d pool() {
    return windows
        .configure(MaxPool2d.builder(kernel.h(), kernel.w()), kernel)
        .dilation(dilation.h(), dilation.w())
        .build();
  }
}
