package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/**
 * Mistakes in the operands and the workspace of every pass of both convolutions, im2col and col2im,
 * and in planning what {@link MisuseTest} does not plan. The exact exception, one line that names
 * the operand, and no byte written.
 */
class OperatorMisuseTest {
  private static final long[] INPUT = {2, 4, 6, 7};
  private static final long[] WEIGHT = {6, 2, 3, 2};
  private static final long[] OUTPUT = {2, 6, 6, 8};
  private static final long[] TRANSPOSED_WEIGHT = {4, 3, 3, 2};
  private static final long[] TRANSPOSED_OUTPUT = {2, 6, 12, 13};
  private static final long[] COLUMNS = {2 * 6 * 8, 4 * 3 * 2};

  /** Runs a pass on its operands by name. */
  private interface Run {
    void on(Map<String, Tensor> operands, Workspace workspace);
  }

  /**
   * A pass and its operands, the output last.
   *
   * @param free operands that may have any shape and type: the others are measured by them
   * @param inPlace operands that the output may lie on, if on all of them
   */
  private record Operator(
      String name,
      boolean takesWorkspace,
      Set<String> free,
      Set<String> inPlace,
      LinkedHashMap<String, long[]> shapes,
      Run run) {

    Operator(String name, boolean takesWorkspace, Run run) {
      this(name, takesWorkspace, Set.of(), Set.of(), new LinkedHashMap<>(), run);
    }

    Operator free(String operand) {
      return new Operator(name, takesWorkspace, Set.of(operand), inPlace, shapes, run);
    }

    Operator inPlace(String operand) {
      return new Operator(name, takesWorkspace, free, Set.of(operand), shapes, run);
    }

    Operator with(String operand, long... shape) {
      shapes.put(operand, shape);
      return this;
    }

    String output() {
      return List.copyOf(shapes.keySet()).getLast();
    }
  }

  private static PlanOptions options(Algorithm algorithm) {
    return PlanOptions.defaults()
        .withThreads(2)
        .withAlgorithm(algorithm)
        .withActivation(Activation.RELU);
  }

  private static Conv2dPlan conv(Algorithm algorithm) {
    return Conv2d.builder(4, 6, 3, 2)
        .groups(2)
        .padding(1)
        .build()
        .plan(options(algorithm), DType.F64, INPUT);
  }

  private static ConvTranspose2d.Builder transposed() {
    return ConvTranspose2d.builder(4, 6, 3, 2).groups(2).stride(2).padding(1).outputPadding(1, 1);
  }

  private static ConvTranspose2dPlan transposed(Algorithm algorithm) {
    return transposed().build().plan(options(algorithm), DType.F64, INPUT);
  }

  private static Im2col.Builder im2col() {
    return Im2col.builder(3, 2).padding(Padding.of(1));
  }

