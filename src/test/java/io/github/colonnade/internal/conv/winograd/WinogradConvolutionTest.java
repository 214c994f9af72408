package io.github.colonnade.internal.conv.winograd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Every cut of a convolution gives what the definition says. */
class WinogradConvolutionTest {
  private static final int DRAWS = 300;

  private static WinogradTiling tiling(SplittableRandom random, ConvGeometry geometry) {
    TileGrid grid = WinogradOperands.grid(random, geometry);
    boolean shared = random.nextInt(3) > 0;
    Sharing sharing = random.nextBoolean() ? Sharing.TILES : Sharing.ALL;
    long outs = geometry.groupOutChannels();
    long ins = geometry.groupInChannels();
    long inBlock = shared || random.nextBoolean() ? ins : random.nextLong(1, ins + 1);
    long outBlock = random.nextLong(1, outs + 1);
    long range = shared || inBlock < ins ? outBlock : random.nextLong(outBlock, outs + 1);
    return new WinogradTiling(
        grid,
        random.nextBoolean(),
        range,
        outBlock,
        inBlock,
        random.nextBoolean(),
        shared ? sharing : Sharing.NOTHING);
  }

  @Test
  void everyCut() {
    for (long seed = 0; seed < DRAWS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ConvGeometry geometry = WinogradOperands.geometry(random);
      WinogradTiling tiling = tiling(random, geometry);
      ElementType type = tiling.type();
      String cut = "seed " + seed + ": " + tiling;
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment input =
            WinogradOperands.numbers(
                arena, random, type, geometry.batch() * geometry.inChannels() * geometry.inPlane());
        MemorySegment weight = WinogradOperands.numbers(arena, random, type, geometry.weights());
        MemorySegment bias =
            random.nextBoolean()
                ? WinogradOperands.numbers(arena, random, type, geometry.outChannels())
                : null;
        Epilogue epilogue = random.nextBoolean() ? Epilogue.NONE : Epilogue.RELU;
        long outputs = geometry.batch() * geometry.outChannels() * geometry.outPlane();
        MemorySegment output = WinogradOperands.nan(arena, type, outputs);
        boolean prepared = random.nextBoolean() && tiling.sharedWeights();
        MemorySegment transformed =
            prepared
                ? WinogradOperands.nan(arena, type, tiling.weightBytes() / type.bytes())
                : null;
        WinogradConvolution convolution =
            new WinogradConvolution(
                tiling, input, weight, transformed, bias, epilogue, output, null);
        MemorySegment workspace =
            WinogradOperands.nan(
                arena, type, (tiling.sharedBytes() + tiling.workspaceBytes()) / type.bytes());
        boolean backwards = random.nextBoolean();
        if (prepared) {
          WinogradOperands.run(
              new WinogradWeights(tiling, weight, 0, null), transformed, 0, backwards);
        }
        TileTask task =
            tiling.sharedWeights() && !prepared
                ? new WinogradWeights(tiling, weight, tiling.sharedWeightIndex(), convolution)
                : convolution;
        WinogradOperands.run(task, workspace, tiling.sharedBytes(), backwards);
        for (long i = 0; i < outputs; i++) {
          double expected = epilogue.apply(sum(tiling, input, weight, bias, i));
          assertEquals(expected, Elements.get(type, output, i), 0.1, cut);
        }
      }
    }
  }

  /** Computes one output as the definition says. */
  private static double sum(
      WinogradTiling tiling,
      MemorySegment input,
      MemorySegment weight,
      MemorySegment bias,
      long output) {
    ConvGeometry geometry = tiling.geometry();
    long ow = output % geometry.outW();
    long oh = output / geometry.outW() % geometry.outH();
    long oc = output / geometry.outPlane() % geometry.outChannels();
    long image = output / geometry.outPlane() / geometry.outChannels();
    long outs = geometry.groupOutChannels();
    long ins = geometry.groupInChannels();
    long group = oc / outs;
    double sum = bias == null ? 0 : Elements.get(tiling.type(), bias, oc);
    for (long ic = 0; ic < ins; ic++) {
      long plane = (image * geometry.inChannels() + group * ins + ic) * geometry.inPlane();
      long kernel = tiling.transposed() ? (group * ins + ic) * outs + oc % outs : oc * ins + ic;
      for (int k = 0; k < 9; k++) {
        long h = oh + k / 3 * geometry.dilationH() - geometry.padTop();
        long w = ow + k % 3 * geometry.dilationW() - geometry.padLeft();
        if (h >= 0 && h < geometry.inH() && w >= 0 && w < geometry.inW()) {
          long tap = 9 * kernel + (tiling.transposed() ? 8 - k : k);
          sum +=
              Elements.get(tiling.type(), input, plane + h * geometry.inW() + w)
                  * Elements.get(tiling.type(), weight, tap);
        }
      }
    }
    return sum;
  }
}
