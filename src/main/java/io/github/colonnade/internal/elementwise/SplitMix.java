package io.github.colonnade.internal.elementwise;

/**
 * The generator SplitMix64 (Steele, Lea and Flood 2014): the numbers of a sequence are a hash of a
 * counter, so that any of them can be had without those before it.
 */
public final class SplitMix {
  private static final long STEP = 0x9e3779b97f4a7c15L;

  private SplitMix() {}

  /** Returns the state that lies so many numbers after another. */
  public static long advance(long state, long numbers) {
    return state + numbers * STEP;
  }

  /** Returns the number that comes so many after the next one of a state. */
  public static long at(long state, long index) {
    return mix(advance(state, index + 1));
  }

  /** Returns a hash in which every bit depends on every bit. */
  public static long mix(long bits) {
    long z = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
