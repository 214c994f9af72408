package io.github.colonnade.internal.memory;

import io.github.colonnade.Algorithm;
import io.github.colonnade.AvgPool2d;
import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.MaxPool2d;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Signal2d;
import io.github.colonnade.Tensor;
import io.github.colonnade.internal.parallel.ThreadLimit;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Many callers at once of plans that allow many threads, in a JVM of its own. */
final class Storm {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int THREADS = 64;

  private final Arena arena = Arena.ofShared();
  private final DType dtype = DType.F32;
  private final SplittableRandom random = new SplittableRandom(1);
  private final List<Pass> passes = new ArrayList<>();

  /** Computes one result. */
  private interface Operator {
    void run(int threads, Tensor result);
  }

  private record Pass(Operator operator, Tensor serial) {}

  public static void main(String[] arguments) throws Exception {
    Storm storm = new Storm();
    switch (System.getProperty("scenario")) {
      case "columns" -> storm.convolution(Algorithm.IM2COL, 32, 1, 7, 28, 256 << 10);
      case "wide" -> storm.convolution(Algorithm.IM2COL, 64, 1, 7, 40, 2 << 20);
      case "tiny" -> storm.convolution(Algorithm.IM2COL, 2, 1, 3, 9, 1 << 10);
      case "heap" -> storm.operatorsOnTheHeap();
      default -> throw new IllegalArgumentException(System.getProperty("scenario"));
    }
    storm.run(Integer.getInteger("callers"), Integer.getInteger("calls"));
  }

  private void convolution(
      Algorithm algorithm, long channels, long groups, long kernel, long size, long cap) {
    Conv2d conv =
        Conv2d.builder(channels, channels, kernel, kernel)
            .padding(kernel / 2)
            .groups(groups)
            .build();
    PlanOptions options =
        PlanOptions.defaults().withAlgorithm(algorithm).withMaxWorkspaceBytes(cap);
    Tensor x = random(1, channels, size, size);
    Tensor w = random(channels, channels / groups, kernel, kernel);
    add(
        (threads, y) -> plan(conv, options.withThreads(threads), x).forward(x, w, null, y),
        x.shape());
    add(
        (threads, y) -> plan(conv, options.withThreads(threads), x).backwardInput(x, w, y),
        x.shape());
    if (algorithm != Algorithm.IM2COL) {
      add(
          (threads, y) -> plan(conv, options.withThreads(threads), x).backwardWeights(x, x, y),
          w.shape());
    }
    add((threads, y) -> plan(conv, options.withThreads(threads), x).backwardBias(x, y), channels);
  }

  private Conv2dPlan plan(Conv2d conv, PlanOptions options, Tensor x) {
    return conv.plan(options, dtype, x.shape());
  }

  /** Those that compute in arrays. */
  private void operatorsOnTheHeap() {
    long cap = PlanOptions.defaults().maxWorkspaceBytes();
    convolution(Algorithm.DIRECT, 16, 16, 3, 60, cap);
    convolution(Algorithm.DIRECT, 16, 4, 5, 60, cap);
    convolution(Algorithm.AUTO, 16, 1, 3, 30, cap);
    Tensor x = random(1, 16, 60, 60);
    Tensor image = random(100, 200);
    Tensor filter = random(9, 9);
    add(
        (threads, y) -> MaxPool2d.builder(3, 3).threads(threads).build().forward(x, y),
        1,
        16,
        20,
        20);
    add(
        (threads, y) -> AvgPool2d.builder(3, 3).threads(threads).build().forward(x, y),
        1,
        16,
        20,
        20);
    add(
        (threads, y) -> {
          Signal2d.Options options =
              new Signal2d.Options(Signal2d.Mode.SAME, Signal2d.Boundary.SYMM, 0, threads);
          Signal2d.convolve2d(image, filter, y, options);
        },
        image.shape());
  }

  private void add(Operator operator, long... shape) {
    Tensor serial = Tensor.allocate(arena, dtype, shape);
    operator.run(1, serial);
    passes.add(new Pass(operator, serial));
  }

  private Tensor random(long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat());
    }
    return tensor;
  }

  private void run(int callers, int calls) throws Exception {
    AtomicInteger right = new AtomicInteger();
    AtomicInteger mostThreads = new AtomicInteger();
    CountDownLatch all = new CountDownLatch(callers);
    List<Thread> threads = new ArrayList<>();
    int threadsBefore = threads();
    for (int caller = 0; caller < callers; caller++) {
      int first = caller;
      threads.add(
          new Thread(
              () -> {
                meet(all);
                for (int call = 0; call < calls; call++) {
                  right.addAndGet(call(passes.get((first + call) % passes.size())) ? 1 : 0);
                  mostThreads.accumulateAndGet(threads(), Math::max);
                }
              }));
    }
    long memoryBefore = memory();
    threads.forEach(Thread::start);
    long mostMemory = 0;
    while (threads.stream().anyMatch(Thread::isAlive)) {
      mostMemory = Math.max(mostMemory, memory());
      TimeUnit.MILLISECONDS.sleep(5);
    }
    IdleSweeper.keepAlive(Duration.ofMillis(5));
    Idle.await(Idle::nothingIsKept);
    System.gc();
    System.out.printf(
        "right %d of %d%nthreads %d%nmemory %d%nleft %d%n",
        right.get(),
        callers * calls,
        // Besides the callers and the sweeper.
        mostThreads.get() - threadsBefore - callers - 1 - (ThreadLimit.threads() - 1),
        mostMemory - memoryBefore,
        memory() - memoryBefore);
  }

  private static void meet(CountDownLatch all) {
    all.countDown();
    try {
      all.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private boolean call(Pass pass) {
    try (Arena own = Arena.ofConfined()) {
      Tensor result = Tensor.allocate(own, dtype, pass.serial.shape()).fill(Double.NaN);
      pass.operator.run(THREADS, result);
      return result.segment().mismatch(pass.serial.segment()) < 0;
    } catch (RuntimeException | Error e) {
      System.out.println(e);
      return false;
    }
  }

  /** Returns the live threads of this program. */
  private static int threads() {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    while (root.getParent() != null) {
      root = root.getParent();
    }
    return root.activeCount();
  }

  /** Returns the mebibytes of physical memory that this process occupies, or 0 if nobody tells. */
  private static long memory() throws IOException {
    if (!Files.exists(STATUS)) {
      return 0;
    }
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
        .findAny()
        .orElse(0);
  }
}
