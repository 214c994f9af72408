package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamConstants;
import java.io.Serializable;
import java.lang.foreign.Arena;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators and options as values: equal, told apart, and sent through streams. */
class SpecificationTest {
  // Numbers that stand nowhere else in a stream.
  private static final long STRIDE_H = 7_001_001;
  private static final long STRIDE_W = 7_001_003;
  private static final long DILATION_H = 7_002_001;
  private static final long DILATION_W = 7_002_003;
  private static final long KERNEL_H = 7_301;
  private static final long KERNEL_W = 7_303;
  private static final long GROUPS = 7_043;
  private static final long OUTPUT_H = 7_005_001;
  private static final long OUTPUT_W = 7_005_003;
  private static final long PAD_TOP = 7_006_001;
  private static final long PAD_RIGHT = 7_006_003;
  private static final int THREADS = 7_007_001;
  private static final double TAP = 7.008001;

  private static PlanOptions options() {
    return PlanOptions.defaults().withThreads(THREADS).withExact(true);
  }

  private static Conv2d.Builder conv() {
    return Conv2d.builder(2 * GROUPS, 3 * GROUPS, KERNEL_H, KERNEL_W)
        .groups(GROUPS)
        .stride(STRIDE_H, STRIDE_W)
        .dilation(DILATION_H, DILATION_W)
        .padding(Padding.of(PAD_TOP, 1, 2, PAD_RIGHT))
        .options(options());
  }

  private static ConvTranspose2d.Builder transposed() {
    return ConvTranspose2d.builder(2, 3, 4, 5).stride(STRIDE_H, STRIDE_W).options(options());
  }

  private static MaxPool2d.Builder maxPool() {
    return MaxPool2d.builder(KERNEL_H, KERNEL_W)
        .stride(STRIDE_H, STRIDE_W)
        .dilation(DILATION_H, DILATION_W)
        .threads(THREADS);
  }

  private static AvgPool2d.Builder averagePool() {
    return AvgPool2d.builder(KERNEL_H, KERNEL_W).stride(STRIDE_H, STRIDE_W).threads(THREADS);
  }

  private static Pad2d.Builder pad(Pad2d.Mode mode) {
    return Pad2d.builder(mode).padding(PAD_TOP, 1, 2, PAD_RIGHT).threads(THREADS);
  }

  private static SeparableFilter2d.Builder separable() {
    return SeparableFilter2d.builder(new double[] {TAP}, new double[] {1, 2}).threads(THREADS);
  }

  private static Im2col.Builder im2col() {
    return Im2col.builder(KERNEL_H, KERNEL_W)
        .stride(STRIDE_H, STRIDE_W)
        .dilation(DILATION_H, DILATION_W)
        .threads(THREADS);
  }

