package io.github.colonnade.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;

/**
 * Portable loops, for long runs by way of the heap, since C2 does not vectorise sums between
 * segments; the single-precision twin is derived from this file by the build.
 */
final class F64RowKernels implements RowKernels {
  static final RowKernels INSTANCE = new F64RowKernels();

  /** Elements at a time, which stay in the first-level cache. */
  private static final int CHUNK = 1024;

  private static final FreeList<Chunks> CHUNKS = new FreeList<>(Chunks::new);

  private F64RowKernels() {}

  /** What one thread adds in. */
  private static final class Chunks {
    private final double[] source = new double[CHUNK];
    private final double[] target = new double[CHUNK];
  }

  @Override
  public void add(
      MemorySegment source,
      long sourceIndex,
      long sourceStride,
      MemorySegment target,
      long targetIndex,
      long targetStride,
      long count) {
    if (sourceStride == 1 && targetStride == 1 && count >= LONG_RUN) {
      addChunks(source, sourceIndex, target, targetIndex, count);
      return;
    }
    for (long i = 0; i < count; i++) {
      long to = targetIndex + i * targetStride;
      double sum =
          target.getAtIndex(JAVA_DOUBLE, to)
              + source.getAtIndex(JAVA_DOUBLE, sourceIndex + i * sourceStride);
      target.setAtIndex(JAVA_DOUBLE, to, sum);
    }
  }

  private static void addChunks(
      MemorySegment source, long sourceIndex, MemorySegment target, long targetIndex, long count) {
    Chunks chunks = CHUNKS.take();
    for (long done = 0; done < count; done += CHUNK) {
      int run = (int) Math.min(CHUNK, count - done);
      long from = (sourceIndex + done) * Double.BYTES;
      long to = (targetIndex + done) * Double.BYTES;
      MemorySegment.copy(source, JAVA_DOUBLE, from, chunks.source, 0, run);
      MemorySegment.copy(target, JAVA_DOUBLE, to, chunks.target, 0, run);
      add(chunks.source, chunks.target, run);
      MemorySegment.copy(chunks.target, 0, target, JAVA_DOUBLE, to, run);
    }
    CHUNKS.give(chunks);
  }

  private static void add(double[] source, double[] target, int count) {
    for (int i = 0; i < count; i++) {
      target[i] += source[i];
    }
  }
}
