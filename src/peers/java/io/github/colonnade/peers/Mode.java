package io.github.colonnade.peers;

import org.openjdk.jmh.runner.options.TimeValue;

/** How thoroughly to measure. */
enum Mode {
  /** A few layers, to see that everything works. */
  QUICK(400, 600),
  /** Everything. */
  FULL(1000, 1500);

  private final long warmupMillis;
  private final long measurementMillis;

  Mode(long warmupMillis, long measurementMillis) {
    this.warmupMillis = warmupMillis;
    this.measurementMillis = measurementMillis;
  }

  /** Returns how long each library runs before it is timed. */
  TimeValue warmup() {
    return TimeValue.milliseconds(warmupMillis);
  }

  /** Returns how long calls are timed; at least one is. */
  TimeValue measurement() {
    return TimeValue.milliseconds(measurementMillis);
  }
}
