package io.github.colonnade;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.colonnade.OperatorCall.Operand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tensors on the Java heap in every place of every operator. */
class HeapOperandsTest {
  /** Elements of an array before and behind the tensor that lies in it. */
  private static final int AROUND = 3;

  /** Not operators: they read and write tensors as they lie. */
  private static final Set<String> NO_OPERATORS =
      Set.of("Npy", "Tensor", "MaxPooling2d$Maxima", "TileRunner$Operation");

  private final Arena arena = Arena.ofShared();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @Test
  void everyOperatorIsCalled() {
    Set<String> called =
        OperatorCalls.all(arena, DType.F64).stream()
            .map(OperatorCall::covers)
            .flatMap(Collection::stream)
            .collect(toCollection(TreeSet::new));
    Set<String> operators =
        new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackagesOf(Tensor.class)
                .stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(type -> type.getPackageName().equals(Tensor.class.getPackageName()))
                .filter(type -> !NO_OPERATORS.contains(name(type)))
                .flatMap(HeapOperandsTest::operators)
                .collect(toCollection(TreeSet::new));
    assertEquals(operators, called);
  }

  private static String name(JavaClass type) {
    return type.getName().substring(type.getPackageName().length() + 1);
  }

  /** Returns the public methods of a class that take tensors. */
  private static Stream<String> operators(JavaClass type) {
    return type.getMethods().stream()
        .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
        .map(
            method ->
                OperatorCall.signature(
                    name(type),
                    method.getName(),
                    method.getRawParameterTypes().stream()
                        .map(JavaClass::getName)
                        .toArray(String[]::new)))
        .filter(signature -> !signature.endsWith("/0"));
  }

  @ParameterizedTest
  @EnumSource(names = "I64", mode = EnumSource.Mode.EXCLUDE)
  void anyOperandsOnTheHeapGiveTheSameBits(DType dtype) {
    for (OperatorCall call : OperatorCalls.all(arena, dtype)) {
      Tensor[] natives = operands(call, 0);
      Tensor[] expected = call.run().on(natives);
      // Each alone, then all.
      for (int i = 0; i <= natives.length; i++) {
        int onHeap = i < natives.length ? 1 << i : (1 << natives.length) - 1;
        Tensor[] operands = operands(call, onHeap);
        Tensor[] made = call.run().on(operands);
        String what = call.name() + ", on the heap " + Integer.toBinaryString(onHeap);
        for (int j = 0; j < operands.length; j++) {
          // What is only read is as it was, on both sides.
          assertSameBits(natives[j], operands[j], what + ": " + call.operands().get(j).name());
          assertNothingWrittenAround(operands[j], what);
        }
        for (int j = 0; j < made.length; j++) {
          assertSameBits(expected[j], made[j], what);
        }
      }
    }
  }

  private static void assertSameBits(Tensor expected, Tensor actual, String what) {
    assertEquals(expected.toString(), actual.toString(), what);
    assertEquals(-1, expected.segment().mismatch(actual.segment()), what);
  }

  /** Makes a call's operands: inputs of the same numbers each time, outputs of NaN. */
  private Tensor[] operands(OperatorCall call, int onHeap) {
    SplittableRandom random = new SplittableRandom(3);
    List<Operand> wanted = call.operands();
    Tensor[] operands = new Tensor[wanted.size()];
    for (int i = 0; i < operands.length; i++) {
      Operand operand = wanted.get(i);
      Tensor tensor =
          (onHeap >> i & 1) == 0
              ? Tensor.allocate(arena, operand.dtype(), operand.shape())
              : onHeap(operand);
      fill(tensor, operand, random);
      operands[i] = tensor;
    }
    return operands;
  }

  private static void fill(Tensor tensor, Operand operand, SplittableRandom random) {
    for (long j = 0; j < tensor.elementCount(); j++) {
      double value =
          operand.indices() > 0 ? random.nextLong(operand.indices()) : random.nextDouble(-1, 1);
      tensor.set(j, operand.written() ? Double.NaN : value);
    }
  }

