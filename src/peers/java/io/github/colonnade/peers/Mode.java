package io.github.colonnade.peers;

import org.openjdk.jmh.runner.options.TimeValue;

/** How thoroughly to measure. */
enum Mode {
  /** A few layers, to see that everything works. */
  QUICK(400, 4000, 600),
  /** Everything. */
  FULL(800, 6000, 800);

  private final long warmupMillis;
  private final long compilationMillis;
  private final long measurementMillis;

  Mode(long warmupMillis, long compilationMillis, long measurementMillis) {
    this.warmupMillis = warmupMillis;
    this.compilationMillis = compilationMillis;
    this.measurementMillis = measurementMillis;
  }

  /**
   * Returns how long a library runs before it is timed: this one is compiled meanwhile, on the
   * processors that it runs on, where the others' code is ready.
   */
  TimeValue warmup(Library library) {
    return TimeValue.milliseconds(library.isJava() ? compilationMillis : warmupMillis);
  }

  /** Returns how long calls are timed; at least one is. */
  TimeValue measurement() {
    return TimeValue.milliseconds(measurementMillis);
  }
}
