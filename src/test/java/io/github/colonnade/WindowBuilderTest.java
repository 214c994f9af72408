package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every setter of every builder of windows: it returns the builder, and sets what it says. */
class WindowBuilderTest {
  private static final Map<String, Supplier<WindowBuilder<?>>> BUILDERS =
      Map.of(
          "Conv2d", () -> Conv2d.builder(1, 1, 4, 5),
          "ConvTranspose2d", () -> ConvTranspose2d.builder(1, 1, 4, 5),
          "Im2col", () -> Im2col.builder(4, 5),
          "MaxPool2d", () -> MaxPool2d.builder(4, 5),
          "AvgPool2d", () -> AvgPool2d.builder(4, 5));

  @TestFactory
  Stream<DynamicTest> strides() {
    return each(
        make -> {
          assertWindow("kernel 4×5, stride 3×3, dilation 1×1", make.get().stride(3));
          assertWindow("kernel 4×5, stride 2×3, dilation 1×1", make.get().stride(2, 3));
          refused("strideH: is 0, must be at least 1", () -> make.get().stride(0));
          refused("strideH: is -1, must be at least 1", () -> make.get().stride(-1, 1));
          refused("strideW: is 0, must be at least 1", () -> make.get().stride(1, 0));
        });
  }

  @TestFactory
  Stream<DynamicTest> dilations() {
    return each(
        make -> {
          if (make.get() instanceof DilatedBuilder<?>) {
            assertWindow("kernel 4×5, stride 1×1, dilation 3×3", dilated(make).dilation(3));
            assertWindow("kernel 4×5, stride 1×1, dilation 2×3", dilated(make).dilation(2, 3));
            refused("dilationH: is 0, must be at least 1", () -> dilated(make).dilation(0));
            refused("dilationH: is -1, must be at least 1", () -> dilated(make).dilation(-1, 1));
            refused("dilationW: is 0, must be at least 1", () -> dilated(make).dilation(1, 0));
          }
        });
  }

  private static DilatedBuilder<?> dilated(Supplier<WindowBuilder<?>> make) {
    return (DilatedBuilder<?>) make.get();
  }

  @TestFactory
  Stream<DynamicTest> paddings() {
    Padding sides = Padding.of(1, 2, 3, 0);
    return each(
        make -> {
          assertEquals(Padding.VALID, make.get().window().padding());
          assertEquals(sides, make.get().padding(sides).window().padding());
          assertEquals(Padding.of(2), make.get().padding(2).window().padding());
          refused("padTop: is -1, must not be negative", () -> make.get().padding(-1));
          assertEquals(
              "padding",
              assertThrows(NullPointerException.class, () -> make.get().padding(null))
                  .getMessage());
        });
  }

  @Test
  void kernels() {
    String message = "kernelH: is 0, must be at least 1";
    refused(message, () -> Conv2d.builder(1, 1, 0, 1));
    refused(message, () -> ConvTranspose2d.builder(1, 1, 0, 1));
    refused(message, () -> Im2col.builder(0, 1));
    refused(message, () -> MaxPool2d.builder(0, 1));
    refused(message, () -> AvgPool2d.builder(0, 1));
    refused("kernelW: is -1, must be at least 1", () -> Conv2d.builder(1, 1, 1, -1));
  }

  @Test
  void channelsAreCheckedBeforeTheKernel() {
    refused("inChannels: is 0, must be at least 1", () -> Conv2d.builder(0, 0, 0, 0));
    refused("outChannels: is 0, must be at least 1", () -> ConvTranspose2d.builder(1, 0, 0, 0));
  }

  @Test
  void anAveragePoolHasNoDilation() {
    assertTrue(
        Arrays.stream(AvgPool2d.Builder.class.getMethods())
            .noneMatch(method -> method.getName().equals("dilation")));
    WindowAxis vertical = new WindowAxis("H", 2, 1, 1, Padding.VALID);
    WindowAxis horizontal = new WindowAxis("W", 2, 1, 3, Padding.VALID);
    refused(
        "dilationW: is 3, must be 1",
        () -> new Window(vertical, horizontal).tell(AvgPool2d.builder(2, 2)));
  }

  /** Compiles only if every setter returns the builder that it was called on. */
  @Test
  void settersChainOnEveryClass() {
    PlanOptions options = PlanOptions.defaults().withThreads(2);
    Conv2d conv =
        Conv2d.builder(2, 4, 3, 3)
            .stride(2)
            .dilation(1, 2)
            .padding(1)
            .groups(2)
            .options(options)
            .build();
    ConvTranspose2d transposed =
        ConvTranspose2d.builder(4, 2, 3, 3)
            .stride(2)
            .dilation(1, 2)
            .padding(1)
            .groups(2)
            .outputPadding(1, 0)
            .options(options)
            .build();
    Im2col im2col =
        Im2col.builder(3, 3)
            .stride(2)
            .dilation(2)
            .padding(1)
            .layout(Im2col.Layout.ROWS)
            .threads(2)
            .build();
    MaxPool2d max =
        MaxPool2d.builder(3, 3)
            .stride(2)
            .dilation(2)
            .padding(1)
            .ceilMode(true)
            .rule(PoolingRule.ONNX)
            .threads(2)
            .build();
    AvgPool2d avg =
        AvgPool2d.builder(3, 3)
            .stride(2)
            .padding(1)
            .ceilMode(true)
            .countIncludePad(false)
            .divisorOverride(3)
            .threads(2)
            .build();

    assertEquals(2, conv.plan(DType.F64, 1, 2, 9, 9).threads());
    assertEquals(2, transposed.plan(DType.F64, 1, 4, 9, 9).threads());
    assertArrayEquals(new long[] {16, 9}, im2col.columnsShape(1, 1, 9, 9));
    assertEquals(
        "MaxPool2d[kernel 3×3, stride 2×2, dilation 2×2, padding top 1, left 1, bottom 1,"
            + " right 1, ceil mode, ONNX]",
        max.toString());
    assertEquals(2, avg.threads());
  }

  @Test
  void aPoolsStrideIsWhatItsRuleSays() {
    assertWindow(
        "kernel 4×5, stride 4×5, dilation 1×1", MaxPool2d.builder(4, 5).sliding().window());
    assertWindow(
        "kernel 4×5, stride 1×1, dilation 1×1",
        AvgPool2d.builder(4, 5).rule(PoolingRule.ONNX).sliding().window());
    assertWindow(
        "kernel 4×5, stride 3×3, dilation 1×1",
        AvgPool2d.builder(4, 5).stride(3).sliding().window());
  }

  private interface Check {
    void run(Supplier<WindowBuilder<?>> make);
  }

  private static Stream<DynamicTest> each(Check check) {
    return BUILDERS.entrySet().stream()
        .map(named -> DynamicTest.dynamicTest(named.getKey(), () -> check.run(named.getValue())));
  }

  private static void assertWindow(String expected, WindowBuilder<?> builder) {
    assertWindow(expected, builder.window());
  }

  private static void assertWindow(String expected, Window window) {
    assertEquals(expected, window.toString());
  }

  private static void refused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
