package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Mistakes in planning a convolution, in tensors, workspaces and one-line calls: the exact
 * exception, one line that names the operand, what it is and what it must be, and no byte written.
 * Those in the operands of each pass are {@link OperatorMisuseTest}'s.
 */
class MisuseTest {
  private static final ConvCase CASE =
      ConvCase.of(2, 4, 6, 7, 6, 3, 2).groups(2).padding(1, 1, 1, 1);
  private static final List<Algorithm> ALGORITHMS = Algorithms.exact();

  /** A mistake and what must come of it. */
  private record Misuse(
      String name, Class<? extends Throwable> type, Call call, List<String> fragments) {
    Misuse(String name, Class<? extends Throwable> type, Call call, String... fragments) {
      this(name, type, call, List.of(fragments));
    }
  }

  /** A call that is wrong in one point; {@code good} has what is right. */
  private interface Call {
    void run(Good good) throws InterruptedException;
  }

  @TestFactory
  Stream<DynamicTest> planning() {
    return dynamicTests(planningMistakes());
  }

  @TestFactory
  Stream<DynamicTest> tensors() {
    return dynamicTests(tensorMistakes());
  }

  @TestFactory
  Stream<DynamicTest> operands() {
    return dynamicTests(operandMistakes());
  }

  @TestFactory
  Stream<DynamicTest> workspaces() {
    return dynamicTests(workspaceMistakes());
  }

  @TestFactory
  Stream<DynamicTest> oneLiner() {
    return dynamicTests(oneLinerMistakes());
  }

  private static Stream<DynamicTest> dynamicTests(List<Misuse> mistakes) {
    assertEquals(mistakes.size(), mistakes.stream().map(Misuse::name).distinct().count());
    return mistakes.stream()
        .map(misuse -> DynamicTest.dynamicTest(misuse.name, () -> check(misuse)));
  }

  private static void check(Misuse misuse) {
    for (Algorithm algorithm : ALGORITHMS) {
      try (Arena arena = Arena.ofConfined()) {
        Good good = new Good(arena, algorithm);
        List<String> before = good.bytes();
        Throwable thrown = assertThrows(Throwable.class, () -> misuse.call.run(good));
        String message = String.valueOf(thrown.getMessage());
        assertEquals(misuse.type, thrown.getClass(), message);
        for (String fragment : misuse.fragments) {
          assertTrue(message.contains(fragment), message + " lacks " + fragment);
        }
        assertFalse(message.contains("\n"), message);
        assertEquals(before, good.bytes(), "written before it was refused");
        good.assertCanariesAlive();
      }
    }
  }

  /** Valid operands, with which the call would succeed. */
  private static final class Good {
    private final Arena arena;
    private final Conv2dPlan plan;
    private final Guarded input;
    private final Guarded weight;
    private final Guarded bias;
    private final Guarded output;
    private final Workspace workspace;

    Good(Arena arena, Algorithm algorithm) {
      SplittableRandom random = new SplittableRandom(1);
      this.arena = arena;
      plan =
          CASE.conv()
              .plan(
                  PlanOptions.defaults().withThreads(2).withAlgorithm(algorithm),
                  DType.F64,
                  CASE.inputShape());
      input = Guarded.random(arena, random, DType.F64, CASE.inputShape());
      weight = Guarded.random(arena, random, DType.F64, CASE.weightShape());
      bias = Guarded.random(arena, random, DType.F64, CASE.o());
      output = Guarded.nan(arena, DType.F64, plan.outputShape());
      workspace = Workspace.allocate(arena, plan.workspaceBytes());
    }

    Tensor operand(String name) {
      return switch (name) {
        case "input" -> input.tensor();
        case "weight" -> weight.tensor();
        case "bias" -> bias.tensor();
        case "output" -> output.tensor();
        default -> throw new AssertionError(name);
      };
    }

    /** Computes with one operand replaced. */
    void forwardWith(String name, Tensor other) {
      forwardWith(name, other, workspace);
    }

    void forwardWith(String name, Tensor other, Workspace scratch) {
      plan.forward(
          name.equals("input") ? other : operand("input"),
          name.equals("weight") ? other : operand("weight"),
          name.equals("bias") ? other : operand("bias"),
          name.equals("output") ? other : operand("output"),
          scratch);
    }

    void forwardIn(Workspace scratch) {
      forwardWith("", null, scratch);
    }

