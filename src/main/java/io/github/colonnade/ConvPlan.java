package io.github.colonnade;

import static io.github.colonnade.Operands.requireDisjoint;
import static io.github.colonnade.Operands.requireDisjointOrSame;
import static io.github.colonnade.Operands.requireInput;
import static io.github.colonnade.Operands.requireOutput;
import static io.github.colonnade.Operands.shareable;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.BackwardBias;
import io.github.colonnade.internal.conv.BackwardEpilogue;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceCap;
import io.github.colonnade.internal.memory.WorkspaceLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A convolution, transposed or not, for inputs of one shape and type: the algorithm, the tiles and
 * the scratch memory of each pass are decided. Immutable, and safe to share between threads.
 *
 * <p>Each pass takes its inputs, then its outputs, then optionally a {@link Workspace}; without one
 * it uses scratch memory that the library keeps. All arguments are checked before anything is
 * written. Every pass throws
 *
 * <ul>
 *   <li>{@link NullPointerException} naming the operand that is null and must not be;
 *   <li>{@link IllegalArgumentException} naming the operand, its type or shape and the one
 *       required, or the operand that an output or the workspace overlaps, or the bytes that the
 *       workspace lacks;
 *   <li>{@link IllegalStateException} if an operand's arena is closed, or the workspace is in use;
 *   <li>{@link WrongThreadException} if an operand's arena is confined to another thread.
 * </ul>
 *
 * <p>Many batches of one shape:
 *
 * {@snippet file="io/github/colonnade/examples/ReusePlan.java" region="reuse"}
 *
 * <p>The gradients:
 *
 * {@snippet file="io/github/colonnade/examples/Gradients.java" region="gradients"}
 */
@SuppressWarnings("exports") // @Nullable is for who has it.
public abstract sealed class ConvPlan permits Conv2dPlan, ConvTranspose2dPlan {
  private static final String WEIGHT = "weight";

  private final ConvGeometry geometry;
  private final boolean transposed;
  private final DType dtype;
  private final ElementType type;
  private final int threads;
  private final Activation activation;
  private final Epilogue epilogue;
  private final WorkspaceCap cap;
  private final long[] inputShape;
  private final long[] weightShape;
  private final long[] biasShape;
  private final long[] outputShape;
  private final PassChoice forward;
  private final PassChoice backwardInput;
  private final PassChoice backwardWeights;

  /**
   * Decides everything.
   *
   * @param geometry of the convolution, or of the one whose adjoint this is
   * @param transposed whether it is the adjoint: the geometry's input is then the output
   */
  ConvPlan(ConvGeometry geometry, boolean transposed, DType dtype, PlanOptions options) {
    ConvGeometry g = geometry;
    long[] from = {g.batch(), g.inChannels(), g.inH(), g.inW()};
    long[] to = {g.batch(), g.outChannels(), g.outH(), g.outW()};
    this.geometry = geometry;
    this.transposed = transposed;
    this.dtype = dtype;
    this.threads = options.threads();
    activation = options.activation();
    epilogue = Epilogue.valueOf(activation.name());
    inputShape = transposed ? to : from;
    outputShape = transposed ? from : to;
    weightShape = new long[] {g.outChannels(), g.groupInChannels(), g.kernelH(), g.kernelW()};
    biasShape = new long[] {outputShape[1]};
    Shapes.byteSize("input", dtype, inputShape);
    Shapes.byteSize("output", dtype, outputShape);
    type = Operands.elementType("dtype", dtype);
    cap = options.workspaceCap(operandBytes());
    PassChoice there = choice(ConvPass.FORWARD, options);
    PassChoice back = choice(ConvPass.BACKWARD_INPUT, options);
    forward = transposed ? back : there;
    backwardInput = transposed ? there : back;
    backwardWeights = choice(ConvPass.BACKWARD_WEIGHTS, options);
  }

  private PassChoice choice(ConvPass pass, PlanOptions options) {
    Epilogue after = pass == forwardPass() ? epilogue : Epilogue.NONE;
    boolean prepared = options.preparedWeights() && pass != ConvPass.BACKWARD_WEIGHTS;
    return PassChoice.of(new ConvProblem(pass, geometry, type, cap, after, prepared), options);
  }

  /** Returns what the forward pass is to the geometry. */
  private ConvPass forwardPass() {
    return transposed ? ConvPass.BACKWARD_INPUT : ConvPass.FORWARD;
  }

