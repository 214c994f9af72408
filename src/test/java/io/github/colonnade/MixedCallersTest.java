package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.OperatorCall.Operand;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Many threads that call whatever there is in either type, forward and gradients, at the same time:
 * each result has the bits that one thread makes alone.
 */
class MixedCallersTest {
  private static final int CALLERS = 16;
  private static final int CALLS = 150;

  /** A call with its operands, and what comes of them. */
  @SuppressWarnings("ArrayRecordComponent") // read, never changed
  private record Serial(
      DType dtype, CallShapes shapes, int at, Tensor[] operands, Tensor[] results) {

    static Serial of(Arena arena, DType dtype, CallShapes shapes, int at, OperatorCall call) {
      SplittableRandom random = new SplittableRandom(at);
      Tensor[] operands = new Tensor[call.operands().size()];
      Tensor[] results = new Tensor[operands.length];
      for (int i = 0; i < operands.length; i++) {
        Operand operand = call.operands().get(i);
        operands[i] = Tensor.allocate(arena, operand.dtype(), operand.shape());
        FuzzCall.fill(random, FuzzValues.UNIFORM, operand, operands[i]);
        results[i] = SmallOperators.copy(arena, operands[i]);
      }
      call.run().on(results);
      return new Serial(dtype, shapes, at, operands, results);
    }

    void again() {
      try (Arena arena = Arena.ofConfined()) {
        OperatorCall call = OperatorCalls.all(arena, dtype, 3, shapes).get(at);
        Tensor[] copies = new Tensor[operands.length];
        for (int i = 0; i < copies.length; i++) {
          copies[i] = SmallOperators.copy(arena, operands[i]);
        }
        call.run().on(copies);
        for (int i = 0; i < copies.length; i++) {
          assertEquals(-1, results[i].segment().mismatch(copies[i].segment()), call.name());
        }
      }
    }
  }

  @Test
  void bitsDoNotDependOnWhoElseCalls() throws Exception {
    try (Arena arena = Arena.ofShared();
        ExecutorService threads = Executors.newFixedThreadPool(CALLERS)) {
      List<Serial> all = new ArrayList<>();
      for (CallShapes shapes :
          List.of(CallShapes.fixed(), CallShapes.random(new SplittableRandom(5)))) {
        for (DType dtype : List.of(DType.F64, DType.F32)) {
          List<OperatorCall> calls = OperatorCalls.all(arena, dtype, 1, shapes);
          for (int at = 0; at < calls.size(); at++) {
            all.add(Serial.of(arena, dtype, shapes, at, calls.get(at)));
          }
        }
      }
      List<Future<?>> callers = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        SplittableRandom random = new SplittableRandom(caller);
        callers.add(
            threads.submit(
                () -> {
                  for (int call = 0; call < CALLS; call++) {
                    all.get(random.nextInt(all.size())).again();
                  }
                }));
      }
      for (Future<?> caller : callers) {
        caller.get();
      }
    }
  }
}
