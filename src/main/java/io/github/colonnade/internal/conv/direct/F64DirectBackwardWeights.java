package io.github.colonnade.internal.conv.direct;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.parallel.PartialSums;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The weights' gradient by its taps: lines of the output's gradient are multiplied with those that
 * a tap reads, element by element, and the products added to a line of sums of the tap, whose
 * elements are added when all is done, or all in a band where lines are many. The single-precision
 * twin is derived from this file by the build.
 */
final class F64DirectBackwardWeights implements TileTask {
  private static final FreeList<Tile> TILES = new FreeList<>(Tile::new, Tile::bytes);

  private final DirectBackwardWeightsTiling tiling;
  private final MemorySegment input;
  private final MemorySegment gradOutput;
  private final MemorySegment gradWeights;
  private final PartialSums sums;

  /**
   * Takes the operands of one call.
   *
   * @param tiling how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights {@code [O, C/groups, KH, KW]}. Overwritten.
   */
  F64DirectBackwardWeights(
      DirectBackwardWeightsTiling tiling,
      MemorySegment input,
      MemorySegment gradOutput,
      MemorySegment gradWeights) {
    this.tiling = tiling;
    this.input = input;
    this.gradOutput = gradOutput;
    this.gradWeights = gradWeights;
    this.sums = tiling.sums().task(gradWeights);
  }

  @Override
  public long tileCount() {
    return tiling.tileCount();
  }

  @Override
  public TileTask next() {
    return sums;
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long part = tile % tiling.sums().parts();
    Tile work = TILES.take();
    MemorySegment target = sums == null ? gradWeights : workspace;
    work.begin(this, tile / tiling.sums().parts(), target, part * tiling.sums().elements());
    long to = tiling.sums().firstPiece(part + 1);
    for (long index = tiling.sums().firstPiece(part); index < to; index++) {
      work.add(index);
    }
    work.end();
    TILES.give(work);
  }

  /** One tile at work. */
  private static final class Tile {
    private final TapCut.Region region = new TapCut.Region();
    private final F64TapLines lines = new F64TapLines();

    /** The gradient of an output channel, and the same moved on to the rows that taps read. */
    private double[][] gradients = {};

    /** A line for each weight, or for those of one step. */
    private double[][] sums = {};

    private F64DirectBackwardWeights call;
    private DirectBackwardWeightsTiling tiling;
    private ConvGeometry geometry;
    private TapCut cut;
    private TapPhase.Step[] steps;
    private MemorySegment target;
    private long firstWeight;
    private long depth;
    private long kernelPlane;
    private long group;
    private long firstIn;
    private long firstOut;
    private int ins;
    private int outs;

    /** Takes a tile's place in the work and sets its sums to zero. */
    void begin(
        F64DirectBackwardWeights gradient, long owned, MemorySegment result, long resultIndex) {
      call = gradient;
      tiling = gradient.tiling;
      geometry = tiling.geometry();
      cut = tiling.cut();
      steps = tiling.taps().steps();
      group = owned / tiling.blocks();
      long block = owned % tiling.blocks();
      firstIn = block % tiling.chunks() * cut.sources();
      firstOut = block / tiling.chunks() * cut.targets();
      ins = (int) Math.min(cut.sources(), geometry.groupInChannels() - firstIn);
      outs = (int) Math.min(cut.targets(), geometry.groupOutChannels() - firstOut);
      target = result;
      depth = geometry.depth();
      kernelPlane = geometry.kernelPlane();
      firstWeight = resultIndex + geometry.weightIndex(group, firstOut) + firstIn * kernelPlane;
      lines.begin(cut, ins, tiling.elements());
      gradients =
          F64TapLines.reserve(gradients, DirectBackwardWeightsTiling.GRADIENTS, tiling.elements());
      int count = ins * tiling.lines(outs);
      sums = F64TapLines.reserve(sums, count, tiling.elements());
      if (tiling.kept()) {
        zero(count, 0, tiling.elements());
      }
      for (int out = 0; out < outs; out++) {
        for (int c = 0; c < ins; c++) {
          long to = weightIndex(out, c);
          for (long k = to; k < to + kernelPlane; k++) {
            target.setAtIndex(JAVA_DOUBLE, k, 0);
          }
        }
      }
    }