  /** Returns a tensor within a larger array. */
  private static Tensor onHeap(Operand operand) {
    int count = (int) Shapes.elementCount("operand", operand.shape());
    MemorySegment array =
        switch (operand.dtype()) {
          case F64 -> MemorySegment.ofArray(new double[count + 2 * AROUND]);
          case F32 -> MemorySegment.ofArray(new float[count + 2 * AROUND]);
          case I64 -> MemorySegment.ofArray(new long[count + 2 * AROUND]);
        };
    long bytes = operand.dtype().byteSize();
    return Tensor.of(
        array.asSlice(AROUND * bytes, count * bytes), operand.dtype(), operand.shape());
  }

  private static void assertNothingWrittenAround(Tensor tensor, String what) {
    if (tensor.isOnHeap()) {
      Object array = tensor.segment().heapBase().orElseThrow();
      MemorySegment whole =
          switch (array) {
            case double[] doubles -> MemorySegment.ofArray(doubles);
            case float[] floats -> MemorySegment.ofArray(floats);
            default -> MemorySegment.ofArray((long[]) array);
          };
      long around = AROUND * tensor.dtype().byteSize();
      byte[] zeros = new byte[(int) around];
      assertArrayEquals(zeros, whole.asSlice(0, around).toArray(ValueLayout.JAVA_BYTE), what);
      assertArrayEquals(
          zeros, whole.asSlice(whole.byteSize() - around).toArray(ValueLayout.JAVA_BYTE), what);
    }
  }

  private static Tensor view(MemorySegment segment, Tensor like) {
    return Tensor.of(segment, like.dtype(), like.shape());
  }

