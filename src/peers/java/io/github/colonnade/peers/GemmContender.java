package io.github.colonnade.peers;

import io.github.colonnade.OpenBlas;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import io.github.colonnade.cli.bench.BareMultiply;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** The matrix multiply that the layer comes down to, and nothing around it. */
final class GemmContender implements Contender {
  private final Arena arena = Arena.ofShared();
  private final List<Runnable> multiplies = new ArrayList<>();

  GemmContender(Problem problem, int threads) {
    var plan =
        problem
            .layer()
            .conv2d(PlanOptions.defaults())
            .plan(problem.dtype(), problem.layer().inputShape());
    for (BareMultiply multiply :
        BareMultiply.of(problem.layer(), plan, problem.dtype(), problem.pass())) {
      Tensor a = Tensor.allocate(arena, problem.dtype(), multiply.shapeOfA()).fill(1);
      Tensor b = Tensor.allocate(arena, problem.dtype(), multiply.shapeOfB()).fill(1);
      Tensor c = Tensor.allocate(arena, problem.dtype(), multiply.shapeOfC());
      multiplies.add(() -> multiply.run(a, b, c, threads));
    }
  }

  @Override
  public void run() {
    multiplies.forEach(Runnable::run);
  }

  @Override
  public boolean computes() {
    return false;
  }

  @Override
  public List<double[]> results() {
    throw new UnsupportedOperationException("a multiply alone is no convolution");
  }

  @Override
  public String version() {
    return "OpenBLAS " + OpenBlas.info().version();
  }

  @Override
  public void close() {
    arena.close();
  }
}
