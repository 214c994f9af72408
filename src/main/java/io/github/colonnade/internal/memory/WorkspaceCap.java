package io.github.colonnade.internal.memory;

/**
 * The most scratch memory of a call. What its threads share and what each has of its own draw on
 * one cap, each at its own rate: {@code shared / sharedBytes + own / threadBytes} is at most 1. So
 * a call of n threads takes at most {@code sharedBytes} or {@code n · threadBytes}, whichever is
 * more, and how it is cut need not depend on n.
 *
 * @param threadBytes what each thread may have, native and on the heap, where nothing is shared
 * @param sharedBytes what all threads may share where none has anything of its own; not less
 */
public record WorkspaceCap(long threadBytes, long sharedBytes) {
  /** What a thread may have, whatever the work, unless the caller says otherwise. */
  public static final long USUAL_BYTES = 4L << 20;

  /** The most that all of a call takes where {@link #USUAL_BYTES} for each thread are less. */
  private static final long MOST_SHARED_BYTES = 64L << 20;

  /** Caps the memory of each thread, what all share counted as one's. */
  public static WorkspaceCap ofThread(long bytes) {
    return new WorkspaceCap(bytes, bytes);
  }

  /**
   * Lets the memory follow the work: all that a call takes is at most as much as its operands.
   *
   * @param operandBytes bytes of all operands of a call; rounded where there are very many
   */
  public static WorkspaceCap following(double operandBytes) {
    long shared = (long) Math.clamp(operandBytes, USUAL_BYTES, MOST_SHARED_BYTES);
    return new WorkspaceCap(USUAL_BYTES, shared);
  }

  /**
   * Returns what each thread may have beside so many bytes shared; negative where they are more.
   */
  public long threadBytesBeside(long shared) {
    if (shared > sharedBytes) {
      return -1;
    }
    if (threadBytes == sharedBytes) {
      return threadBytes - shared;
    }
    return threadBytes - (long) Math.ceil((double) shared / sharedBytes * threadBytes);
  }

  /** Returns what may be shared where each thread has so many bytes; 0 where they are too many. */
  public long sharedBytesBeside(long own) {
    if (own >= threadBytes) {
      return 0;
    }
    if (threadBytes == sharedBytes) {
      return sharedBytes - own;
    }
    return (long) ((double) (threadBytes - own) / threadBytes * sharedBytes);
  }

  /** Returns whether so much may be taken. */
  public boolean allows(long shared, long own) {
    return own <= threadBytesBeside(shared);
  }
}