  private static List<Operator> passes(Algorithm algorithm) {
    Conv2dPlan conv = conv(algorithm);
    ConvTranspose2dPlan transposed = transposed(algorithm);
    Im2col im2col = im2col().build();
    return List.of(
        new Operator(
                "forward",
                true,
                (t, w) ->
                    conv.forward(
                        t.get("input"), t.get("weight"), t.get("bias"), t.get("output"), w))
            .with("input", INPUT)
            .with("weight", WEIGHT)
            .with("bias", 6)
            .with("output", OUTPUT),
        new Operator(
                "backwardInput",
                true,
                (t, w) ->
                    conv.backwardInput(t.get("gradOutput"), t.get("weight"), t.get("gradInput"), w))
            .with("gradOutput", OUTPUT)
            .with("weight", WEIGHT)
            .with("gradInput", INPUT),
        new Operator(
                "backwardWeights",
                true,
                (t, w) ->
                    conv.backwardWeights(
                        t.get("input"), t.get("gradOutput"), t.get("gradWeights"), w))
            .with("input", INPUT)
            .with("gradOutput", OUTPUT)
            .with("gradWeights", WEIGHT),
        new Operator(
                "backwardBias",
                true,
                (t, w) -> conv.backwardBias(t.get("gradOutput"), t.get("gradBias"), w))
            .with("gradOutput", OUTPUT)
            .with("gradBias", 6),
        new Operator(
                "transposed forward",
                true,
                (t, w) ->
                    transposed.forward(
                        t.get("input"), t.get("weight"), t.get("bias"), t.get("output"), w))
            .with("input", INPUT)
            .with("weight", TRANSPOSED_WEIGHT)
            .with("bias", 6)
            .with("output", TRANSPOSED_OUTPUT),
        new Operator(
                "transposed backwardInput",
                true,
                (t, w) ->
                    transposed.backwardInput(
                        t.get("gradOutput"), t.get("weight"), t.get("gradInput"), w))
            .with("gradOutput", TRANSPOSED_OUTPUT)
            .with("weight", TRANSPOSED_WEIGHT)
            .with("gradInput", INPUT),
        new Operator(
                "transposed backwardWeights",
                true,
                (t, w) ->
                    transposed.backwardWeights(
                        t.get("input"), t.get("gradOutput"), t.get("gradWeights"), w))
            .with("input", INPUT)
            .with("gradOutput", TRANSPOSED_OUTPUT)
            .with("gradWeights", TRANSPOSED_WEIGHT),
        new Operator(
                "transposed backwardBias",
                true,
                (t, w) -> transposed.backwardBias(t.get("gradOutput"), t.get("gradBias"), w))
            .with("gradOutput", TRANSPOSED_OUTPUT)
            .with("gradBias", 6),
        new Operator(
                "backwardActivation",
                false,
                (t, w) ->
                    conv.backwardActivation(
                        t.get("output"), t.get("gradOutput"), t.get("gradPreActivation")))
            .with("output", OUTPUT)
            .with("gradOutput", OUTPUT)
            .with("gradPreActivation", OUTPUT)
            .inPlace("gradOutput"),
        new Operator(
                "transposed backwardActivation",
                false,
                (t, w) ->
                    transposed.backwardActivation(
                        t.get("output"), t.get("gradOutput"), t.get("gradPreActivation")))
            .with("output", TRANSPOSED_OUTPUT)
            .with("gradOutput", TRANSPOSED_OUTPUT)
            .with("gradPreActivation", TRANSPOSED_OUTPUT)
            .inPlace("gradOutput"),
        new Operator("im2col", false, (t, w) -> im2col.im2col(t.get("image"), t.get("columns")))
            .with("image", INPUT)
            .with("columns", COLUMNS)
            .free("image"),
        new Operator("col2im", false, (t, w) -> im2col.col2im(t.get("columns"), t.get("image")))
            .with("columns", COLUMNS)
            .with("image", INPUT)
            .free("image"));
  }

  /** The operands of one call, right but for what a mistake puts in their place. */
  private static final class Good {
    private final Arena arena;
    private final Operator pass;
    private final Map<String, Guarded> guarded = new LinkedHashMap<>();
    private final Map<String, Tensor> operands = new HashMap<>();
    private Workspace workspace;

    Good(Arena arena, Operator pass) {
      SplittableRandom random = new SplittableRandom(1);
      this.arena = arena;
      this.pass = pass;
      pass.shapes.forEach(
          (name, shape) -> {
            Guarded memory =
                name.equals(pass.output())
                    ? Guarded.nan(arena, DType.F64, shape)
                    : Guarded.random(arena, random, DType.F64, shape);
            guarded.put(name, memory);
            operands.put(name, memory.tensor());
          });
    }

    void call() {
      pass.run.on(operands, workspace);
    }

    Tensor allocate(DType dtype, long... shape) {
      return Tensor.allocate(arena, dtype, shape);
    }

    List<String> bytes() {
      return guarded.values().stream()
          .map(memory -> memory.tensor().segment().toArray(ValueLayout.JAVA_BYTE))
          .map(bytes -> HexFormat.of().formatHex(bytes))
          .toList();
    }
  }

  /** Puts something wrong in place and calls. */
  private interface Mistake {
    void make(Good good) throws InterruptedException;
  }

  private record Misuse(
      String name, Class<? extends Throwable> type, String says, Mistake mistake) {}

  @TestFactory
  Stream<DynamicTest> operands() {
    List<Operator> passes = passes(Algorithm.REFERENCE);
    return passes.stream()
        .flatMap(
            pass ->
                misuses(pass).stream()
                    .map(
                        misuse ->
                            DynamicTest.dynamicTest(
                                pass.name + ": " + misuse.name,
                                () -> {
                                  for (Algorithm algorithm : Algorithms.exact()) {
                                    check(passes(algorithm).get(passes.indexOf(pass)), misuse);
                                  }
                                })));
  }

