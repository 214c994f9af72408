package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.PreparedOperand;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Weights that are transformed once for many calls, by a tiling whose weights are shared: that of
 * the plan, so that sums are cut as in its other calls.
 *
 * @param tiling how the work is cut
 * @param epilogue what becomes of the sums
 * @param otherwise what computes the output again if not all of it is finite
 */
record TransformedWeights(WinogradTiling tiling, Epilogue epilogue, PassPlan.Operation otherwise)
    implements PassPlan.Preparation {
  @Override
  public long bytes() {
    return tiling.weightBytes();
  }

  @Override
  public TileTask layOut(MemorySegment weight) {
    return new WinogradWeights(tiling, weight, /* index= */ 0, /* next= */ null);
  }

  @Override
  public TileTask task(
      MemorySegment first, PreparedOperand weight, MemorySegment bias, MemorySegment result) {
    return new WinogradConvolution(
        tiling, first, weight.plain(), weight.laidOut(), bias, epilogue, result, otherwise);
  }
}
