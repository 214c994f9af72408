package io.github.colonnade;

import io.github.colonnade.OperatorCall.Operand;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * What {@link ArenaLifetimeTest} runs in a JVM of its own: every operator, over and over, until
 * another thread closes the arena of an operand, or of all and the workspace.
 */
final class ClosedOperands {
  private static final long MOST_NANOS = 200_000;

  private final SplittableRandom random = new SplittableRandom(1);

  private ClosedOperands() {}

  /** Ends badly if a call throws anything but what a closed arena gives. */
  public static void main(String[] arguments) throws Exception {
    int rounds = new ClosedOperands().run();
    System.out.println("survived " + rounds + " closed arenas");
  }

  private int run() throws Exception {
    int rounds = 0;
    try (ExecutorService caller = Executors.newSingleThreadExecutor()) {
      for (DType dtype : List.of(DType.F64, DType.F32)) {
        int calls = OperatorCalls.all(Arena.ofAuto(), dtype).size();
        for (int at = 0; at < calls; at++) {
          int operands = OperatorCalls.all(Arena.ofAuto(), dtype).get(at).operands().size();
          for (int doomed = 0; doomed <= operands; doomed++) {
            round(caller, dtype, at, doomed);
            rounds++;
          }
        }
      }
    }
    return rounds;
  }

  /**
   * Calls until it is over.
   *
   * @param doomed the operand whose arena is closed; all where there are no more
   */
  private void round(ExecutorService caller, DType dtype, int at, int doomed) throws Exception {
    Arena closed = Arena.ofShared();
    try (Arena kept = Arena.ofShared()) {
      boolean all = doomed == OperatorCalls.all(kept, dtype).get(at).operands().size();
      OperatorCall call = OperatorCalls.all(all ? closed : kept, dtype).get(at);
      Tensor[] operands = new Tensor[call.operands().size()];
      for (int i = 0; i < operands.length; i++) {
        Operand operand = call.operands().get(i);
        Arena owner = all || i == doomed ? closed : kept;
        operands[i] = Tensor.allocate(owner, operand.dtype(), operand.shape()).fill(0);
      }
      Future<?> calls = caller.submit(() -> callUntilClosed(call, operands, closed));
      LockSupport.parkNanos(random.nextLong(MOST_NANOS));
      close(closed);
      calls.get();
    }
  }

  private static void callUntilClosed(OperatorCall call, Tensor[] operands, Arena closed) {
    while (true) {
      boolean open = closed.scope().isAlive();
      try {
        call.run().on(operands);
      } catch (IllegalStateException told) {
        return;
      }
      if (!open) {
        throw new AssertionError(call.name() + ": nothing told of the closed arena");
      }
    }
  }

  /** An arena cannot be closed while a native call uses it, and says so. */
  private static void close(Arena arena) {
    while (arena.scope().isAlive()) {
      try {
        arena.close();
      } catch (IllegalStateException inUse) {
        Thread.onSpinWait();
      }
    }
  }
}
