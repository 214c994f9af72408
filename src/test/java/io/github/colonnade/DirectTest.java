package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.CoreKind;
import io.github.colonnade.internal.blas.ForkedJvm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What direct convolution has to get right beyond the tests that all algorithms share. */
class DirectTest {
  private static final PlanOptions DIRECT =
      PlanOptions.defaults().withAlgorithm(Algorithm.DIRECT).withThreads(2);

  @TestFactory
  Stream<DynamicTest> everyPassHasTheSameBitsAtAnyNumberOfThreads() {
    return grouped()
        .map(
            named ->
                DynamicTest.dynamicTest(
                    named.getKey(),
                    () -> {
                      for (DType dtype : new DType[] {DType.F64, DType.F32}) {
                        assertSameBits(named.getValue(), dtype);
                      }
                    }));
  }

  private static void assertSameBits(ConvCase drawn, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      Passes serial = new Passes(arena, drawn, dtype, DIRECT.withThreads(1));
      for (int threads : new int[] {2, 3, 8}) {
        Passes parallel = new Passes(arena, drawn, dtype, DIRECT.withThreads(threads));
        assertBitsEqual(serial.output, parallel.output);
        assertBitsEqual(serial.gradInput, parallel.gradInput);
        assertBitsEqual(serial.gradWeights, parallel.gradWeights);
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> aSmallWorkspaceChangesTheTilesNotTheResult() {
    return grouped()
        .map(
            named ->
                DynamicTest.dynamicTest(
                    named.getKey(),
                    () -> {
                      for (long cap : new long[] {6000, 12_000, 40_000}) {
                        assertMatchesReference(named.getValue(), cap);
                      }
                    }));
  }

  /** In a virtual machine of its own, where no tile is kept that had room for a larger one. */
  @Test
  void aStridedGradientFitsANewTile() throws Exception {
    assertEquals("done", new ForkedJvm(FirstCall.class).run().strip());
  }

  /** Computes strided gradients before anything else. */
  static final class FirstCall {
    private FirstCall() {}

    /** Prints a word at the end. */
    public static void main(String[] arguments) {
      PlanOptions small =
          PlanOptions.defaults().withAlgorithm(Algorithm.DIRECT).withMaxWorkspaceBytes(6000);
      try (Arena arena = Arena.ofConfined()) {
        new Passes(
            arena, ConvCase.of(2, 4, 15, 9, 4, 5, 5).groups(4).stride(2, 2), DType.F64, small);
        new Passes(
            arena, ConvCase.of(2, 4, 15, 9, 4, 7, 4).groups(4).stride(3, 1), DType.F64, small);
      }
      System.out.println("done");
    }
  }

  private static void assertMatchesReference(ConvCase drawn, long cap) {
    try (Arena arena = Arena.ofConfined()) {
      Passes expected =
          new Passes(arena, drawn, DType.F64, DIRECT.withAlgorithm(Algorithm.REFERENCE));
      Passes actual = new Passes(arena, drawn, DType.F64, DIRECT.withMaxWorkspaceBytes(cap));
      assertTrue(actual.plan.workspaceBytes() <= 3 * cap + 1024, actual.plan.explain());
      assertClose(expected.output, actual.output);
      assertClose(expected.gradInput, actual.gradInput);
      assertClose(expected.gradWeights, actual.gradWeights);
    }
  }

  private static Stream<Map.Entry<String, ConvCase>> grouped() {
    return ConvCase.named().entrySet().stream()
        .filter(named -> named.getValue().groups() > 1 && named.getValue().n() > 0);
  }

  @Test
  void infinitiesReachWhatTheDefinitionSaysAndNoMore() {
    for (long seed = 0; seed < 300; seed++) {
      ConvCase drawn = ConvCase.random(new SplittableRandom(seed));
      try (Arena arena = Arena.ofConfined()) {
        SplittableRandom random = new SplittableRandom(seed);
        Operands operands = new Operands(arena, drawn, DType.F64);
        sprinkle(random, operands.input);
        sprinkle(random, operands.weight);
        for (int i = 0; i < 3 && seed % 2 == 0; i++) {
          // Zero times NaN is NaN, times infinity as well.
          operands.weight.set(random.nextLong(operands.weight.elementCount()), 0);
        }
        sprinkle(random, operands.gradOutput);
        Passes expected =
            new Passes(arena, operands, DIRECT.withAlgorithm(Algorithm.REFERENCE), drawn);
        Passes actual = new Passes(arena, operands, DIRECT, drawn);
        assertSameKind("output", drawn, expected.output, actual.output);
        assertSameKind("gradInput", drawn, expected.gradInput, actual.gradInput);
        assertSameKind("gradWeights", drawn, expected.gradWeights, actual.gradWeights);
      }
    }
  }

  @Test
  void aWeightOfZeroMakesNanOfInfinitiesAndNan() {
    for (ConvCase drawn :
        new ConvCase[] {
          ConvCase.of(1, 2, 5, 6, 2, 3, 3).groups(2).padding(1, 1, 1, 1),
          ConvCase.of(1, 2, 5, 6, 2, 3, 3).groups(2).stride(2, 2),
          ConvCase.of(1, 6, 5, 6, 6, 3, 3).groups(2)
        }) {
      try (Arena arena = Arena.ofConfined()) {
        Operands operands = new Operands(arena, drawn, DType.F64);
        operands.weight.segment().fill((byte) 0);
        operands.input.set(14, Double.NaN);
        operands.input.set(15, Double.NEGATIVE_INFINITY);
        Passes expected =
            new Passes(arena, operands, DIRECT.withAlgorithm(Algorithm.REFERENCE), drawn);
        Passes actual = new Passes(arena, operands, DIRECT, drawn);
        assertSameKind("output", drawn, expected.output, actual.output);
      }
    }
  }

  @Test
  void hugeStridesDilationsAndPaddingsFollowTheDefinition() {
    long most = 1L << 62;
    for (ConvCase drawn :
        new ConvCase[] {
          ConvCase.of(1, 2, 1, 3, 2, 1, 2)
              .groups(2)
              .stride(1, 4_000_000_000L)
              .dilation(1, 3_000_000_000L)
              .padding(0, 3_000_000_000L, 0, 0),
          ConvCase.of(1, 2, 3, 1, 2, 2, 1)
              .groups(2)
              .stride(4_000_000_000L, 1)
              .dilation(3_000_000_000L, 1)
              .padding(3_000_000_000L, 0, 0, 0),
          ConvCase.of(1, 2, 1, 3, 2, 1, 2)
              .groups(2)
              .dilation(1, 5_000_000_000L)
              .padding(0, 4_999_999_999L, 0, 0),
          ConvCase.of(2, 2, 2, 3, 2, 2, 3)
              .groups(2)
              .stride(most, most)
              .dilation(most / 2, most / 4)
              .padding(most, most / 2, 5, 7),
          ConvCase.of(1, 2, 2, 2, 2, 1, 1)
              .groups(2)
              .stride(most - 1, 1L << 33)
              .padding(most, 1L << 33, 0, 0),
        }) {
      for (DType dtype : new DType[] {DType.F64, DType.F32}) {
        try (Arena arena = Arena.ofConfined()) {
          Operands operands = new Operands(arena, drawn, dtype);
          Passes expected =
              new Passes(arena, operands, DIRECT.withAlgorithm(Algorithm.REFERENCE), drawn);
          Passes actual = new Passes(arena, operands, DIRECT, drawn);
          for (long i = 0; i < expected.output.elementCount(); i++) {
            assertEquals(expected.output.get(i), actual.output.get(i), 1e-6, "output of " + drawn);
          }
          for (long i = 0; i < expected.gradInput.elementCount(); i++) {
            assertEquals(
                expected.gradInput.get(i), actual.gradInput.get(i), 1e-6, "gradInput of " + drawn);
          }
          for (long i = 0; i < expected.gradWeights.elementCount(); i++) {
            assertEquals(
                expected.gradWeights.get(i),
                actual.gradWeights.get(i),
                1e-6,
                "gradWeights of " + drawn);
          }
        }
      }
    }
  }

  private static void sprinkle(SplittableRandom random, Tensor tensor) {
    for (int i = 0; i < 2 && tensor.elementCount() > 0; i++) {
      double value = random.nextBoolean() ? Double.POSITIVE_INFINITY : Double.NaN;
      tensor.set(random.nextLong(tensor.elementCount()), value);
    }
  }

  @Test
  void depthwiseIsChosenAndSaysSo() {
    ConvCase depthwise = ConvCase.of(2, 8, 9, 9, 8, 3, 3).groups(8).stride(2, 2);
    Conv2dPlan plan = depthwise.conv().plan(DType.F64, depthwise.inputShape());
    assertEquals(Algorithm.DIRECT, plan.algorithm());
    assertEquals(Algorithm.DIRECT, plan.algorithm(Pass.BACKWARD_INPUT));
    assertEquals(Algorithm.DIRECT, plan.algorithm(Pass.BACKWARD_WEIGHTS));
    assertTrue(plan.explain().contains("DIRECT (chosen by AUTO)"), plan.explain());
  }

  @Test
  void fasterColumnsAreChosenByKindOfCore() {
    boolean avx512 = CoreKind.current() == CoreKind.AVX512;
    Algorithm slower = avx512 ? Algorithm.IM2COL : Algorithm.DIRECT;
    ConvCase pairs = ConvCase.of(1, 4, 16, 16, 4, 3, 3).padding(1, 1, 1, 1);
    assertEquals(slower, chosen(pairs, DType.F64, Pass.FORWARD));
    assertEquals(slower, chosen(pairs, DType.F64, Pass.BACKWARD_INPUT));
    assertEquals(Algorithm.IM2COL, chosen(pairs, DType.F64, Pass.BACKWARD_WEIGHTS));
    ConvCase groups = ConvCase.of(1, 64, 28, 28, 64, 3, 3).padding(1, 1, 1, 1).groups(8);
    assertEquals(slower, chosen(groups, DType.F32, Pass.FORWARD));
    ConvCase depthwise = ConvCase.of(1, 8, 28, 28, 8, 3, 3).padding(1, 1, 1, 1).groups(8);
    assertEquals(Algorithm.DIRECT, chosen(depthwise, DType.F32, Pass.FORWARD));
    assertEquals(slower, chosen(depthwise, DType.F32, Pass.BACKWARD_WEIGHTS));
    ConvCase small = ConvCase.of(1, 8, 7, 7, 8, 3, 3).padding(1, 1, 1, 1).groups(8);
    assertEquals(Algorithm.DIRECT, chosen(small, DType.F32, Pass.BACKWARD_WEIGHTS));
  }

  private static Algorithm chosen(ConvCase drawn, DType dtype, Pass pass) {
    return drawn.conv().plan(dtype, drawn.inputShape()).algorithm(pass);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 64, 31, 31, F64, DIRECT, DIRECT, DIRECT",
    "1, 1, 64, 9, 9, F64, DIRECT, DIRECT, IM2COL",
    "1, 1, 64, 31, 31, F32, DIRECT, DIRECT, DIRECT",
    "1, 1, 1024, 5, 5, F64, DIRECT, DIRECT, DIRECT",
    "1, 1, 2048, 63, 63, F32, DIRECT, DIRECT, IM2COL",
    "1, 1, 2048, 63, 63, F64, DIRECT, DIRECT, IM2COL",
    "3, 3, 256, 5, 5, F64, DIRECT, DIRECT, IM2COL",
    "3, 3, 256, 5, 5, F32, DIRECT, DIRECT, DIRECT",
    "3, 3, 256, 9, 9, F32, DIRECT, DIRECT, IM2COL",
    "4, 1, 64, 9, 9, F64, DIRECT, DIRECT, DIRECT",
    "4, 1, 64, 5, 5, F64, DIRECT, DIRECT, IM2COL",
    "4, 1, 16, 5, 5, F32, DIRECT, DIRECT, DIRECT",
    "4, 1, 16, 9, 9, F64, DIRECT, DIRECT, IM2COL",
    "4, 1, 16, 15, 15, F64, DIRECT, DIRECT, DIRECT",
    "4, 1, 64, 5, 5, F32, DIRECT, DIRECT, DIRECT",
    "1, 4, 64, 5, 5, F32, DIRECT, DIRECT, IM2COL",
    "4, 4, 8, 3, 3, F64, IM2COL, IM2COL, IM2COL", // small
    "3, 3, 64, 1, 1, F64, DIRECT, DIRECT, IM2COL",
    "3, 3, 256, 1, 1, F64, DIRECT, DIRECT, DIRECT",
    "3, 3, 512, 1, 1, F64, IM2COL, IM2COL, DIRECT", // memory bounds both of these
    "4, 1, 64, 1, 1, F32, DIRECT, DIRECT, IM2COL",
    "4, 1, 256, 1, 1, F32, DIRECT, DIRECT, DIRECT",
    "4, 1, 64, 63, 63, F32, DIRECT, DIRECT, DIRECT",
    "1, 4, 256, 63, 1, F64, IM2COL, DIRECT, IM2COL", // sums move for every tap
    "1, 1, 256, 1, 63, F64, DIRECT, DIRECT, IM2COL",
    "1, 1, 16, 1, 1, F64, IM2COL, IM2COL, IM2COL",
    "3, 5, 256, 5, 5, F64, IM2COL, IM2COL, IM2COL",
  })
  void fewChannelsAreChosenWhereTheyPay(
      long ins,
      long outs,
      long side,
      long kernelH,
      long kernelW,
      DType dtype,
      Algorithm forward,
      Algorithm backwardInput,
      Algorithm backwardWeights) {
    ConvPlan plan =
        Conv2d.builder(ins, outs, kernelH, kernelW)
            .padding(Padding.of(kernelH / 2, kernelW / 2))
            .build()
            .plan(PlanOptions.defaults().withExact(true), dtype, 1, ins, side, side);
    assertEquals(forward, plan.algorithm(Pass.FORWARD), plan.explain());
    assertEquals(backwardInput, plan.algorithm(Pass.BACKWARD_INPUT), plan.explain());
    assertEquals(backwardWeights, plan.algorithm(Pass.BACKWARD_WEIGHTS), plan.explain());
  }

  @Test
  void tooLittleWorkspaceIsRefusedOrAvoided() {
    ConvCase depthwise = ConvCase.of(1, 2, 50, 50, 2, 31, 31).groups(2);
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                depthwise
                    .conv()
                    .plan(DIRECT.withMaxWorkspaceBytes(8192), DType.F64, depthwise.inputShape()));
    assertTrue(refused.getMessage().startsWith("maxWorkspaceBytes: is 8192, DIRECT needs"));
    PlanOptions automatic = PlanOptions.defaults().withMaxWorkspaceBytes(8192);
    Conv2dPlan plan = depthwise.conv().plan(automatic, DType.F64, depthwise.inputShape());
    assertEquals(Algorithm.IM2COL, plan.algorithm());
  }

