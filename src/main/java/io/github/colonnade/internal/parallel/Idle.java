package io.github.colonnade.internal.parallel;

/**
 * What it costs that tasks do not share out evenly among threads. How work is cut must not depend
 * on the number of threads, for then the results would, so it is a compromise: two threads count
 * fully, and more threads so much that they are worth a little of the time of two.
 */
public final class Idle {
  private static final double FOUR_THREADS = 0.1;
  private static final double EIGHT_THREADS = 0.1;
  private static final double SIXTEEN_THREADS = 0.05;

  /** For the numbers of tasks that are tried most, as plans are made. */
  private static final double[] FEW = new double[128];

  static {
    for (int tasks = 1; tasks < FEW.length; tasks++) {
      FEW[tasks] = compute(tasks);
    }
    FEW[0] = 1;
  }

  private Idle() {}

  /**
   * Returns how many times as long so many tasks of equal size take as work that could be cut
   * anywhere.
   */
  public static double of(long tasks) {
    return tasks < FEW.length ? FEW[(int) tasks] : compute(tasks);
  }

  private static double compute(long tasks) {
    return on(2, tasks)
        * Math.pow(on(4, tasks), FOUR_THREADS)
        * Math.pow(on(8, tasks), EIGHT_THREADS)
        * Math.pow(on(16, tasks), SIXTEEN_THREADS);
  }

  private static double on(int threads, long tasks) {
    return Math.ceil(tasks / (double) threads) * threads / tasks;
  }
}
