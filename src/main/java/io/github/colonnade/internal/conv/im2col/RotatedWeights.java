package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.PreparedOperand;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Weights that are rotated once for many input's gradients.
 *
 * @param tiling how the gradient is cut
 * @param epilogue what becomes of the sums
 */
record RotatedWeights(RotatedTiling tiling, Epilogue epilogue) implements PassPlan.Preparation {
  @Override
  public long bytes() {
    return tiling.weightBytes();
  }

  @Override
  public TileTask layOut(MemorySegment weight) {
    return new WeightRotation(
        tiling, epilogue, /* gradOutput= */ null, weight, /* bias= */ null, /* gradInput= */ null);
  }

  @Override
  public TileTask task(
      MemorySegment gradOutput,
      PreparedOperand weight,
      MemorySegment bias,
      MemorySegment gradInput) {
    return weight.finite()
        ? new Im2colConvolution(
            tiling.convolution(), gradOutput, weight.laidOut(), bias, epilogue, gradInput)
        : new Im2colBackwardInput(
            tiling.scatter(), gradOutput, weight.plain(), bias, epilogue, gradInput);
  }
}
