package io.github.colonnade.internal.kernel;

/** What lies around a plane: from where along one axis a position beyond the ends is read. */
public enum Border {
  /** One value everywhere. */
  CONSTANT,
  /** Mirrored at the end elements, which are not repeated: {@code c b | a b c | b a}. */
  REFLECT,
  /** The end elements go on: {@code a a | a b c | c c}. */
  REPLICATE,
  /** Starts over: {@code b c | a b c | a b}. */
  CIRCULAR,
  /** Mirrored between elements, so that the ends come twice: {@code b a | a b c | c b}. */
  SYMMETRIC;

  /**
   * Neighbouring positions that are read in a regular way.
   *
   * @param source what the first of them reads; -1 for the constant
   * @param step elements from one source to the next: 1, 0 or -1
   * @param count how many positions
   */
  record Run(long source, long step, long count) {
    private Run upTo(long most) {
      return count <= most ? this : new Run(source, step, most);
    }
  }

  /** Returns what a position reads, or -1 for the constant. */
  long source(long index, long size) {
    return index >= 0 && index < size ? index : runAt(index, index + 1, size).source();
  }

  /**
   * Returns the run of positions that begins at {@code index} and ends before {@code end}.
   *
   * @param index first position; 0 is the first element
   * @param end end of the positions, above {@code index}
   * @param size elements of the axis
   */
  Run runAt(long index, long end, long size) {
    if (index >= 0 && index < size) {
      return new Run(index, 1, Math.min(end, size) - index);
    }
    long sameSide = (index < 0 ? Math.min(end, 0) : end) - index;
    return switch (this) {
      case CONSTANT -> new Run(-1, 0, sameSide);
      case REPLICATE -> new Run(index < 0 ? 0 : size - 1, 0, sameSide);
      case CIRCULAR -> {
        long source = Math.floorMod(index, size);
        yield new Run(source, 1, size - source).upTo(sameSide);
      }
      case SYMMETRIC -> {
        long phase = Math.floorMod(index, 2 * size);
        long mirrored = 2 * size - 1 - phase;
        yield phase < size
            ? new Run(phase, 1, size - phase).upTo(sameSide)
            : new Run(mirrored, -1, mirrored + 1).upTo(sameSide);
      }
      case REFLECT -> {
        long phase = Math.floorMod(index, 2 * size - 2);
        long mirrored = 2 * size - 2 - phase;
        yield phase < size - 1
            ? new Run(phase, 1, size - 1 - phase).upTo(sameSide)
            : new Run(mirrored, -1, mirrored).upTo(sameSide);
      }
    };
  }
}