  @Test
  void withoutAMistakeEveryCallSucceeds() {
    for (Algorithm algorithm : Algorithms.exact()) {
      for (Operator pass : passes(algorithm)) {
        try (Arena arena = Arena.ofConfined()) {
          Good good = new Good(arena, pass);
          good.call();
          for (double value : good.operands.get(pass.output()).toDoubleArray()) {
            assertFalse(Double.isNaN(value), pass.name);
          }
        }
      }
    }
  }

  private static void check(Operator pass, Misuse misuse) {
    try (Arena arena = Arena.ofConfined()) {
      Good good = new Good(arena, pass);
      List<String> before = good.bytes();
      assertRefused(misuse, () -> misuse.mistake.make(good));
      assertEquals(before, good.bytes(), "written before it was refused");
      good.guarded.forEach((name, memory) -> memory.assertCanariesAlive(name));
    }
  }

  private static void assertRefused(Misuse misuse, Executable mistake) {
    Throwable thrown = assertThrows(Throwable.class, mistake);
    String message = String.valueOf(thrown.getMessage());
    assertEquals(misuse.type, thrown.getClass(), message);
    assertTrue(message.contains(misuse.says), message + " lacks " + misuse.says);
    assertFalse(message.contains("\n"), message);
  }

  private static List<Misuse> misuses(Operator pass) {
    List<Misuse> list = new ArrayList<>();
    for (String name : pass.shapes.keySet()) {
      lifetimeMistakes(list, name);
      if (!pass.free.contains(name)) {
        shapeMistakes(list, pass, name);
      }
      list.add(
          argument(
              name + " I64",
              name + ": is I64, must be F64",
              good -> {
                good.operands.put(name, good.allocate(DType.I64, pass.shapes.get(name)));
                good.call();
              }));
      if (!name.equals(pass.output())) {
        overlapMistakes(list, pass, name);
      }
      if (pass.takesWorkspace) {
        workspaceOverlaps(list, name);
      }
    }
    list.add(
        argument(
            "read-only " + pass.output(),
            pass.output() + ": is read-only, must be writable",
            good -> {
              Tensor output = good.operands.get(pass.output());
              MemorySegment readOnly = output.segment().asReadOnly();
              good.operands.put(pass.output(), Tensor.of(readOnly, output.dtype(), output.shape()));
              good.call();
            }));
    return list;
  }

  private static void lifetimeMistakes(List<Misuse> list, String name) {
    for (boolean shared : new boolean[] {false, true}) {
      list.add(
          new Misuse(
              name + " of a closed " + (shared ? "shared" : "confined") + " arena",
              IllegalStateException.class,
              name + ": its arena is closed",
              good -> {
                good.operands.put(name, MisuseTest.closed(good.operands.get(name), shared));
                good.call();
              }));
    }
    list.add(
        new Misuse(
            name + " confined to another thread",
            WrongThreadException.class,
            name + ": its arena is confined to another thread",
            good ->
                MisuseTest.withForeign(
                    good.operands.get(name),
                    other -> {
                      good.operands.put(name, other);
                      good.call();
                    })));
    if (!name.equals("bias")) {
      list.add(
          new Misuse(
              "null " + name,
              NullPointerException.class,
              name,
              good -> {
                good.operands.remove(name);
                good.call();
              }));
    }
  }

  private static void workspaceOverlaps(List<Misuse> list, String name) {
    String says = "workspace: overlaps " + name + ", must not";
    list.add(
        argument(
            "workspace over " + name,
            says,
            good -> {
              good.workspace = good.guarded.get(name).workspace();
              good.call();
            }));
    list.add(
        argument(
            "workspace over the first byte of " + name,
            says,
            good -> {
              Tensor operand = good.operands.get(name);
              MemorySegment around = good.arena.allocate(64 + operand.byteSize(), 64);
              good.workspace = Workspace.allocate(new Guarded.Lender(around.asSlice(0, 64)), 64);
              good.operands.put(name, view(around, 56, operand));
              good.call();
            }));
  }