  /** Returns objects of every kind, each unlike all others; the same ones again at each call. */
  private static List<Serializable> all() {
    return List.of(
        conv().build(),
        conv().padding(Padding.SAME_LOWER).build(),
        conv().padding(Padding.SAME_UPPER).build(),
        conv().options(options().withActivation(Activation.RELU)).build(),
        conv().groups(1).build(),
        transposed().build(),
        transposed().outputPadding(1, 2).build(),
        transposed().outputSize(OUTPUT_H, OUTPUT_W).build(),
        maxPool().build(),
        maxPool().ceilMode(true).build(),
        maxPool().rule(PoolingRule.ONNX).build(),
        averagePool().build(),
        averagePool().countIncludePad(false).build(),
        averagePool().divisorOverride(-3).build(),
        AdaptiveMaxPool2d.of(OUTPUT_H, OUTPUT_W).withThreads(THREADS),
        AdaptiveAvgPool2d.of(OUTPUT_H, OUTPUT_W).withThreads(THREADS),
        AdaptiveAvgPool2d.of(OUTPUT_H, OUTPUT_W).withThreads(1),
        MaxUnpool2d.of(OUTPUT_H, OUTPUT_W).withThreads(THREADS),
        pad(Pad2d.Mode.REFLECT).build(),
        pad(Pad2d.Mode.CONSTANT).build(),
        pad(Pad2d.Mode.CONSTANT).value(Double.NaN).build(),
        separable().build(),
        separable().border(Pad2d.Mode.CIRCULAR).build(),
        separable().constantBorder(0).build(),
        separable().constantBorder(-2).build(),
        separable().valid().build(),
        SeparableKernel.gaussian(3),
        SeparableKernel.sobelX(),
        SeparableKernel.sobelY(),
        Linear.of(2 * GROUPS, 3 * GROUPS).withThreads(THREADS),
        Relu.create().withThreads(THREADS),
        Elementwise.create().withThreads(THREADS),
        SoftmaxCrossEntropy.create().withThreads(THREADS),
        im2col().build(),
        im2col().layout(Im2col.Layout.BATCHED).build(),
        options(),
        PlanOptions.defaults().withThreads(3).withAlgorithm(Algorithm.WINOGRAD),
        Padding.VALID,
        Padding.SAME_UPPER,
        Signal2d.Options.defaults().withFill(2.5).withThreads(THREADS),
        Signal2d.Options.defaults().withBoundary(Signal2d.Boundary.SYMM).withThreads(THREADS));
  }