    List<String> bytes() {
      return Stream.of(input, weight, bias, output)
          .map(guarded -> guarded.tensor().segment().toArray(ValueLayout.JAVA_BYTE))
          .map(bytes -> HexFormat.of().formatHex(bytes))
          .toList();
    }

    void assertCanariesAlive() {
      for (String name : List.of("input", "weight", "bias", "output")) {
        guarded(name).assertCanariesAlive(name);
      }
    }

    private Guarded guarded(String name) {
      return switch (name) {
        case "input" -> input;
        case "weight" -> weight;
        case "bias" -> bias;
        default -> output;
      };
    }
  }

  private static Misuse argument(String name, Call call, String... fragments) {
    return new Misuse(name, IllegalArgumentException.class, call, fragments);
  }

  private static List<Misuse> planningMistakes() {
    List<Misuse> list = new ArrayList<>();
    list.add(argument("inChannels 0", g -> Conv2d.builder(0, 1, 1, 1), "inChannels: is 0"));
    list.add(argument("outChannels -1", g -> Conv2d.builder(1, -1, 1, 1), "outChannels: is -1"));
    list.add(argument("kernelH 0", g -> Conv2d.builder(1, 1, 0, 1), "kernelH: is 0", "at least 1"));
    list.add(argument("kernelW 0", g -> Conv2d.builder(1, 1, 1, 0), "kernelW: is 0", "at least 1"));
    list.add(argument("strideH 0", g -> builder().stride(0, 1), "strideH: is 0", "at least 1"));
    list.add(argument("strideW -3", g -> builder().stride(1, -3), "strideW: is -3", "at least 1"));
    list.add(argument("dilationH 0", g -> builder().dilation(0, 1), "dilationH: is 0"));
    list.add(argument("dilationW 0", g -> builder().dilation(1, 0), "dilationW: is 0"));
    list.add(argument("groups 0", g -> builder().groups(0), "groups: is 0", "at least 1"));
    list.add(
        argument(
            "groups do not divide inChannels",
            g -> Conv2d.builder(4, 6, 3, 3).groups(3).build(),
            "inChannels: is 4",
            "multiple of groups, which is 3"));
    list.add(
        argument(
            "groups do not divide outChannels",
            g -> Conv2d.builder(4, 6, 3, 3).groups(4).build(),
            "outChannels: is 6",
            "multiple of groups, which is 4"));
    list.add(argument("padTop -1", g -> Padding.of(-1, 0, 0, 0), "padTop: is -1"));
    list.add(argument("padLeft -1", g -> Padding.of(0, -1, 0, 0), "padLeft: is -1"));
    list.add(argument("padBottom -1", g -> Padding.of(0, 0, -1, 0), "padBottom: is -1"));
    list.add(argument("padRight -1", g -> Padding.of(0, 0, 0, -1), "padRight: is -1"));
    list.add(argument("threads 0", g -> options().withThreads(0), "threads: is 0", "at least 1"));
    list.add(argument("threads -1", g -> options().withThreads(-1), "threads: is -1"));
    list.add(
        argument(
            "maxWorkspaceBytes -1",
            g -> options().withMaxWorkspaceBytes(-1),
            "maxWorkspaceBytes: is -1",
            "must not be negative"));
    list.add(
        argument(
            "maxWorkspaceBytes too small for columns",
            g -> planWith(options().withAlgorithm(Algorithm.IM2COL).withMaxWorkspaceBytes(100)),
            "maxWorkspaceBytes: is 100",
            "at least 1536"));
    list.add(nullPointer("null padding", g -> builder().padding(null), "padding"));
    list.add(nullPointer("null builder options", g -> builder().options(null), "options"));
    list.add(nullPointer("null algorithm", g -> options().withAlgorithm(null), "algorithm"));
    list.add(nullPointer("null options", g -> planWith(null), "options"));
    list.add(nullPointer("null dtype", g -> CASE.conv().plan(null, 1, 4, 6, 7), "dtype"));
    list.add(
        nullPointer("null shape", g -> CASE.conv().plan(DType.F64, (long[]) null), "inputShape"));
    list.add(argument("dtype I64", g -> plan(DType.I64, 1, 4, 6, 7), "is I64", "F64 or F32"));
    list.add(argument("rank 3", g -> plan(4, 6, 7), "input: shape is [4, 6, 7]", "[N, 4, H, W]"));
    list.add(argument("rank 0", g -> plan(), "input: shape is []", "[N, 4, H, W]"));
    list.add(argument("rank 5", g -> plan(1, 4, 6, 7, 1), "input: shape is [1, 4, 6, 7, 1]"));
    list.add(argument("channels", g -> plan(1, 5, 6, 7), "[1, 5, 6, 7]", "[N, 4, H, W]"));
    list.add(argument("negative N", g -> plan(-1, 4, 6, 7), "input: shape [-1, 4, 6, 7]"));
    list.add(argument("negative H", g -> plan(1, 4, -6, 7), "input: shape [1, 4, -6, 7]"));
    list.add(argument("negative W", g -> plan(0, 4, 6, -7), "input: shape [0, 4, 6, -7]"));
    list.add(
        argument(
            "kernel higher than the input",
            g -> Conv2d.builder(1, 1, 5, 1).padding(1).build().plan(DType.F64, 1, 1, 2, 9),
            "kernelH: spans 5",
            "has 4"));
    list.add(
        argument(
            "kernel wider than the input",
            g -> Conv2d.builder(1, 1, 1, 3).dilation(4).build().plan(DType.F64, 1, 1, 9, 8),
            "kernelW: spans 9",
            "has 8"));
    list.addAll(overflowMistakes());
    return list;
  }

