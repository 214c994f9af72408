package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.PreparedOperand;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Weights that are transformed once for many calls.
 *
 * @param tiling how the work is cut, with shared weights
 * @param epilogue what becomes of the sums
 */
record FftPreparedWeights(FftTiling tiling, Epilogue epilogue) implements PassPlan.Preparation {
  @Override
  public long bytes() {
    return tiling.weightBytes();
  }

  @Override
  public TileTask layOut(MemorySegment weight) {
    return new FftWeights(tiling, weight, /* next= */ null);
  }

  @Override
  public TileTask task(
      MemorySegment first, PreparedOperand weight, MemorySegment bias, MemorySegment result) {
    return new FftConvolution(
        tiling, first, weight.plain(), weight.laidOut(), bias, epilogue, result);
  }
}
