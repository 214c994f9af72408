package io.github.colonnade.cli.bench;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.Pass;
import java.util.Arrays;
import java.util.List;

/**
 * Times that no program can undercut on a machine, of one layer: the longer of the time for the
 * operations and the time for the memory that has to be touched.
 *
 * @param ms with the algorithm that the plan chose
 * @param leastMs with the algorithm that has the fewest operations
 */
public record LayerLimit(double ms, double leastMs) {
  private static final double MILLIS = 1e3;

  /** Computes the limit; the backward pass is three, one after the other. */
  public static LayerLimit of(
      Layer layer, Conv2dPlan plan, BenchPass benchPass, MachineLimit machine) {
    LayerWork work = new LayerWork(layer, plan);
    double ms = 0;
    double leastMs = 0;
    for (Pass pass : passes(benchPass)) {
      Algorithm algorithm = plan.algorithm(pass);
      double bytesTime = work.bytes(pass) / machine.bytes();
      ms += Math.max(work.operations(pass, algorithm) / machine.operations(), bytesTime);
      leastMs += Math.max(work.leastOperations(pass) / machine.operations(), bytesTime);
    }
    return new LayerLimit(MILLIS * ms, MILLIS * leastMs);
  }

  private static List<Pass> passes(BenchPass pass) {
    return pass == BenchPass.FORWARD
        ? List.of(Pass.FORWARD)
        : Arrays.stream(Pass.values()).filter(each -> each != Pass.FORWARD).toList();
  }
}