  private static List<Misuse> overflowMistakes() {
    long huge = Long.MAX_VALUE;
    return List.of(
        argument("elements", g -> plan(1L << 32, 4, 1L << 32, 7), "input: ", "2^63 - 1 elements"),
        argument("bytes", g -> plan(1L << 56, 4, 3, 3), "input: ", "in F64 has", "2^63 - 1 bytes"),
        argument(
            "output elements",
            g -> Conv2d.builder(1, 1, 1, 1).padding(1L << 40).build().plan(DType.F32, 1, 1, 1, 1),
            "output: shape [1, 1, 2199023255553, 2199023255553]",
            "2^63 - 1 elements"),
        argument(
            "output bytes",
            g -> Conv2d.builder(1, 1 << 16, 1, 1).build().plan(DType.F32, 1L << 45, 1, 1, 1),
            "output: shape",
            "2^63 - 1 bytes"),
        argument(
            "weight elements",
            g -> Conv2d.builder(1, 1L << 31, 1L << 16, 1L << 16).build(),
            "weight: shape [2147483648, 1, 65536, 65536]",
            "2^63 - 1 elements"),
        argument("padding", g -> wide(Padding.of(huge), 1), "input: H of 9", "fit a long"),
        argument("padding left", g -> wide(Padding.of(0, 1, 0, huge), 1), "input: W of 9"),
        argument("padded size", g -> wide(Padding.of(huge / 2), 1), "input: H of 9"),
        argument("kernel extent", g -> wide(Padding.VALID, huge / 2 + 1), "input: H of 9"),
        argument("kernel extent, SAME", g -> wide(Padding.SAME_UPPER, huge), "input: H of 9"),
        argument(
            "covered size, SAME",
            g ->
                Conv2d.builder(1, 1, 1, 2)
                    .stride(1, huge - 8)
                    .dilation(1, 100)
                    .padding(Padding.SAME_LOWER)
                    .build()
                    .plan(DType.F64, 0, 1, 9, huge - 7),
            "input: W of " + (huge - 7)));
  }

  private static void wide(Padding padding, long dilation) {
    Conv2d.builder(1, 1, 3, 3)
        .padding(padding)
        .dilation(dilation)
        .build()
        .plan(DType.F64, 1, 1, 9, 9);
  }

