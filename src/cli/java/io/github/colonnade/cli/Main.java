package io.github.colonnade.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** Runs {@code colonnade COMMAND [OPTIONS]} and exits with 0, or 2 or 1 as {@link Failure} says. */
public final class Main {
  private Main() {}

  /**
   * Runs one command and ends the process with its exit code.
   *
   * @param args command, options and parameters
   */
  public static void main(String... args) {
    // Photographs are read, drawn and written without a screen.
    System.setProperty("java.awt.headless", "true");
    PrintWriter out = new PrintWriter(System.out, true, charset("stdout.encoding"));
    PrintWriter err = new PrintWriter(System.err, true, charset("stderr.encoding"));
    System.exit(run(out, err, args));
  }

  /** Runs one command and returns the exit code; what it prints goes to {@code out} and err. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine commands =
        new CommandLine(new ColonnadeCommand())
            .setOut(out)
            .setErr(err)
            .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
            .setExpandAtFiles(false)
            .registerConverter(Path.class, new PathConverter())
            .setUsageHelpWidth(100)
            .setParameterExceptionHandler(Failure::reportUsage)
            .setExecutionExceptionHandler((thrown, command, parsed) -> Failure.report(err, thrown));
    try {
      return commands.execute(args);
    } catch (Throwable thrown) {
      // picocli hands on exceptions only: a missing OpenBLAS and a lack of memory are errors.
      return Failure.report(err, thrown);
    } finally {
      out.flush();
      err.flush();
    }
  }

  private static Charset charset(String property) {
    return Charset.forName(System.getProperty(property, "UTF-8"), Charset.defaultCharset());
  }
}