  private static void shapeMistakes(List<Misuse> list, Operator pass, String name) {
    long[] right = pass.shapes.get(name);
    // Columns that are summed give the type that the image must have.
    boolean givesType = name.equals("columns") && pass.output().equals("image");
    list.add(
        argument(
            name + " of another type",
            givesType ? "image: is F64, must be F32" : name + ": is F32, must be F64",
            good -> {
              good.operands.put(name, good.allocate(DType.F32, right));
              good.call();
            }));
    for (int ones : new int[] {1, 4}) {
      list.add(
          argument(
              name + " of rank " + (ones + 1),
              name + ": shape is [1, ",
              good -> {
                long[] shape = new long[ones + 1];
                Arrays.fill(shape, 1);
                shape[ones] = good.operands.get(name).elementCount();
                good.operands.put(name, good.operands.get(name).reshape(shape));
                good.call();
              }));
    }
    for (int dimension = 0; dimension < right.length; dimension++) {
      for (int change : new int[] {-1, 1}) {
        long[] wrong = right.clone();
        wrong[dimension] += change;
        String says = name + ": shape is " + Arrays.toString(wrong) + ", must be ";
        list.add(
            argument(
                name + " dimension " + dimension + (change < 0 ? " short" : " long"),
                says,
                good -> {
                  good.operands.put(name, good.allocate(DType.F64, wrong));
                  IllegalArgumentException thrown =
                      assertThrows(IllegalArgumentException.class, good::call);
                  assertEquals(says + Arrays.toString(right), thrown.getMessage());
                  throw thrown;
                }));
      }
    }
  }

  private static void overlapMistakes(List<Misuse> list, Operator pass, String name) {
    String output = pass.output();
    for (String how : List.of("first byte", "last byte", "all of it")) {
      if (how.equals("all of it") && pass.inPlace.contains(name)) {
        continue;
      }
      list.add(
          argument(
              output + " over " + name + ", " + how,
              output + ": overlaps " + name + ", must not",
              good -> {
                Tensor written = good.operands.get(output);
                Tensor read = good.operands.get(name);
                long start = read.byteSize();
                MemorySegment around =
                    good.arena.allocate(written.byteSize() + 2 * start, 64).fill((byte) 7);
                long at =
                    switch (how) {
                      case "first byte" -> 8;
                      case "last byte" -> start + written.byteSize() - 8;
                      default -> start;
                    };
                good.operands.put(output, view(around, start, written));
                good.operands.put(name, view(around, at, read));
                byte[] before = around.toArray(ValueLayout.JAVA_BYTE);
                try {
                  good.call();
                } finally {
                  assertTrue(Arrays.equals(before, around.toArray(ValueLayout.JAVA_BYTE)));
                }
              }));
    }
  }

  private static Tensor view(MemorySegment around, long offset, Tensor like) {
    return Tensor.of(around.asSlice(offset, like.byteSize()), like.dtype(), like.shape());
  }

  private static Misuse argument(String name, String says, Mistake mistake) {
    return new Misuse(name, IllegalArgumentException.class, says, mistake);
  }

  @TestFactory
  Stream<DynamicTest> workspaces() {
    List<Misuse> list = new ArrayList<>();
    String tooShort = "too short";
    long bytes = conv(Algorithm.IM2COL).workspaceBytes(Pass.BACKWARD_WEIGHTS);
    list.add(
        argument(
            tooShort,
            "workspace: is 8 bytes, the plan needs ",
            good -> {
              good.workspace = Workspace.allocate(good.arena, 8);
              good.call();
            }));
    list.add(
        new Misuse(
            "in use",
            IllegalStateException.class,
            "workspace: is in use by another call",
            good -> {
              good.workspace = Workspace.allocate(good.arena, 100 * bytes);
              good.workspace.acquire(0);
              good.call();
            }));
    list.add(
        new Misuse(
            "closed",
            IllegalStateException.class,
            "workspace: its arena is closed",
            good -> {
              try (Arena other = Arena.ofShared()) {
                good.workspace = Workspace.allocate(other, 100 * bytes);
              }
              good.call();
            }));
    return passes(Algorithm.IM2COL).stream()
        .filter(Operator::takesWorkspace)
        .flatMap(
            pass ->
                list.stream()
                    // The bias's gradient needs no scratch memory.
                    .filter(misuse -> !misuse.name.equals(tooShort) || !pass.name.endsWith("Bias"))
                    .map(
                        misuse ->
                            DynamicTest.dynamicTest(
                                pass.name + ": " + misuse.name, () -> check(pass, misuse))));
  }

