package io.github.colonnade.internal.border;

/** What lies around a plane: from where along one axis a position beyond the ends is read. */
public enum Border {
  /** One value everywhere. */
  CONSTANT,
  /**
   * Mirrored at the end elements, which are not repeated, as often as it takes: {@code c b | a b c
   * | b a}. A single element is everywhere.
   */
  REFLECT,
  /** The end elements go on: {@code a a | a b c | c c}. */
  REPLICATE,
  /** Starts over: {@code b c | a b c | a b}. */
  CIRCULAR,
  /** Mirrored between elements, so that the ends come twice: {@code b a | a b c | c b}. */
  SYMMETRIC;

  // A run is neighbouring positions that are read in a regular way. It is three numbers and
  // not an object: a padding would allocate several for every row.

  /** Returns what a position reads, or -1 for the constant. */
  long source(long index, long size) {
    if (index >= 0 && index < size) {
      return index;
    }
    return switch (this) {
      case CONSTANT -> -1;
      case REPLICATE -> index < 0 ? 0 : size - 1;
      case CIRCULAR -> Math.floorMod(index, size);
      case SYMMETRIC -> {
        long phase = Math.floorMod(index, 2 * size);
        yield phase < size ? phase : 2 * size - 1 - phase;
      }
      case REFLECT -> {
        long phase = Math.floorMod(index, reflectPeriod(size));
        yield phase < size ? phase : 2 * size - 2 - phase;
      }
    };
  }

  /** Returns the elements from what a position reads to what the next of its run reads. */
  int step(long index, long size) {
    if (index >= 0 && index < size) {
      return 1;
    }
    return switch (this) {
      case CONSTANT, REPLICATE -> 0;
      case CIRCULAR -> 1;
      case SYMMETRIC -> Math.floorMod(index, 2 * size) < size ? 1 : -1;
      case REFLECT -> Math.floorMod(index, reflectPeriod(size)) < size ? 1 : -1;
    };
  }

  private static long reflectPeriod(long size) {
    return Math.max(1, 2 * size - 2);
  }

  /**
   * Returns the positions of the run that begins at {@code index} and ends before {@code end}.
   *
   * @param index first position; 0 is the first element
   * @param source what it reads
   * @param step elements from one source to the next
   * @param end end of the positions, above {@code index}
   * @param size elements of the axis
   */
  static long run(long index, long source, int step, long end, long size) {
    boolean before = index < 0;
    boolean behind = index >= size;
    long most = (before ? Math.min(end, 0) : behind ? end : Math.min(end, size)) - index;
    return switch (step) {
      case 1 -> Math.min(most, size - source);
      case -1 -> Math.min(most, source + 1);
      default -> most;
    };
  }
}
