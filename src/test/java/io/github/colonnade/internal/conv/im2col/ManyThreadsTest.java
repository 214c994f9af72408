package io.github.colonnade.internal.conv.im2col;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceCap;
import io.github.colonnade.internal.parallel.Idle;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers of networks are cut so that eight threads share the work, and sixteen most of it. */
class ManyThreadsTest {
  private static final long CAP = WorkspaceCap.USUAL_BYTES;

  @ParameterizedTest
  @CsvSource({
    "1, 3, 224, 64, 7, 2",
    "1, 128, 56, 128, 3, 2",
    "1, 256, 28, 256, 3, 2",
    "1, 512, 14, 512, 3, 2",
    "1, 256, 14, 256, 3, 1",
    "1, 512, 14, 512, 3, 1",
    "1, 512, 7, 512, 3, 1",
    "4, 512, 28, 256, 1, 1",
    "4, 1024, 14, 2048, 1, 2"
  })
  void largeLayersMakeManyEvenTiles(
      long batch, long channels, long size, long outs, long kernel, long stride) {
    Axis axis = new Axis(size, kernel, stride, 1, kernel / 2, kernel / 2, size / stride);
    ConvGeometry geometry = new ConvGeometry(batch, channels, outs, 1, axis, axis);
    for (ElementType type : List.of(ElementType.F64, ElementType.F32)) {
      WorkspaceCap cap = WorkspaceCap.following(64e6);
      for (Tiling tiling :
          List.of(
              ConvolutionTiling.of(geometry, type, CAP),
              BackwardInputTiling.of(geometry, type, CAP),
              BackwardWeightsTiling.of(geometry, type, cap))) {
        double idle = Idle.of(tiling.tileCount());
        assertTrue(idle < 1.05, type + ": " + tiling.describe() + ", idle " + idle);
      }
    }
  }
}
