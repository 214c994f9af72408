package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.WorkspaceLayout;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the plans of both convolutions answer, and that they name passes as the caller does. */
class ConvPlanTest {
  private static final long[] SMALL = {2, 8, 5, 7};
  private static final long[] LARGE = {2, 6, 11, 15};

  private static PlanOptions options(Algorithm algorithm) {
    return PlanOptions.defaults().withThreads(3).withAlgorithm(algorithm);
  }

  private static ConvTranspose2dPlan transposed(Algorithm algorithm) {
    return ConvTranspose2d.builder(8, 6, 3, 3)
        .stride(2)
        .build()
        .plan(options(algorithm), DType.F32, SMALL);
  }

  /** The convolution whose adjoint {@link #transposed} is. */
  private static Conv2dPlan adjoint(Algorithm algorithm) {
    return Conv2d.builder(6, 8, 3, 3).stride(2).build().plan(options(algorithm), DType.F32, LARGE);
  }

  private static Pass inAdjoint(Pass pass) {
    return switch (pass) {
      case FORWARD -> Pass.BACKWARD_INPUT;
      case BACKWARD_INPUT -> Pass.FORWARD;
      default -> pass;
    };
  }

  private static String line(ConvPlan plan, Pass pass) {
    return plan.explain()
        .lines()
        .filter(line -> line.startsWith(pass + ": "))
        .map(line -> line.substring(pass.name().length()))
        .findFirst()
        .orElse("");
  }

  @Test
  void passesAreNamedAsOfTheTransposedConvolution() {
    for (Algorithm algorithm : Algorithms.exact()) {
      ConvPlan plan = transposed(algorithm);
      ConvPlan adjoint = adjoint(algorithm);
      for (Pass pass : Pass.values()) {
        assertEquals(line(adjoint, inAdjoint(pass)), line(plan, pass));
        assertEquals(adjoint.workspaceBytes(inAdjoint(pass)), plan.workspaceBytes(pass));
        assertEquals(adjoint.algorithm(inAdjoint(pass)), plan.algorithm(pass));
      }
      assertEquals(adjoint.workspaceBytes(), plan.workspaceBytes());
      assertEquals(adjoint.flops(), plan.flops());
      assertArrayEquals(adjoint.weightShape(), plan.weightShape());
      assertArrayEquals(adjoint.inputShape(), plan.outputShape());
      assertArrayEquals(adjoint.outputShape(), plan.inputShape());
    }
    ConvPlan plan = transposed(Algorithm.IM2COL);
    assertNotEquals(line(plan, Pass.BACKWARD_INPUT), line(plan, Pass.FORWARD));
    assertTrue(plan.explain().startsWith("FORWARD: IM2COL (as asked): "), plan.explain());
  }

  @Test
  void convolutionsTellTheirShapesAndOptions() {
    PlanOptions options = options(Algorithm.REFERENCE).withExact(true);
    Conv2d conv = Conv2d.builder(6, 8, 3, 5).groups(2).options(options).build();
    ConvTranspose2d transposed =
        ConvTranspose2d.builder(6, 8, 3, 5).groups(2).options(options).build();
    for (Convolution<?> each : List.of(conv, transposed)) {
      assertEquals(6, each.inChannels());
      assertEquals(8, each.outChannels());
      assertEquals(options, each.options());
      assertArrayEquals(each.plan(DType.F32, 1, 6, 9, 9).weightShape(), each.weightShape());
    }
    assertArrayEquals(new long[] {8, 3, 3, 5}, conv.weightShape());
    assertArrayEquals(new long[] {6, 4, 3, 5}, transposed.weightShape());
  }

  @Test
  void everyPassOfATransposedConvolutionTellsItsAlgorithm() {
    ConvPlan plan =
        ConvTranspose2d.builder(8, 6, 3, 3)
            .padding(1)
            .build()
            .plan(options(Algorithm.WINOGRAD), DType.F64, SMALL);

    assertEquals(Algorithm.WINOGRAD, plan.algorithm());
    assertEquals(Algorithm.WINOGRAD, plan.algorithm(Pass.FORWARD));
    assertEquals(Algorithm.WINOGRAD, plan.algorithm(Pass.BACKWARD_INPUT));
    assertEquals(Algorithm.WINOGRAD, plan.algorithm(Pass.BACKWARD_WEIGHTS));
    assertEquals(Algorithm.REFERENCE, plan.algorithm(Pass.BACKWARD_BIAS));
    assertEquals(0, plan.workspaceBytes(Pass.BACKWARD_BIAS));
    assertEquals("pass", assertThrows(NullPointerException.class, () -> ask(plan)).getMessage());
  }

  private static Algorithm ask(ConvPlan plan) {
    return plan.algorithm(null);
  }

  @Test
  void plansSayWhatTheyAre() {
    assertEquals(3, transposed(Algorithm.AUTO).threads());
    assertEquals(
        "ConvTranspose2dPlan[F32, [2, 8, 5, 7] → [2, 6, 11, 15], weight [8, 6, 3, 3], IM2COL,"
            + " threads 3]",
        transposed(Algorithm.IM2COL).toString());
    assertEquals(
        "Conv2dPlan[F32, [2, 6, 11, 15] → [2, 8, 5, 7], weight [8, 6, 3, 3], REFERENCE, threads 3]",
        adjoint(Algorithm.REFERENCE).toString());
    try (Arena arena = Arena.ofConfined()) {
      assertEquals("Workspace[100 bytes]", Workspace.allocate(arena, 100).toString());
    }
  }

