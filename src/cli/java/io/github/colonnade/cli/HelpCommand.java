package io.github.colonnade.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what {@code --help} does. */
@Command(name = "help", description = "Show this help, or that of a command.")
final class HelpCommand implements Runnable {
  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "One of the commands.")
  private String name;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    CommandLine all = spec.parent().commandLine();
    CommandLine command = name == null ? all : all.getSubcommands().get(name);
    if (command == null) {
      throw new IllegalArgumentException(Failure.unknownCommand(name, all));
    }
    command.usage(all.getOut());
  }
}