  /** Returns the bytes of input, weight and output; a double, since they may exceed a long. */
  double operandBytes() {
    double elements = 0;
    for (long[] shape : new long[][] {inputShape, weightShape, outputShape}) {
      double product = 1;
      for (long size : shape) {
        product *= size;
      }
      elements += product;
    }
    return elements * type.bytes();
  }

  /** Returns the forward pass, for weights that are prepared for it. */
  final PassPlan forwardPlan() {
    return forward.plan();
  }

  /** Returns the input's gradient, for weights that are prepared for it. */
  final PassPlan backwardInputPlan() {
    return backwardInput.plan();
  }

  /** Returns what was decided for a pass, or null for the bias's gradient, which has no choice. */
  final @Nullable PassChoice choice(Pass pass) {
    return switch (Objects.requireNonNull(pass, "pass")) {
      case FORWARD -> forward;
      case BACKWARD_INPUT -> backwardInput;
      case BACKWARD_WEIGHTS -> backwardWeights;
      case BACKWARD_BIAS -> null;
    };
  }

  /** {@return the forward pass's algorithm, never {@link Algorithm#AUTO}} */
  public Algorithm algorithm() {
    return forward.algorithm();
  }

  /**
   * Returns the algorithm of a pass; the bias's gradient is always a plain sum, {@link
   * Algorithm#REFERENCE}.
   *
   * @param pass which one
   * @return the algorithm, never {@link Algorithm#AUTO}
   */
  public Algorithm algorithm(Pass pass) {
    PassChoice choice = choice(pass);
    return choice == null ? Algorithm.REFERENCE : choice.algorithm();
  }

  /** {@return what the forward pass does to its output} */
  public Activation activation() {
    return activation;
  }

  /** {@return the threads of a call at most, the caller's included; see {@link PlanOptions}} */
  public int threads() {
    return threads;
  }

  /** {@return the scratch memory in bytes that is enough for every pass, as of each pass} */
  public long workspaceBytes() {
    long most = 0;
    for (Pass pass : Pass.values()) {
      most = Math.max(most, workspaceBytes(pass));
    }
    return most;
  }

  /**
   * Returns the scratch memory of a call that has all threads which the plan allows: native memory,
   * and arrays on the heap. A call with fewer takes less. A {@link Workspace} of that size always
   * suffices; it holds the native part. Not counted are copies of operands that are mapped from
   * files ({@link Npy#map}).
   *
   * @param pass which one
   * @return bytes
   */
  public long workspaceBytes(Pass pass) {
    PassChoice choice = choice(pass);
    return choice == null ? 0 : choice.workspaceBytes();
  }

  /** {@return the element type of every operand} */
  public DType dtype() {
    return dtype;
  }

  /** {@return a copy of the input's shape, {@code N, C, H, W}} */
  public long[] inputShape() {
    return inputShape.clone();
  }

  /**
   * Returns the weight's shape.
   *
   * @return a copy of {@code O, C/groups, KH, KW}, of a transposed convolution {@code C, O/groups,
   *     KH, KW}
   */
  public long[] weightShape() {
    return weightShape.clone();
  }

  /** {@return a copy of the output's shape, {@code N, O, OH, OW}} */
  public long[] outputShape() {
    return outputShape.clone();
  }

  /**
   * Counts the additions and multiplications in the definition, including those with padding zeros
   * and those whose result a transposed convolution's padding cuts off; the input's and the
   * weight's gradient each take as many as the forward pass.
   *
   * @return operations of one forward pass
   */
  public double flops() {
    return 2.0 * geometry.outPixels() * geometry.outChannels() * geometry.depth();
  }

  /**
   * Explains the choice to people: the algorithm, tiles and bytes of each pass.
   *
   * @return a line for the activation if there is one, one for each pass that has a choice, one for
   *     the scratch memory allowed, and one for comparison
   */
  public String explain() {
    StringBuilder text = new StringBuilder();
    if (activation != Activation.NONE) {
      text.append("activation ").append(activation).append(", in the forward pass's tiles\n");
    }
    for (Pass pass : Pass.values()) {
      PassChoice choice = choice(pass);
      if (choice != null) {
        text.append(pass).append(": ").append(choice.explain()).append('\n');
      }
    }
    text.append("scratch memory: at most ").append(cap.threadBytes()).append(" bytes a thread");
    if (cap.sharedBytes() > cap.threadBytes()) {
      text.append(", or ").append(cap.sharedBytes()).append(" in all where that is more");
    }
    text.append('\n');
    double columnBytes =
        (double) geometry.depth() * geometry.groups() * geometry.outPixels() * type.bytes();
    return text.append(
            String.format("(the whole column matrix would take %.1f MB)", columnBytes / 1e6))
        .toString();
  }

