package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/** Weights that are laid out once give the bits of those that are given at each call. */
class PreparedWeightsTest {
  private static final DType[] TYPES = {DType.F64, DType.F32};
  private static final double[] ODD = {
    Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN
  };

  /** More would take the loops of the definition too long. */
  private static final double MOST_OPERATIONS = 1e6;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> theBitsOfPlainOnes() {
    return ConvChecks.named(PreparedWeightsTest::check);
  }

  @TestFactory
  Stream<DynamicTest> transposedAsWell() {
    return ConvChecks.transposed(PreparedWeightsTest::check);
  }

  @Test
  void onRandomCases() {
    ConvChecks.random(PreparedWeightsTest::check);
  }

  @Test
  void autoChoosesForThemWhereThePlanIsTold() {
    Conv2d conv = Conv2d.builder(128, 128, 3, 3).padding(1).build();
    PlanOptions told = PlanOptions.defaults().withPreparedWeights(true);
    for (DType dtype : TYPES) {
      Conv2dPlan plan = conv.plan(told, dtype, 1, 128, 16, 16);
      String explanation = plan.explain();
      assertTrue(
          explanation.contains("FORWARD: " + plan.algorithm(Pass.FORWARD) + " (chosen by AUTO for"),
          explanation);
      assertTrue(explanation.contains("BACKWARD_WEIGHTS: "), explanation);
      assertEquals(
          2, explanation.lines().filter(line -> line.contains("for prepared weights")).count());
      check(plan, true);
      Algorithm untold = conv.plan(dtype, 1, 128, 16, 16).algorithm(Pass.BACKWARD_WEIGHTS);
      assertEquals(untold, plan.algorithm(Pass.BACKWARD_WEIGHTS));
    }
  }

