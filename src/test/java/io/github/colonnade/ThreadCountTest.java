package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The promise: the same bits at any number of threads, and from any number of callers. */
class ThreadCountTest {
  private static final int RANDOM_CASES = 200;
  private static final int CALLERS = 8;
  private static final int CALLS = 40;

  @TestFactory
  Stream<DynamicTest> sameBitsAtAnyNumberOfThreads() {
    return ConvCase.named().entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(entry.getKey(), () -> assertSameBits(entry.getValue(), 3)));
  }

  @Test
  void sameBitsOnRandomCases() {
    for (long seed = 0; seed < RANDOM_CASES; seed++) {
      assertSameBits(ConvCase.random(new SplittableRandom(seed)), seed);
    }
  }

  @Test
  void sameBitsOnManyTiles() {
    assertSameBits(ConvCase.of(4, 48, 30, 31, 160, 3, 3).padding(1, 1, 1, 1), 9);
  }

  @Test
  void manyCallersShareOnePlan() throws Exception {
    List<ConvCase> cases = List.copyOf(ConvCase.named().values());
    List<Operands> operands = new ArrayList<>();
    try (Arena arena = Arena.ofShared();
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
      for (int i = 0; i < cases.size(); i++) {
        operands.add(new Operands(arena, cases.get(i), i % 2 == 0 ? DType.F64 : DType.F32, i));
      }
      List<Future<?>> results = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        long seed = caller;
        results.add(
            callers.submit(
                () -> {
                  SplittableRandom random = new SplittableRandom(seed);
                  for (int call = 0; call < CALLS; call++) {
                    operands.get(random.nextInt(operands.size())).assertPlannedMatchesSerial();
                  }
                }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    }
  }

  private static void assertSameBits(ConvCase drawn, long seed) {
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      try (Arena arena = Arena.ofConfined()) {
        Operands operands = new Operands(arena, drawn, dtype, seed);
        for (Algorithm algorithm : Algorithm.values()) {
          if (!drawn.suits(algorithm)) {
            continue;
          }
          Tensor serial = operands.run(arena, algorithm, 1);
          for (int threads : new int[] {2, 3, 8}) {
            String what = "seed " + seed + ", " + drawn + " at " + threads + " threads";
            assertBitsEqual(serial, operands.run(arena, algorithm, threads), what);
          }
        }
      }
    }
  }

  private static void assertBitsEqual(Tensor expected, Tensor actual, String what) {
    assertEquals(
        -1,
        MemorySegment.mismatch(
            expected.segment(), 0, expected.byteSize(), actual.segment(), 0, actual.byteSize()),
        what);
  }

  /** What one convolution reads, a plan that callers share, and its result by one thread. */
  private static final class Operands {
    private final ConvCase drawn;
    private final DType dtype;
    private final Tensor input;
    private final Tensor weight;
    private final Tensor bias;
    private final Conv2dPlan shared;
    private final Tensor serial;

    Operands(Arena arena, ConvCase drawn, DType dtype, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      this.drawn = drawn;
      this.dtype = dtype;
      input = Guarded.random(arena, random, dtype, drawn.inputShape()).tensor();
      weight = Guarded.random(arena, random, dtype, drawn.weightShape()).tensor();
      bias = seed % 3 == 0 ? null : Guarded.random(arena, random, dtype, drawn.o()).tensor();
      shared = plan(Algorithm.AUTO, 3);
      serial = run(arena, Algorithm.AUTO, 1);
    }

    Tensor run(Arena arena, Algorithm algorithm, int threads) {
      return run(arena, plan(algorithm, threads));
    }

    void assertPlannedMatchesSerial() {
      try (Arena arena = Arena.ofConfined()) {
        assertBitsEqual(serial, run(arena, shared), drawn.toString());
      }
    }

    private Conv2dPlan plan(Algorithm algorithm, int threads) {
      PlanOptions options = PlanOptions.defaults().withThreads(threads).withAlgorithm(algorithm);
      return drawn.conv().plan(options, dtype, drawn.inputShape());
    }

    private Tensor run(Arena arena, Conv2dPlan plan) {
      Guarded output = Guarded.nan(arena, dtype, plan.outputShape());
      plan.forward(input, weight, bias, output.tensor());
      output.assertCanariesAlive(drawn.toString());
      return output.tensor();
    }
  }
}
