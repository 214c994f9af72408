package app;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;

/** Has no OpenBLAS: the plan says so, and what needs none computes. */
final class WithoutNatives {
  private WithoutNatives() {}

  public static void main(String[] arguments) {
    Conv2d conv = Conv2d.builder(1, 1, 3, 3).build();
    try {
      Conv2d.builder(16, 16, 3, 3).build().plan(DType.F64, 1, 16, 9, 9);
      throw new AssertionError("planned without an OpenBLAS");
    } catch (UnsatisfiedLinkError missing) {
      for (String way : new String[] {"org.bytedeco:openblas", "-Dcolonnade.openblas=PATH"}) {
        Check.equal(true, missing.getMessage().contains(way));
      }
    }
    PlanOptions options = PlanOptions.defaults().withAlgorithm(Algorithm.DIRECT);
    Conv2dPlan plan = conv.plan(options, DType.F64, 1, 1, 9, 9);
    try (Arena arena = Arena.ofConfined()) {
      Tensor output = Tensor.allocate(arena, DType.F64, plan.outputShape());
      plan.forward(
          Tensor.allocate(arena, DType.F64, plan.inputShape()).fill(1),
          Tensor.allocate(arena, DType.F64, plan.weightShape()).fill(1),
          null,
          output);
      Check.equal(9, output.get(0));
    }
  }
}
