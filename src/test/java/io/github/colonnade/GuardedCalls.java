package io.github.colonnade;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** What {@link GuardPagesTest} runs in JVMs of their own, which a stray access would end. */
final class GuardedCalls {
  /** Where the definition takes its time, {@code scripts/fuzz.sh --guarded} is the place. */
  private static final double MOST_FLOPS = 2e5;

  private final SplittableRandom random = new SplittableRandom(1);
  private long calls;

  private GuardedCalls() {}

  /** Makes every call with every operand between forbidden pages, at every place. */
  public static void main(String[] arguments) {
    switch (System.getProperty("stray", "")) {
      case "read" -> strayRead();
      case "write" -> strayWrite();
      default -> new GuardedCalls().run();
    }
  }

  private void run() {
    List<FuzzMemory.Kind> kinds = FuzzMemory.Kind.GUARDED;
    // Each named one with either kernels and at one place, which differ from type to type.
    int cases = PlanOptions.kernels().equals("portable") ? 0 : 1;
    for (DType dtype : List.of(DType.F64, DType.F32)) {
      for (FuzzMemory.Kind kind : kinds) {
        everyCall(
            "all",
            kind,
            (arena, threads) -> OperatorCalls.all(arena, dtype, threads, CallShapes.fixed()));
      }
      for (Map.Entry<String, ConvCase> named : ConvCase.named().entrySet()) {
        ConvCase conv = named.getValue();
        boolean small = conv.conv().plan(dtype, conv.inputShape()).flops() <= MOST_FLOPS;
        if (small && cases++ % 2 == 0) {
          everyCall(
              named.getKey(),
              kinds.get(cases % kinds.size()),
              (arena, threads) -> OperatorCalls.convolution(arena, dtype, threads, conv));
        }
      }
    }
    System.out.println(calls + " calls survived");
  }

  /** Makes calls. */
  private interface Calls {
    List<OperatorCall> in(Arena arena, int threads);
  }

  private void everyCall(String name, FuzzMemory.Kind kind, Calls made) {
    try (Arena arena = Arena.ofConfined();
        FuzzMemory places = new FuzzMemory(random, kind)) {
      List<OperatorCall> serial = made.in(arena, 1);
      List<OperatorCall> here = made.in(places.arena(), 2);
      for (int i = 0; i < here.size(); i++) {
        // A crash tells no name, so it is told before.
        System.out.println(name + ", " + here.get(i).name() + ", " + kind);
        FuzzCall.compare(random, FuzzValues.UNIFORM, serial.get(i), here.get(i), places);
        calls++;
      }
    }
  }

  @SuppressWarnings("restricted") // one byte too far, to see that the pages do guard
  private static void strayRead() {
    MemorySegment segment = GuardPages.behind().allocate(8, 8);
    System.out.println(segment.reinterpret(9).get(ValueLayout.JAVA_BYTE, 8));
  }

  @SuppressWarnings("restricted") // one byte too far, on the page of the operand
  private static void strayWrite() {
    try (GuardPages pages = GuardPages.before()) {
      pages.allocate(8, 8).reinterpret(9).set(ValueLayout.JAVA_BYTE, 8, (byte) 1);
    }
  }
}