  private static void assertBitsEqual(Tensor expected, Tensor actual) {
    assertEquals(-1, expected.segment().mismatch(actual.segment()));
  }

  private static void assertClose(Tensor expected, Tensor actual) {
    for (long i = 0; i < expected.elementCount(); i++) {
      assertEquals(expected.get(i), actual.get(i), 1e-11, "element " + i);
    }
  }

  /** Finite where the definition is, and the same infinity or NaN elsewhere. */
  private static void assertSameKind(String what, ConvCase drawn, Tensor expected, Tensor actual) {
    for (long i = 0; i < expected.elementCount(); i++) {
      double e = expected.get(i);
      assertEquals(e, actual.get(i), 1e-11, what + "[" + i + "] of " + drawn);
    }
  }

  /** What the passes read. */
  private static final class Operands {
    private final Tensor input;
    private final Tensor weight;
    private final Tensor bias;
    private final Tensor gradOutput;

    Operands(Arena arena, ConvCase drawn, DType dtype) {
      SplittableRandom random = new SplittableRandom(21);
      input = Guarded.random(arena, random, dtype, drawn.inputShape()).tensor();
      weight = Guarded.random(arena, random, dtype, drawn.weightShape()).tensor();
      bias = Guarded.random(arena, random, dtype, drawn.o()).tensor();
      long[] outputShape = drawn.conv().plan(dtype, drawn.inputShape()).outputShape();
      gradOutput = Guarded.random(arena, random, dtype, outputShape).tensor();
    }
  }

