package io.github.colonnade.peers;

import io.github.colonnade.DType;
import io.github.colonnade.cli.bench.BenchPass;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;

/**
 * A JVM in which one library computes one problem after another. {@link WorkerProcess} tells it
 * what to do, a command a line on standard input, and reads an answer to each on standard output.
 */
public final class Worker {
  /** Begins an answer; what the libraries print does not. */
  static final String DONE = "@done ";

  /** Begins the answer of a command that failed. */
  static final String FAILED = "@failed ";

  private final PrintStream out;
  private Arena arena;
  private Problem problem;
  private Contender contender;

  private Worker(PrintStream out) {
    this.out = out;
  }

  /**
   * Obeys until there are no more commands.
   *
   * @param arguments none
   */
  public static void main(String... arguments) throws IOException {
    Worker worker = new Worker(System.out);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String command = commands.readLine(); command != null; command = commands.readLine()) {
      worker.obey(command);
    }
    // Some libraries' threads would keep the process alive.
    Runtime.getRuntime().halt(0);
  }

  // Whatever a library throws is the answer.
  @SuppressWarnings("PMD.AvoidCatchingThrowable")
  private void obey(String command) {
    String answer;
    try (Scanner words = new Scanner(command)) {
      answer = DONE + answer(words);
    } catch (Throwable failure) {
      answer = FAILED + String.valueOf(failure).lines().findFirst().orElse("");
      failure.printStackTrace();
    }
    out.println();
    out.println(answer);
    out.flush();
  }

  private String answer(Scanner words) throws IOException {
    String command = words.next();
    return switch (command) {
      case "open" -> open(words);
      case "calls" -> calls(Integer.parseInt(words.next()));
      case "time" -> time(Double.parseDouble(words.next()));
      case "check" -> check();
      case "close" -> close();
      default -> throw new IllegalArgumentException("unknown command " + command);
    };
  }

  private String open(Scanner words) throws IOException {
    Library library = Library.find(words.next()).orElseThrow();
    String layer = words.next();
    long images = Long.parseLong(words.next());
    BenchPass pass = BenchPass.valueOf(words.next());
    DType dtype = DType.valueOf(words.next());
    int threads = Integer.parseInt(words.next());
    arena = Arena.ofShared();
    problem =
        Problem.random(arena, Layers.find(layer).orElseThrow().withImages(images), dtype, pass);
    contender = library.open(problem, threads);
    return contender.version() + "\t" + contender.algorithm().orElse("");
  }

  /** Returns each call's nanoseconds. */
  private String calls(int count) {
    StringBuilder nanos = new StringBuilder();
    for (int i = 0; i < count; i++) {
      nanos.append(call()).append(' ');
    }
    return nanos.toString();
  }

  /** Returns the nanoseconds of each call, as many as there is time for. */
  private String time(double seconds) {
    StringBuilder nanos = new StringBuilder();
    long end = System.nanoTime() + (long) (seconds * 1e9);
    do {
      nanos.append(call()).append(' ');
    } while (System.nanoTime() < end && nanos.length() < 1 << 20);
    return nanos.toString();
  }

  private long call() {
    long start = System.nanoTime();
    contender.run();
    return System.nanoTime() - start;
  }

  /** Compares the results of the last call, of a library that computes any. */
  private String check() {
    if (contender.computes()) {
      problem.requireEqual(problem.expected(), contender.results());
    }
    return "";
  }

  private String close() {
    try {
      if (contender != null) {
        contender.close();
      }
    } finally {
      contender = null;
      problem = null;
      if (arena != null) {
        arena.close();
        arena = null;
      }
    }
    return "";
  }
}
