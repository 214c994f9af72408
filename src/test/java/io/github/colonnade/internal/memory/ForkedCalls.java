package io.github.colonnade.internal.memory;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.Padding;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** What {@link ScratchPoolTest} runs in JVMs with limits of their own. */
final class ForkedCalls {
  private ForkedCalls() {}

  /** Runs the scenario that the property names. */
  public static void main(String[] arguments) {
    switch (System.getProperty("scenario")) {
      case "forward" -> forward();
      case "exhausted" -> {
        exhaust();
        forward();
      }
      default -> acquireTwice();
    }
  }

  /** Takes all there is, and gives back what it got. */
  private static void exhaust() {
    List<ScratchPool.Block> blocks = new ArrayList<>();
    try {
      while (true) {
        blocks.add(ScratchPool.SHARED.acquire(100 << 20));
      }
    } catch (OutOfMemoryError e) {
      System.out.println(e.getMessage());
    }
    blocks.forEach(ScratchPool.SHARED::release);
  }

  private static void acquireTwice() {
    for (int call = 0; call < 2; call++) {
      try {
        ScratchPool.SHARED.acquire(1);
      } catch (RuntimeException | Error e) {
        System.out.println(e);
      }
    }
  }

  private static void forward() {
    try (Arena arena = Arena.ofConfined()) {
      PlanOptions options = PlanOptions.defaults().withAlgorithm(Algorithm.IM2COL).withThreads(16);
      Conv2dPlan plan =
          Conv2d.builder(64, 64, 3, 3)
              .padding(Padding.of(1, 1, 1, 1))
              .build()
              .plan(options, DType.F64, 1, 64, 64, 64);
      if (plan.workspaceBytes() <= 8 << 20) {
        throw new AssertionError("this would prove nothing: " + plan.explain());
      }
      plan.forward(
          Tensor.allocate(arena, DType.F64, 1, 64, 64, 64).fill(1),
          Tensor.allocate(arena, DType.F64, plan.weightShape()).fill(1),
          null,
          Tensor.allocate(arena, DType.F64, plan.outputShape()));
      System.out.println("computed");
    }
  }
}
