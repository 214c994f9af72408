package io.github.colonnade.internal.conv.reference;

import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;

/** The passes by their definitions: no scratch memory, no OpenBLAS, nothing it cannot do. */
public final class ReferenceAlgorithm implements ConvAlgorithm {
  /** Beyond so many it is never the fastest, and soon the slowest by far. */
  private static final double MOST_PRODUCTS = 1 << 14;

  @Override
  public String name() {
    return "REFERENCE";
  }

  @Override
  public String refusal(ConvProblem problem) {
    return null;
  }

  @Override
  public boolean pays(ConvProblem problem) {
    return true;
  }

  @Override
  public boolean isWorthTiming(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    double products = (double) geometry.outPixels() * geometry.outChannels() * geometry.depth();
    return products <= MOST_PRODUCTS;
  }

  @Override
  public boolean multiplies() {
    return false;
  }

  @Override
  public PassPlan plan(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    ElementType type = problem.type();
    Epilogue epilogue = problem.epilogue();
    return switch (problem.pass()) {
      case FORWARD ->
          new PassPlan(
              new Tiles("plane"),
              (input, weight, bias, output) ->
                  new ReferenceForward(geometry, type, input, weight, bias, epilogue, output));
      case BACKWARD_INPUT ->
          new PassPlan(
              new Tiles("plane"),
              (gradOutput, weight, bias, gradInput) ->
                  new ReferenceBackwardInput(
                      geometry, type, gradOutput, weight, bias, epilogue, gradInput));
      case BACKWARD_WEIGHTS ->
          new PassPlan(
              new Tiles("kernel"),
              (input, gradOutput, bias, gradWeights) ->
                  new ReferenceBackwardWeights(geometry, type, input, gradOutput, gradWeights));
    };
  }

  /** One plane or kernel a tile. */
  private record Tiles(String tile) implements Tiling {
    @Override
    public long tileCount() {
      return 1; // as far as scratch memory goes: none is needed
    }

    @Override
    public String describe() {
      return "one " + tile + " a tile, sums in double precision";
    }
  }
}
