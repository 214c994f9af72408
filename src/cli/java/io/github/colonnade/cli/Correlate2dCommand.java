package io.github.colonnade.cli;

import io.github.colonnade.Signal2d;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** SciPy's cross-correlation on files. */
@Command(
    name = "correlate2d",
    description = "Correlate an image with a kernel: scipy.signal.correlate2d.",
    sortOptions = false)
final class Correlate2dCommand implements Callable<Integer> {
  @Mixin private SignalOptions signal = new SignalOptions();

  @Override
  public Integer call() throws IOException {
    return signal.run(Signal2d::correlate2d);
  }
}