  private static List<Misuse> tensorMistakes() {
    return List.of(
        nullPointer("null arena", g -> Tensor.allocate(null, DType.F64, 1), "arena"),
        nullPointer("null dtype", g -> Tensor.allocate(g.arena, null, 1), "dtype"),
        nullPointer("null shape", g -> Tensor.allocate(g.arena, DType.F64, (long[]) null), "shape"),
        nullPointer("null segment", g -> Tensor.of((MemorySegment) null, DType.F64, 1), "segment"),
        nullPointer(
            "null shape of a segment", g -> Tensor.of(memory(g, 8, 8), DType.F64, null), "shape"),
        nullPointer("null doubles", g -> Tensor.copyOf(g.arena, (double[]) null, 1), "values"),
        nullPointer("null floats", g -> Tensor.copyOf(g.arena, (float[]) null, 1), "values"),
        nullPointer(
            "null shape of values", g -> Tensor.copyOf(g.arena, new float[1], null), "shape"),
        nullPointer("null new shape", g -> g.operand("input").reshape(null), "newShape"),
        argument(
            "bytes on the heap",
            g -> Tensor.of(MemorySegment.ofArray(new byte[8]), DType.F64, 1),
            "segment: is aligned to 1 on the heap",
            "must be to the element size 8"),
        argument(
            "floats on the heap as doubles",
            g -> Tensor.of(MemorySegment.ofArray(new float[2]), DType.F64, 1),
            "segment: is aligned to 4 on the heap",
            "must be to the element size 8"),
        argument(
            "misaligned doubles on the heap",
            g -> Tensor.of(MemorySegment.ofArray(new double[2]).asSlice(4, 8), DType.F64, 1),
            "segment: is aligned to 4 on the heap"),
        argument(
            "short array",
            g -> Tensor.of(new double[3], 2, 2),
            "values: has 3 elements, shape [2, 2] takes 4"),
        argument(
            "long array",
            g -> Tensor.of(new float[5], 2, 2),
            "values: has 5 elements, shape [2, 2] takes 4"),
        argument(
            "array for no elements",
            g -> Tensor.of(new long[1], 2, 0),
            "values: has 1 elements, shape [2, 0] takes 0"),
        argument(
            "negative size of an array",
            g -> Tensor.of(new double[4], -2, -2),
            "tensor: shape [-2, -2] has a negative size"),
        nullPointer("null array", g -> Tensor.of((double[]) null, 1), "values"),
        nullPointer("null shape of an array", g -> Tensor.of(new double[1], null), "shape"),
        argument(
            "misaligned segment",
            g -> Tensor.of(memory(g, 24, 8).asSlice(4, 8), DType.F64, 1),
            "segment: address 0x",
            "multiple of the element size 8"),
        argument(
            "short segment",
            g -> Tensor.of(memory(g, 15, 8), DType.F64, 2),
            "segment: is 15 bytes",
            "[2] in F64 takes 16"),
        argument(
            "long segment",
            g -> Tensor.of(memory(g, 17, 8), DType.F64, 2),
            "segment: is 17 bytes",
            "[2] in F64 takes 16"),
        argument(
            "an arena that gives heap memory",
            g ->
                Tensor.allocate(
                    new Guarded.Lender(MemorySegment.ofArray(new double[2])), DType.F64, 2),
            "segment: is on the heap"),
        argument(
            "an arena that gives too little",
            g -> Tensor.allocate(new Guarded.Lender(memory(g, 8, 8)), DType.F64, 2),
            "segment: is 8 bytes",
            "takes 16"));
  }

  private static List<Misuse> operandMistakes() {
    List<Misuse> list = new ArrayList<>();
    list.add(
        argument(
            "weight as if there were one group",
            g -> g.forwardWith("weight", Tensor.allocate(g.arena, DType.F64, 6, 4, 3, 2)),
            "weight: shape is [6, 4, 3, 2], must be [6, 2, 3, 2]"));
    list.add(
        argument(
            "bias of one group",
            g -> g.forwardWith("bias", Tensor.allocate(g.arena, DType.F64, 3)),
            "bias: shape is [3], must be [6]"));
    return list;
  }

