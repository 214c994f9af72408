package io.github.colonnade;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.Supplier;

/** What {@link MissingOpenBlasTest} runs where no OpenBLAS can be loaded. */
final class MissingOpenBlas {
  private MissingOpenBlas() {}

  /** Prints what becomes of plans and calls. */
  public static void main(String[] arguments) {
    Conv2d columns = Conv2d.builder(16, 16, 3, 3).build();
    Conv2d depthwise = Conv2d.builder(16, 16, 3, 3).groups(16).build();
    for (Algorithm algorithm : Algorithm.values()) {
      PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm).withThreads(2);
      print(algorithm, () -> forward(columns, options));
    }
    print("depthwise", () -> forward(depthwise, PlanOptions.defaults()));
    print(
        "transposed",
        () -> ConvTranspose2d.builder(16, 16, 3, 3).build().plan(DType.F64, 1, 16, 9, 9));
    print("multiply", MissingOpenBlas::multiply);
  }

  private static void print(Object what, Supplier<Object> call) {
    String told;
    try {
      told = "computed " + call.get();
    } catch (UnsatisfiedLinkError missing) {
      String message = missing.getMessage().lines().findFirst().orElseThrow();
      boolean planned =
          Arrays.stream(missing.getStackTrace())
              .anyMatch(frame -> frame.getMethodName().equals("plan"));
      told = (planned ? "plan: " : "call: ") + message + missing.getSuppressed().length;
    }
    System.out.println(what + " " + told);
  }

  private static Object forward(Conv2d conv, PlanOptions options) {
    Conv2dPlan plan = conv.plan(options, DType.F64, 1, 16, 9, 9);
    try (Arena arena = Arena.ofShared()) {
      Tensor output = Tensor.allocate(arena, DType.F64, plan.outputShape());
      plan.forward(
          Tensor.allocate(arena, DType.F64, plan.inputShape()).fill(1),
          Tensor.allocate(arena, DType.F64, plan.weightShape()).fill(1),
          null,
          output);
      return output.get(0);
    }
  }

  private static Object multiply() {
    try (Arena arena = Arena.ofShared()) {
      Tensor a = Tensor.allocate(arena, DType.F64, 500, 500);
      MatrixMultiply.multiply(a, a, Tensor.allocate(arena, DType.F64, 500, 500), 4);
      return a;
    }
  }
}