  @TestFactory
  Stream<DynamicTest> planning() {
    List<Misuse> list = new ArrayList<>();
    transposedBuilderMistakes(list);
    transposedPlanMistakes(list);
    transposedOneLinerMistakes(list);
    im2colBuilderMistakes(list);
    im2colShapeMistakes(list);
    assertEquals(list.size(), list.stream().map(Misuse::name).distinct().count());
    Operator any = passes(Algorithm.AUTO).getFirst();
    return list.stream()
        .map(misuse -> DynamicTest.dynamicTest(misuse.name, () -> check(any, misuse)));
  }

  private static void transposedBuilderMistakes(List<Misuse> list) {
    list.add(argument("inC", "inChannels: is 0", g -> ConvTranspose2d.builder(0, 1, 1, 1)));
    list.add(argument("outC", "outChannels: is -1", g -> ConvTranspose2d.builder(1, -1, 1, 1)));
    list.add(argument("kernelH", "kernelH: is 0", g -> ConvTranspose2d.builder(1, 1, 0, 1)));
    list.add(argument("kernelW", "kernelW: is 0", g -> ConvTranspose2d.builder(1, 1, 1, 0)));
    list.add(argument("strideH", "strideH: is 0", g -> transposed().stride(0, 1)));
    list.add(argument("strideW", "strideW: is -2", g -> transposed().stride(1, -2)));
    list.add(argument("dilationH", "dilationH: is 0", g -> transposed().dilation(0, 1)));
    list.add(argument("dilationW", "dilationW: is 0", g -> transposed().dilation(1, 0)));
    list.add(argument("groups", "groups: is 0", g -> transposed().groups(0)));
    list.add(
        argument(
            "groups and inChannels",
            "inChannels: is 4, must be a multiple of groups, which is 3",
            g -> transposed().groups(3).build()));
    list.add(
        argument(
            "groups and outChannels",
            "outChannels: is 6, must be a multiple of groups, which is 4",
            g -> transposed().groups(4).build()));
    list.add(
        argument(
            "padding by a rule",
            "padding: is SAME_UPPER, must be given on four sides",
            g -> transposed().padding(Padding.SAME_UPPER)));
    list.add(
        argument(
            "outputPaddingH -1",
            "outputPaddingH: is -1, must not be negative",
            g -> transposed().outputPadding(-1, 0)));
    list.add(
        argument(
            "outputPaddingW -1",
            "outputPaddingW: is -1, must not be negative",
            g -> transposed().outputPadding(0, -1)));
    list.add(
        argument(
            "outputPaddingH = stride",
            "outputPaddingH: is 2, must be less than stride 2 or dilation 1",
            g -> transposed().outputPadding(2, 0).build()));
    list.add(
        argument(
            "outputPaddingW = dilation above stride",
            "outputPaddingW: is 3, must be less than stride 2 or dilation 3",
            g -> transposed().dilation(1, 3).outputPadding(0, 3).build()));
    list.add(argument("outputH 0", "outputH: is 0", g -> transposed().outputSize(0, 9)));
    list.add(argument("outputW -1", "outputW: is -1", g -> transposed().outputSize(9, -1)));
    list.add(
        argument(
            "weight elements",
            "weight: shape [1, 2147483648, 65536, 65536]",
            g -> ConvTranspose2d.builder(1, 1L << 31, 1L << 16, 1L << 16).build()));
    list.add(nullPointer("padding", g -> transposed().padding(null)));
    list.add(nullPointer("options", g -> transposed().options(null)));
  }

