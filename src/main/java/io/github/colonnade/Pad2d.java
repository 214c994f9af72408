package io.github.colonnade;

import io.github.colonnade.internal.border.Border;
import io.github.colonnade.internal.border.PadBackward;
import io.github.colonnade.internal.border.PadForward;
import io.github.colonnade.internal.border.PadGeometry;
import io.github.colonnade.internal.memory.ElementType;
import java.io.ObjectStreamException;
import java.io.Serial;
import java.lang.foreign.Arena;
import java.util.Objects;

/**
 * Padding as an operator of its own, {@code [N, C, H, W] → [N, C, top + H + bottom, left + W +
 * right]}: for borders that {@link Conv2d} has no rule for, which sees zeros only.
 *
 * <p>Immutable and safe to share between threads.
 */
public final class Pad2d extends Specification {
  @Serial private static final long serialVersionUID = 1;

  private final Mode mode;
  private final Padding.Explicit sides;
  private final double value;
  private final int threads;

  private Pad2d(Builder builder) {
    this.mode = builder.mode;
    this.sides = builder.sides;
    this.value = builder.value;
    this.threads = builder.threads;
  }

  /** What the rows and columns around a plane hold. */
  public enum Mode {
    /** One value. */
    CONSTANT(Border.CONSTANT),
    /**
     * The plane mirrored at its edge pixels, which are not repeated: {@code c b | a b c | b a}. At
     * most one pixel less than the plane has on each side.
     */
    REFLECT(Border.REFLECT),
    /** The edge pixels: {@code a a | a b c | c c}. */
    REPLICATE(Border.REPLICATE),
    /** The plane again: {@code b c | a b c | a b}. At most a whole plane on each side. */
    CIRCULAR(Border.CIRCULAR),
    /**
     * The plane mirrored with its edge pixels repeated, as often as it takes: {@code b a | a b c |
     * c b}.
     */
    SYMMETRIC(Border.SYMMETRIC);

    private final Border border;

    Mode(Border border) {
      this.border = border;
    }

    Border border() {
      return border;
    }
  }

  /**
   * Starts a padding of no rows and columns, with zeros where they are constant.
   *
   * @param mode what the border holds
   * @return a builder
   */
  public static Builder builder(Mode mode) {
    return new Builder(mode);
  }

  private record Told(Mode mode, Padding.Explicit sides, double value, int threads)
      implements Form {

    private Pad2d build() {
      Builder told =
          builder(mode)
              .padding(sides.top(), sides.left(), sides.bottom(), sides.right())
              .threads(threads);
      return (mode == Mode.CONSTANT || value != 0 ? told.value(value) : told).build();
    }

    @Serial
    private Object readResolve() throws ObjectStreamException {
      return rebuild(this::build);
    }
  }

  @Override
  Form form() {
    return new Told(mode, sides, value, threads);
  }

  /**
   * Returns the shape of the output.
   *
   * @param inputShape {@code N, C, H, W}
   * @return {@code N, C, top + H + bottom, left + W + right}
   * @throws IllegalArgumentException if there are not four sizes, one is negative, the plane is too
   *     small to be mirrored or repeated that far, or a size does not fit a long
   */
  public long[] outputShape(long... inputShape) {
    return paddedShape("input", "output", Objects.requireNonNull(inputShape, "inputShape"));
  }

  /** Returns the shape of {@code result}, the padded side of {@code operand}. */
  private long[] paddedShape(String operand, String result, long... shape) {
    Operands.requireImages(operand, shape);
    Shapes.elementCount(operand, shape);
    requireReach(operand, "H", shape[2], "padTop", sides.top());
    requireReach(operand, "H", shape[2], "padBottom", sides.bottom());
    long height = padded(operand, "H", shape[2], sides.top(), sides.bottom());
    requireReach(operand, "W", shape[3], "padLeft", sides.left());
    requireReach(operand, "W", shape[3], "padRight", sides.right());
    long width = padded(operand, "W", shape[3], sides.left(), sides.right());
    long[] paddedShape = {shape[0], shape[1], height, width};
    Shapes.elementCount(result, paddedShape);
    return paddedShape;
  }

