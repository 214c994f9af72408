package io.github.colonnade.internal.elementwise;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;

/**
 * Loops over arrays on the heap, a chunk at a time, since C2 does not vectorise arithmetic between
 * segments; the single-precision twin is derived from this file by the build.
 */
final class F64ElementwiseKernels implements ElementwiseKernels {
  static final ElementwiseKernels INSTANCE = new F64ElementwiseKernels();

  /** Elements at a time, which stay in the first-level cache. */
  private static final int CHUNK = 1024;

  private static final FreeList<Chunks> CHUNKS =
      new FreeList<>(Chunks::new, each -> Chunks.bytes());

  private F64ElementwiseKernels() {}

  /** The arrays of one thread. */
  private static final class Chunks {
    private final double[] first = new double[CHUNK];
    private final double[] second = new double[CHUNK];

    static long bytes() {
      return 2L * CHUNK * Double.BYTES;
    }
  }

  @Override
  public void combine(Combine task, long from, long count) {
    Chunks chunks = CHUNKS.take();
    for (long done = 0; done < count; done += CHUNK) {
      int run = (int) Math.min(CHUNK, count - done);
      load(task.x(), from + done, chunks.first, run);
      load(task.y(), from + done, chunks.second, run);
      combine(task.aAsDouble(), chunks.first, task.bAsDouble(), chunks.second, run);
      store(chunks.second, run, task.out(), from + done);
    }
    CHUNKS.give(chunks);
  }

  private static void combine(double a, double[] x, double b, double[] y, int count) {
    for (int i = 0; i < count; i++) {
      y[i] = a * x[i] + b * y[i];
    }
  }

  private static void load(MemorySegment source, long index, double[] target, int count) {
    MemorySegment.copy(source, JAVA_DOUBLE, index * Double.BYTES, target, 0, count);
  }

  private static void store(double[] source, int count, MemorySegment target, long index) {
    MemorySegment.copy(source, 0, target, JAVA_DOUBLE, index * Double.BYTES, count);
  }
}