  /**
   * Computes the output, {@code [N, C, H, W] → [N, O, OH, OW]}, as the operator defines it, and
   * applies the {@link #activation}: with the bits that a pass of its own over the output would
   * have.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight of {@link #weightShape}. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O, OH, OW]}. Overwritten; must not overlap the others.
   */
  public void forward(Tensor input, Tensor weight, @Nullable Tensor bias, Tensor output) {
    forward(input, weight, bias, output, null);
  }

  /**
   * As {@link #forward(Tensor, Tensor, Tensor, Tensor)}, in the caller's scratch memory.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight of {@link #weightShape}. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O, OH, OW]}. Overwritten; must not overlap the others.
   * @param workspace of {@link #workspaceBytes(Pass)} or more, or null. Overwritten; must not
   *     overlap the others.
   */
  public void forward(
      Tensor input,
      Tensor weight,
      @Nullable Tensor bias,
      Tensor output,
      @Nullable Workspace workspace) {
    forward(input, weight, null, bias, output, workspace);
  }

  /**
   * As {@link #forward(Tensor, Tensor, Tensor, Tensor)}, with weights that this plan, or one that
   * decided the same, has {@linkplain #prepare prepared}: the same bits, sooner.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight the prepared weights. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O, OH, OW]}. Overwritten; must not overlap the others.
   */
  public void forward(Tensor input, PreparedWeights weight, @Nullable Tensor bias, Tensor output) {
    forward(input, weight, bias, output, null);
  }

  /**
   * As {@link #forward(Tensor, PreparedWeights, Tensor, Tensor)}, in the caller's scratch memory.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight the prepared weights. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O, OH, OW]}. Overwritten; must not overlap the others.
   * @param workspace of {@link #workspaceBytes(Pass)} or more, or null. Overwritten; must not
   *     overlap the others.
   */
  public void forward(
      Tensor input,
      PreparedWeights weight,
      @Nullable Tensor bias,
      Tensor output,
      @Nullable Workspace workspace) {
    Objects.requireNonNull(weight, WEIGHT);
    forward(input, weight.memory(), weight, bias, output, workspace);
  }

  /** Computes the output with weights that are in a tensor, or in the prepared ones' memory. */
  private void forward(
      Tensor input,
      Tensor weight,
      @Nullable PreparedWeights prepared,
      @Nullable Tensor bias,
      Tensor output,
      @Nullable Workspace workspace) {
    requireForward(input, weight, prepared, bias);
    requireOutput("output", output, dtype, outputShape);
    requireDisjoint("output", output, workspace, "input", input);
    requireDisjoint("output", output, workspace, WEIGHT, weight);
    requireDisjoint("output", output, workspace, "bias", bias);
    requireDisjoint(workspace, "output", output);
    if (output.elementCount() == 0) {
      // If one size is zero, nothing bounds the others: their products need not fit a long.
      return;
    }
    long staged = Staging.bytes(input, weight, bias, output);
    if (staged > 0) {
      Staging.run(
          staged,
          copies ->
              forward(
                  copies.in(input),
                  copies.in(weight),
                  prepared,
                  bias == null ? null : copies.in(bias),
                  copies.out(output),
                  workspace));
      return;
    }
    MemorySegment x = shareable(input.segment());
    @Nullable MemorySegment b = bias == null ? null : shareable(bias.segment());
    MemorySegment y = shareable(output.segment());
    if (prepared == null) {
      forward.run(x, shareable(weight.segment()), b, y, workspace);
    } else {
      forward.run(x, prepared.forward(), b, y, workspace);
    }
  }

  /** Computes the output in new memory. */
  final Tensor forwardInto(Arena arena, Tensor input, Tensor weight, @Nullable Tensor bias) {
    requireForward(input, weight, null, bias);
    Tensor output = Tensor.allocate(arena, dtype, outputShape);
    forward(input, weight, bias, output);
    return output;
  }