  private static long padded(String operand, String axis, long size, long before, long after) {
    try {
      return Math.addExact(Math.addExact(before, size), after);
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(
          operand + ": " + axis + " of " + size + " with padding does not fit a long", overflow);
    }
  }

  private void requireReach(String operand, String axis, long size, String name, long pad) {
    String rule =
        switch (mode) {
          case CONSTANT -> null;
          case REFLECT -> pad < Math.max(1, size) ? null : "less than";
          case CIRCULAR -> pad <= size ? null : "at most";
          case REPLICATE, SYMMETRIC -> pad == 0 || size > 0 ? null : "0 for";
        };
    if (rule != null) {
      throw new IllegalArgumentException(
          name
              + ": is "
              + pad
              + ", must be "
              + rule
              + " the "
              + operand
              + "'s "
              + axis
              + " in mode "
              + mode
              + ", which is "
              + size);
    }
  }

  /**
   * Pads into a new tensor.
   *
   * @param arena owner of the output
   * @param input {@code [N, C, H, W]}, F64 or F32. Not modified.
   * @return the output, {@code [N, C, top + H + bottom, left + W + right]}
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public Tensor forward(Arena arena, Tensor input) {
    Operands.requireFloatingPoint("input", input);
    long[] outputShape = outputShape(input.shape());
    Operands.requireReadable("input", input);
    Shapes.byteSize("output", input.dtype(), outputShape);
    Tensor output = Tensor.allocate(arena, input.dtype(), outputShape);
    forward(input, output);
    return output;
  }

  /**
   * Pads: {@code [N, C, H, W] → [N, C, top + H + bottom, left + W + right]}.
   *
   * @param input {@code [N, C, H, W]}, F64 or F32. Not modified.
   * @param output of the input's type. Overwritten; must not overlap the input.
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public void forward(Tensor input, Tensor output) {
    ElementType type = Operands.requireFloatingPoint("input", input);
    long[] outputShape = outputShape(input.shape());
    Operands.requireReadable("input", input);
    Operands.requireOutput("output", output, input.dtype(), outputShape);
    Operands.requireDisjoint("output", output, "input", input);
    long staged = Staging.bytes(input, output);
    if (staged > 0) {
      Staging.run(staged, copies -> forward(copies.in(input), copies.out(output)));
      return;
    }
    if (output.elementCount() > 0) {
      Execution.run(
          new PadForward(
              geometry(input.shape()),
              type,
              value,
              Operands.shareable(input.segment()),
              Operands.shareable(output.segment())),
          threads);
    }
  }

  /**
   * Computes the gradient of the input into a new tensor.
   *
   * @param arena owner of the gradient
   * @param gradOutput {@code [N, C, top + H + bottom, left + W + right]}, F64 or F32. Not modified.
   * @param inputShape {@code N, C, H, W}
   * @return the gradient, {@code [N, C, H, W]}
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public Tensor backward(Arena arena, Tensor gradOutput, long... inputShape) {
    Operands.requireFloatingPoint("gradOutput", gradOutput);
    Operands.requireInput("gradOutput", gradOutput, gradOutput.dtype(), outputShape(inputShape));
    Tensor gradInput = Tensor.allocate(arena, gradOutput.dtype(), inputShape);
    backward(gradOutput, gradInput);
    return gradInput;
  }

  /**
   * Computes the gradient of the input, the adjoint of {@link #forward(Tensor, Tensor)}: a pixel
   * that the border repeats gets the sum of all its gradients, the border's constants get none.
   * {@code [N, C, top + H + bottom, left + W + right] → [N, C, H, W]}.
   *
   * @param gradOutput of the output's shape, F64 or F32. Not modified.
   * @param gradInput {@code [N, C, H, W]} of the same type. Overwritten; must not overlap {@code
   *     gradOutput}.
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public void backward(Tensor gradOutput, Tensor gradInput) {
    ElementType type = Operands.requireFloatingPoint("gradInput", gradInput);
    long[] outputShape = paddedShape("gradInput", "gradOutput", gradInput.shape());
    Operands.requireInput("gradOutput", gradOutput, gradInput.dtype(), outputShape);
    Operands.requireWritable("gradInput", gradInput);
    Operands.requireDisjoint("gradInput", gradInput, "gradOutput", gradOutput);
    long staged = Staging.bytes(gradOutput, gradInput);
    if (staged > 0) {
      Staging.run(staged, copies -> backward(copies.in(gradOutput), copies.out(gradInput)));
      return;
    }
    if (gradInput.elementCount() > 0) {
      Execution.run(
          new PadBackward(
              geometry(gradInput.shape()),
              type,
              Operands.shareable(gradOutput.segment()),
              Operands.shareable(gradInput.segment())),
          threads);
    }
  }

  double value() {
    return value;
  }

  /**
   * Returns the geometry that reads a part of the padded image.
   *
   * @param input {@code [N, C, H, W]}, whose shape was checked
   * @param region of the output's planes
   */
  PadGeometry window(Tensor input, Tiles.Region region) {
    long top = sides.top() - region.top();
    long left = sides.left() - region.left();
    return new PadGeometry(
        input.size(1),
        input.size(2),
        input.size(3),
        top,
        left,
        region.height() - input.size(2) - top,
        region.width() - input.size(3) - left,
        mode.border);
  }

