package io.github.colonnade;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;

/** The plans of a convolution's one-line calls, found again by the input's shape and type. */
final class PlanCache<P extends ConvPlan> {
  private static final int MOST_PLANS = 64;

  private final BiFunction<DType, long[], P> planner;
  private final ConcurrentMap<Key, P> plans = new ConcurrentHashMap<>();

  PlanCache(BiFunction<DType, long[], P> planner) {
    this.planner = planner;
  }

  private record Key(DType dtype, long n, long h, long w) {}

  /** Returns the plan for inputs like this one, {@code [N, C, H, W]} of the right C. */
  P plan(Tensor input) {
    Key key = new Key(input.dtype(), input.size(0), input.size(2), input.size(3));
    P plan = plans.get(key);
    if (plan == null) {
      plan = planner.apply(input.dtype(), input.shape());
      if (plans.size() >= MOST_PLANS) {
        plans.clear();
      }
      plans.put(key, plan);
    }
    return plan;
  }
}
