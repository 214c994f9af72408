package io.github.colonnade;

import java.lang.foreign.Arena;

/**
 * What {@link WarmCallsTest} runs: calls of one plan, and what the last of them allocate, in a JVM
 * that frees nothing.
 */
final class WarmCalls {
  private static final int WARM = 40;
  private static final int MEASURED = 10;

  private WarmCalls() {}

  /**
   * Runs all passes in turns; prints the scratch bytes on the heap and the fewest bytes that any of
   * the last turns allocated, on all threads.
   *
   * @param arguments algorithm, element type, channels, planes' and kernels' rows and columns
   */
  public static void main(String[] arguments) {
    PlanOptions options =
        PlanOptions.defaults()
            .withAlgorithm(Algorithm.valueOf(arguments[0]))
            .withThreads(Math.min(2, Runtime.getRuntime().availableProcessors()));
    DType dtype = DType.valueOf(arguments[1]);
    long channels = Long.parseLong(arguments[2]);
    long plane = Long.parseLong(arguments[3]);
    long kernel = Long.parseLong(arguments[4]);
    Conv2dPlan plan =
        Conv2d.builder(channels, channels, kernel, kernel)
            .padding(kernel / 2)
            .build()
            .plan(options, dtype, 1, channels, plane, plane);
    try (Arena arena = Arena.ofShared()) {
      Tensor x = Tensor.allocate(arena, dtype, plan.inputShape());
      Tensor w = Tensor.allocate(arena, dtype, plan.weightShape());
      Tensor y = Tensor.allocate(arena, dtype, plan.outputShape());
      long fewest = Long.MAX_VALUE;
      for (int turn = 0; turn < WARM + MEASURED; turn++) {
        long before = usedBytes();
        plan.forward(x, w, null, y);
        plan.backwardInput(y, w, x);
        plan.backwardWeights(x, y, w);
        long bytes = usedBytes() - before;
        fewest = turn < WARM ? fewest : Math.min(fewest, bytes);
      }
      System.out.println(plan.explain());
      System.out.println("allocated " + fewest);
    }
  }

  private static long usedBytes() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
