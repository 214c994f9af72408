package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Parts;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * A convolution of groups of few channels at stride 1, or the input's gradient of one, and how it
 * is cut: one tile is a band of rows of a group's targets in one image, or all rows in several. It
 * follows from the shapes alone.
 *
 * @param batch images
 * @param groups independent groups of channels
 * @param sources source channels of a group
 * @param targets target channels of a group
 * @param kernelH height of the kernel
 * @param kernelW width of the kernel
 * @param dilationH lines from one kernel row to the next
 * @param dilationW elements from one kernel column to the next
 * @param sourceH height of a source plane
 * @param sourceW width of a source plane
 * @param targetH height of a target plane
 * @param targetW width of a target plane
 * @param firstH line that the first tap of the first target reads
 * @param firstW element that the first tap of the first target reads
 * @param adjoint whether the kernel is turned by half a turn
 * @param rows target rows of a tile
 * @param images images of a tile, 1 where it has not all rows
 */
record DepthwiseShape(
    long batch,
    long groups,
    int sources,
    int targets,
    int kernelH,
    int kernelW,
    long dilationH,
    long dilationW,
    long sourceH,
    long sourceW,
    long targetH,
    long targetW,
    long firstH,
    long firstW,
    boolean adjoint,
    long rows,
    long images)
    implements Tiling {

  /** Shifted lines and sums of a tile nearly stay in the first-level cache. */
  private static final long TILE_BYTES = 32 << 10;

  /** Rows of a tile for each that it reads beyond them: what they share is copied again. */
  private static final long LEAST_REACHES = 2;

  /** Elements that the shifted lines and sums of a tile may take. */
  private static final double MOST_ELEMENTS = 1 << 16;

  /** Channels of a group up to which this is faster than multiplying matrices. */
  private static final long MOST_CHANNELS = 2;

  /** Returns whether the forward pass, and the input's gradient, can be computed so and should. */
  static boolean suits(ConvGeometry geometry) {
    double reach = (geometry.kernelH() - 1.0) * geometry.dilationH();
    double pitch = (double) Math.max(geometry.inW(), geometry.outW());
    double channels = (double) Math.max(geometry.groupInChannels(), geometry.groupOutChannels());
    double arrays = channels * geometry.kernelW() + 1;
    double height = (double) Math.max(geometry.inH(), geometry.outH());
    double least = Math.min(height, 1 + LEAST_REACHES * reach) + reach;
    return geometry.strideH() == 1
        && geometry.strideW() == 1
        && geometry.groups() > 1
        && geometry.groupInChannels() <= MOST_CHANNELS
        && geometry.groupOutChannels() <= MOST_CHANNELS
        && least * pitch * arrays <= MOST_ELEMENTS;
  }

  static DepthwiseShape forward(ConvGeometry g, ElementType type) {
    return new DepthwiseShape(
        g.batch(),
        g.groups(),
        (int) g.groupInChannels(),
        (int) g.groupOutChannels(),
        (int) g.kernelH(),
        (int) g.kernelW(),
        g.dilationH(),
        g.dilationW(),
        g.inH(),
        g.inW(),
        g.outH(),
        g.outW(),
        -g.padTop(),
        -g.padLeft(),
        false,
        rows(g, type, g.groupInChannels(), g.outH()),
        images(g, type, g.groupInChannels(), g.outH()));
  }

  static DepthwiseShape adjoint(ConvGeometry g, ElementType type) {
    return new DepthwiseShape(
        g.batch(),
        g.groups(),
        (int) g.groupOutChannels(),
        (int) g.groupInChannels(),
        (int) g.kernelH(),
        (int) g.kernelW(),
        g.dilationH(),
        g.dilationW(),
        g.outH(),
        g.outW(),
        g.inH(),
        g.inW(),
        g.padTop() - reach(g),
        g.padLeft() - (g.kernelW() - 1) * g.dilationW(),
        true,
        rows(g, type, g.groupOutChannels(), g.inH()),
        images(g, type, g.groupOutChannels(), g.inH()));
  }

  private static long rows(ConvGeometry g, ElementType type, long sources, long height) {
    long reach = reach(g);
    long most = Math.max(1 + LEAST_REACHES * reach, tileLines(g, type, sources) - reach);
    return Parts.evenSize(height, most);
  }

  private static long images(ConvGeometry g, ElementType type, long sources, long height) {
    long most = Math.max(1, tileLines(g, type, sources) / (height + reach(g)));
    return Parts.evenSize(g.batch(), most);
  }

  /** Returns the lines that a tile reads beyond its rows. */
  private static long reach(ConvGeometry g) {
    return (g.kernelH() - 1) * g.dilationH();
  }

  /** Returns the lines of a tile that is not too large. */
  private static long tileLines(ConvGeometry g, ElementType type, long sources) {
    long pitch = Math.max(1, Math.max(g.inW(), g.outW()));
    return TILE_BYTES / (pitch * (sources * g.kernelW() + 1) * type.bytes());
  }

  /** Makes the task of one call. */
  TileTask task(
      ElementType type,
      MemorySegment source,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment target) {
    return type == ElementType.F64
        ? new F64Depthwise(this, source, weight, bias, target)
        : new F32Depthwise(this, source, weight, bias, target);
  }

  /** Returns the elements of a line in scratch memory: of sources and targets alike. */
  int pitch() {
    return (int) Math.max(sourceW, targetW);
  }

  /** Returns the lines that a tile reads beyond its rows. */
  int reach() {
    return (int) ((kernelH - 1) * dilationH);
  }

  /** Returns the bands of a plane. */
  long bands() {
    return Math.ceilDiv(targetH, rows);
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(batch, images) * groups * bands();
  }

  /** Returns which plane of the weights joins a source and a target of a group. */
  long weightPlane(long group, int target, int source) {
    long first = group * sources * targets;
    return first + (adjoint ? (long) source * targets + target : (long) target * sources + source);
  }

  @Override
  public String describe() {
    return tileCount()
        + " tiles of "
        + rows
        + " rows of a group's channels"
        + (images > 1 ? " in " + images + " images" : "");
  }
}