  private void requireForward(
      Tensor input, Tensor weight, @Nullable PreparedWeights prepared, @Nullable Tensor bias) {
    requireInput("input", input, dtype, inputShape);
    requireWeight(weight, prepared);
    if (bias != null) {
      requireInput("bias", bias, dtype, biasShape);
    }
  }

  private void requireWeight(Tensor weight, @Nullable PreparedWeights prepared) {
    if (prepared == null) {
      requireInput(WEIGHT, weight, dtype, weightShape);
    } else {
      prepared.requireFor(this);
    }
  }

  /**
   * Lays out weights once, as the forward pass and the input's gradient read them, for many calls.
   *
   * @param arena owner of the memory, {@link PreparedWeights#byteSize}
   * @param weight of {@link #weightShape}. Not modified; what is written to it later is not seen.
   * @return the prepared weights
   * @throws IllegalArgumentException if the arena is the caller's own class and gives memory that
   *     is too short, misaligned, on the heap or read-only
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   */
  public PreparedWeights prepare(Arena arena, Tensor weight) {
    Objects.requireNonNull(arena, "arena");
    requireInput(WEIGHT, weight, dtype, weightShape);
    return PreparedWeights.of(this, arena, weight);
  }

  /** Checks that weights which another plan has prepared are as this one reads them. */
  final void requireAsPrepared(ConvPlan other) {
    requireAsPrepared("operator", getClass().getSimpleName(), other.getClass().getSimpleName());
    requireAsPrepared("type", dtype, other.dtype);
    requireAsPrepared("weight", weightShape, other.weightShape);
    requireAsPrepared("input", inputShape, other.inputShape);
    requireAsPrepared("output", outputShape, other.outputShape);
    requireAsPrepared("rows", geometry.vertical(), other.geometry.vertical());
    requireAsPrepared("columns", geometry.horizontal(), other.geometry.horizontal());
    for (Pass pass : new Pass[] {Pass.FORWARD, Pass.BACKWARD_INPUT}) {
      requireAsPrepared(pass + " by", algorithm(pass), other.algorithm(pass));
    }
    requireAsPrepared("scratch memory", cap, other.cap);
  }

  private static void requireAsPrepared(String what, Object own, Object others) {
    if (!Objects.deepEquals(own, others)) {
      throw new IllegalArgumentException(
          "weight: was prepared for %s %s, this plan has %s"
              .formatted(what, text(others), text(own)));
    }
  }

  private static String text(Object value) {
    return switch (value) {
      case long[] shape -> Arrays.toString(shape);
      case Axis axis ->
          "stride %d, dilation %d and padding %d and %d"
              .formatted(axis.stride(), axis.dilation(), axis.padBefore(), axis.padAfter());
      case WorkspaceCap bytes -> bytes.threadBytes() + " to " + bytes.sharedBytes() + " bytes";
      default -> value.toString();
    };
  }

  /**
   * Takes a gradient back through the {@link #activation}, {@code [N, O, OH, OW] → [N, O, OH, OW]}:
   * it is zero where the output is zero or less, and {@code gradOutput} elsewhere, which is where
   * the output is NaN as well, as in PyTorch. Without an activation it is {@code gradOutput}.
   *
   * <p>The other gradients are those of the sum, bias included, that the activation was applied to:
   * of a plan with an activation, {@code gradPreActivation} is what {@link #backwardInput}, {@link
   * #backwardWeights} and {@link #backwardBias} take for {@code gradOutput}. It needs no scratch
   * memory.
   *
   * @param output {@code [N, O, OH, OW]}, as the forward pass left it. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}, with respect to the output. Not modified.
   * @param gradPreActivation {@code [N, O, OH, OW]}, with respect to the sum. Overwritten; may be
   *     {@code gradOutput}, or lie in all of its memory, and must not overlap otherwise.
   */
  public void backwardActivation(Tensor output, Tensor gradOutput, Tensor gradPreActivation) {
    requireInput("output", output, dtype, outputShape);
    requireInput("gradOutput", gradOutput, dtype, outputShape);
    requireOutput("gradPreActivation", gradPreActivation, dtype, outputShape);
    requireDisjoint("gradPreActivation", gradPreActivation, "output", output);
    requireDisjointOrSame("gradPreActivation", gradPreActivation, "gradOutput", gradOutput);
    boolean inPlace = Operands.sameMemory(gradPreActivation, gradOutput);
    if (output.elementCount() == 0 || (inPlace && epilogue == Epilogue.NONE)) {
      return;
    }
    long staged = Staging.bytes(output, gradOutput, gradPreActivation);
    if (staged > 0) {
      Staging.run(
          staged,
          copies ->
              backwardActivation(
                  copies.in(output), copies.in(gradOutput), copies.out(gradPreActivation)));
      return;
    }
    BackwardEpilogue task =
        new BackwardEpilogue(
            epilogue,
            type,
            output.elementCount(),
            shareable(output.segment()),
            shareable(gradOutput.segment()),
            shareable(gradPreActivation.segment()));
    Execution.run(task, threads);
  }

