package io.github.colonnade.cli;

import io.github.colonnade.cli.bench.Machine;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The top-level command. */
@Command(
    name = "colonnade",
    description =
        "Two-dimensional convolution and pooling on off-heap memory, multiplied by OpenBLAS.",
    mixinStandardHelpOptions = true,
    versionProvider = ColonnadeCommand.Version.class,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    footer = {
      "",
      "Arrays are NumPy .npy files of f8 or f4, indices i8. Exit codes: 0 done, 2 a mistake in the",
      "arguments, files or shapes, 1 anything else."
    },
    subcommands = {
      InfoCommand.class,
      Conv2dCommand.class,
      Conv2dBackwardCommand.class,
      ConvTranspose2dCommand.class,
      Im2colCommand.class,
      Col2imCommand.class,
      MaxPool2dCommand.class,
      MaxPool2dBackwardCommand.class,
      AvgPool2dCommand.class,
      AvgPool2dBackwardCommand.class,
      Convolve2dCommand.class,
      Correlate2dCommand.class,
      FilterCommand.class,
      DemoCommand.class,
      TrainCommand.class,
      BenchCommand.class,
      HelpCommand.class
    })
final class ColonnadeCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    CommandLine command = spec.commandLine();
    String known = String.join(", ", command.getSubcommands().keySet());
    throw new ParameterException(command, "Missing command, one of " + known);
  }

  /** Provides the version of the module that runs. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"colonnade " + Machine.colonnade()};
    }
  }
}
