package io.github.colonnade.cli;

import io.github.colonnade.NpyFormatException;
import io.github.colonnade.cli.files.UnreadableFileException;
import io.github.colonnade.cli.image.ImageFormatException;
import io.github.colonnade.examples.mnist.IdxFormatException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.FileSystemException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * How a command's failure is reported: user mistakes in one line and with exit code 2, anything
 * else with 1. {@code -Dcolonnade.verbose=true} adds the stack trace.
 */
final class Failure {
  /** What picocli puts before the message of a converter. */
  private static final Pattern INVALID_VALUE =
      Pattern.compile(
          "^Invalid value for (?:option '([^']+)'[^:]*"
              + "|positional parameter at index \\d+ \\(<?([^)>]+)>?\\)): ");

  private Failure() {}

  /** Reports arguments that cannot be understood. */
  static int reportUsage(ParameterException mistake, String... args) {
    CommandLine command = mistake.getCommandLine();
    String message = String.valueOf(mistake.getMessage());
    Matcher converter = INVALID_VALUE.matcher(message);
    if (isUnknownCommand(mistake)) {
      String unknown = ((UnmatchedArgumentException) mistake).getUnmatched().get(0);
      message = unknownCommand(unknown, command);
    } else if (converter.find()) {
      String name = converter.group(1) == null ? converter.group(2) : converter.group(1);
      message = name + ": " + message.substring(converter.end());
    } else {
      String name = command.getCommandSpec().qualifiedName();
      message = lowerFirst(message) + " (see '" + name + " --help')";
    }
    return report(command.getErr(), mistake, message, ExitCode.USAGE);
  }

  private static boolean isUnknownCommand(ParameterException mistake) {
    return mistake instanceof UnmatchedArgumentException unmatched
        && !mistake.getCommandLine().getSubcommands().isEmpty()
        && !unmatched.getUnmatched().get(0).startsWith("-");
  }

  /** Returns the message for a command that is none. */
  static String unknownCommand(String unknown, CommandLine command) {
    String known = String.join(", ", command.getSubcommands().keySet());
    return "unknown command '" + unknown + "', must be one of " + known;
  }

  /** Reports what went wrong while a command ran. */
  static int report(PrintWriter err, Throwable thrown) {
    if (thrown instanceof UnsatisfiedLinkError missing) {
      // The loader's listing: every path tried and why it failed, a line each.
      String listing = "colonnade: " + LibraryWords.translate(missing.getMessage());
      listing.lines().map(Printable::text).forEach(err::println);
      trace(err, thrown);
      return ExitCode.SOFTWARE;
    }
    if (thrown instanceof OutOfMemoryError tooLittle) {
      return report(err, thrown, MemoryAdvice.of(tooLittle), ExitCode.SOFTWARE);
    }
    if (thrown instanceof IllegalArgumentException
        || thrown instanceof NpyFormatException
        || thrown instanceof ImageFormatException
        || thrown instanceof IdxFormatException
        || thrown instanceof UnreadableFileException) {
      return report(err, thrown, thrown.getMessage(), ExitCode.USAGE);
    }
    if (thrown instanceof FileSystemException file) {
      String reason = file.getReason() == null ? reason(file) : file.getReason();
      return report(err, thrown, file.getFile() + ": " + reason, ExitCode.USAGE);
    }
    String name = thrown.getClass().getSimpleName();
    String message = thrown.getMessage() == null ? name : name + ": " + thrown.getMessage();
    String hint = " (COLONNADE_JAVA_OPTS=-Dcolonnade.verbose=true shows the stack trace)";
    return report(err, thrown, message.replaceAll("\\R+", " ") + hint, ExitCode.SOFTWARE);
  }

  private static int report(PrintWriter err, Throwable thrown, String message, int code) {
    err.println("colonnade: " + Printable.text(LibraryWords.translate(String.valueOf(message))));
    trace(err, thrown);
    return code;
  }

  private static void trace(PrintWriter err, Throwable thrown) {
    if (Boolean.getBoolean("colonnade.verbose")) {
      StringWriter trace = new StringWriter();
      thrown.printStackTrace(new PrintWriter(trace));
      trace
          .toString()
          .lines()
          .map(line -> line.replace("\t", "  "))
          .map(Printable::text)
          .forEach(err::println);
    }
  }

  /** Puts into words what an exception of {@code java.nio.file} says only by its type. */
  private static String reason(FileSystemException thrown) {
    return switch (thrown.getClass().getSimpleName()) {
      case "NoSuchFileException" -> "no such file or folder";
      case "AccessDeniedException" -> "permission denied";
      case "FileAlreadyExistsException" -> "exists already";
      case "NotDirectoryException" -> "is not a folder";
      default -> "cannot be read or written";
    };
  }

  private static String lowerFirst(String message) {
    return message.isEmpty()
        ? message
        : Character.toLowerCase(message.charAt(0)) + message.substring(1);
  }
}
