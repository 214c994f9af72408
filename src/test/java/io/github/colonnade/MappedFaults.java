package io.github.colonnade;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Runs operators on operands mapped from files, each of which is cut short in turn: {@link
 * MappedOperandsTest} starts it in a JVM of its own, which a fault in native code ends.
 */
public final class MappedFaults {
  private static final PlanOptions TWO_THREADS = PlanOptions.defaults().withThreads(2);

  private MappedFaults() {}

  /** What is computed with operands; the last of them is written. */
  private record Call(String name, List<long[]> shapes, Operation operation) {}

  /** One operator. */
  private interface Operation {
    void run(List<Tensor> operands);
  }

  /** Prints {@code done} if every fault is an error that the caller gets. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createTempDirectory("colonnade-mapped");
    int faults = 0;
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      for (Call call : calls(dtype)) {
        for (int operand = 0; operand < call.shapes.size(); operand++) {
          fault(folder, dtype, call, operand, /* confined= */ faults++ % 2 == 0);
        }
      }
      faults += faultEveryOperator(folder, dtype);
    }
    System.out.println(faults + " faults done");
  }

  private static List<Call> calls(DType dtype) {
    long[] gemm = {100, 100};
    Call multiply =
        new Call(
            "multiply",
            List.of(gemm, gemm, gemm),
            o -> MatrixMultiply.multiply(o.get(0), o.get(1), o.get(2), 2));
    List<Call> calls = new ArrayList<>(List.of(multiply));
    for (Algorithm algorithm : new Algorithm[] {Algorithm.IM2COL, Algorithm.WINOGRAD}) {
      calls.addAll(
          calls("3x3 " + algorithm, Conv2d.builder(16, 32, 3, 3).padding(1), algorithm, dtype));
    }
    calls.addAll(calls("1x1", Conv2d.builder(16, 96, 1, 1), Algorithm.IM2COL, dtype));
    calls.addAll(
        calls("1x1 strided", Conv2d.builder(16, 96, 1, 1).stride(2), Algorithm.IM2COL, dtype));
    calls.addAll(
        calls("depthwise", Conv2d.builder(16, 16, 3, 3).groups(16), Algorithm.DIRECT, dtype));
    ConvTranspose2dPlan up =
        ConvTranspose2d.builder(16, 16, 4, 4)
            .stride(2)
            .build()
            .plan(TWO_THREADS, dtype, 2, 16, 10, 10);
    calls.add(
        new Call(
            "transposed",
            List.of(up.inputShape(), up.weightShape(), up.outputShape()),
            o -> up.forward(o.get(0), o.get(1), null, o.get(2))));
    Pad2d pad = Pad2d.builder(Pad2d.Mode.CONSTANT).padding(1).build();
    Im2col columns = Im2col.builder(3, 3).build();
    MaxPool2d pool = MaxPool2d.builder(2, 2).build();
    long[] x = up.inputShape();
    calls.add(
        new Call("pad", List.of(x, pad.outputShape(x)), o -> pad.forward(o.get(0), o.get(1))));
    calls.add(
        new Call(
            "im2col",
            List.of(x, columns.columnsShape(x)),
            o -> columns.im2col(o.get(0), o.get(1))));
    calls.add(
        new Call(
            "max pool", List.of(x, pool.outputShape(x)), o -> pool.forward(o.get(0), o.get(1))));
    return calls;
  }

  private static List<Call> calls(
      String name, Conv2d.Builder builder, Algorithm algorithm, DType dtype) {
    Conv2dPlan plan =
        builder.build().plan(TWO_THREADS.withAlgorithm(algorithm), dtype, 2, 16, 10, 10);
    long[] x = plan.inputShape();
    long[] w = plan.weightShape();
    long[] y = plan.outputShape();
    return List.of(
        new Call(
            name + " forward",
            List.of(x, w, y),
            o -> plan.forward(o.get(0), o.get(1), null, o.get(2))),
        new Call(
            name + " backwardInput",
            List.of(y, w, x),
            o -> plan.backwardInput(o.get(0), o.get(1), o.get(2))),
        new Call(
            name + " backwardWeights",
            List.of(x, y, w),
            o -> plan.backwardWeights(o.get(0), o.get(1), o.get(2))));
  }

  /** Maps one operand, compares the bits, cuts its file and expects an error. */
  private static void fault(Path folder, DType dtype, Call call, int mapped, boolean confined)
      throws IOException {
    String what = call.name + " " + dtype + ", operand " + mapped + ", confined " + confined;
    try (Arena arena = Arena.ofConfined();
        Arena owner = confined ? Arena.ofConfined() : Arena.ofShared()) {
      List<Tensor> operands =
          new ArrayList<>(call.shapes.stream().map(shape -> random(arena, dtype, shape)).toList());
      int last = operands.size() - 1;
      call.operation.run(operands);
      Tensor expected =
          Tensor.copyOf(arena, operands.get(last).toDoubleArray(), call.shapes.get(last));

      Tensor inMemory = operands.get(mapped);
      Path file = folder.resolve("operand");
      Files.write(file, inMemory.segment().toArray(ValueLayout.JAVA_BYTE));
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        MemorySegment segment =
            channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), owner);
        operands.set(mapped, Tensor.of(segment, dtype, call.shapes.get(mapped)));
        call.operation.run(operands);
        require(what + ": other bits", same(expected, operands.get(last)));
        channel.truncate(0);
        boolean thrown = false;
        try {
          call.operation.run(operands);
        } catch (InternalError fault) {
          thrown = true;
        }
        require(what + ": no error", thrown);
      }
      operands.set(mapped, inMemory);
      call.operation.run(operands);
      require(what + ": other bits after the fault", same(expected, operands.get(last)));
    }
  }

  /** Maps each operand of every operator in turn, small ones, and cuts its file. */
  private static int faultEveryOperator(Path folder, DType dtype) throws IOException {
    Path file = folder.resolve("small");
    int faults = 0;
    try (Arena arena = Arena.ofConfined()) {
      for (OperatorCall call : OperatorCalls.all(arena, dtype)) {
        for (int mapped = 0; mapped < call.operands().size(); mapped++) {
          Tensor[] operands =
              call.operands().stream()
                  .map(operand -> Tensor.allocate(arena, operand.dtype(), operand.shape()))
                  .toArray(Tensor[]::new);
          try (Arena owner = faults++ % 2 == 0 ? Arena.ofConfined() : Arena.ofShared();
              FileChannel channel =
                  FileChannel.open(
                      file,
                      StandardOpenOption.CREATE,
                      StandardOpenOption.READ,
                      StandardOpenOption.WRITE)) {
            Tensor right = operands[mapped];
            MemorySegment segment =
                channel.map(FileChannel.MapMode.READ_WRITE, 0, right.byteSize(), owner);
            operands[mapped] = Tensor.of(segment, right.dtype(), right.shape());
            call.run().on(operands);
            channel.truncate(0);
            boolean thrown = false;
            try {
              call.run().on(operands);
            } catch (InternalError fault) {
              thrown = true;
            }
            require(call.name() + ", operand " + mapped + ": no error", thrown);
          }
        }
      }
    }
    return faults;
  }

  private static boolean same(Tensor expected, Tensor actual) {
    return Arrays.equals(expected.toDoubleArray(), actual.toDoubleArray());
  }

  private static void require(String what, boolean holds) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private static Tensor random(Arena arena, DType dtype, long... shape) {
    return Guarded.random(arena, new SplittableRandom(shape[0]), dtype, shape).tensor();
  }
}
