package io.github.colonnade.internal.memory;

/** Makes sure of room on the calling thread's stack, before what must not stop half way. */
public final class StackRoom {
  private StackRoom() {}

  /**
   * Takes room for so many small frames, and gives it back.
   *
   * @param frames number of frames
   * @return the same
   * @throws StackOverflowError if there is less
   */
  public static int require(int frames) {
    return frames == 0 ? 0 : 1 + require(frames - 1);
  }
}
