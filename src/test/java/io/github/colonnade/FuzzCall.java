package io.github.colonnade;

import io.github.colonnade.OperatorCall.Operand;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * A call of any operator that there is, with operands anywhere and by any number of threads. Its
 * bits must be those of one thread and ordinary memory.
 *
 * @param name of the call
 * @param at its place among all
 * @param seed of the values and of their places
 */
record FuzzCall(
    String name,
    int at,
    DType dtype,
    CallShapes shapes,
    FuzzValues values,
    FuzzMemory.Kind memory,
    int threads,
    long seed)
    implements FuzzCase {

  static FuzzCall draw(SplittableRandom random) {
    DType dtype = random.nextBoolean() ? DType.F64 : DType.F32;
    CallShapes shapes = CallShapes.random(random);
    List<OperatorCall> all = OperatorCalls.all(Arena.ofAuto(), dtype, 1, shapes);
    int at = random.nextInt(all.size());
    return new FuzzCall(
        all.get(at).name(),
        at,
        dtype,
        shapes,
        FuzzValues.draw(random),
        FuzzMemory.Kind.draw(random),
        random.nextInt(1, 9),
        random.nextLong());
  }

  @Override
  public long run() {
    SplittableRandom random = new SplittableRandom(seed);
    try (Arena arena = Arena.ofConfined();
        FuzzMemory places = new FuzzMemory(random, memory)) {
      OperatorCall serial = OperatorCalls.all(arena, dtype, 1, shapes).get(at);
      OperatorCall call = OperatorCalls.all(places.arena(), dtype, threads, shapes).get(at);
      return compare(random, values, serial, call, places);
    }
  }

  /**
   * Makes a call in ordinary memory, then elsewhere, and compares all that it reads, writes and
   * makes.
   *
   * @return a hash of the bits
   */
  static long compare(
      SplittableRandom random,
      FuzzValues values,
      OperatorCall serial,
      OperatorCall call,
      FuzzMemory places) {
    try (Arena arena = Arena.ofConfined()) {
      List<Operand> wanted = call.operands();
      Tensor[] expected = new Tensor[wanted.size()];
      Tensor[] placed = new Tensor[wanted.size()];
      for (int i = 0; i < placed.length; i++) {
        Operand operand = wanted.get(i);
        expected[i] = Tensor.allocate(arena, operand.dtype(), operand.shape());
        if (operand.written()) {
          expected[i].fill(-1);
          placed[i] = places.output(operand.dtype(), operand.shape());
        } else {
          fill(random, values, operand, expected[i]);
          placed[i] = places.input(expected[i]);
        }
      }
      Tensor[] made = serial.run().on(expected);
      places.forget();
      Tensor[] madeHere = call.run().on(placed);
      long hash = 1;
      for (int i = 0; i < placed.length; i++) {
        FuzzChecks.requireBits(wanted.get(i).name(), expected[i], placed[i]);
        hash = FuzzChecks.hash(hash, placed[i]);
      }
      for (int i = 0; i < made.length; i++) {
        FuzzChecks.requireBits("result " + i, made[i], madeHere[i]);
        hash = FuzzChecks.hash(hash, madeHere[i]);
      }
      return hash;
    }
  }

  static void fill(SplittableRandom random, FuzzValues values, Operand operand, Tensor tensor) {
    if (operand.indices() == 0) {
      values.fill(random, tensor);
      return;
    }
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, (double) random.nextLong(operand.indices()));
    }
  }

  @Override
  public String toString() {
    return Stream.of(name, dtype, values, memory, threads + " threads", shapes)
        .map(Object::toString)
        .reduce((a, b) -> a + ", " + b)
        .orElseThrow();
  }
}