  private static byte[] bytes(Object object) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    return bytes.toByteArray();
  }

  private static Object read(byte[] bytes) throws IOException, ClassNotFoundException {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return in.readObject();
    }
  }

  @Test
  void streamsBringBackWhatWasWritten() throws Exception {
    for (Serializable each : all()) {
      Object again = read(bytes(each));
      assertEquals(each, again);
      assertEquals(each.hashCode(), again.hashCode());
      assertEquals(each.getClass(), again.getClass());
      assertEquals(each.toString(), again.toString());
    }
  }

  @Test
  void onlyWhatWasToldAlikeIsEqual() {
    List<Serializable> all = all();
    List<Serializable> others = all();
    for (int i = 0; i < all.size(); i++) {
      for (int j = 0; j < all.size(); j++) {
        if (i == j) {
          assertEquals(all.get(i), others.get(j));
          assertEquals(all.get(i).hashCode(), others.get(j).hashCode());
        } else {
          assertNotEquals(all.get(i), others.get(j));
        }
      }
      assertNotEquals(null, all.get(i));
    }
  }

  @Test
  void everyOperatorIsTested() {
    List<Class<?>> tested = all().stream().<Class<?>>map(Object::getClass).toList();
    assertEquals(
        List.of(),
        Stream.of(
                concrete(Convolution.class),
                concrete(Pooling2d.class),
                Stream.of(
                    MaxUnpool2d.class,
                    Pad2d.class,
                    SeparableFilter2d.class,
                    Im2col.class,
                    Linear.class,
                    Relu.class,
                    Elementwise.class,
                    SoftmaxCrossEntropy.class))
            .flatMap(classes -> classes)
            .filter(type -> !tested.contains(type))
            .toList());
  }

  private static Stream<Class<?>> concrete(Class<?> type) {
    return Modifier.isAbstract(type.getModifiers())
        ? Stream.of(type.getPermittedSubclasses()).flatMap(SpecificationTest::concrete)
        : Stream.of(type);
  }

  @Test
  void whatWasReadComputes() throws Exception {
    Conv2d conv = Conv2d.builder(1, 1, 2, 2).stride(2).options(options()).build();
    Conv2d again = (Conv2d) read(bytes(conv));
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Tensor.copyOf(arena, new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 1, 2, 4);
      Tensor w = Tensor.copyOf(arena, new double[] {1, 10, 100, 1000}, 1, 1, 2, 2);
      assertEquals(6521, again.forward(arena, x, w, null).get(0));
      assertEquals(8743, again.forward(arena, x, w, null).get(1));
    }
    assertEquals(THREADS, again.plan(DType.F64, 1, 1, 2, 4).threads());
  }

  private static Serializable named(String name) {
    return switch (name) {
      case "Conv2d" -> conv().build();
      case "ConvTranspose2d" -> transposed().outputSize(OUTPUT_H, OUTPUT_W).build();
      case "MaxPool2d" -> maxPool().padding(Padding.of(3_001, 1, 2, 3)).build();
      case "AvgPool2d" -> averagePool().build();
      case "AdaptiveMaxPool2d" -> AdaptiveMaxPool2d.of(OUTPUT_H, OUTPUT_W);
      case "AdaptiveAvgPool2d" -> AdaptiveAvgPool2d.of(OUTPUT_H, OUTPUT_W).withThreads(THREADS);
      case "MaxUnpool2d" -> MaxUnpool2d.of(OUTPUT_H, OUTPUT_W);
      case "Pad2d" -> pad(Pad2d.Mode.REFLECT).build();
      case "SeparableFilter2d" -> separable().build();
      case "Im2col" -> im2col().build();
      case "Linear" -> Linear.of(2 * GROUPS, 3 * GROUPS).withThreads(THREADS);
      case "PlanOptions" -> options();
      case "Padding" -> Padding.of(PAD_TOP, 1, 2, PAD_RIGHT);
      case "Signal2d.Options" -> Signal2d.Options.defaults().withThreads(THREADS);
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Puts another number, of as many bytes, in the place of one, wherever it stands. */
  private static byte[] tamper(byte[] stream, byte[] from, byte[] to) {
    byte[] tampered = stream.clone();
    int found = 0;
    for (int at = 0; at + from.length <= stream.length; at++) {
      if (ByteBuffer.wrap(stream, at, from.length).equals(ByteBuffer.wrap(from))) {
        System.arraycopy(to, 0, tampered, at, to.length);
        found++;
      }
    }
    assertTrue(found > 0, "nothing to tamper with");
    return tampered;
  }

  private static byte[] longBytes(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Conv2d            | 7001001 | 0                   | strideH: is 0, must be at least 1
          Conv2d            | 7002003 | -5                  | dilationW: is -5, must be at least 1
          Conv2d            | 7301    | 0                   | kernelH: is 0, must be at least 1
          Conv2d            | 7043    | 11                  | inChannels: is 14086, must be a multiple
          Conv2d            | 7006001 | -1                  | padTop: is -1, must not be negative
          Conv2d            | 14086   | 0                   | inChannels: is 0, must be at least 1
          Conv2d            | 7303    | 4611686018427387904 | weight: shape [21129, 2, 7301, 46116860
          ConvTranspose2d   | 7001003 | 0                   | strideW: is 0, must be at least 1
          ConvTranspose2d   | 7005001 | -1                  | outputH: is -1, must be at least 1
          MaxPool2d         | 7301    | 7                   | padTop: is 3001, must be at most 3
          MaxPool2d         | 7002001 | 0                   | dilationH: is 0, must be at least 1
          AvgPool2d         | 7001001 | -1                  | strideH: is -1, must be at least 1
          AdaptiveMaxPool2d | 7005001 | 0                   | outputH: is 0, must be at least 1
          AdaptiveAvgPool2d | 7005003 | -3                  | outputW: is -3, must be at least 1
          MaxUnpool2d       | 7005003 | 9000000000000000    | output: shape [7005001, 9000000000000000]
          Pad2d             | 7006003 | -1                  | padRight: is -1, must not be negative
          Im2col            | 7303    | -1                  | kernelW: is -1, must be at least 1
          Linear            | 14086   | 0                   | inFeatures: is 0, must be at least 1
          Padding           | 7006003 | -2                  | padRight: is -2, must not be negative
          """)
  void tamperedStreamsMakeNothing(String name, long from, long to, String says) throws Exception {
    byte[] stream = tamper(bytes(named(name)), longBytes(from), longBytes(to));
    String message = assertThrows(InvalidObjectException.class, () -> read(stream)).getMessage();
    assertTrue(message.startsWith(says), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Conv2d",
        "MaxPool2d",
        "AvgPool2d",
        "AdaptiveAvgPool2d",
        "Pad2d",
        "SeparableFilter2d",
        "Im2col",
        "Linear",
        "PlanOptions",
        "Signal2d.Options"
      })
  void threadsAreCheckedAgain(String name) throws Exception {
    byte[] from = ByteBuffer.allocate(Integer.BYTES).putInt(THREADS).array();
    byte[] stream = tamper(bytes(named(name)), from, new byte[Integer.BYTES]);
    assertEquals(
        "threads: is 0, must be at least 1",
        assertThrows(InvalidObjectException.class, () -> read(stream)).getMessage());
  }

  @Test
  void tapsOfAStreamAreChecked() throws Exception {
    byte[] tap = longBytes(Double.doubleToLongBits(TAP));
    byte[] infinite = longBytes(Double.doubleToLongBits(Double.NEGATIVE_INFINITY));
    byte[] stream = tamper(bytes(separable().build()), tap, infinite);
    assertEquals(
        "vertical[0]: is -Infinity, must be finite",
        assertThrows(InvalidObjectException.class, () -> read(stream)).getMessage());
  }

  @Test
  void anAveragePoolOfAStreamHasNoDilation() throws Exception {
    // Its dilation is the only 1 that is a long.
    byte[] dilated = tamper(bytes(averagePool().build()), longBytes(1), longBytes(2));
    assertEquals(
        "dilationH: is 2, must be 1",
        assertThrows(InvalidObjectException.class, () -> read(dilated)).getMessage());
  }

  private static Stream<Class<?>> operators() {
    return all().stream()
        .<Class<?>>map(Object::getClass)
        .filter(Specification.class::isAssignableFrom)
        .distinct();
  }

  @ParameterizedTest
  @MethodSource("operators")
  void operatorsAreReadFromTheirFormAlone(Class<?> operator) throws Exception {
    String message = operator.getSimpleName() + ": must be read from its form";
    for (boolean parents : new boolean[] {false, true}) {
      byte[] forged = forged(operator, parents);
      assertEquals(
          message, assertThrows(InvalidObjectException.class, () -> read(forged)).getMessage());
    }
  }

  /** Returns a stream that holds an operator itself, all its fields left out. */
  private static byte[] forged(Class<?> operator, boolean parents) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(ObjectStreamConstants.STREAM_MAGIC);
    out.writeShort(ObjectStreamConstants.STREAM_VERSION);
    out.writeByte(ObjectStreamConstants.TC_OBJECT);
    Class<?> type = operator;
    do {
      out.writeByte(ObjectStreamConstants.TC_CLASSDESC);
      out.writeUTF(type.getName());
      out.writeLong(1); // serialVersionUID
      out.writeByte(ObjectStreamConstants.SC_SERIALIZABLE);
      out.writeShort(0); // fields
      out.writeByte(ObjectStreamConstants.TC_ENDBLOCKDATA);
      type = type.getSuperclass();
    } while (parents && type != Object.class);
    out.writeByte(ObjectStreamConstants.TC_NULL);
    return bytes.toByteArray();
  }

  @Test
  void aTuningStaysAtHome() {
    PlanOptions tuned = options().withTuning(Tuning.create());
    String message =
        "PlanOptions: has a tuning, must have none: it holds for the machine that measured it"
            + " (withTuning(null) drops it, Tuning.save keeps it)";
    for (Object each : new Object[] {tuned, conv().options(tuned).build()}) {
      assertEquals(
          message, assertThrows(NotSerializableException.class, () -> bytes(each)).getMessage());
    }
  }
}
