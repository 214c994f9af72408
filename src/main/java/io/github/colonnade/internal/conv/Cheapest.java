package io.github.colonnade.internal.conv;

/** The cut of the least cost among those offered; the first of equals. */
public final class Cheapest<T> {
  private T best;
  private double least;

  /** Offers a cut. */
  public void offer(T cut, double cost) {
    if (best == null || cost < least) {
      best = cut;
      least = cost;
    }
  }

  /** Returns the best, or null if none was offered. */
  public T best() {
    return best;
  }
}