  private PadGeometry geometry(long... shape) {
    return new PadGeometry(
        shape[0] * shape[1],
        shape[2],
        shape[3],
        sides.top(),
        sides.left(),
        sides.bottom(),
        sides.right(),
        mode.border());
  }

  /** Returns mode and sides, such as {@code Pad2d[REFLECT, top 1, left 2, bottom 1, right 2]}. */
  @Override
  public String toString() {
    return "Pad2d["
        + (mode == Mode.CONSTANT ? mode + " " + value : mode)
        + ", top "
        + sides.top()
        + ", left "
        + sides.left()
        + ", bottom "
        + sides.bottom()
        + ", right "
        + sides.right()
        + "]";
  }

  /** Collects what a padding needs to know. */
  public static final class Builder {
    private final Mode mode;
    private Padding.Explicit sides = new Padding.Explicit(0, 0, 0, 0);
    private double value;
    private int threads = PlanOptions.defaults().threads();

    private Builder(Mode mode) {
      this.mode = Objects.requireNonNull(mode, "mode");
    }

    /**
     * Pads all four sides alike.
     *
     * @param size rows and columns
     * @return this builder
     * @throws IllegalArgumentException if {@code size} is negative
     */
    public Builder padding(long size) {
      return padding(size, size, size, size);
    }

    /**
     * Pads four sides.
     *
     * @param top rows above
     * @param left columns left
     * @param bottom rows below
     * @param right columns right
     * @return this builder
     * @throws IllegalArgumentException if a size is negative
     */
    public Builder padding(long top, long left, long bottom, long right) {
      sides = new Padding.Explicit(top, left, bottom, right);
      return this;
    }

    /**
     * Sets what a {@link Mode#CONSTANT} border holds; 0 where left out.
     *
     * @param value any value, rounded to the element type
     * @return this builder
     * @throws IllegalArgumentException if the mode is another
     */
    public Builder value(double value) {
      if (mode != Mode.CONSTANT) {
        throw new IllegalArgumentException(
            "value: is " + value + ", must be left out in mode " + mode);
      }
      this.value = value;
      return this;
    }

    /**
     * Sets how many threads a call uses at most, the caller's included; the result's bits do not
     * depend on it. As of {@link PlanOptions#defaults} where left out.
     *
     * @param threads at least 1
     * @return this builder
     * @throws IllegalArgumentException if {@code threads} is below 1
     */
    public Builder threads(int threads) {
      this.threads = Operands.requireThreads(threads);
      return this;
    }

    /** {@return an immutable padding} */
    public Pad2d build() {
      return new Pad2d(this);
    }
  }
}
