package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.Algorithm;
import io.github.colonnade.AvgPool2d;
import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.ConvTranspose2d;
import io.github.colonnade.DType;
import io.github.colonnade.Im2col;
import io.github.colonnade.MaxPool2d;
import io.github.colonnade.MaxPooling2d;
import io.github.colonnade.Npy;
import io.github.colonnade.Padding;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.PoolingRule;
import io.github.colonnade.Signal2d;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every operator's command writes is what the library returns. */
class OperatorCommandsTest {
  private static final long[] IMAGES = {2, 4, 7, 8};

  private final Arena arena = Arena.ofConfined();
  private final SplittableRandom random = new SplittableRandom(1);

  @TempDir private Path folder;

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void conv2dBackward(DType dtype) throws IOException {
    Tensor x = random("x", dtype, IMAGES);
    Tensor w = random("w", dtype, 6, 2, 3, 2);
    Conv2dPlan plan =
        Conv2d.builder(4, 6, 3, 2)
            .stride(2, 1)
            .padding(Padding.of(0, 1, 2, 0))
            .dilation(1, 2)
            .groups(2)
            .build()
            .plan(dtype, IMAGES);
    Tensor g = random("g", dtype, plan.outputShape());
    Tensor gradInput = Tensor.allocate(arena, dtype, IMAGES);
    Tensor gradWeights = Tensor.allocate(arena, dtype, w.shape());
    Tensor gradBias = Tensor.allocate(arena, dtype, 6);
    plan.backwardInput(g, w, gradInput);
    plan.backwardWeights(x, g, gradWeights);
    plan.backwardBias(g, gradBias);

    String gradients = "--grad-input DIR/gi.npy --grad-weight DIR/gw.npy --grad-bias DIR/gb.npy";
    run(
        "conv2d-backward --input DIR/x.npy --weight DIR/w.npy --grad-output DIR/g.npy --stride 2,1"
            + " --padding 0,1,2,0 --dilation 1,2 --groups 2 --threads 2 "
            + gradients);

    assertHolds(gradInput, "gi");
    assertHolds(gradWeights, "gw");
    assertHolds(gradBias, "gb");
  }

  @ParameterizedTest
  @CsvSource({"--grad-input, 1 4 7 8", "--grad-weight, 3 4 2 2", "--grad-bias, 3"})
  void conv2dBackwardWritesWhatIsAskedForAlone(String option, String shape) throws IOException {
    random("x", DType.F64, 1, 4, 7, 8);
    random("w", DType.F64, 3, 4, 2, 2);
    random("g", DType.F64, 1, 3, 6, 7);

    run(
        "conv2d-backward --input DIR/x.npy --weight DIR/w.npy --grad-output DIR/g.npy "
            + option
            + " DIR/o.npy");

    assertEquals(List.of("g.npy", "o.npy", "w.npy", "x.npy"), Cli.filesIn(folder));
    long[] expected = Arrays.stream(shape.split(" ")).mapToLong(Long::parseLong).toArray();
    assertEquals(
        Tensor.allocate(arena, DType.F64, expected).toString(),
        Npy.read(folder.resolve("o.npy"), arena).toString());
  }

  @Test
  void convTranspose2d() throws IOException {
    Tensor x = random("x", DType.F64, IMAGES);
    Tensor w = random("w", DType.F64, 4, 3, 3, 2);
    Tensor b = random("b", DType.F64, 6);

    run(
        "conv-transpose2d --input DIR/x.npy --weight DIR/w.npy --bias DIR/b.npy --stride 3,2"
            + " --padding 1,0,0,2 --dilation 1,2 --groups 2 --output-padding 2,1"
            + " --algorithm reference --output DIR/y.npy");
    run(
        "conv-transpose2d --input DIR/x.npy --weight DIR/w.npy --padding valid --threads 3"
            + " --output DIR/z.npy");

    Tensor expected =
        ConvTranspose2d.builder(4, 6, 3, 2)
            .stride(3, 2)
            .padding(Padding.of(1, 0, 0, 2))
            .dilation(1, 2)
            .groups(2)
            .outputPadding(2, 1)
            .options(PlanOptions.defaults().withAlgorithm(Algorithm.REFERENCE))
            .build()
            .forward(arena, x, w, b);
    assertHolds(expected, "y");
    assertHolds(ConvTranspose2d.builder(4, 3, 3, 2).build().forward(arena, x, w, null), "z");
  }

