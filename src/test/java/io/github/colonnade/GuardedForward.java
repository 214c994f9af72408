package io.github.colonnade;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** What {@link GuardPagesTest} runs in a JVM of its own, which a stray access would end. */
final class GuardedForward {
  private static final int RANDOM_CASES = 150;

  private GuardedForward() {}

  /** Runs every case with a forbidden page behind, then before each operand. */
  public static void main(String[] arguments) {
    if (System.getProperty("stray") != null) {
      strayRead();
    }
    Map<String, ConvCase> cases = new TreeMap<>(ConvCase.named());
    for (int seed = 0; seed < RANDOM_CASES; seed++) {
      cases.put("random " + seed, ConvCase.random(new SplittableRandom(seed)));
    }
    cases.forEach(
        (name, drawn) -> {
          // A crash tells no name, so it is told before.
          System.out.println(name + ": " + drawn);
          for (DType dtype : new DType[] {DType.F64, DType.F32}) {
            for (Algorithm algorithm : Algorithms.suiting(drawn)) {
              PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm).withThreads(2);
              check(drawn, drawn.conv().plan(options, dtype, drawn.inputShape()), dtype);
            }
          }
        });
    System.out.println("survived");
  }

  private static void check(ConvCase drawn, Conv2dPlan plan, DType dtype) {
    try (Arena ordinary = Arena.ofConfined()) {
      MemorySegment expected = run(ordinary, plan, drawn, dtype);
      for (boolean behind : new boolean[] {true, false}) {
        try (Arena pages = behind ? GuardPages.behind() : GuardPages.before()) {
          MemorySegment actual = run(pages, plan, drawn, dtype);
          long at = expected.mismatch(actual);
          if (at >= 0) {
            throw new AssertionError(drawn + " differs at byte " + at);
          }
        }
      }
    }
  }

  private static MemorySegment run(Arena arena, Conv2dPlan plan, ConvCase drawn, DType dtype) {
    SplittableRandom random = new SplittableRandom(3);
    Tensor input = random(arena, random, dtype, drawn.inputShape());
    Tensor weight = random(arena, random, dtype, drawn.weightShape());
    Tensor bias = drawn.o() % 2 == 0 ? random(arena, random, dtype, drawn.o()) : null;
    Tensor output = Tensor.allocate(arena, dtype, plan.outputShape()).fill(Double.NaN);
    // The native part alone, so that the first byte beyond it is guarded.
    long workspaceBytes = plan.choice(Pass.FORWARD).layout().bytes();
    plan.forward(input, weight, bias, output, Workspace.allocate(arena, workspaceBytes));
    return output.segment();
  }

  private static Tensor random(Arena arena, SplittableRandom random, DType dtype, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, random.nextDouble(-1, 1));
    }
    return tensor;
  }

  @SuppressWarnings("restricted") // one byte too far, to see that the pages do guard
  private static void strayRead() {
    MemorySegment segment = GuardPages.behind().allocate(8, 8);
    System.out.println(segment.reinterpret(9).get(ValueLayout.JAVA_BYTE, 8));
  }
}
