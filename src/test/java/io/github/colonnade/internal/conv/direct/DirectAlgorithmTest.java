package io.github.colonnade.internal.conv.direct;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What plans hold, on the heap and off it, is within what is allowed. */
class DirectAlgorithmTest {
  private static final DirectAlgorithm DIRECT = new DirectAlgorithm();
  private static final long MOST = 8L << 20;

  @Test
  void plansHoldNoMoreThanIsAllowed() {
    int planned = 0;
    for (long seed = 0; seed < 600; seed++) {
      ConvGeometry geometry = draw(new SplittableRandom(seed));
      for (ConvPass pass : ConvPass.values()) {
        for (ElementType type : ElementType.values()) {
          for (long cap = 64; cap <= MOST; cap = cap * 3 / 2) {
            ConvProblem problem = new ConvProblem(pass, geometry, type, cap);
            if (DIRECT.refusal(problem) == null) {
              Tiling tiling = DIRECT.plan(problem).tiling();
              long held = tiling.heapBytes() + tiling.workspaceBytes() + tiling.sharedBytes();
              assertTrue(tiling.heapBytes() > 0 && held <= cap, held + " bytes of " + problem);
              planned++;
            }
          }
        }
      }
    }
    assertTrue(planned > 30_000, planned + " plans");
  }

  private static ConvGeometry draw(SplittableRandom random) {
    long groups = random.nextLong(1, 9);
    return new ConvGeometry(
        random.nextLong(1, 9),
        groups * random.nextLong(1, 20),
        groups * random.nextLong(1, 20),
        groups,
        axis(random),
        axis(random));
  }

  private static Axis axis(SplittableRandom random) {
    long kernel = random.nextLong(1, 8);
    long stride = random.nextLong(1, 5);
    long dilation = random.nextLong(1, 5);
    long reach = (kernel - 1) * dilation;
    long before = random.nextLong(reach + 3);
    long after = random.nextLong(reach + 3);
    long size = Math.max(1, reach + 1 - before - after) + random.nextLong(1L << random.nextInt(11));
    long outputs = (size + before + after - reach - 1) / stride + 1;
    return new Axis(size, kernel, stride, dilation, before, after, outputs);
  }
}