  private static void assertRefused(String says, OperatorCall call, Tensor[] operands) {
    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> call.run().on(operands), call.name());
    assertEquals(says, thrown.getMessage(), call.name());
  }

  @Test
  void readOnlyArraysAreInputs() {
    for (OperatorCall call : OperatorCalls.all(arena, DType.F64)) {
      Tensor[] natives = operands(call, 0);
      call.run().on(natives);
      for (int i = 0; i < natives.length; i++) {
        Tensor[] operands = operands(call, 1 << i);
        operands[i] = view(operands[i].segment().asReadOnly(), operands[i]);
        Operand operand = call.operands().get(i);
        if (operand.written()) {
          assertRefused(operand.name() + ": is read-only, must be writable", call, operands);
        } else {
          call.run().on(operands);
        }
        assertEquals(
            operand.written(),
            !Arrays.equals(natives[i].toDoubleArray(), operands[i].toDoubleArray()));
      }
    }
  }

  @Test
  void computesInPlaceOnTheHeap() {
    Conv2dPlan plan =
        Conv2d.builder(1, 1, 1, 1)
            .options(PlanOptions.defaults().withActivation(Activation.RELU))
            .build()
            .plan(DType.F64, 1, 1, 2, 2);
    Tensor output = Tensor.of(new double[] {1, -1, 2, 0}, 1, 1, 2, 2);
    double[] gradient = {5, 6, 7, 8};
    Tensor inPlace = Tensor.of(gradient, 1, 1, 2, 2);
    plan.backwardActivation(output, inPlace, inPlace);
    assertArrayEquals(new double[] {5, 0, 7, 0}, gradient);

    // Another tensor over the same array is the same memory; another array is not.
    double[] again = {5, 6, 7, 8};
    double[] other = new double[4];
    plan.backwardActivation(output, Tensor.of(again, 1, 1, 2, 2), Tensor.of(again, 1, 1, 2, 2));
    plan.backwardActivation(
        output, Tensor.of(new double[] {9, 9, 9, 9}, 1, 1, 2, 2), Tensor.of(other, 1, 1, 2, 2));
    assertArrayEquals(gradient, again);
    assertArrayEquals(new double[] {9, 0, 9, 0}, other);
  }

  @Test
  void withoutAnActivationTheGradientIsCopied() {
    Conv2dPlan plan = Conv2d.builder(1, 1, 1, 1).build().plan(DType.F64, 1, 1, 1, 2);
    Tensor output = Tensor.of(new double[2], 1, 1, 1, 2);
    double[] result = new double[2];
    plan.backwardActivation(
        output, Tensor.of(new double[] {3, 4}, 1, 1, 1, 2), Tensor.of(result, 1, 1, 1, 2));
    assertArrayEquals(new double[] {3, 4}, result);
  }

  @Test
  void emptyArraysAreOperands() {
    Conv2dPlan plan = Conv2d.builder(1, 2, 1, 1).build().plan(DType.F32, 0, 1, 3, 3);
    Tensor none = Tensor.of(new float[0], 0, 1, 3, 3);
    float[] gradWeights = {1, 2};
    plan.forward(none, Tensor.of(new float[2], 2, 1, 1, 1), null, none.reshape(0, 2, 3, 3));
    plan.backwardWeights(none, none.reshape(0, 2, 3, 3), Tensor.of(gradWeights, 2, 1, 1, 1));
    assertArrayEquals(new float[2], gradWeights);
    Pad2d.builder(Pad2d.Mode.CONSTANT).build().forward(none, Tensor.of(new float[0], 0, 1, 3, 3));
  }

  @Test
  void aCallThatFailsLeavesArraysAsTheyWere() {
    double[] output = {1, 2, 3, 4};
    Tensor indices = Tensor.of(new long[] {4}, 1, 1, 1, 1);
    IllegalArgumentException thrown =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                MaxUnpool2d.of(2, 2)
                    .forward(
                        Tensor.of(new double[1], 1, 1, 1, 1),
                        indices,
                        Tensor.of(output, 1, 1, 2, 2)));
    assertEquals(
        "indices: element 0 is 4, must be at least 0 and less than 4", thrown.getMessage());
    assertArrayEquals(new double[] {1, 2, 3, 4}, output);
  }

  @Test
  void copiesAreGivenBackWhenACallFails() {
    double[] array = {1, 2};
    Tensor tensor = Tensor.of(array, 2);
    // More than lies idle, so that each call gets the block that the last one gave back.
    long bytes = 40L << 20;
    AtomicLong address = new AtomicLong();
    for (int i = 0; i < 10; i++) {
      IllegalStateException failure = new IllegalStateException("in the middle");
      assertSame(
          failure,
          assertThrows(
              IllegalStateException.class,
              () ->
                  Staging.run(
                      bytes,
                      copies -> {
                        Tensor copy = copies.out(tensor).fill(9);
                        long at = copy.segment().address();
                        long before = address.getAndSet(at);
                        assertTrue(before == 0 || before == at, "not given back");
                        throw failure;
                      })));
      assertArrayEquals(new double[] {1, 2}, array);
    }
  }

  @Test
  void whatIsReadAndWrittenIsOneCopy() {
    double[] array = {1, 2, 3};
    Tensor tensor = Tensor.of(array, 3);
    Tensor reshaped = tensor.reshape(1, 3);
    Staging.run(
        Staging.bytes(tensor, reshaped),
        copies -> {
          Tensor written = copies.out(tensor);
          Tensor read = copies.in(reshaped);
          assertFalse(read.isOnHeap());
          assertEquals("F64[1, 3]", read.toString());
          assertArrayEquals(array, read.toDoubleArray());
          written.set(1, read.get(1) * 10);
        });
    assertArrayEquals(new double[] {1, 20, 3}, array);
  }

  @Test
  void nativeOperandsAreNotCopied() {
    Tensor tensor = Tensor.allocate(arena, DType.F64, 3);
    assertEquals(0, Staging.bytes(tensor, null, tensor));
    Staging.run(
        1,
        copies -> {
          assertSame(tensor, copies.in(tensor));
          assertSame(tensor, copies.out(tensor));
        });
  }

  @ParameterizedTest
  @EnumSource
  void npyWritesWhatLiesOnTheHeap(DType dtype, @TempDir Path folder) throws IOException {
    // More than is written at once.
    Operand operand = new Operand("tensor", false, dtype, 1000, 3, 7001);
    Tensor tensor = onHeap(operand);
    fill(tensor, operand, new SplittableRandom(1));
    Tensor copy = Tensor.allocate(arena, dtype, tensor.shape());
    copy.segment().copyFrom(tensor.segment());

    Path file = folder.resolve("heap.npy");
    Npy.write(file, tensor);
    assertSameBits(tensor, Npy.read(file, arena), "read again");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Npy.write(bytes, tensor);
    Path nativeFile = folder.resolve("native.npy");
    Npy.write(nativeFile, copy);
    assertArrayEquals(Files.readAllBytes(nativeFile), Files.readAllBytes(file));
    assertArrayEquals(Files.readAllBytes(nativeFile), bytes.toByteArray());
  }
}
