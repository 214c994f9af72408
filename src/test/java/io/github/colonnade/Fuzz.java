package io.github.colonnade;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Calls operators with whatever they accept, and compares with their definitions: {@code
 * scripts/fuzz.sh}.
 *
 * <p>A case is drawn from a seed and a number, so those two are enough to run it again.
 */
final class Fuzz {
  private final long seed;
  private final Path trace;

  private Fuzz(long seed, Path trace) {
    this.seed = seed;
    this.trace = trace;
  }

  /**
   * Runs cases for so many seconds, or so many of them, or one.
   *
   * @param arguments {@code SEED SECONDS TRACE}, {@code SEED SECONDS TRACE CASES} or {@code SEED
   *     case NUMBER}; the trace names each case before it runs, and gets a hash of the bits that it
   *     made
   */
  public static void main(String[] arguments) throws IOException {
    long seed = Long.parseLong(arguments[0]);
    if (arguments[1].equals("case")) {
      long number = Long.parseLong(arguments[2]);
      FuzzCase drawn = draw(seed, number);
      System.out.println("case " + number + ": " + drawn);
      System.out.printf("passed, bits %016x%n", drawn.run());
      return;
    }
    long nanoseconds = TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[1]));
    long most = arguments.length > 3 ? Long.parseLong(arguments[3]) : Long.MAX_VALUE;
    long cases = new Fuzz(seed, Path.of(arguments[2])).run(nanoseconds, most);
    System.out.println(cases + " cases passed, kernels " + PlanOptions.kernels());
  }

  private long run(long nanoseconds, long most) throws IOException {
    long start = System.nanoTime();
    long number = 0;
    try (BufferedWriter out = Files.newBufferedWriter(trace)) {
      while (number < most && System.nanoTime() - start < nanoseconds) {
        FuzzCase drawn = draw(seed, number);
        out.write("case " + number + ": " + drawn + System.lineSeparator());
        // A crash of the JVM leaves no other word of what ran.
        out.flush();
        out.write(String.format("bits %016x%n", drawn.run()));
        number++;
      }
    }
    return number;
  }

  /** Returns one of several, each as often. */
  @SafeVarargs
  static <T> T any(SplittableRandom random, T... several) {
    return several[random.nextInt(several.length)];
  }

  private static FuzzCase draw(long seed, long number) {
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number);
    return switch (random.nextInt(17)) {
      case 0 -> FuzzPool.drawMax(random);
      case 1 -> FuzzPool.drawAverage(random);
      case 2 -> FuzzPlanes.drawPadding(random);
      case 3 -> FuzzPlanes.drawColumns(random);
      case 4 -> FuzzPlanes.drawFilter(random);
      case 5 -> FuzzSeparable.draw(random);
      case 6 -> FuzzDense.draw(random);
      case 7 -> FuzzElementwise.draw(random);
      case 8 -> FuzzLoss.draw(random);
      case 9 -> FuzzTiles.draw(random);
      case 10, 11 -> FuzzCall.draw(random);
      default -> FuzzConvolution.draw(random);
    };
  }
}