  /** The results of the three passes, in scratch memory full of NaN. */
  private static final class Passes {
    private final Conv2dPlan plan;
    private final Tensor output;
    private final Tensor gradInput;
    private final Tensor gradWeights;

    Passes(Arena arena, ConvCase drawn, DType dtype, PlanOptions options) {
      this(arena, new Operands(arena, drawn, dtype), options, drawn);
    }

    Passes(Arena arena, Operands operands, PlanOptions options, ConvCase drawn) {
      DType dtype = operands.input.dtype();
      plan = drawn.conv().plan(options, dtype, drawn.inputShape());
      output = Guarded.nan(arena, dtype, plan.outputShape()).tensor();
      gradInput = Guarded.nan(arena, dtype, drawn.inputShape()).tensor();
      gradWeights = Guarded.nan(arena, dtype, drawn.weightShape()).tensor();
      plan.forward(
          operands.input, operands.weight, operands.bias, output, workspace(arena, Pass.FORWARD));
      plan.backwardInput(
          operands.gradOutput, operands.weight, gradInput, workspace(arena, Pass.BACKWARD_INPUT));
      plan.backwardWeights(
          operands.input,
          operands.gradOutput,
          gradWeights,
          workspace(arena, Pass.BACKWARD_WEIGHTS));
    }

    private Workspace workspace(Arena arena, Pass pass) {
      long bytes = plan.workspaceBytes(pass);
      MemorySegment memory = Guarded.nan(arena, DType.F64, bytes / 8).tensor().segment();
      return Workspace.allocate(new Given(memory), bytes);
    }
  }

  /** Gives memory that is there already. */
  private record Given(MemorySegment memory) implements Arena {
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
      return memory;
    }

    @Override
    public MemorySegment.Scope scope() {
      return memory.scope();
    }

    @Override
    public void close() {}
  }
}
