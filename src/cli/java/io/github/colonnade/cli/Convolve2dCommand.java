package io.github.colonnade.cli;

import io.github.colonnade.Signal2d;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** SciPy's convolution on files. */
@Command(
    name = "convolve2d",
    description = "Convolve an image with a kernel, which is flipped: scipy.signal.convolve2d.",
    sortOptions = false)
final class Convolve2dCommand implements Callable<Integer> {
  @Mixin private SignalOptions signal = new SignalOptions();

  @Override
  public Integer call() throws IOException {
    return signal.run(Signal2d::convolve2d);
  }
}