  @Test
  void operatorsSayWhatTheyAre() {
    String window = "kernel 3×5, stride 2×2, dilation 1×1";
    assertEquals(
        "Conv2d[4 → 6, " + window + ", groups 2, padding SAME_UPPER]",
        Conv2d.builder(4, 6, 3, 5)
            .stride(2)
            .groups(2)
            .padding(Padding.Same.UPPER)
            .build()
            .toString());
    assertEquals(
        "Conv2d[4 → 6, " + window + ", groups 1, padding top 1, left 2, bottom 3, right 4]",
        Conv2d.builder(4, 6, 3, 5).stride(2).padding(Padding.of(1, 2, 3, 4)).build().toString());
    assertEquals(
        "ConvTranspose2d[4 → 6, " + window + ", groups 1, padding VALID, output padding 1×0]",
        ConvTranspose2d.builder(4, 6, 3, 5).stride(2).outputPadding(1, 0).build().toString());
    assertEquals(
        "ConvTranspose2d[4 → 6, " + window + ", groups 1, padding VALID, output size 8×9]",
        ConvTranspose2d.builder(4, 6, 3, 5).stride(2).outputSize(8, 9).build().toString());
    assertEquals(
        "Im2col[" + window + ", padding VALID, ROWS]",
        Im2col.builder(3, 5).stride(2).build().toString());
  }

  @Test
  void shapesAreCopies() {
    ConvPlan plan = transposed(Algorithm.AUTO);
    for (long[] shape : List.of(plan.inputShape(), plan.weightShape(), plan.outputShape())) {
      shape[0] = -1;
    }
    assertArrayEquals(SMALL, plan.inputShape());
    assertArrayEquals(new long[] {8, 6, 3, 3}, plan.weightShape());
    assertArrayEquals(LARGE, plan.outputShape());
  }

  /** A tiling that computes in arrays on the heap. */
  private static final class HeapTiling implements Tiling {
    @Override
    public long tileCount() {
      return 2;
    }

    @Override
    public long workspaceBytes() {
      return 128;
    }

    @Override
    public long heapBytes() {
      return 1000;
    }

    @Override
    public String describe() {
      return "2 tiles";
    }
  }

  @Test
  void arraysOnTheHeapCountButTakeNoRoomInAWorkspace() {
    HeapTiling tiling = new HeapTiling();
    WorkspaceLayout layout = WorkspaceLayout.of(0, tiling.workspaceBytes(), 2);
    PassChoice choice =
        new PassChoice(
            Algorithm.DIRECT,
            "as asked",
            new PassPlan(tiling, (a, b, bias, c) -> null),
            2,
            layout,
            2000);

    assertEquals(2256, choice.workspaceBytes());
    assertEquals(
        "DIRECT (as asked): 2 tiles; workspace 2256 bytes, 2000 of them on the heap",
        choice.explain());
  }

  @Test
  void workspaceBytesAreNativeAndHeapMemoryOfEachThread() {
    for (ConvPlan plan :
        List.of(transposed(Algorithm.IM2COL), adjoint(Algorithm.IM2COL), depthwise())) {
      for (Pass pass : Pass.values()) {
        PassChoice choice = plan.choice(pass);
        if (choice != null) {
          Tiling tiling = choice.plan().tiling();
          long threads = Math.min(plan.threads(), tiling.tileCount());
          long heap = threads * (Math.ceilDiv(tiling.heapBytes(), 64) * 64);
          assertEquals(choice.layout().bytes() + heap, plan.workspaceBytes(pass));
        }
      }
    }
  }

  private static ConvPlan depthwise() {
    return Conv2d.builder(6, 6, 3, 3).groups(6).build().plan(DType.F32, LARGE);
  }

  @Test
  void aTransposedConvolutionKeepsItsPlans() {
    ConvTranspose2d conv = ConvTranspose2d.builder(1, 2, 3, 3).build();
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = Tensor.allocate(arena, DType.F64, 1, 1, 4, 5);
      Tensor weight = Tensor.allocate(arena, DType.F64, 1, 2, 3, 3);
      assertPlansAreKept(conv.plans, arena, input);
      ConvTranspose2dPlan plan = conv.plans.plan(input);
      conv.forward(arena, input, weight, null);
      assertSame(plan, conv.plans.plan(input));
    }
  }

  @Test
  void aConvolutionKeepsItsPlans() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = Tensor.allocate(arena, DType.F64, 1, 1, 4, 5);
      assertPlansAreKept(Conv2d.builder(1, 2, 3, 3).build().plans, arena, input);
    }
  }

  private static void assertPlansAreKept(
      PlanCache<? extends ConvPlan> plans, Arena arena, Tensor input) {
    ConvPlan first = plans.plan(input);
    Tensor single = Tensor.allocate(arena, DType.F32, input.shape());
    assertNotSame(first, plans.plan(single));
    for (int n = 2; n < 64; n++) {
      Tensor batch = Tensor.allocate(arena, DType.F64, n, 1, 4, 5);
      assertArrayEquals(batch.shape(), plans.plan(batch).inputShape());
    }
    assertSame(first, plans.plan(Tensor.allocate(arena, DType.F64, input.shape())));
    plans.plan(Tensor.allocate(arena, DType.F64, 64, 1, 4, 5));
    assertNotSame(first, plans.plan(input), "64 plans are kept at most");
  }
}
