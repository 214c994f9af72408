package io.github.colonnade;

import io.github.colonnade.internal.conv.Axis;
import java.util.Objects;

/**
 * What an operator reads of a plane beyond the place of an output: how {@link Tiles} finds the rows
 * and columns that a tile needs. {@link Conv2d#halo} and its like compute it from their geometry.
 */
public final class Halo {
  private final Placement vertical;
  private final Placement horizontal;
  private final boolean transposed;
  private final boolean ceilMode;
  private final String name;

  /** Puts a kernel on an axis of so many elements, or throws if it does not fit. */
  interface Placement {
    Axis place(long size);
  }

  private Halo(
      Placement vertical, Placement horizontal, boolean transposed, boolean ceilMode, String name) {
    this.vertical = vertical;
    this.horizontal = horizontal;
    this.transposed = transposed;
    this.ceilMode = ceilMode;
    this.name = name;
  }

  /**
   * Returns the halo of an operator that computes each pixel from those around it, and has a rule
   * for what lies outside the plane: its output has the input's size.
   *
   * @param top rows above a pixel
   * @param left columns left of it
   * @param bottom rows below it
   * @param right columns right of it
   * @return the halo
   * @throws IllegalArgumentException if a number is negative, or too large for a kernel
   */
  public static Halo of(long top, long left, long bottom, long right) {
    String name = "top " + top + ", left " + left + ", bottom " + bottom + ", right " + right;
    return new Halo(around("H", top, bottom), around("W", left, right), false, false, name);
  }

  private static Placement around(String axis, long before, long after) {
    Operands.requireNotNegative("halo" + axis, before);
    Operands.requireNotNegative("halo" + axis, after);
    try {
      long kernel = Math.addExact(Math.addExact(before, after), 1);
      return size -> {
        Math.addExact(size, kernel); // how far a kernel may reach
        return new Axis(size, kernel, 1, 1, before, after, size);
      };
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(
          "halo" + axis + ": is " + before + " and " + after + ", which do not fit a long",
          overflow);
    }
  }

  /** Returns the halo of a kernel that slides over the plane. */
  static Halo sliding(Specification operator, Placement vertical, Placement horizontal) {
    return new Halo(vertical, horizontal, false, false, Objects.toString(operator));
  }

  /** Returns the halo of a window that slides over the plane, to its end in ceil mode. */
  static Halo pooling(
      Specification operator, Placement vertical, Placement horizontal, boolean ceilMode) {
    return new Halo(vertical, horizontal, false, ceilMode, Objects.toString(operator));
  }

  /**
   * Returns the halo of a transposed kernel.
   *
   * @param vertical places the adjoint, whose input is the operator's output
   */
  static Halo transposed(Specification operator, Placement vertical, Placement horizontal) {
    return new Halo(vertical, horizontal, true, false, Objects.toString(operator));
  }

  /** Places the operator on planes of {@code size} rows. */
  TileAxis vertical(long size) {
    return axis("H", vertical, size);
  }

  /** Places the operator on planes of {@code size} columns. */
  TileAxis horizontal(long size) {
    return axis("W", horizontal, size);
  }

  private TileAxis axis(String name, Placement placement, long size) {
    try {
      return new TileAxis(placement.place(size), transposed, ceilMode);
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(
          "input: " + name + " of " + size + " with the halo does not fit a long", overflow);
    }
  }

  /** Returns whose halo it is, such as {@code Halo[top 1, left 1, bottom 1, right 1]}. */
  @Override
  public String toString() {
    return "Halo[" + name + "]";
  }
}
