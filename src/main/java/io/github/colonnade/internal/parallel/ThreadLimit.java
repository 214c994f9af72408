package io.github.colonnade.internal.parallel;

/**
 * How many threads compute in this process: as many as there are processors, or what {@code
 * -Dcolonnade.threads} says. Read when first needed; a wrong value is told at every call.
 */
public final class ThreadLimit {
  /** More than any machine has processors. */
  static final int MOST = 4096;

  private static final String PROPERTY = "colonnade.threads";

  /** 0 until it is read. */
  private static volatile int known;

  private ThreadLimit() {}

  /**
   * Returns the number of threads.
   *
   * @throws IllegalArgumentException if the property is not a number from 1 to {@link #MOST}
   */
  public static int threads() {
    int threads = known;
    if (threads == 0) {
      threads = choose(System.getProperty(PROPERTY), Runtime.getRuntime().availableProcessors());
      known = threads;
    }
    return threads;
  }

  static int choose(String wanted, int processors) {
    if (wanted == null) {
      return processors;
    }
    int threads;
    try {
      threads = Integer.parseInt(wanted);
    } catch (NumberFormatException e) {
      threads = 0;
    }
    if (threads < 1 || threads > MOST) {
      throw new IllegalArgumentException(
          "-D" + PROPERTY + ": is '" + wanted + "', must be a whole number from 1 to " + MOST);
    }
    return threads;
  }
}