  private static void check(Convolution<?> conv, List<Algorithm> algorithms, long... shape) {
    for (DType dtype : TYPES) {
      for (Algorithm algorithm : algorithms) {
        PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm);
        if (algorithm == Algorithm.REFERENCE
            && conv.plan(options, dtype, shape).flops() > MOST_OPERATIONS) {
          continue;
        }
        check(conv.plan(options.withMaxWorkspaceBytes(4L << 20), dtype, shape), true);
        PlanOptions others = options.withActivation(Activation.RELU).withThreads(3);
        check(conv.plan(others.withMaxWorkspaceBytes(120_000), dtype, shape), false);
      }
    }
  }

  private static void check(ConvPlan plan, boolean finite) {
    try (Arena arena = Arena.ofConfined();
        Arena shared = Arena.ofShared()) {
      Operands operands = new Operands(arena, plan);
      if (!finite && operands.weight.elementCount() > 0) {
        long count = operands.weight.elementCount();
        SplittableRandom random = new SplittableRandom(count);
        operands.weight.set(random.nextLong(count), ODD[random.nextInt(ODD.length)]);
      }
      List<byte[]> expected = operands.results(arena, null, null);
      PreparedWeights prepared = plan.prepare(finite ? arena : shared, operands.weight);
      assertTrue(prepared.byteSize() >= operands.weight.byteSize());
      // A snapshot.
      operands.weight.fill(7);
      Guarded scratch = Guarded.nan(arena, DType.F64, plan.workspaceBytes() / 8);
      List<byte[]> actual = operands.results(arena, prepared, finite ? null : scratch.workspace());
      for (int pass = 0; pass < 2; pass++) {
        assertArrayEquals(expected.get(pass), actual.get(pass), plan.explain());
      }
      scratch.assertCanariesAlive(plan.explain());
    }
  }

  /** What the two passes that read weights take. */
  private static final class Operands {
    private final ConvPlan plan;
    private final Tensor input;
    private final Tensor weight;
    private final Tensor bias;
    private final Tensor gradOutput;

    Operands(Arena arena, ConvPlan plan) {
      SplittableRandom random = new SplittableRandom(4);
      DType dtype = plan.dtype();
      this.plan = plan;
      input = Guarded.random(arena, random, dtype, plan.inputShape()).tensor();
      weight = Guarded.random(arena, random, dtype, plan.weightShape()).tensor();
      bias = Guarded.random(arena, random, dtype, plan.outputShape()[1]).tensor();
      gradOutput = Guarded.random(arena, random, dtype, plan.outputShape()).tensor();
    }

    /** Returns the bytes of the output and of the input's gradient. */
    List<byte[]> results(Arena arena, PreparedWeights prepared, Workspace workspace) {
      Guarded output = Guarded.nan(arena, plan.dtype(), plan.outputShape());
      Guarded gradInput = Guarded.nan(arena, plan.dtype(), plan.inputShape());
      if (prepared == null) {
        plan.forward(input, weight, bias, output.tensor(), workspace);
        plan.backwardInput(gradOutput, weight, gradInput.tensor(), workspace);
      } else if (workspace == null) {
        plan.forward(input, prepared, bias, output.tensor());
        plan.backwardInput(gradOutput, prepared, gradInput.tensor());
      } else {
        plan.forward(input, prepared, bias, output.tensor(), workspace);
        plan.backwardInput(gradOutput, prepared, gradInput.tensor(), workspace);
      }
      output.assertCanariesAlive("output");
      gradInput.assertCanariesAlive("gradInput");
      return List.of(
          output.tensor().segment().toArray(ValueLayout.JAVA_BYTE),
          gradInput.tensor().segment().toArray(ValueLayout.JAVA_BYTE));
    }
  }

  @Test
  void manyCallersShareThem() throws Exception {
    try (Arena shared = Arena.ofShared();
        ExecutorService callers = Executors.newFixedThreadPool(6)) {
      ConvCase drawn = ConvCase.of(2, 40, 20, 22, 48, 3, 3).padding(1, 1, 1, 1);
      List<Future<?>> results = new ArrayList<>();
      for (Algorithm algorithm : List.of(Algorithm.WINOGRAD, Algorithm.IM2COL)) {
        ConvPlan plan =
            drawn
                .conv()
                .plan(
                    PlanOptions.defaults().withAlgorithm(algorithm), DType.F64, drawn.inputShape());
        Operands operands = new Operands(shared, plan);
        PreparedWeights prepared = plan.prepare(shared, operands.weight);
        List<byte[]> expected = operands.results(shared, null, null);
        for (int caller = 0; caller < 3; caller++) {
          results.add(
              callers.submit(
                  () -> {
                    for (int call = 0; call < 20; call++) {
                      List<byte[]> actual = operands.results(shared, prepared, null);
                      assertArrayEquals(expected.get(0), actual.get(0));
                      assertArrayEquals(expected.get(1), actual.get(1));
                    }
                  }));
        }
      }
      for (Future<?> result : results) {
        result.get();
      }
    }
  }

  private static Conv2d.Builder conv() {
    return Conv2d.builder(6, 5, 3, 3).padding(1);
  }

  private static final long[] SHAPE = {2, 6, 12, 13};

  private static PlanOptions options(Algorithm algorithm) {
    return PlanOptions.defaults().withThreads(2).withAlgorithm(algorithm);
  }

  private static ConvPlan plan(Algorithm algorithm) {
    return conv().build().plan(options(algorithm), DType.F64, SHAPE);
  }

  private PreparedWeights prepared(ConvPlan plan) {
    return plan.prepare(arena, Tensor.allocate(arena, plan.dtype(), plan.weightShape()).fill(1));
  }

  @Test
  void theirBytesAreTold() {
    ConvPlan reference = plan(Algorithm.REFERENCE);
    PreparedWeights plain = prepared(reference);
    long bytes = 6 * 5 * 9 * 8;
    assertTrue(plain.byteSize() >= bytes && plain.byteSize() < bytes + 128, plain.toString());
    assertEquals(
        "PreparedWeights[[5, 6, 3, 3] F64, " + plain.byteSize() + " bytes]", plain.toString());
    PreparedWeights transformed = prepared(plan(Algorithm.WINOGRAD));
    assertTrue(transformed.byteSize() >= 9 * bytes, transformed.toString());
  }

  @Test
  void plansThatDecidedTheSameTakeThem() {
    ConvPlan plan = plan(Algorithm.WINOGRAD);
    PreparedWeights prepared = prepared(plan);
    PlanOptions others = options(Algorithm.WINOGRAD).withThreads(1).withActivation(Activation.RELU);
    ConvPlan other = conv().build().plan(others, DType.F64, SHAPE);
    Tensor input = Tensor.allocate(arena, DType.F64, SHAPE).fill(-1);
    Tensor output = Tensor.allocate(arena, DType.F64, other.outputShape()).fill(3);
    other.forward(input, prepared, null, output);
    assertEquals(0, output.get(0));
    // An empty batch is computed as ever: not at all.
    ConvPlan none = conv().build().plan(options(Algorithm.WINOGRAD), DType.F64, 0, 6, 12, 13);
    none.forward(
        Tensor.allocate(arena, DType.F64, 0, 6, 12, 13),
        prepared(none),
        null,
        Tensor.allocate(arena, DType.F64, none.outputShape()));
  }

  @Test
  void plansThatDecidedOtherwiseDoNot() {
    PreparedWeights prepared = prepared(plan(Algorithm.WINOGRAD));
    PlanOptions winograd = options(Algorithm.WINOGRAD);
    refused("FORWARD by WINOGRAD, this plan has IM2COL", plan(Algorithm.IM2COL), prepared);
    refused(
        "input [2, 6, 12, 13], this plan has [1, 6, 12, 13]",
        conv().build().plan(winograd, DType.F64, 1, 6, 12, 13),
        prepared);
    refused(
        "type F64, this plan has F32", conv().build().plan(winograd, DType.F32, SHAPE), prepared);
    refused(
        "weight [5, 6, 3, 3], this plan has [4, 6, 3, 3]",
        Conv2d.builder(6, 4, 3, 3).padding(1).build().plan(winograd, DType.F64, SHAPE),
        prepared);
    refused(
        "output [2, 5, 12, 13], this plan has [2, 5, 10, 11]",
        Conv2d.builder(6, 5, 3, 3).build().plan(winograd, DType.F64, SHAPE),
        prepared);
    refused(
        "rows stride 1, dilation 1 and padding 1 and 1,"
            + " this plan has stride 1, dilation 1 and padding 0 and 2",
        conv().padding(Padding.of(0, 1, 2, 1)).build().plan(winograd, DType.F64, SHAPE),
        prepared);
    refused(
        "columns stride 1, dilation 1 and padding 1 and 1,"
            + " this plan has stride 1, dilation 2 and padding 2 and 2",
        conv()
            .dilation(1, 2)
            .padding(Padding.of(1, 2, 1, 2))
            .build()
            .plan(winograd, DType.F64, SHAPE),
        prepared);
    refused(
        " bytes, this plan has 200000 to 200000 bytes",
        conv().build().plan(winograd.withMaxWorkspaceBytes(200_000), DType.F64, SHAPE),
        prepared);
    refused(
        "operator Conv2dPlan, this plan has ConvTranspose2dPlan",
        ConvTranspose2d.builder(5, 6, 3, 3)
            .padding(1)
            .build()
            .plan(winograd, DType.F64, 2, 5, 12, 13),
        prepared);
  }

  private void refused(String says, ConvPlan plan, PreparedWeights prepared) {
    Tensor input = Tensor.allocate(arena, plan.dtype(), plan.inputShape());
    Tensor output = Tensor.allocate(arena, plan.dtype(), plan.outputShape()).fill(5);
    assertSays(says, () -> plan.forward(input, prepared, null, output));
    assertSays(says, () -> plan.backwardInput(output, prepared, input));
    assertEquals(5, output.get(0));
    assertEquals(0, input.get(0));
  }

  private static void assertSays(String says, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.startsWith("weight: was prepared for "), message);
    assertTrue(message.endsWith(says), message + " lacks " + says);
    assertEquals(1, message.lines().count());
  }

  @Test
  void mistakesAreNamed() throws Exception {
    ConvPlan plan = plan(Algorithm.WINOGRAD);
    Tensor weight = Tensor.allocate(arena, DType.F64, plan.weightShape());
    message(NullPointerException.class, "arena", () -> plan.prepare(null, weight));
    message(NullPointerException.class, "weight", () -> plan.prepare(arena, null));
    message(
        IllegalArgumentException.class,
        "weight: shape is [5, 6, 9], must be [5, 6, 3, 3]",
        () -> plan.prepare(arena, weight.reshape(5, 6, 9)));
    message(
        IllegalArgumentException.class,
        "weight: is F32, must be F64",
        () -> plan.prepare(arena, Tensor.allocate(arena, DType.F32, plan.weightShape())));
    Arena gone = Arena.ofConfined();
    Tensor lost = Tensor.allocate(gone, DType.F64, plan.weightShape());
    PreparedWeights closed = plan.prepare(gone, weight);
    gone.close();
    message(IllegalStateException.class, "arena: is closed", () -> plan.prepare(gone, weight));
    message(
        IllegalStateException.class,
        "weight: its arena is closed",
        () -> plan.prepare(arena, lost));
    Tensor input = Tensor.allocate(arena, DType.F64, SHAPE);
    Tensor output = Tensor.allocate(arena, DType.F64, plan.outputShape());
    message(
        IllegalStateException.class,
        "weight: its arena is closed",
        () -> plan.forward(input, closed, null, output));
    message(
        NullPointerException.class,
        "weight",
        () -> plan.forward(input, (PreparedWeights) null, null, output));
    message(
        NullPointerException.class,
        "weight",
        () -> plan.backwardInput(output, (PreparedWeights) null, input));
    MemorySegment heap = MemorySegment.ofArray(new byte[1 << 16]);
    String lent =
        assertThrows(
                IllegalArgumentException.class,
                () -> plan.prepare(new Guarded.Lender(heap), weight))
            .getMessage();
    assertTrue(lent.startsWith("weight: the arena gave "), lent);
    PreparedWeights good = plan.prepare(arena, weight);
    elsewhere(
        WrongThreadException.class,
        "weight: its arena is confined to another thread than ",
        () -> {
          try (Arena own = Arena.ofConfined()) {
            plan.forward(
                Tensor.allocate(own, DType.F64, SHAPE),
                good,
                null,
                Tensor.allocate(own, DType.F64, plan.outputShape()));
          }
        });
    elsewhere(
        WrongThreadException.class,
        "arena: is confined to another thread than ",
        () -> {
          try (Arena own = Arena.ofConfined()) {
            plan.prepare(arena, Tensor.allocate(own, DType.F64, plan.weightShape()));
          }
        });
  }

  @Test
  void outputsAndScratchMayNotLieOnThem() {
    ConvPlan plan = plan(Algorithm.WINOGRAD);
    Tensor weight = Tensor.allocate(arena, DType.F64, plan.weightShape());
    MemorySegment around = arena.allocate(1 << 20, 64);
    PreparedWeights prepared = plan.prepare(new Guarded.Lender(around), weight);
    Tensor input = Tensor.allocate(arena, DType.F64, SHAPE);
    Tensor output = Tensor.allocate(arena, DType.F64, plan.outputShape());
    Tensor over = Tensor.of(around.asSlice(0, output.byteSize()), DType.F64, plan.outputShape());
    Workspace workspace = Workspace.allocate(new Guarded.Lender(around), around.byteSize());
    message(
        IllegalArgumentException.class,
        "output: overlaps weight, must not",
        () -> plan.forward(input, prepared, null, over));
    message(
        IllegalArgumentException.class,
        "workspace: overlaps weight, must not",
        () -> plan.forward(input, prepared, null, output, workspace));
    Tensor gradOver = Tensor.of(around.asSlice(0, input.byteSize()), DType.F64, SHAPE);
    message(
        IllegalArgumentException.class,
        "gradInput: overlaps weight, must not",
        () -> plan.backwardInput(output, prepared, gradOver));
    message(
        IllegalArgumentException.class,
        "workspace: overlaps weight, must not",
        () -> plan.backwardInput(output, prepared, input, workspace));
  }

  private static void message(Class<? extends Throwable> type, String says, Executable call) {
    assertEquals(says, assertThrows(type, call).getMessage());
  }

  private static void elsewhere(Class<? extends Throwable> type, String says, Executable call)
      throws InterruptedException {
    Throwable[] thrown = new Throwable[1];
    Thread thread =
        new Thread(
            () -> {
              try {
                call.execute();
              } catch (Throwable e) {
                thrown[0] = e;
              }
            });
    thread.start();
    thread.join();
    assertEquals(type, thrown[0].getClass());
    assertTrue(thrown[0].getMessage().startsWith(says), thrown[0].getMessage());
  }
}
