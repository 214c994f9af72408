package io.github.colonnade.cli.bench;

import io.github.colonnade.DType;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

/**
 * What a machine can do at most: the two numbers that bound every layer's time from below.
 *
 * @param operations additions and multiplications a second, where all are fused multiply-adds
 * @param bytes read or written in memory a second, where nothing stays in a cache
 */
public record MachineLimit(double operations, double bytes) {
  /** Windows of one thread, which leave a processor to the compiler. */
  private static final int WARMUP_WINDOWS = 5;

  /** Windows of all threads that are timed at least; the best counts. */
  private static final int WINDOWS = 10;

  /**
   * Windows at most, where threads do not reach so much of as many times one thread's speed: on a
   * machine that others use as well they may have to wait for the processors.
   */
  private static final int MOST_WINDOWS = 50;

  private static final double SCALING = 0.9;

  /** Of numbers that stay in the first-level cache. */
  private static final int CHAINS = 1024;

  /** Of a step, so that asking for the time takes next to none of it. */
  private static final int REPEATS = 16;

  /** Fused multiply-adds from a number that is read to the one that replaces it. */
  private static final int STEPS = 15;

  /** Of each array of the triad: 64 MiB, more than a cache holds. */
  private static final int TRIAD = 8 << 20;

  /** Two numbers read and one written, whose place in the cache has to be read before. */
  private static final int BYTES_PER_STEP = 4 * Double.BYTES;

  /**
   * Measures a number of threads at once.
   *
   * @param dtype of the operations
   * @param threads that compute
   * @param seconds of one window; there are 15 to 55 of each kind. {@code
   *     -Dcolonnade.bench.seconds} takes precedence, for tests that ignore the figures
   */
  public static MachineLimit measure(DType dtype, int threads, double seconds) {
    double window = LayerTimer.windowSeconds(seconds);
    return new MachineLimit(operations(dtype, threads, window), bytes(threads, window));
  }

  private static double operations(DType dtype, int threads, double seconds) {
    double[][] doubles = new double[threads][CHAINS];
    float[][] floats = new float[threads][CHAINS];
    IntConsumer step =
        dtype == DType.F64
            ? thread -> repeat(doubles[thread], 0.5, 0.25)
            : thread -> repeat(floats[thread], 0.5f, 0.25f);
    return 2.0 * STEPS * CHAINS * REPEATS * stepsPerSecond(threads, threads, seconds, step);
  }

  private static double bytes(int threads, double seconds) {
    double[] a = new double[TRIAD];
    double[] b = new double[TRIAD];
    double[] c = new double[TRIAD];
    // Pages that nobody wrote could all be one and the same.
    Arrays.fill(b, 1);
    Arrays.fill(c, 1);
    int share = TRIAD / threads;
    IntConsumer step = thread -> triad(a, b, c, thread * share, (thread + 1) * share);
    return (double) BYTES_PER_STEP * share * stepsPerSecond(threads, 1, seconds, step);
  }

  /**
   * Returns how often all threads together take a step in a second, in the best window.
   *
   * @param scaling of how many times one thread's speed to expect: memory is shared, units are not
   */
  private static double stepsPerSecond(int threads, int scaling, double seconds, IntConsumer step) {
    double one = 0;
    for (int window = 0; window < WARMUP_WINDOWS; window++) {
      one = Math.max(one, stepsOfWindow(1, seconds, step));
    }
    double best = 0;
    for (int window = 0; window < MOST_WINDOWS; window++) {
      best = Math.max(best, stepsOfWindow(threads, seconds, step));
      if (window >= WINDOWS && best >= SCALING * scaling * one) {
        break;
      }
    }
    return best;
  }

  private static double stepsOfWindow(int threads, double seconds, IntConsumer step) {
    AtomicLong steps = new AtomicLong();
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    Thread[] workers = new Thread[threads];
    for (int i = 0; i < threads; i++) {
      int thread = i;
      workers[i] = Thread.ofPlatform().start(() -> steps.addAndGet(count(end, thread, step)));
    }
    for (Thread worker : workers) {
      join(worker);
    }
    return steps.get() * 1e9 / (System.nanoTime() - start);
  }

  private static long count(long end, int thread, IntConsumer step) {
    long steps = 0;
    do {
      step.accept(thread);
      steps++;
    } while (System.nanoTime() < end);
    return steps;
  }

  private static void join(Thread worker) {
    boolean interrupted = false;
    while (worker.isAlive()) {
      try {
        worker.join();
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void repeat(double[] values, double a, double b) {
    for (int i = 0; i < REPEATS; i++) {
      chains(values, a, b);
    }
  }

  private static void repeat(float[] values, float a, float b) {
    for (int i = 0; i < REPEATS; i++) {
      chains(values, a, b);
    }
  }

  /**
   * Four chains of each number, three of them joined to the fourth at the end. The virtual machine
   * makes vectors of several numbers, so that with those in flight there are always more chains
   * than a multiply-add takes cycles. (One chain of each number fills the schedulers with what has
   * to wait, and reaches half as much.)
   */
  private static void chains(double[] values, double a, double b) {
    for (int i = 0; i < values.length; i++) {
      double x = values[i];
      double p = Math.fma(x, a, b);
      double q = Math.fma(x, b, a);
      double r = Math.fma(x, a, x);
      double s = Math.fma(x, b, x);
      p = Math.fma(p, a, b);
      q = Math.fma(q, b, a);
      r = Math.fma(r, a, b);
      s = Math.fma(s, b, b);
      p = Math.fma(p, a, b);
      q = Math.fma(q, b, a);
      r = Math.fma(r, a, b);
      s = Math.fma(s, b, b);
      values[i] = Math.fma(p, b, Math.fma(q, b, Math.fma(r, b, s)));
    }
  }

  /** As above. */
  private static void chains(float[] values, float a, float b) {
    for (int i = 0; i < values.length; i++) {
      float x = values[i];
      float p = Math.fma(x, a, b);
      float q = Math.fma(x, b, a);
      float r = Math.fma(x, a, x);
      float s = Math.fma(x, b, x);
      p = Math.fma(p, a, b);
      q = Math.fma(q, b, a);
      r = Math.fma(r, a, b);
      s = Math.fma(s, b, b);
      p = Math.fma(p, a, b);
      q = Math.fma(q, b, a);
      r = Math.fma(r, a, b);
      s = Math.fma(s, b, b);
      values[i] = Math.fma(p, b, Math.fma(q, b, Math.fma(r, b, s)));
    }
  }

  private static void triad(double[] a, double[] b, double[] c, int from, int to) {
    for (int i = from; i < to; i++) {
      a[i] = b[i] + 0.5 * c[i];
    }
  }
}
