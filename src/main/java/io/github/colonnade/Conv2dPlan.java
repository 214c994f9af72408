package io.github.colonnade;

import io.github.colonnade.internal.blas.ElementType;
import io.github.colonnade.internal.kernel.ConvGeometry;
import io.github.colonnade.internal.kernel.Im2colForward;
import io.github.colonnade.internal.kernel.ReferenceForward;
import io.github.colonnade.internal.kernel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * A {@link Conv2d} for inputs of one shape and type: the algorithm, the tiles and the scratch
 * memory are decided. Immutable, and safe to share between threads.
 */
public final class Conv2dPlan {
  private final ConvGeometry geometry;
  private final DType dtype;
  private final ElementType type;
  private final PlanOptions options;
  private final Algorithm algorithm;
  private final Im2colForward.Shape im2col;
  private final long[] inputShape;
  private final long[] weightShape;
  private final long[] biasShape;
  private final long[] outputShape;

  Conv2dPlan(ConvGeometry geometry, DType dtype, PlanOptions options) {
    this.geometry = geometry;
    this.dtype = dtype;
    this.type = Operands.elementType(dtype);
    this.options = options;
    ConvGeometry g = geometry;
    inputShape = new long[] {g.batch(), g.inChannels(), g.inH(), g.inW()};
    weightShape = new long[] {g.outChannels(), g.groupInChannels(), g.kernelH(), g.kernelW()};
    biasShape = new long[] {g.outChannels()};
    outputShape = new long[] {g.batch(), g.outChannels(), g.outH(), g.outW()};
    Shapes.byteSize("input", dtype, inputShape);
    Shapes.byteSize("output", dtype, outputShape);
    algorithm = choose();
    im2col = algorithm == Algorithm.IM2COL ? planIm2col() : null;
  }

  private Algorithm choose() {
    if (options.algorithm() == Algorithm.AUTO) {
      return fitsBlas() ? Algorithm.IM2COL : Algorithm.REFERENCE;
    }
    if (options.algorithm() == Algorithm.IM2COL && !fitsBlas()) {
      throw new IllegalArgumentException(
          "algorithm: is IM2COL, which needs planes of less than 2^31 pixels and sums of less than"
              + " 2^31 products; REFERENCE does not");
    }
    return options.algorithm();
  }

  /** OpenBLAS counts in 32 bits. */
  private boolean fitsBlas() {
    return geometry.depth() <= Integer.MAX_VALUE
        && geometry.inPlane() <= Integer.MAX_VALUE
        && geometry.outPlane() <= Integer.MAX_VALUE
        && geometry.groupOutChannels() <= Integer.MAX_VALUE;
  }

  private Im2colForward.Shape planIm2col() {
    long least = Im2colForward.Shape.leastWorkspaceBytes(geometry, type);
    if (options.maxWorkspaceBytes() < least) {
      throw new IllegalArgumentException(
          "maxWorkspaceBytes: is "
              + options.maxWorkspaceBytes()
              + ", IM2COL needs at least "
              + least
              + " for this shape");
    }
    return new Im2colForward.Shape(geometry, type, options.maxWorkspaceBytes());
  }

  /** {@return the algorithm chosen, never {@link Algorithm#AUTO}} */
  public Algorithm algorithm() {
    return algorithm;
  }

  /** {@return the threads that a call uses at most, the caller's included} */
  public int threads() {
    return options.threads();
  }

  /** {@return the scratch bytes of a call, all its threads together} */
  public long workspaceBytes() {
    return im2col == null ? 0 : im2col.workspaceBytes() * options.threads();
  }

  /** {@return a copy of the output's shape, {@code N, O, OH, OW}} */
  public long[] outputShape() {
    return outputShape.clone();
  }

  /** {@return the additions and multiplications of one forward pass, padding counted} */
  public double flops() {
    return 2.0 * geometry.outPixels() * geometry.outChannels() * geometry.depth();
  }

  /** {@return what was decided and why, for people: algorithm, tiles and bytes} */
  public String explain() {
    String why = options.algorithm() == Algorithm.AUTO ? " (chosen by AUTO)" : " (as asked)";
    double columnBytes =
        (double) geometry.depth() * geometry.groups() * geometry.outPixels() * type.bytes();
    String how =
        im2col == null
            ? "one output plane a tile, sums in double precision"
            : im2col.describe()
                + String.format("; the whole column matrix would take %.1f MB", columnBytes / 1e6);
    return algorithm + why + ": " + how + "; workspace " + workspaceBytes() + " bytes";
  }

  /**
   * Computes {@code y = W ⋆ x + b}, a cross-correlation: {@code [N, C, H, W] → [N, O, OH, OW]}.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O, OH, OW]}. Overwritten; must not overlap the others.
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public void forward(Tensor input, Tensor weight, Tensor bias, Tensor output) {
    forward(input, weight, bias, output, null);
  }

  /**
   * As {@link #forward(Tensor, Tensor, Tensor, Tensor)}, in the caller's scratch memory.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O, OH, OW]}. Overwritten; must not overlap the others.
   * @param workspace at least {@link #workspaceBytes()}, or null for the library's own.
   *     Overwritten; must not overlap the others.
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   * @throws IllegalStateException if an operand's arena is closed or the workspace is in use
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public void forward(
      Tensor input, Tensor weight, Tensor bias, Tensor output, Workspace workspace) {
    requireOperands(input, weight, bias);
    Operands.requireOutput("output", output, dtype, outputShape);
    Operands.requireDisjoint("output", output, "input", input);
    Operands.requireDisjoint("output", output, "weight", weight);
    Operands.requireDisjoint("output", output, "bias", bias);
    Operands.requireDisjoint(workspace, "input", input);
    Operands.requireDisjoint(workspace, "weight", weight);
    Operands.requireDisjoint(workspace, "bias", bias);
    Operands.requireDisjoint(workspace, "output", output);
    if (output.elementCount() == 0) {
      // Sizes beside a zero are bounded by nothing: their products need not fit a long.
      return;
    }
    MemorySegment x = Operands.shareable(input.segment());
    MemorySegment w = Operands.shareable(weight.segment());
    MemorySegment b = bias == null ? null : Operands.shareable(bias.segment());
    MemorySegment y = Operands.shareable(output.segment());
    TileTask task =
        im2col == null
            ? new ReferenceForward(geometry, type, x, w, b, y)
            : new Im2colForward(im2col, x, w, b, y);
    Execution.run(task, options.threads(), workspace);
  }

  void requireOperands(Tensor input, Tensor weight, Tensor bias) {
    Operands.requireInput("input", input, dtype, inputShape);
    Operands.requireInput("weight", weight, dtype, weightShape);
    if (bias != null) {
      Operands.requireInput("bias", bias, dtype, biasShape);
    }
  }
}
