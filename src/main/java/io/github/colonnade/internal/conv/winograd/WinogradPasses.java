package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The forward pass and the input's gradient of a 3×3 convolution by Winograd's minimal filtering:
 * F(4×4, 3×3) in double precision, which multiplies a quarter as often as the definition, and
 * F(2×2, 3×3) in single precision, 4/9 as often, whose rounding errors are smaller.
 */
public final class WinogradPasses {
  /** Wider spread kernels would need an image of many rows on the heap. */
  private static final long MOST_DILATION = 8;

  private WinogradPasses() {}

  /** Returns whether Winograd's algorithm can compute a convolution of these sizes. */
  public static boolean suits(ConvGeometry geometry) {
    return geometry.kernelH() == 3
        && geometry.kernelW() == 3
        && geometry.strideH() == 1
        && geometry.strideW() == 1
        && geometry.dilationH() <= MOST_DILATION
        && geometry.dilationW() <= MOST_DILATION;
  }

  /** Returns the outputs along one side of a tile. */
  static int outputs(ElementType type) {
    return type == ElementType.F64 ? 4 : 2;
  }

  /** Returns the pixels of all tiles of the forward pass or of the input's gradient. */
  public static double coveredPixels(ConvGeometry geometry, ElementType type, boolean backward) {
    int outputs = outputs(type);
    double tiles = WinogradTiling.tiles(backward ? geometry.adjoint() : geometry, outputs);
    return tiles * outputs * outputs;
  }

  /** Returns the pixels of the tiles of one row; of one of several that interleave. */
  public static long coveredRow(ConvGeometry geometry, ElementType type, boolean backward) {
    long width = backward ? geometry.inW() : geometry.outW();
    int outputs = outputs(type);
    return WinogradTiling.sideTiles(width, geometry.dilationW(), outputs) * outputs;
  }

  /** Plans the forward pass within {@code maxWorkspaceBytes} a thread, shared ones included. */
  public static PassPlan forward(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    return plan(geometry, type, maxWorkspaceBytes, false);
  }

  /**
   * Plans the input's gradient within {@code maxWorkspaceBytes} a thread, shared ones included: the
   * convolution of the output's gradient with the weights turned by half a turn.
   */
  public static PassPlan backwardInput(
      ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    return plan(geometry.adjoint(), type, maxWorkspaceBytes, true);
  }

  private static PassPlan plan(
      ConvGeometry geometry, ElementType type, long maxWorkspaceBytes, boolean transposed) {
    WinogradTiling tiling = WinogradTiling.of(geometry, type, outputs(type), maxWorkspaceBytes);
    WinogradShape shape = new WinogradShape(geometry, type, tiling, transposed);
    return PassPlan.of(
        shape, (first, weight, bias, result) -> task(shape, first, weight, bias, result));
  }

  private static TileTask task(
      WinogradShape shape,
      MemorySegment first,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment result) {
    WinogradForward main = new WinogradForward(shape, first, weight, bias, result);
    return shape.tiling().sharedWeights() ? new WinogradWeights(main) : main;
  }

  /** Returns the least {@code maxWorkspaceBytes} that both passes can be planned within. */
  public static long leastWorkspaceBytes(ConvGeometry geometry, ElementType type) {
    return Math.max(
        WinogradTiling.leastBytes(geometry, type, outputs(type)),
        WinogradTiling.leastBytes(geometry.adjoint(), type, outputs(type)));
  }
}