  private static List<Misuse> workspaceMistakes() {
    return List.of(
        nullPointer("null arena", g -> Workspace.allocate(null, 1), "arena"),
        argument("negative size", g -> Workspace.allocate(g.arena, -1), "workspace: -1 bytes"),
        argument(
            "an arena that gives too little",
            g -> Workspace.allocate(new Guarded.Lender(memory(g, 8, 8)), 16),
            "workspace: the arena gave",
            "must be 16 writable native bytes"),
        argument(
            "an arena that gives read-only memory",
            g -> Workspace.allocate(new Guarded.Lender(memory(g, 16, 8).asReadOnly()), 16),
            "workspace: the arena gave"),
        argument(
            "an arena that gives heap memory",
            g -> Workspace.allocate(new Guarded.Lender(MemorySegment.ofArray(new long[2])), 16),
            "workspace: the arena gave"),
        argument(
            "an arena that gives misaligned memory",
            g -> Workspace.allocate(new Guarded.Lender(memory(g, 24, 8).asSlice(4, 16)), 16),
            "workspace: the arena gave"),
        argument(
            "too short",
            g -> {
              Conv2dPlan plan = im2col();
              forward(plan, g, Workspace.allocate(g.arena, nativeBytes(plan) - 1));
            },
            "workspace: is " + (nativeBytes(im2col()) - 1) + " bytes",
            "the plan needs " + nativeBytes(im2col())),
        new Misuse(
            "in use",
            IllegalStateException.class,
            g -> {
              Workspace scratch = Workspace.allocate(g.arena, g.plan.workspaceBytes());
              scratch.acquire(0);
              g.forwardIn(scratch);
            },
            "workspace: is in use by another call"),
        new Misuse(
            "closed",
            IllegalStateException.class,
            g -> {
              Workspace scratch;
              try (Arena other = Arena.ofShared()) {
                scratch = Workspace.allocate(other, g.plan.workspaceBytes());
              }
              g.forwardIn(scratch);
            },
            "workspace: its arena is closed"),
        new Misuse(
            "confined to another thread",
            WrongThreadException.class,
            g -> {
              AtomicReference<Workspace> scratch = new AtomicReference<>();
              onAnotherThread(
                  arena ->
                      scratch.set(Workspace.allocate(arena, Math.max(1, g.plan.workspaceBytes()))),
                  () -> g.forwardIn(scratch.get()));
            },
            "workspace: its arena is confined to another thread"));
  }

  private static List<Misuse> oneLinerMistakes() {
    List<Misuse> list = new ArrayList<>();
    list.add(nullPointer("null arena", g -> oneLiner(g, null, g.operand("input")), "arena"));
    list.add(nullPointer("null input", g -> oneLiner(g, g.arena, null), "input"));
    list.add(
        argument(
            "I64",
            g -> oneLiner(g, g.arena, Tensor.allocate(g.arena, DType.I64, 2, 4, 6, 7)),
            "input: is I64",
            "F64 or F32"));
    list.add(
        argument(
            "rank 1",
            g -> oneLiner(g, g.arena, g.operand("input").reshape(2 * 4 * 6 * 7)),
            "input: shape is [336]",
            "[N, 4, H, W]"));
    list.add(
        argument(
            "channels",
            g -> oneLiner(g, g.arena, g.operand("input").reshape(4, 2, 6, 7)),
            "input: shape is [4, 2, 6, 7]",
            "[N, 4, H, W]"));
    list.add(
        argument(
            "weight of another type",
            g -> oneLiner(g, g.arena, Tensor.allocate(g.arena, DType.F32, 2, 4, 6, 7)),
            "weight: is F64",
            "must be F32"));
    list.add(
        new Misuse(
            "closed",
            IllegalStateException.class,
            g -> oneLiner(g, g.arena, closed(g.operand("input"), true)),
            "input: its arena is closed"));
    return list;
  }

  private static void oneLiner(Good good, Arena arena, Tensor input) {
    CASE.conv().forward(arena, input, good.operand("weight"), good.operand("bias"));
  }

  @Test
  void aRefusedCallLeavesItsWorkspaceFree() {
    try (Arena arena = Arena.ofConfined()) {
      Good good = new Good(arena, Algorithm.IM2COL);
      assertThrows(
          IllegalArgumentException.class,
          () -> good.forwardWith("bias", Tensor.allocate(arena, DType.F64, 1)));
      good.forwardIn(good.workspace);
      good.assertCanariesAlive();
    }
  }

