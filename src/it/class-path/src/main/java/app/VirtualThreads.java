package app;

import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Many virtual threads share a plan. */
final class VirtualThreads {
  private static final int CALLERS = 200;

  private VirtualThreads() {}

  public static void main(String[] arguments) throws Exception {
    Conv2dPlan plan = Conv2d.builder(8, 8, 3, 3).build().plan(DType.F64, 1, 8, 16, 16);
    Check.equal(2, plan.threads());
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Double>> results = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        double value = caller;
        results.add(callers.submit(() -> first(plan, value)));
      }
      for (int caller = 0; caller < CALLERS; caller++) {
        Check.equal(Double.valueOf(72.0 * caller), results.get(caller).get());
      }
    }
  }

  private static double first(Conv2dPlan plan, double value) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor output = Tensor.allocate(arena, DType.F64, plan.outputShape());
      plan.forward(
          Tensor.allocate(arena, DType.F64, plan.inputShape()).fill(value),
          Tensor.allocate(arena, DType.F64, plan.weightShape()).fill(1),
          null,
          output);
      return output.get(0);
    }
  }
}
