package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.PreparedOperand;
import io.github.colonnade.internal.conv.reference.ReferenceBackwardInput;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Weights of the input's gradient that are read as they are, and not looked through at each call.
 *
 * @param geometry sizes
 * @param type element type
 * @param epilogue what becomes of the sums
 * @param direct computes with weights that are finite
 */
record KnownWeights(
    ConvGeometry geometry, ElementType type, Epilogue epilogue, PassPlan.Operation direct)
    implements PassPlan.Preparation {
  @Override
  public long bytes() {
    return 0;
  }

  @Override
  public TileTask layOut(MemorySegment weight) {
    throw new AssertionError("nothing to lay out");
  }

  @Override
  public TileTask task(
      MemorySegment gradOutput,
      PreparedOperand weight,
      MemorySegment bias,
      MemorySegment gradInput) {
    return task(weight.finite(), gradOutput, weight.plain(), bias, gradInput);
  }

  /**
   * Takes the definition where a weight is not finite: zeros around the gradient must not meet it.
   */
  TileTask task(
      boolean finite,
      MemorySegment gradOutput,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment gradInput) {
    return finite
        ? direct.task(gradOutput, weight, bias, gradInput)
        : new ReferenceBackwardInput(geometry, type, gradOutput, weight, bias, epilogue, gradInput);
  }
}
