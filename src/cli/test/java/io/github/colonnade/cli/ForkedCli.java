package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs a main class in a JVM of its own: to be ended by a signal, or with another environment. */
public final class ForkedCli {
  /** Those that shells and {@code nohup} have programs ignore, by number from 1 on. */
  private static final List<String> SIGNALS = List.of("HUP", "INT");

  private final List<String> options = new ArrayList<>();
  private final ProcessBuilder builder = new ProcessBuilder();

  /** Adds an option of the JVM. */
  public ForkedCli option(String option) {
    options.add(option);
    return this;
  }

  /** Sets a variable of the environment. */
  public ForkedCli environment(String name, String value) {
    builder.environment().put(name, value);
    return this;
  }

  /** Sets the current folder. */
  ForkedCli folder(Path folder) {
    builder.directory(folder.toFile());
    return this;
  }

  /** Starts a main class of the command line or of its tests. */
  public Process start(Class<?> main, Object... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.add("-cp");
    command.add(
        String.join(
            File.pathSeparator,
            root(ForkedCli.class),
            System.getProperty("jdk.module.path"),
            System.getProperty("java.class.path")));
    command.add(main.getName());
    Stream.of(arguments).map(String::valueOf).forEach(command::add);
    return builder.command(command).start();
  }

  /** Runs the command line to its end. */
  Cli run(Object... arguments) throws IOException, InterruptedException {
    Process process = start(Main.class, arguments);
    String out = text(process.getInputStream().readAllBytes());
    String err = text(process.getErrorStream().readAllBytes());
    return new Cli(process.waitFor(), out, err);
  }

  /**
   * Skips a test where a process that this one starts would not end at a signal: where there are no
   * signals, and where this one was started with it ignored, as in a script's background or under
   * {@code nohup}.
   */
  public static void assumeEndsAt(String signal) throws IOException {
    assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return;
    }
    long bit = SIGNALS.indexOf(signal) + 1L;
    boolean ignored =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) & bit) != 0);
    assumeFalse(ignored, "this JVM was started with the signal ignored");
  }

  /** Sends a signal such as TERM and waits for the end. */
  public static void end(Process process, String signal) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid()))
        .inheritIO()
        .start()
        .waitFor();
    try {
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), signal);
    } finally {
      // One that ignores the signal would go on for ever.
      process.destroyForcibly();
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String root(Class<?> type) {
    String name = type.getName().replace('.', '/') + ".class";
    String url = type.getResource("/" + name).toString();
    return Path.of(URI.create(url.substring(0, url.length() - name.length()))).toString();
  }
}
