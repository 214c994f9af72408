package io.github.colonnade;

import io.github.colonnade.internal.memory.Kept;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Memory for operands: between forbidden pages, at odd addresses, on the heap. And for what calls
 * keep: half of the cases begin each call without, since scratch of a larger call before would hide
 * that this one takes too little.
 */
final class FuzzMemory implements AutoCloseable {
  private final SplittableRandom random;
  private final Kind kind;
  private final Arena arena;
  private final boolean forgets;

  /** Where an operand lies. */
  enum Kind {
    CONFINED,
    SHARED,
    /** Not aligned to more than an element. */
    ODD,
    /** Arrays; what must be native is confined. */
    HEAP,
    BEFORE_FORBIDDEN_PAGE,
    BEHIND_FORBIDDEN_PAGE,
    /** An odd number of elements behind. */
    NEAR_FORBIDDEN_PAGE;

    /** Those between forbidden pages, which scripts/fuzz.sh --guarded keeps to. */
    static final List<Kind> GUARDED =
        List.of(BEFORE_FORBIDDEN_PAGE, BEHIND_FORBIDDEN_PAGE, NEAR_FORBIDDEN_PAGE);

    static Kind draw(SplittableRandom random) {
      int any = random.nextInt(values().length);
      return Boolean.getBoolean("guarded") ? GUARDED.get(any % GUARDED.size()) : values()[any];
    }
  }

  FuzzMemory(SplittableRandom random, Kind kind) {
    this.random = random;
    this.kind = kind;
    forgets = random.nextBoolean();
    arena =
        switch (kind) {
          case CONFINED, ODD, HEAP -> Arena.ofConfined();
          case SHARED -> Arena.ofShared();
          case BEFORE_FORBIDDEN_PAGE -> GuardPages.behind();
          case BEHIND_FORBIDDEN_PAGE -> GuardPages.before();
          case NEAR_FORBIDDEN_PAGE -> GuardPages.odd(random.split());
        };
  }

  /** Drops what calls before have left, in half of the cases. */
  void forget() {
    if (forgets) {
      Kept.drop();
    }
  }

  /**
   * Returns memory of a shape that holds other numbers than will be right, and {@link #forget}s:
   * for the next call.
   */
  Tensor output(DType dtype, long... shape) {
    forget();
    Tensor tensor = empty(dtype, shape);
    return random.nextBoolean() ? tensor.fill(Double.NaN) : tensor.fill(12345);
  }

  /** Returns a copy that nobody may write. */
  Tensor input(Tensor values) {
    if (values == null) {
      return null;
    }
    Tensor copy = empty(values.dtype(), values.shape());
    copy.segment().copyFrom(values.segment());
    return Tensor.of(copy.segment().asReadOnly(), copy.dtype(), copy.shape());
  }

  /** Returns where native memory is allocated: workspaces, and what operators make themselves. */
  Arena arena() {
    return arena;
  }

  private Tensor empty(DType dtype, long... shape) {
    if (kind == Kind.HEAP) {
      int count = Math.toIntExact(Shapes.elementCount("tensor", shape));
      return switch (dtype) {
        case F64 -> Tensor.of(new double[count], shape);
        case F32 -> Tensor.of(new float[count], shape);
        case I64 -> Tensor.of(new long[count], shape);
      };
    }
    long bytes = Shapes.byteSize("tensor", dtype, shape);
    if (kind != Kind.ODD) {
      return Tensor.of(arena.allocate(bytes, dtype.byteSize()), dtype, shape);
    }
    long offset = dtype.byteSize() * random.nextInt(1, 8);
    MemorySegment around = arena.allocate(bytes + offset, 64);
    return Tensor.of(around.asSlice(offset), dtype, shape);
  }

  @Override
  public void close() {
    arena.close();
  }
}
