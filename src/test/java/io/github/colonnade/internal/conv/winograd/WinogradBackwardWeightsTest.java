package io.github.colonnade.internal.conv.winograd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.PartialSums;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Every cut of the weights' gradient gives what the definition says. */
class WinogradBackwardWeightsTest {
  private static final int DRAWS = 300;

  private static BackwardWeightsTiling tiling(SplittableRandom random, ConvGeometry geometry) {
    TileGrid grid = WinogradOperands.grid(random, geometry);
    boolean shared = random.nextBoolean();
    long ins = geometry.groupInChannels();
    PartialSums.Split whole =
        PartialSums.Split.whole(grid.type(), geometry.weights(), grid.blocks());
    return new BackwardWeightsTiling(
        grid,
        random.nextLong(1, geometry.groupOutChannels() + 1),
        shared ? ins : random.nextLong(1, ins + 1),
        shared ? whole : whole.split(random.nextLong(1, 4), 1 << 20),
        shared);
  }

  @Test
  void everyCut() {
    for (long seed = 0; seed < DRAWS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ConvGeometry geometry = WinogradOperands.geometry(random);
      BackwardWeightsTiling tiling = tiling(random, geometry);
      ElementType type = tiling.type();
      String cut = "seed " + seed + ": " + tiling;
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment input =
            WinogradOperands.numbers(
                arena, random, type, geometry.batch() * geometry.inChannels() * geometry.inPlane());
        MemorySegment gradOutput =
            WinogradOperands.numbers(
                arena,
                random,
                type,
                geometry.batch() * geometry.outChannels() * geometry.outPlane());
        MemorySegment gradWeights = WinogradOperands.nan(arena, type, geometry.weights());
        long bytes = tiling.sharedBytes() + tiling.workspaceBytes();
        TileTask task = new WinogradBackwardWeights(tiling, input, gradOutput, gradWeights, null);
        WinogradOperands.run(
            task,
            WinogradOperands.nan(arena, type, bytes / type.bytes()),
            tiling.sharedBytes(),
            random.nextBoolean());
        for (long i = 0; i < geometry.weights(); i++) {
          double expected = sum(type, geometry, input, gradOutput, i);
          assertEquals(expected, Elements.get(type, gradWeights, i), 0.1, cut);
        }
      }
    }
  }

  /** Computes one gradient as the definition says. */
  private static double sum(
      ElementType type,
      ConvGeometry geometry,
      MemorySegment input,
      MemorySegment gradOutput,
      long weight) {
    long tap = weight % 9;
    long ic = weight / 9 % geometry.groupInChannels();
    long oc = weight / 9 / geometry.groupInChannels();
    long inChannel = oc / geometry.groupOutChannels() * geometry.groupInChannels() + ic;
    double sum = 0;
    for (long image = 0; image < geometry.batch(); image++) {
      long from = (image * geometry.inChannels() + inChannel) * geometry.inPlane();
      long to = (image * geometry.outChannels() + oc) * geometry.outPlane();
      for (long pixel = 0; pixel < geometry.outPlane(); pixel++) {
        long h = pixel / geometry.outW() + tap / 3 * geometry.dilationH() - geometry.padTop();
        long w = pixel % geometry.outW() + tap % 3 * geometry.dilationW() - geometry.padLeft();
        if (h >= 0 && h < geometry.inH() && w >= 0 && w < geometry.inW()) {
          sum +=
              Elements.get(type, input, from + h * geometry.inW() + w)
                  * Elements.get(type, gradOutput, to + pixel);
        }
      }
    }
    return sum;
  }
}
