package io.github.colonnade;

import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.memory.ScratchPool;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Times algorithms on scratch memory of a problem's shapes. */
final class AlgorithmTimer {
  /** Time for each candidate until its code is compiled. */
  private static final long WARM_NANOS = 100_000_000;

  /** Candidates this many times as slow as the fastest are not timed further. */
  private static final int HOPELESS = 3;

  private static final int ROUNDS = 7;

  /** Time for each candidate in a round; a call at least. */
  private static final long ROUND_NANOS = 8_000_000;

  private static final long ALIGNMENT_BYTES = 4096;

  private final TunedProblem problem;
  private final MemorySegment first;
  private final MemorySegment second;
  private final MemorySegment result;

  private AlgorithmTimer(TunedProblem problem, MemorySegment memory, Sizes sizes) {
    this.problem = problem;
    first = memory.asSlice(0, sizes.first);
    second = memory.asSlice(aligned(sizes.first), sizes.second);
    result = memory.asSlice(aligned(sizes.first) + aligned(sizes.second), sizes.result);
    // Numbers whose sums are ordinary ones.
    Elements.fill(problem.type(), first, 0, sizes.first / problem.type().bytes(), 0.5);
    Elements.fill(problem.type(), second, 0, sizes.second / problem.type().bytes(), 0.25);
  }

  /** Bytes of the operands. */
  private record Sizes(long first, long second, long result) {
    static Sizes of(ConvProblem problem) {
      ConvGeometry geometry = problem.geometry();
      long bytes = problem.type().bytes();
      long input = geometry.batch() * geometry.inChannels() * geometry.inPlane() * bytes;
      long output = geometry.outPixels() * geometry.outChannels() * bytes;
      long weight = geometry.weights() * bytes;
      return switch (problem.pass()) {
        case FORWARD -> new Sizes(input, weight, output);
        case BACKWARD_INPUT -> new Sizes(output, weight, input);
        case BACKWARD_WEIGHTS -> new Sizes(input, output, weight);
      };
    }

    boolean areEmpty() {
      return Math.min(first, Math.min(second, result)) == 0;
    }

    /** Returns the bytes of all, or the largest long. */
    long total() {
      double sum = (double) first + second + result + 3.0 * ALIGNMENT_BYTES;
      return sum < 0x1p62 ? aligned(first) + aligned(second) + aligned(result) : Long.MAX_VALUE;
    }
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }

  /**
   * Returns the fastest of several algorithms, the first of equals, or null if there is nothing to
   * time: no operand may be empty.
   *
   * @throws OutOfMemoryError if there is no memory for the operands
   */
  static @Nullable ConvAlgorithm fastest(TunedProblem problem, List<ConvAlgorithm> candidates) {
    Sizes sizes = Sizes.of(problem.problem());
    if (sizes.areEmpty()) {
      return null;
    }
    ScratchPool.Block block = ScratchPool.SHARED.acquire(sizes.total());
    try {
      return new AlgorithmTimer(problem, block.segment(), sizes).fastest(candidates);
    } finally {
      ScratchPool.SHARED.release(block);
    }
  }

  private ConvAlgorithm fastest(List<ConvAlgorithm> candidates) {
    int count = candidates.size();
    PassChoice[] passes = new PassChoice[count];
    double[] best = new double[count];
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      passes[i] = PassChoice.of(problem.problem(), candidates.get(i), "timed", problem.threads());
      best[i] = time(passes[i], WARM_NANOS);
      least = Math.min(least, best[i]);
    }
    double most = HOPELESS * least;
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < count; i++) {
        if (best[i] <= most) {
          best[i] = Math.min(best[i], time(passes[i], ROUND_NANOS));
        }
      }
    }
    int fastest = 0;
    for (int i = 1; i < count; i++) {
      fastest = best[i] < best[fastest] ? i : fastest;
    }
    return candidates.get(fastest);
  }

  /** Calls for so long, once at least, and returns the nanoseconds of the fastest call. */
  private double time(PassChoice pass, long nanos) {
    long begin = System.nanoTime();
    long least = Long.MAX_VALUE;
    long end = begin;
    do {
      long from = end;
      pass.run(first, second, null, result, null);
      end = System.nanoTime();
      least = Math.min(least, end - from);
    } while (end - begin < nanos);
    return least;
  }
}