  @ParameterizedTest
  @EnumSource
  void im2colAndCol2im(Im2col.Layout layout) throws IOException {
    Tensor x = random("x", DType.F32, IMAGES);
    Im2col im2col =
        Im2col.builder(3, 2)
            .stride(2, 1)
            .padding(Padding.SAME_LOWER)
            .dilation(1, 2)
            .layout(layout)
            .build();
    Tensor columns = im2col.im2col(arena, x);
    String options =
        " --kernel 3,2 --stride 2,1 --padding same-lower --dilation 1,2 --layout "
            + layout.name().toLowerCase(Locale.ROOT);

    run("im2col --input DIR/x.npy --output DIR/c.npy" + options);
    run("col2im --input DIR/c.npy --shape 2,4,7,8 --output DIR/y.npy" + options);

    assertHolds(columns, "c");
    assertHolds(im2col.col2im(arena, columns, IMAGES), "y");
  }

  @Test
  void loweringLaysOutRowsIfNothingIsSaid() throws IOException {
    Tensor x = random("x", DType.F64, IMAGES);

    run("im2col --input DIR/x.npy --output DIR/c.npy --kernel 2 --groups 2 --threads 2");

    assertHolds(Im2col.builder(2, 2).build().im2col(arena, x), "c");
  }

  @Test
  void maxPool2d() throws IOException {
    Tensor x = random("x", DType.F64, IMAGES);
    x.set(20, Double.NaN);
    MaxPool2d pool =
        MaxPool2d.builder(3, 2)
            .stride(2, 3)
            .padding(Padding.of(1, 0, 0, 1))
            .dilation(2, 1)
            .ceilMode(true)
            .build();
    MaxPooling2d.Maxima maxima = pool.forwardWithIndices(arena, x);
    Tensor g = random("g", DType.F64, maxima.output().shape());
    String options =
        " --kernel 3,2 --stride 2,3 --padding 1,0,0,1 --dilation 2,1 --ceil-mode --threads 2";

    run("maxpool2d --input DIR/x.npy --output DIR/y.npy" + options);
    assertEquals(List.of("g.npy", "x.npy", "y.npy"), Cli.filesIn(folder));
    run("maxpool2d --input DIR/x.npy --output DIR/z.npy --indices DIR/i.npy" + options);
    run(
        "maxpool2d-backward --input DIR/x.npy --grad-output DIR/g.npy --grad-input DIR/d.npy"
            + options);

    assertHolds(maxima.output(), "y");
    assertHolds(maxima.output(), "z");
    assertHolds(maxima.indices(), "i");
    assertHolds(pool.backward(arena, x, g), "d");
  }

  @Test
  void poolsStrideByTheirKernelIfNothingIsSaid() throws IOException {
    Tensor x = random("x", DType.F32, IMAGES);

    run("maxpool2d --input DIR/x.npy --output DIR/y.npy --kernel 3,2");
    run("avgpool2d --input DIR/x.npy --output DIR/z.npy --kernel 2");

    assertHolds(MaxPool2d.builder(3, 2).build().forward(arena, x), "y");
    assertHolds(AvgPool2d.builder(2, 2).build().forward(arena, x), "z");
  }

