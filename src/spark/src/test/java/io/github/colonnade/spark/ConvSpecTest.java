package io.github.colonnade.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** A convolution with its weights: checked, copied, equal, and sent through streams. */
class ConvSpecTest {
  private static final Conv2d CONV =
      Conv2d.builder(4, 6, 3, 5)
          .groups(2)
          .stride(2)
          .options(PlanOptions.defaults().withAlgorithm(Algorithm.REFERENCE))
          .build();
  private static final ConvSpec F64 = Photographs.spec(CONV, DType.F64, 3);
  private static final ConvSpec F32 = Photographs.spec(CONV, DType.F32, 3);

  private static Tensor floats(long... shape) {
    int count = 1;
    for (long size : shape) {
      count *= (int) size;
    }
    return Tensor.of(new float[count], shape);
  }

  @Test
  void checksWeightAndBias() {
    Tensor weight = floats(6, 2, 3, 5);
    assertRefused("weight: shape is [6, 2, 3, 3], must be [6, 2, 3, 5]", floats(6, 2, 3, 3), null);
    assertRefused("weight: shape is [30], must be [6, 2, 3, 5]", floats(30), null);
    assertRefused("bias: shape is [5], must be [6]", weight, floats(5));
    assertRefused("bias: is F64, must be F32", weight, Tensor.of(new double[6], 6));
    assertRefused("weight: is I64, must be F64 or F32", Tensor.of(new long[180], 6, 2, 3, 5), null);
    assertEquals(
        "weight",
        assertThrows(NullPointerException.class, () -> ConvSpec.of(CONV, null, null)).getMessage());
    assertEquals(
        "conv",
        assertThrows(NullPointerException.class, () -> ConvSpec.of(null, weight, null))
            .getMessage());
  }

  private static void assertRefused(String message, Tensor weight, Tensor bias) {
    Executable making = () -> ConvSpec.of(CONV, weight, bias);
    assertEquals(message, assertThrows(IllegalArgumentException.class, making).getMessage());
  }

  @Test
  void keepsCopiesThatNobodyCanWrite() {
    float[] values = new float[180];
    ConvSpec spec = ConvSpec.of(CONV, Tensor.of(values, 6, 2, 3, 5), null);
    values[7] = 1;
    assertEquals(0, spec.weight().get(7));
    assertNull(spec.bias());
    assertTrue(spec.weight().segment().isReadOnly());
    assertTrue(F32.bias().segment().isReadOnly());
  }

  @Test
  void isEqualToTheSameWeights() {
    assertNotEquals(F64, F32);
    assertEquals(F32, ConvSpec.of(CONV, F32.weight(), F32.bias()));
    assertEquals(F32.hashCode(), ConvSpec.of(CONV, F32.weight(), F32.bias()).hashCode());
    assertNotEquals(F32, ConvSpec.of(CONV, F32.weight(), null));
    assertNotEquals(F32, Photographs.spec(CONV, DType.F32, 4));
    Conv2d other = Conv2d.builder(4, 6, 3, 5).groups(2).build();
    assertNotEquals(F32, ConvSpec.of(other, F32.weight(), F32.bias()));
  }

  @Test
  void comesBackFromAStream() throws IOException, ClassNotFoundException {
    ConvSpec withoutBias = ConvSpec.of(CONV, F64.weight(), null);
    for (ConvSpec spec : new ConvSpec[] {F64, F32, withoutBias}) {
      ConvSpec read = (ConvSpec) read(write(spec));
      assertEquals(spec, read);
      assertEquals(spec.dtype(), read.dtype());
      assertEquals(CONV.options(), read.conv().options());
    }
  }

  /** The convolution inside takes other weights, as one that somebody else wrote would. */
  @Test
  void isCheckedWhenItIsRead() throws IOException {
    ConvSpec wide = Photographs.spec(Conv2d.builder(1_000_003, 1, 1, 1).build(), DType.F32, 1);
    byte[] stream = write(wide);
    int at = indexOf(stream, new byte[] {0, 0xF, 0x42, 0x43});
    stream[at + 3]++;
    InvalidObjectException refusal = assertThrows(InvalidObjectException.class, () -> read(stream));
    assertTrue(refusal.getMessage().contains("1000004"), refusal::getMessage);
  }

  private static int indexOf(byte[] stream, byte... sought) {
    String text = new String(stream, StandardCharsets.ISO_8859_1);
    return text.indexOf(new String(sought, StandardCharsets.ISO_8859_1));
  }

  private static byte[] write(Object object) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    return bytes.toByteArray();
  }

  private static Object read(byte[] stream) throws IOException, ClassNotFoundException {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(stream))) {
      return in.readObject();
    }
  }
}