    private void zero(int count, int from, int to) {
      for (int i = 0; i < count; i++) {
        Arrays.fill(sums[i], from, to, 0);
      }
    }

    private long weightIndex(int out, int c) {
      return firstWeight + out * depth + c * kernelPlane;
    }

    /** Adds what one region contributes. */
    void add(long index) {
      region.set(cut, index);
      lines.move(region);
      for (int c = 0; c < ins; c++) {
        long plane = geometry.inputIndex(region.firstImage(), group, firstIn + c);
        lines.load(call.input, plane, 0, c);
      }
      int pitch = (int) cut.pitch();
      int count = region.rows() * pitch;
      int first = 0;
      for (int out = 0; out < outs; out++) {
        loadGradient(out);
        for (TapPhase.Step step : steps) {
          int stepTaps = ins * step.kernel().length;
          int from = step.rows() * pitch;
          double[] gradient = gradients[0];
          if (from > 0) {
            System.arraycopy(gradient, 0, gradients[1], from, count);
            gradient = gradients[1];
          }
          if (!tiling.kept()) {
            zero(stepTaps, from, from + count);
          }
          F64TapLoops.correlate(
              sums, first, gradient, lines.planes(), step.planes(), stepTaps, from, from + count);
          if (tiling.kept()) {
            first += stepTaps;
          } else {
            addUp(out, step, 0, count);
          }
        }
      }
    }

    /** Loads a band of the gradient, with zeros behind its rows. */
    private void loadGradient(int out) {
      int pitch = (int) cut.pitch();
      int columns = region.columns();
      int count = region.rows() * pitch;
      double[] line = gradients[0];
      long plane = geometry.outputIndex(region.firstImage(), group, firstOut + out);
      long from = plane + region.firstRow() * geometry.outW() + region.firstColumn();
      if (columns == pitch && columns == geometry.outW()) {
        MemorySegment.copy(call.gradOutput, JAVA_DOUBLE, from * Double.BYTES, line, 0, count);
      } else {
        for (int to = 0; to < count; to += pitch, from += geometry.outW()) {
          long at = from * Double.BYTES;
          MemorySegment.copy(call.gradOutput, JAVA_DOUBLE, at, line, to, columns);
          Arrays.fill(line, to + columns, to + pitch, 0);
        }
      }
    }

    /** Adds the elements of the sums of a step to the gradient of its weights. */
    private void addUp(int out, TapPhase.Step step, int first, int count) {
      int from = step.rows() * (int) cut.pitch();
      int line = first;
      for (int c = 0; c < ins; c++) {
        for (int k : step.kernel()) {
          double sum = F64TapLoops.sum(sums[line++], from, count, gradients[1]);
          long to = weightIndex(out, c) + k;
          target.setAtIndex(JAVA_DOUBLE, to, target.getAtIndex(JAVA_DOUBLE, to) + sum);
        }
      }
    }

    /** Returns the bytes of what is kept from call to call. */
    long bytes() {
      long elements = F64TapLines.elements(gradients) + F64TapLines.elements(sums);
      return lines.bytes() + elements * Double.BYTES;
    }

    /** Completes the gradient, and keeps nothing of the call. */
    void end() {
      int first = 0;
      for (int out = 0; out < outs && tiling.kept(); out++) {
        for (TapPhase.Step step : steps) {
          addUp(out, step, first, (int) (cut.rows() * cut.pitch()));
          first += ins * step.kernel().length;
        }
      }
      lines.end();
      call = null;
      tiling = null;
      geometry = null;
      cut = null;
      steps = null;
      target = null;
    }
  }
}
