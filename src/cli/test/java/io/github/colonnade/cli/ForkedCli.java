package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs a main class in a JVM of its own: to be ended by a signal, or with another environment. */
public final class ForkedCli {
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