  /** The operator tests of ONNX pad a kernel of 3 by 2. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"2,2,2,2 | 3", "2,0,1,2 | 3", "3,3,3,3 | 2", "same | 2", "same-lower | 2"})
  void poolsTakeMorePaddingOnFourSidesAndBySame(String padding, int kernel) throws IOException {
    Tensor x = random("x", DType.F64, IMAGES);
    String options = " --kernel " + kernel + " --padding " + padding + " --output DIR/";

    run("maxpool2d --input DIR/x.npy --stride 1 --dilation 3" + options + "y.npy");
    run("avgpool2d --input DIR/x.npy" + options + "z.npy");

    Padding sides = new PaddingConverter().convert(padding);
    assertHolds(
        MaxPool2d.builder(kernel, kernel)
            .rule(PoolingRule.ONNX)
            .padding(sides)
            .dilation(3)
            .build()
            .forward(arena, x),
        "y");
    assertHolds(
        AvgPool2d.builder(kernel, kernel)
            .rule(PoolingRule.ONNX)
            .padding(sides)
            .stride(kernel)
            .countIncludePad(true)
            .build()
            .forward(arena, x),
        "z");
  }

  private static Stream<AverageCase> averages() {
    return Stream.of(
        new AverageCase("", window()),
        new AverageCase(" --ceil-mode", window().ceilMode(true)),
        new AverageCase(" --no-count-include-pad", window().countIncludePad(false)),
        new AverageCase(" --divisor 5", window().divisorOverride(5)),
        new AverageCase(" --divisor -2", window().divisorOverride(-2)));
  }

  private static AvgPool2d.Builder window() {
    return AvgPool2d.builder(3, 2).stride(2, 3).padding(Padding.SAME_UPPER);
  }

  /** Options, and the pool that they mean. */
  record AverageCase(String options, AvgPool2d.Builder builder) {}

  @ParameterizedTest
  @MethodSource("averages")
  void avgPool2d(AverageCase average) throws IOException {
    AvgPool2d pool = average.builder().build();
    Tensor x = random("x", DType.F64, IMAGES);
    Tensor y = pool.forward(arena, x);
    Tensor g = random("g", DType.F64, y.shape());
    String options = " --kernel 3,2 --stride 2,3 --padding same --threads 2" + average.options();

    run("avgpool2d --input DIR/x.npy --output DIR/y.npy" + options);
    run(
        "avgpool2d-backward --input DIR/x.npy --grad-output DIR/g.npy --grad-input DIR/d.npy"
            + options);

    assertHolds(y, "y");
    assertHolds(pool.backward(arena, g, IMAGES), "d");
  }

  @ParameterizedTest
  @EnumSource
  void convolve2dAndCorrelate2d(Signal2d.Boundary boundary) throws IOException {
    Tensor a = random("a", DType.F64, 6, 5);
    Tensor k = random("k", DType.F64, 3, 2);
    for (Signal2d.Mode mode : Signal2d.Mode.values()) {
      Signal2d.Options options = new Signal2d.Options(mode, boundary, -0.75, 2);
      String words =
          " --input DIR/a.npy --kernel DIR/k.npy --fill-value -0.75 --mode "
              + mode
              + " --boundary "
              + boundary;

      run("convolve2d --output DIR/y.npy" + words);
      run("correlate2d --output DIR/z.npy" + words);

      assertHolds(Signal2d.convolve2d(arena, a, k, options), "y");
      assertHolds(Signal2d.correlate2d(arena, a, k, options), "z");
    }
  }