  @Test
  void aWorkspaceServesOneOfManyCallsAtOnce() throws InterruptedException {
    try (Arena arena = Arena.ofShared()) {
      Good good = new Good(arena, Algorithm.IM2COL);
      good.forwardIn(good.workspace);
      double[] expected = good.operand("output").toDoubleArray();
      AtomicReference<Throwable> wrong = new AtomicReference<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Tensor output = Tensor.allocate(arena, DType.F64, good.plan.outputShape());
        threads.add(
            Thread.ofPlatform()
                .uncaughtExceptionHandler((thread, thrown) -> wrong.set(thrown))
                .start(
                    () -> {
                      for (int call = 0; call < 500; call++) {
                        try {
                          good.forwardWith("output", output.fill(Double.NaN));
                        } catch (IllegalStateException busy) {
                          assertEquals("workspace: is in use by another call", busy.getMessage());
                          continue;
                        }
                        assertArrayEquals(expected, output.toDoubleArray());
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(null, wrong.get());
    }
  }

  @Test
  void emptyBatchesOfEndlessPlanesAreDoneAtOnce() {
    for (Algorithm algorithm : ALGORITHMS) {
      for (long[] shape : new long[][] {{1L << 62, 3, 0, 5}, {0, 3, 1L << 40, 1L << 40}}) {
        try (Arena arena = Arena.ofConfined()) {
          Conv2dPlan plan =
              Conv2d.builder(3, 5, 3, 3)
                  .padding(Padding.SAME_UPPER)
                  .build()
                  .plan(options().withAlgorithm(algorithm), DType.F64, shape);
          Tensor input = Tensor.allocate(arena, DType.F64, shape);
          Tensor weight = Tensor.allocate(arena, DType.F64, 5, 3, 3, 3).fill(Double.NaN);
          Tensor bias = Tensor.allocate(arena, DType.F64, 5).fill(Double.NaN);
          Tensor output = Tensor.allocate(arena, DType.F64, plan.outputShape());
          plan.forward(input, weight, bias, output);
          plan.backwardInput(output, weight, input);
          plan.backwardWeights(input, output, weight);
          assertArrayEquals(new double[5 * 3 * 3 * 3], weight.toDoubleArray());
          plan.backwardBias(output, bias);
          assertArrayEquals(new double[5], bias.toDoubleArray());
        }
      }
    }
  }

  @Test
  void depthwiseWeightsAreCountedByGroup() {
    long channels = 1L << 30;
    Conv2dPlan plan =
        Conv2d.builder(channels, channels, 3, 3)
            .groups(channels)
            .build()
            .plan(DType.F32, 1, channels, 3, 3);
    assertArrayEquals(new long[] {1, channels, 1, 1}, plan.outputShape());
  }

  private static Misuse nullPointer(String name, Call call, String operand) {
    return new Misuse(name, NullPointerException.class, call, operand);
  }

  private static Conv2d.Builder builder() {
    return Conv2d.builder(4, 6, 3, 2);
  }

  private static PlanOptions options() {
    return PlanOptions.defaults();
  }

  private static void plan(long... shape) {
    plan(DType.F64, shape);
  }

  private static void plan(DType dtype, long... shape) {
    CASE.conv().plan(dtype, shape);
  }

  private static void planWith(PlanOptions options) {
    CASE.conv().plan(options, DType.F64, CASE.inputShape());
  }

  private static Conv2dPlan im2col() {
    return CASE.conv()
        .plan(
            options().withThreads(1).withAlgorithm(Algorithm.IM2COL), DType.F64, CASE.inputShape());
  }

  private static long nativeBytes(Conv2dPlan plan) {
    return plan.choice(Pass.FORWARD).layout().bytes();
  }

  private static void forward(Conv2dPlan plan, Good good, Workspace workspace) {
    plan.forward(
        good.operand("input"),
        good.operand("weight"),
        good.operand("bias"),
        good.operand("output"),
        workspace);
  }

  private static MemorySegment memory(Good good, long bytes, long alignment) {
    return good.arena.allocate(bytes, alignment);
  }

  static Tensor closed(Tensor like, boolean shared) {
    try (Arena arena = shared ? Arena.ofShared() : Arena.ofConfined()) {
      return Tensor.allocate(arena, like.dtype(), like.shape());
    }
  }

  interface TensorUse {
    void accept(Tensor tensor);
  }

  interface ArenaUse {
    void accept(Arena arena);
  }

  static void withForeign(Tensor like, TensorUse use) throws InterruptedException {
    AtomicReference<Tensor> tensor = new AtomicReference<>();
    onAnotherThread(
        arena -> tensor.set(Tensor.allocate(arena, like.dtype(), like.shape())),
        () -> use.accept(tensor.get()));
  }

  /** Runs {@code use} here while another thread keeps a confined arena open. */
  static void onAnotherThread(ArenaUse allocate, Runnable use) throws InterruptedException {
    CountDownLatch allocated = new CountDownLatch(1);
    CountDownLatch used = new CountDownLatch(1);
    Thread owner =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try (Arena arena = Arena.ofConfined()) {
                    allocate.accept(arena);
                    allocated.countDown();
                    used.await();
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                });
    allocated.await();
    try {
      use.run();
    } finally {
      used.countDown();
      owner.join();
    }
  }
}