  private static void transposedPlanMistakes(List<Misuse> list) {
    long huge = Long.MAX_VALUE;
    String shape = "must be [N, 4, H, W]";
    list.add(argument("rank 3", shape, g -> plan(transposed(), 4, 6, 7)));
    list.add(argument("rank 5", shape, g -> plan(transposed(), 2, 4, 6, 7, 1)));
    list.add(argument("channels", shape, g -> plan(transposed(), 2, 6, 6, 7)));
    list.add(argument("negative N", "input: shape [-1", g -> plan(transposed(), -1, 4, 6, 7)));
    list.add(argument("no rows", "input: H is 0", g -> plan(transposed(), 2, 4, 0, 7)));
    list.add(argument("no columns", "input: W is 0", g -> plan(transposed(), 2, 4, 6, 0)));
    list.add(
        argument(
            "output too low",
            "outputH: is 10, must be from 11 to 12",
            g -> plan(transposed().outputSize(10, 12), INPUT)));
    list.add(
        argument(
            "output too wide",
            "outputW: is 14, must be from 12 to 13",
            g -> plan(transposed().outputSize(12, 14), INPUT)));
    list.add(
        argument(
            "output lower than its padding lets it",
            "outputH: is 5, must be from 1 to 4",
            g -> plan(one().padding(3).stride(8).outputSize(5, 5), 1, 1, 1, 1)));
    list.add(
        argument(
            "padding eats all rows",
            "output: its H would be 0, must be at least 1",
            g -> plan(one().padding(Padding.of(2, 0, 3, 0)), 1, 1, 3, 3)));
    list.add(
        argument(
            "padding eats all columns",
            "output: its W would be -1, must be at least 1",
            g -> plan(one().padding(Padding.of(0, 3, 0, 3)), 1, 1, 3, 3)));
    list.add(
        argument(
            "padding eats every size",
            "output: its H would be -5, must be at least 1",
            g -> plan(one().padding(5).outputSize(5, 5), 1, 1, 3, 3)));
    String overflow = "output: its H for an input of 9 does not fit a long";
    list.add(argument("paddings overflow", overflow, g -> plan(one().padding(huge), 1, 1, 9, 9)));
    list.add(argument("strides overflow", overflow, g -> plan(one().stride(huge), 1, 1, 9, 9)));
    list.add(argument("dilation overflows", overflow, g -> plan(one().dilation(huge), 1, 1, 9, 9)));
    list.add(
        argument(
            "output elements",
            "output: shape [1, 1, ",
            g -> plan(one().stride(1L << 40), 1, 1, 9, 9)));
    list.add(nullPointer("dtype", g -> transposed().build().plan(null, INPUT)));
    list.add(nullPointer("inputShape", g -> plan(transposed(), (long[]) null)));
    list.add(
        new Misuse(
            "null plan options",
            NullPointerException.class,
            "options",
            g -> transposed().build().plan(null, DType.F64, INPUT)));
    list.add(
        argument(
            "I64", "is I64, must be F64 or F32", g -> transposed().build().plan(DType.I64, INPUT)));
    list.add(
        argument(
            "too little scratch memory",
            "maxWorkspaceBytes: is 8, IM2COL needs at least ",
            g ->
                transposed()
                    .options(
                        PlanOptions.defaults()
                            .withAlgorithm(Algorithm.IM2COL)
                            .withMaxWorkspaceBytes(8))
                    .build()
                    .plan(DType.F64, INPUT)));
  }

  private static void transposedOneLinerMistakes(List<Misuse> list) {
    ConvTranspose2d conv = transposed().build();
    list.add(nullPointer("arena", g -> conv.forward(null, f64(g, INPUT), f64(g, 1), null)));
    list.add(nullPointer("input", g -> conv.forward(g.arena, null, f64(g, 1), null)));
    list.add(nullPointer("weight", g -> conv.forward(g.arena, f64(g, INPUT), null, null)));
    list.add(
        argument(
            "one-liner I64",
            "input: is I64, must be F64 or F32",
            g -> conv.forward(g.arena, g.allocate(DType.I64, INPUT), f64(g, 1), null)));
    list.add(
        argument(
            "one-liner weight as a convolution's",
            "weight: shape is [6, 2, 3, 2], must be [4, 3, 3, 2]",
            g -> conv.forward(g.arena, f64(g, INPUT), f64(g, WEIGHT), null)));
    list.add(
        argument(
            "one-liner bias",
            "bias: shape is [4], must be [6]",
            g -> conv.forward(g.arena, f64(g, INPUT), f64(g, TRANSPOSED_WEIGHT), f64(g, 4))));
  }

