package io.github.colonnade;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * Load for as long as is asked, in a JVM of its own: {@code scripts/soak.sh}, and shortly in {@link
 * SoakTest}. Prints figures, and ends badly where a result is wrong, memory grows or a thread is
 * left.
 */
final class Soak {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final int SAMPLES = 40;

  /** What the JVM may add after the first quarter: classes, stacks. */
  private static final long GROWTH_KIBIBYTES = 3 << 10;

  /** Twice as long as anything is kept. */
  private static final long GONE_SECONDS = 90;

  private Soak() {}

  /**
   * Runs what is asked.
   *
   * @param arguments {@code callers SECONDS PLATFORM VIRTUAL}, {@code rounds COUNT} or {@code
   *     shapes COUNT}; behind it {@code wait}, to see all threads go. Or {@code leak COUNT} and
   *     {@code hoard COUNT}, which keep 1 KiB a round, to see that it is noticed
   */
  public static void main(String[] arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of(arguments));
    boolean wait = words.remove("wait");
    switch (words.getFirst()) {
      case "callers" ->
          callers(
              Long.parseLong(words.get(1)),
              Integer.parseInt(words.get(2)),
              Integer.parseInt(words.get(3)));
      case "rounds" -> sampled("rounds", Long.parseLong(words.get(1)), new Rounds()::run);
      case "shapes" -> sampled("shapes", Long.parseLong(words.get(1)), Soak::changingShapes);
      case "leak" ->
          sampled("leaks", Long.parseLong(words.get(1)), _ -> Arena.global().allocate(1024));
      case "hoard" -> sampled("arrays", Long.parseLong(words.get(1)), new Hoard()::run);
      default -> throw new IllegalArgumentException(words.getFirst());
    }
    if (wait) {
      requireNothingLeft();
    }
    System.out.println("held");
  }

  // Many callers of one plan.

  private static void callers(long seconds, int platform, int virtual) throws Exception {
    try (Arena arena = Arena.ofShared()) {
      SharedPlan shared = new SharedPlan(arena);
      shared.call(0);
      long before = memory();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      AtomicLong calls = new AtomicLong();
      AtomicLong callers = new AtomicLong();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Runnable caller =
          () -> {
            try {
              int call = (int) callers.getAndIncrement();
              do {
                shared.call(call++);
                calls.incrementAndGet();
                // A virtual thread that never waits would keep all others from beginning.
                LockSupport.parkNanos(1);
              } while (System.nanoTime() < end && failure.get() == null);
            } catch (Throwable e) {
              failure.compareAndSet(null, e);
            }
          };
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < platform; i++) {
        threads.add(Thread.ofPlatform().start(caller));
      }
      for (int i = 0; i < virtual; i++) {
        threads.add(Thread.ofVirtual().start(caller));
      }
      long most = 0;
      int mostThreads = 0;
      for (Thread thread : threads) {
        while (!thread.join(Duration.ofMillis(200))) {
          most = Math.max(most, memory());
          mostThreads = Math.max(mostThreads, libraryThreads());
        }
      }
      if (failure.get() != null) {
        throw new AssertionError("a call failed", failure.get());
      }
      System.out.printf(
          Locale.ROOT,
          "%d platform and %d virtual threads on one plan for %d s: %d calls, all equal to serial; helpers at most %d; resident %d MiB before, %d at most, %d after%n",
          platform,
          virtual,
          seconds,
          calls.get(),
          mostThreads,
          before,
          most,
          memory());
    }
  }

  /** A plan, and what its passes make by one thread. */
  private static final class SharedPlan {
    private final Conv2dPlan plan;
    private final Tensor input;
    private final Tensor weight;
    private final Tensor bias;
    private final Tensor gradient;
    private final Map<Pass, Tensor> serial = new EnumMap<>(Pass.class);

    SharedPlan(Arena arena) {
      Conv2d conv = Conv2d.builder(8, 16, 3, 3).padding(1).build();
      PlanOptions options =
          PlanOptions.defaults().withAlgorithm(Algorithm.IM2COL).withMaxWorkspaceBytes(128 << 10);
      plan = conv.plan(options.withThreads(64), DType.F64, 2, 8, 14, 14);
      SplittableRandom random = new SplittableRandom(1);
      input = Guarded.random(arena, random, DType.F64, plan.inputShape()).tensor();
      weight = Guarded.random(arena, random, DType.F64, plan.weightShape()).tensor();
      bias = Guarded.random(arena, random, DType.F64, 16).tensor();
      gradient = Guarded.random(arena, random, DType.F64, plan.outputShape()).tensor();
      Conv2dPlan alone = conv.plan(options.withThreads(1), DType.F64, plan.inputShape());
      for (Pass pass : Pass.values()) {
        serial.put(pass, compute(arena, alone, pass));
      }
    }

    /** Computes a pass, which the number chooses, and compares. */
    void call(int number) {
      Pass[] passes = Pass.values();
      Pass pass = passes[number % passes.length];
      try (Arena arena = Arena.ofConfined()) {
        Tensor made = compute(arena, plan, pass);
        long at = serial.get(pass).segment().mismatch(made.segment());
        if (at >= 0) {
          throw new AssertionError(pass + ": other bits at byte " + at);
        }
      }
    }

    private Tensor compute(Arena arena, Conv2dPlan by, Pass pass) {
      long[] shape =
          switch (pass) {
            case FORWARD -> by.outputShape();
            case BACKWARD_INPUT -> by.inputShape();
            case BACKWARD_WEIGHTS -> by.weightShape();
            case BACKWARD_BIAS -> bias.shape();
          };
      Tensor made = Tensor.allocate(arena, DType.F64, shape).fill(Double.NaN);
      switch (pass) {
        case FORWARD -> by.forward(input, weight, bias, made);
        case BACKWARD_INPUT -> by.backwardInput(gradient, weight, made);
        case BACKWARD_WEIGHTS -> by.backwardWeights(input, gradient, made);
        case BACKWARD_BIAS -> by.backwardBias(gradient, made);
      }
      return made;
    }
  }

  // Rounds of plan, run and close.

  /** A layer that is planned, run and thrown away, in both types. */
  private static final class Rounds {
    void run(long round) {
      DType dtype = round % 2 == 0 ? DType.F64 : DType.F32;
      Algorithm[] algorithms = Algorithm.values();
      Conv2d conv =
          Conv2d.builder(4, 8, 3, 3)
              .padding(1)
              .options(
                  PlanOptions.defaults()
                      .withAlgorithm(algorithms[(int) (round / 2 % algorithms.length)]))
              .build();
      Conv2dPlan plan = conv.plan(dtype, 1, 4, 10, 10);
      try (Arena arena = round % 3 == 0 ? Arena.ofShared() : Arena.ofConfined()) {
        Tensor input = Tensor.allocate(arena, dtype, plan.inputShape()).fill(1);
        Tensor weight = Tensor.allocate(arena, dtype, plan.weightShape()).fill(2);
        Tensor output = Tensor.allocate(arena, dtype, plan.outputShape());
        Workspace workspace =
            round % 5 == 0 ? Workspace.allocate(arena, plan.workspaceBytes()) : null;
        if (round % 7 == 0) {
          plan.forward(input, plan.prepare(arena, weight), null, output);
        } else {
          plan.forward(input, weight, null, output, workspace);
        }
        // A pixel inside has nine taps of four channels.
        if (Math.abs(output.get(11) - 72) > 1e-3) {
          throw new AssertionError("round " + round + ": " + output.get(11));
        }
        plan.backwardWeights(input, output, weight);
        plan.backwardInput(output, weight, input);
      }
    }
  }

  /** Any operator, each time with other shapes. */
  private static void changingShapes(long round) {
    FuzzCall.draw(new SplittableRandom(round)).run();
  }

  /** Keeps all arrays that it has made. */
  private static final class Hoard {
    private final List<byte[]> arrays = new ArrayList<>();

    void run(long round) {
      arrays.add(new byte[1000]);
      if (arrays.size() != round + 1) {
        throw new AssertionError("round " + round + ": there are " + arrays.size());
      }
    }
  }

  /** Runs rounds, and requires that hardly more is kept than after the first quarter. */
  private static void sampled(String what, long count, LongConsumer round) throws Exception {
    List<Long> resident = new ArrayList<>();
    ProcessMemory before = null;
    long descriptors = descriptors();
    long start = System.nanoTime();
    for (long i = 0; i < count; i++) {
      if (i % Math.max(1, count / SAMPLES) == 0) {
        resident.add(memory());
      }
      if (i == count / 4) {
        before = ProcessMemory.measure();
      }
      round.accept(i);
    }
    resident.add(memory());
    ProcessMemory after = ProcessMemory.measure();
    System.out.printf(
        Locale.ROOT,
        "%d %s in %d s: resident %s MiB; kept after the first quarter, in KiB: %s, at last: %s, %+d; descriptors %+d%n",
        count,
        what,
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start),
        resident,
        before,
        after,
        after.since(before),
        descriptors() - descriptors);
    if (after.since(before) > GROWTH_KIBIBYTES) {
      throw new AssertionError("memory grows");
    }
  }

  // What is counted.

  private static void requireNothingLeft() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(GONE_SECONDS);
    while (libraryThreads() > 0 && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(200);
    }
    System.gc();
    System.out.printf(
        Locale.ROOT, "left behind: %d threads, %d MiB resident%n", libraryThreads(), memory());
    if (libraryThreads() > 0) {
      throw new AssertionError("threads are left: " + Thread.getAllStackTraces().keySet());
    }
  }

  private static int libraryThreads() {
    return (int)
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("colonnade-"))
            .count();
  }

  /** Returns the mebibytes of physical memory that this process occupies, or 0 if nobody tells. */
  private static long memory() {
    if (!Files.exists(STATUS)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
          .findAny()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long descriptors() {
    if (!Files.exists(DESCRIPTORS)) {
      return 0;
    }
    try (Stream<Path> open = Files.list(DESCRIPTORS)) {
      return open.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
