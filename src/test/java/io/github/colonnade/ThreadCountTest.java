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
  private static final int RANDOM_CASES = 60;
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
    ConvCase many = ConvCase.of(4, 48, 30, 31, 160, 3, 3).padding(1, 1, 1, 1);
    List<Algorithm> fast =
        Algorithms.suiting(many).stream().filter(each -> each != Algorithm.REFERENCE).toList();
    assertSameBits(many, fast, 9);
    // Its tiles are planes: as many of these, of fewer sums.
    ConvCase planes = ConvCase.of(4, 8, 9, 10, 160, 3, 3).padding(1, 1, 1, 1);
    assertSameBits(planes, List.of(Algorithm.REFERENCE), 9);
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

  @TestFactory
  Stream<DynamicTest> transposedSameBitsAtAnyNumberOfThreads() {
    return ConvTransposeCase.named().entrySet().stream()
        .map(
            named ->
                DynamicTest.dynamicTest(
                    named.getKey(), () -> assertTransposedSameBits(named.getValue(), 3)));
  }

  @Test
  void transposedSameBitsOnRandomCases() {
    for (long seed = 0; seed < RANDOM_CASES; seed++) {
      assertTransposedSameBits(ConvTransposeCase.random(new SplittableRandom(seed)), seed);
    }
  }

  private static void assertTransposedSameBits(ConvTransposeCase drawn, long seed) {
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      for (Algorithm algorithm : Algorithms.suiting(drawn)) {
        try (Arena arena = Arena.ofConfined()) {
          List<Tensor> serial = runTransposed(arena, drawn, dtype, algorithm, seed, 1);
          for (int threads : new int[] {2, 3, 8}) {
            assertBitsEqual(
                serial,
                runTransposed(arena, drawn, dtype, algorithm, seed, threads),
                "seed " + seed + ", " + drawn + " at " + threads + " threads");
          }
        }
      }
    }
  }

  /** Returns the results of all four passes. */
  private static List<Tensor> runTransposed(
      Arena arena,
      ConvTransposeCase drawn,
      DType dtype,
      Algorithm algorithm,
      long seed,
      int threads) {
    SplittableRandom random = new SplittableRandom(seed);
    PlanOptions options = PlanOptions.defaults().withThreads(threads).withAlgorithm(algorithm);
    ConvTranspose2dPlan plan = drawn.conv().plan(options, dtype, drawn.inputShape());
    Tensor input = Guarded.random(arena, random, dtype, drawn.inputShape()).tensor();
    Tensor weight = Guarded.random(arena, random, dtype, drawn.weightShape()).tensor();
    Tensor bias = Guarded.random(arena, random, dtype, drawn.o()).tensor();
    Tensor gradOutput = Guarded.random(arena, random, dtype, drawn.outputShape()).tensor();
    Tensor output = Guarded.nan(arena, dtype, drawn.outputShape()).tensor();
    plan.forward(input, weight, bias, output);
    Tensor gradInput = Guarded.nan(arena, dtype, drawn.inputShape()).tensor();
    plan.backwardInput(gradOutput, weight, gradInput);
    Tensor gradWeights = Guarded.nan(arena, dtype, drawn.weightShape()).tensor();
    plan.backwardWeights(input, gradOutput, gradWeights);
    Tensor gradBias = Guarded.nan(arena, dtype, drawn.o()).tensor();
    plan.backwardBias(gradOutput, gradBias);
    return List.of(output, gradInput, gradWeights, gradBias);
  }

  private static void assertSameBits(ConvCase drawn, long seed) {
    assertSameBits(drawn, Algorithms.suiting(drawn), seed);
  }

  private static void assertSameBits(ConvCase drawn, List<Algorithm> algorithms, long seed) {
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      try (Arena arena = Arena.ofConfined()) {
        Operands operands = new Operands(arena, drawn, dtype, seed);
        for (Algorithm algorithm : algorithms) {
          List<Tensor> serial = operands.run(arena, algorithm, 1);
          for (int threads : new int[] {2, 3, 8}) {
            String what = "seed " + seed + ", " + drawn + " at " + threads + " threads";
            assertBitsEqual(serial, operands.run(arena, algorithm, threads), what);
          }
        }
      }
    }
  }

  private static void assertBitsEqual(List<Tensor> expected, List<Tensor> actual, String what) {
    for (int i = 0; i < expected.size(); i++) {
      MemorySegment right = expected.get(i).segment();
      assertEquals(-1, right.mismatch(actual.get(i).segment()), "result " + i + ", " + what);
    }
  }

  /** What one convolution reads, a plan that callers share, and its results by one thread. */
  private static final class Operands {
    private final ConvCase drawn;
    private final DType dtype;
    private final Tensor input;
    private final Tensor weight;
    private final Tensor bias;
    private final Tensor gradOutput;
    private final Conv2dPlan shared;
    private final List<Tensor> serial;

    Operands(Arena arena, ConvCase drawn, DType dtype, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      this.drawn = drawn;
      this.dtype = dtype;
      input = Guarded.random(arena, random, dtype, drawn.inputShape()).tensor();
      weight = Guarded.random(arena, random, dtype, drawn.weightShape()).tensor();
      bias = seed % 3 == 0 ? null : Guarded.random(arena, random, dtype, drawn.o()).tensor();
      shared = plan(Algorithm.AUTO, 3);
      gradOutput = Guarded.random(arena, random, dtype, shared.outputShape()).tensor();
      serial = run(arena, Algorithm.AUTO, 1);
    }

    List<Tensor> run(Arena arena, Algorithm algorithm, int threads) {
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

    /** Returns the results of all four passes. */
    private List<Tensor> run(Arena arena, Conv2dPlan plan) {
      List<Guarded> results =
          List.of(
              Guarded.nan(arena, dtype, plan.outputShape()),
              Guarded.nan(arena, dtype, drawn.inputShape()),
              Guarded.nan(arena, dtype, drawn.weightShape()),
              Guarded.nan(arena, dtype, drawn.o()));
      plan.forward(input, weight, bias, results.get(0).tensor());
      plan.backwardInput(gradOutput, weight, results.get(1).tensor());
      plan.backwardWeights(input, gradOutput, results.get(2).tensor());
      plan.backwardBias(gradOutput, results.get(3).tensor());
      results.forEach(result -> result.assertCanariesAlive(drawn.toString()));
      return results.stream().map(Guarded::tensor).toList();
    }
  }
}