  private static void im2colBuilderMistakes(List<Misuse> list) {
    list.add(argument("im2col kernelH", "kernelH: is 0", g -> Im2col.builder(0, 1)));
    list.add(argument("im2col kernelW", "kernelW: is -1", g -> Im2col.builder(1, -1)));
    list.add(argument("im2col strideH", "strideH: is 0", g -> im2col().stride(0, 1)));
    list.add(argument("im2col strideW", "strideW: is 0", g -> im2col().stride(1, 0)));
    list.add(argument("im2col dilationH", "dilationH: is 0", g -> im2col().dilation(0, 1)));
    list.add(argument("im2col dilationW", "dilationW: is 0", g -> im2col().dilation(1, 0)));
    list.add(argument("im2col threads", "threads: is 0", g -> im2col().threads(0)));
    list.add(nullPointer("layout", g -> im2col().layout(null)));
    list.add(
        new Misuse(
            "im2col null padding",
            NullPointerException.class,
            "padding",
            g -> im2col().padding(null)));
  }

  private static void im2colShapeMistakes(List<Misuse> list) {
    Im2col im2col = im2col().build();
    list.add(
        argument(
            "im2col rank 3",
            "image: shape is [4, 6, 7], must be [N, C, H, W]",
            g -> im2col.columnsShape(4, 6, 7)));
    list.add(
        argument(
            "im2col tensor of rank 3",
            "image: shape is [8, 6, 7], must be [N, C, H, W]",
            g -> im2col.im2col(f64(g, 8, 6, 7), f64(g, COLUMNS))));
    list.add(
        argument(
            "im2col negative C", "image: shape [2, -4", g -> im2col.columnsShape(2, -4, 6, 7)));
    list.add(
        argument(
            "im2col kernel above image",
            "kernelH: spans 3 with its dilation, the padded image has 2",
            g -> im2col.columnsShape(2, 4, 0, 7)));
    list.add(
        argument(
            "im2col elements",
            "image: shape [4294967296",
            g -> im2col.columnsShape(1L << 32, 4, 1L << 32, 7)));
    list.add(
        argument(
            "im2col columns' elements",
            "columns: shape [",
            g -> im2col.columnsShape(1L << 55, 1, 5, 5)));
    list.add(
        argument(
            "im2col channels times kernel, batch 0",
            "columns: shape [4611686018427387904, 3, 2]",
            g -> im2col.columnsShape(0, 1L << 62, 5, 5)));
    list.add(
        argument(
            "im2col pixels, no channels",
            "columns: shape [4611686018427387904, 5, 6]",
            g -> im2col.columnsShape(1L << 62, 0, 5, 5)));
    list.add(nullPointer("imageShape", g -> im2col.columnsShape((long[]) null)));
    list.add(
        new Misuse(
            "im2col null arena",
            NullPointerException.class,
            "arena",
            g -> im2col.im2col((Arena) null, f64(g, INPUT))));
    list.add(
        new Misuse(
            "col2im null arena",
            NullPointerException.class,
            "arena",
            g -> im2col.col2im(null, f64(g, COLUMNS), INPUT)));
    list.add(nullPointer("image", g -> im2col.im2col(g.arena, null)));
    list.add(nullPointer("columns", g -> im2col.col2im(g.arena, null, INPUT)));
    list.add(
        argument(
            "col2im of other columns",
            "columns: shape is [95, 24], must be [96, 24]",
            g -> im2col.col2im(g.arena, f64(g, 95, 24), INPUT)));
    list.add(
        argument(
            "columns of another type than the image",
            "columns: is F64, must be F32",
            g -> im2col.im2col(g.allocate(DType.F32, INPUT), f64(g, COLUMNS))));
  }

  private static Tensor f64(Good good, long... shape) {
    return good.allocate(DType.F64, shape);
  }

  private static ConvTranspose2d.Builder one() {
    return ConvTranspose2d.builder(1, 1, 3, 3);
  }

  private static void plan(ConvTranspose2d.Builder builder, long... shape) {
    builder.build().plan(DType.F64, shape);
  }

  private static Misuse nullPointer(String argument, Mistake mistake) {
    return new Misuse("null " + argument, NullPointerException.class, argument, mistake);
  }
}
