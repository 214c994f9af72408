package io.github.colonnade.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A {@link Worker}, seen from the JVM that gives it work. */
final class WorkerProcess implements AutoCloseable {
  /**
   * glibc hands large blocks back to the system when they are freed, so that a library that
   * allocates its results would pay for their pages at every call. These let it keep them.
   */
  private static final Map<String, String> KEEP_MEMORY =
      Map.of(
          "MALLOC_ARENA_MAX", "1",
          "MALLOC_MMAP_MAX_", "0",
          "MALLOC_TRIM_THRESHOLD_", "17179869184",
          "MALLOC_TOP_PAD_", "268435456");

  private final Path log;
  private final Process process;
  private final Writer commands;
  private final BufferedReader answers;

  /**
   * Starts one.
   *
   * @param classPath of the libraries and of this program
   * @param jvmOptions further ones than the library's own
   * @param log for all that it prints
   */
  WorkerProcess(Library library, int threads, String classPath, List<String> jvmOptions, Path log)
      throws IOException {
    this.log = log;
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.addAll(library.jvmOptions());
    // Which Colonnade would not exceed, whatever a plan allows.
    command.add("-Dcolonnade.threads=" + threads);
    command.add(Worker.class.getName());
    ProcessBuilder builder = new ProcessBuilder(command);
    // Off the command line: ONNX Runtime 1.29 crashes where that is long.
    builder.environment().put("CLASSPATH", classPath);
    if (library.isPeer()) {
      builder.environment().putAll(KEEP_MEMORY);
      builder.environment().put("OMP_NUM_THREADS", String.valueOf(threads));
    }
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    process = builder.start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Prepares a problem and returns the library's version and algorithm. */
  List<String> open(Trial trial) throws IOException {
    String answer =
        ask(
            String.join(
                " ",
                "open",
                trial.library().id(),
                trial.layer().name(),
                String.valueOf(trial.layer().n()),
                trial.pass().name(),
                trial.dtype().name(),
                String.valueOf(trial.threads())));
    return List.of(answer.split("\t", -1));
  }

  /** Calls a number of times and returns the milliseconds of each. */
  double[] calls(int count) throws IOException {
    return millis(ask("calls " + count));
  }

  /** Calls for some seconds, once at least, and returns the milliseconds of each call. */
  double[] time(double seconds) throws IOException {
    return millis(ask("time " + seconds));
  }

  /**
   * Compares the last call's results.
   *
   * @throws IOException naming the first element that is wrong
   */
  void check() throws IOException {
    ask("check");
  }

  /** Frees the problem. */
  void free() throws IOException {
    ask("close");
  }

  private static double[] millis(String nanos) {
    return Stream.of(nanos.strip().split(" "))
        .mapToDouble(each -> Long.parseLong(each) / 1e6)
        .toArray();
  }

  private String ask(String command) throws IOException {
    try {
      commands.write(command + "\n");
      commands.flush();
    } catch (IOException ended) {
      throw new IOException("its JVM ended", ended);
    }
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.startsWith(Worker.DONE)) {
        return line.substring(Worker.DONE.length());
      }
      if (line.startsWith(Worker.FAILED)) {
        throw new IOException(line.substring(Worker.FAILED.length()));
      }
      Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
    throw new IOException("its JVM ended");
  }

  /** Ends the process. */
  @Override
  public void close() {
    try {
      commands.close();
    } catch (IOException endedAlready) {
      // As it should.
    }
    process.destroyForcibly();
    boolean interrupted = false;
    while (process.isAlive()) {
      try {
        process.waitFor();
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    try {
      answers.close();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