  /**
   * Computes the gradient with respect to the input, the adjoint of the forward pass: {@code [N, O,
   * OH, OW] → [N, C, H, W]}. No padding meets a weight here: an infinite or NaN weight is in the
   * pixels that it reaches and in no others.
   *
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param weight of {@link #weightShape}. Not modified.
   * @param gradInput {@code [N, C, H, W]}. Overwritten; must not overlap the others.
   */
  public void backwardInput(Tensor gradOutput, Tensor weight, Tensor gradInput) {
    backwardInput(gradOutput, weight, gradInput, null);
  }

  /**
   * As {@link #backwardInput(Tensor, Tensor, Tensor)}, in the caller's scratch memory.
   *
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param weight of {@link #weightShape}. Not modified.
   * @param gradInput {@code [N, C, H, W]}. Overwritten; must not overlap the others.
   * @param workspace of {@link #workspaceBytes(Pass)} or more, or null. Overwritten; must not
   *     overlap the others.
   */
  public void backwardInput(
      Tensor gradOutput, Tensor weight, Tensor gradInput, @Nullable Workspace workspace) {
    backwardInput(gradOutput, weight, null, gradInput, workspace);
  }

  /**
   * As {@link #backwardInput(Tensor, Tensor, Tensor)}, with weights that this plan, or one that
   * decided the same, has {@linkplain #prepare prepared}: the same bits, sooner.
   *
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param weight the prepared weights. Not modified.
   * @param gradInput {@code [N, C, H, W]}. Overwritten; must not overlap the others.
   */
  public void backwardInput(Tensor gradOutput, PreparedWeights weight, Tensor gradInput) {
    backwardInput(gradOutput, weight, gradInput, null);
  }

  /**
   * As {@link #backwardInput(Tensor, PreparedWeights, Tensor)}, in the caller's scratch memory.
   *
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param weight the prepared weights. Not modified.
   * @param gradInput {@code [N, C, H, W]}. Overwritten; must not overlap the others.
   * @param workspace of {@link #workspaceBytes(Pass)} or more, or null. Overwritten; must not
   *     overlap the others.
   */
  public void backwardInput(
      Tensor gradOutput, PreparedWeights weight, Tensor gradInput, @Nullable Workspace workspace) {
    Objects.requireNonNull(weight, WEIGHT);
    backwardInput(gradOutput, weight.memory(), weight, gradInput, workspace);
  }

  private void backwardInput(
      Tensor gradOutput,
      Tensor weight,
      @Nullable PreparedWeights prepared,
      Tensor gradInput,
      @Nullable Workspace workspace) {
    requireInput("gradOutput", gradOutput, dtype, outputShape);
    requireWeight(weight, prepared);
    requireOutput("gradInput", gradInput, dtype, inputShape);
    requireDisjoint("gradInput", gradInput, workspace, "gradOutput", gradOutput);
    requireDisjoint("gradInput", gradInput, workspace, WEIGHT, weight);
    requireDisjoint(workspace, "gradInput", gradInput);
    if (gradInput.elementCount() == 0) {
      return;
    }
    long staged = Staging.bytes(gradOutput, weight, gradInput);
    if (staged > 0) {
      Staging.run(
          staged,
          copies ->
              backwardInput(
                  copies.in(gradOutput),
                  copies.in(weight),
                  prepared,
                  copies.out(gradInput),
                  workspace));
      return;
    }
    MemorySegment gradY = shareable(gradOutput.segment());
    MemorySegment gradX = shareable(gradInput.segment());
    if (prepared == null) {
      backwardInput.run(gradY, shareable(weight.segment()), null, gradX, workspace);
    } else {
      backwardInput.run(gradY, prepared.backwardInput(), null, gradX, workspace);
    }
  }