  @Test
  void signalsAreWholeAndSurroundedByZerosIfNothingIsSaid() throws IOException {
    Tensor a = random("a", DType.F32, 6, 5);
    Tensor k = random("k", DType.F32, 3, 2);

    run("convolve2d --input DIR/a.npy --kernel DIR/k.npy --output DIR/y.npy");

    assertHolds(Signal2d.convolve2d(arena, a, k, Signal2d.Options.defaults()), "y");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "conv2d-backward --input DIR/x.npy --weight DIR/w.npy --grad-output DIR/g.npy --grad-bias",
        "conv-transpose2d --input DIR/x.npy --weight DIR/w.npy --bias DIR/b.npy --output",
        "im2col --input DIR/x.npy --kernel 1 --output",
        "col2im --input DIR/c.npy --shape 1,1,2,2 --kernel 1 --output",
        "maxpool2d --input DIR/x.npy --kernel 1 --output",
        "maxpool2d-backward --input DIR/x.npy --grad-output DIR/g.npy --kernel 1 --grad-input",
        "avgpool2d --input DIR/x.npy --kernel 1 --output",
        "avgpool2d-backward --input DIR/x.npy --grad-output DIR/g.npy --kernel 1 --grad-input",
        "convolve2d --input DIR/a.npy --kernel DIR/k.npy --output",
        "correlate2d --input DIR/a.npy --kernel DIR/k.npy --output"
      })
  void everyOperatorComputesInTheTypeAskedFor(String command) throws IOException {
    random("x", DType.F64, 1, 1, 2, 2);
    random("w", DType.F32, 1, 1, 1, 1);
    random("b", DType.F32, 1);
    random("g", DType.F32, 1, 1, 2, 2);
    random("c", DType.F64, 4, 1);
    random("a", DType.F64, 2, 2);
    random("k", DType.F32, 1, 1);

    run(command + " DIR/single.npy --dtype f32");
    run(command + " DIR/double.npy --dtype F64");

    assertEquals(DType.F32, Npy.read(folder.resolve("single.npy"), arena).dtype());
    assertEquals(DType.F64, Npy.read(folder.resolve("double.npy"), arena).dtype());
  }

  @Test
  void leavesNoResultWhereOneCannotBeWritten() throws IOException {
    random("x", DType.F64, IMAGES);
    Path i = folder.resolve("i".repeat(300));

    // Too long a name for most file systems, which only the attempt shows.
    Cli cli = words("maxpool2d --input DIR/x.npy --kernel 2 --output DIR/y.npy --indices " + i);

    cli.requireMistake("iii: cannot be written");
    assertEquals(List.of("x.npy"), Cli.filesIn(folder));
  }

  @Test
  void followsLinks() throws IOException {
    Tensor x = random("x", DType.F64, IMAGES);
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.createSymbolicLink(folder.resolve("y.npy"), Path.of("elsewhere/made.npy"));
    Files.createSymbolicLink(folder.resolve("z.npy"), Path.of("nowhere/made.npy"));
    Files.createSymbolicLink(folder.resolve("w.npy"), Path.of("elsewhere/made.npy"));

    run("avgpool2d --input DIR/x.npy --output DIR/y.npy --kernel 2");

    Tensor expected = AvgPool2d.builder(2, 2).build().forward(arena, x);
    Cli.assertHolds(expected, elsewhere.resolve("made.npy"));
    assertTrue(Files.isSymbolicLink(folder.resolve("y.npy")));
    String files = " --input DIR/x.npy --kernel 2 --output DIR/y.npy --indices DIR/";
    words("maxpool2d" + files + "w.npy").requireMistake("w.npy', the file of --output too");
    words("maxpool2d" + files + "z.npy").requireMistake("z.npy: the folder that it links to");
    Cli.assertHolds(expected, elsewhere.resolve("made.npy"));
  }

  private Tensor random(String name, DType dtype, long... shape) throws IOException {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, random.nextDouble(-1, 1));
    }
    Npy.write(folder.resolve(name + ".npy"), tensor);
    return tensor;
  }

  private void run(String command) {
    assertEquals("", words(command).requireDone().out());
  }

  private Cli words(String command) {
    return Cli.run((Object[]) command.replace("DIR", folder.toString()).split(" "));
  }

  private void assertHolds(Tensor expected, String name) {
    Cli.assertHolds(expected, folder.resolve(name + ".npy"));
  }
}