  /**
   * Computes the gradient with respect to the weight: {@code [N, C, H, W], [N, O, OH, OW] →} {@link
   * #weightShape}.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights of {@link #weightShape}. Overwritten; must not overlap the others.
   */
  public void backwardWeights(Tensor input, Tensor gradOutput, Tensor gradWeights) {
    backwardWeights(input, gradOutput, gradWeights, null);
  }

  /**
   * As {@link #backwardWeights(Tensor, Tensor, Tensor)}, in the caller's scratch memory.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights of {@link #weightShape}. Overwritten; must not overlap the others.
   * @param workspace of {@link #workspaceBytes(Pass)} or more, or null. Overwritten; must not
   *     overlap the others.
   */
  public void backwardWeights(
      Tensor input, Tensor gradOutput, Tensor gradWeights, @Nullable Workspace workspace) {
    requireInput("input", input, dtype, inputShape);
    requireInput("gradOutput", gradOutput, dtype, outputShape);
    requireOutput("gradWeights", gradWeights, dtype, weightShape);
    requireDisjoint("gradWeights", gradWeights, workspace, "input", input);
    requireDisjoint("gradWeights", gradWeights, workspace, "gradOutput", gradOutput);
    requireDisjoint(workspace, "gradWeights", gradWeights);
    if (gradOutput.elementCount() == 0) {
      gradWeights.segment().fill((byte) 0);
      return;
    }
    long staged = Staging.bytes(input, gradOutput, gradWeights);
    if (staged > 0) {
      Staging.run(
          staged,
          copies ->
              backwardWeights(
                  copies.in(input), copies.in(gradOutput), copies.out(gradWeights), workspace));
      return;
    }
    MemorySegment x = shareable(input.segment());
    MemorySegment gradY = shareable(gradOutput.segment());
    // The geometry's input comes first; a transposed convolution's is the output's gradient.
    backwardWeights.run(
        transposed ? gradY : x,
        transposed ? x : gradY,
        null,
        shareable(gradWeights.segment()),
        workspace);
  }

  /**
   * Computes the gradient with respect to the bias, each channel's sum: {@code [N, O, OH, OW] →
   * [O]}.
   *
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradBias {@code [O]}. Overwritten; must not overlap {@code gradOutput}.
   */
  public void backwardBias(Tensor gradOutput, Tensor gradBias) {
    backwardBias(gradOutput, gradBias, null);
  }

  /**
   * As {@link #backwardBias(Tensor, Tensor)}, which needs no scratch memory, for callers that give
   * every pass theirs.
   *
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradBias {@code [O]}. Overwritten; must not overlap the others.
   * @param workspace of any size, or null. It must not overlap the others.
   */
  public void backwardBias(Tensor gradOutput, Tensor gradBias, @Nullable Workspace workspace) {
    requireInput("gradOutput", gradOutput, dtype, outputShape);
    requireOutput("gradBias", gradBias, dtype, biasShape);
    requireDisjoint("gradBias", gradBias, workspace, "gradOutput", gradOutput);
    requireDisjoint(workspace, "gradBias", gradBias);
    if (gradOutput.elementCount() == 0) {
      gradBias.segment().fill((byte) 0);
      return;
    }
    long staged = Staging.bytes(gradOutput, gradBias);
    if (staged > 0) {
      Staging.run(
          staged, copies -> backwardBias(copies.in(gradOutput), copies.out(gradBias), workspace));
      return;
    }
    BackwardBias sums =
        new BackwardBias(
            outputShape[0],
            outputShape[1],
            outputShape[2] * outputShape[3],
            type,
            shareable(gradOutput.segment()),
            shareable(gradBias.segment()));
    Execution.run(sums, threads, WorkspaceLayout.NONE, workspace);
  }

  /**
   * Returns what is planned, such as {@code Conv2dPlan[F64, [1, 3, 6, 7] → [1, 4, 4, 5], weight [4,
   * 3, 3, 3], IM2COL, threads 2]}.
   */
  @Override
  public String toString() {
    return getClass().getSimpleName()
        + "["
        + dtype
        + ", "
        + Arrays.toString(inputShape)
        + " → "
        + Arrays.toString(outputShape)
        + ", weight "
        + Arrays.toString(weightShape)
        + ", "
        + algorithm()
        + ", threads "
        + threads
        + "]";
  }
}
