package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Npy;
import io.github.colonnade.NpyOutput;
import io.github.colonnade.Pad2d;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.SeparableFilter2d;
import io.github.colonnade.SeparableKernel;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code filter} of arrays: tile by tile, from file to file. */
class FilterArrayTest {
  private static final Object[] GAUSSIAN = {
    "--kernel", "gaussian", "--sigma", 1.5, "--boundary", "wrap"
  };

  @TempDir private Path folder;
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @ParameterizedTest
  @CsvSource({"fill, 2 3 0", "reflect, 2 3 2", "replicate, 2 3 3", "wrap, 2 3 1"})
  void seesBeyondTheBorder(String boundary, String expected) throws IOException {
    Path x = Cli.save(folder.resolve("x.npy"), new double[] {1, 2, 3}, 1, 3);
    Path kernel = Cli.save(folder.resolve("k.npy"), new double[] {0, 0, 1}, 1, 3);

    assertEquals(expected, words(filter(x, "--kernel", kernel, "--boundary", boundary)));
  }

  @Test
  void keepsWhatIsBelowBlackAndAboveWhite() throws IOException {
    Path x = Cli.save(folder.resolve("x.npy"), new float[] {-1000, 0.5f, 300}, 1, 3);
    Path kernel = Cli.save(folder.resolve("k.npy"), new double[] {2}, 1, 1);

    Tensor y = filter(x, "--kernel", kernel);

    assertEquals("F32[1, 3]", y.toString());
    assertArrayEquals(new double[] {-2000, 1, 600}, y.toDoubleArray());
  }

  @ParameterizedTest
  @EnumSource(Boundary.class)
  void manyTilesHaveTheBitsOfOnePiece(Boundary boundary) throws IOException {
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      Tensor x = random(dtype, 2, 3, 37, 50);
      Tensor k = random(dtype, 4, 7);
      Path from = save("x.npy", x);
      Path kernel = save("k.npy", k);
      Pad2d border = Pad2d.builder(boundary.mode()).padding(2, 3, 1, 3).build();
      Tensor planes = Tensor.of(x.segment(), dtype, 6, 1, 37, 50);
      Tensor weight = Tensor.of(k.segment(), dtype, 1, 1, 4, 7);
      Tensor expected =
          Conv2d.builder(1, 1, 4, 7)
              .options(PlanOptions.defaults().withAlgorithm(Algorithm.DIRECT))
              .build()
              .forward(arena, border.forward(arena, planes), weight, null);
      for (Object[] options : new Object[][] {{}, {"--tile", 6}, {"--tile", 13, "--threads", 3}}) {
        Tensor y =
            filter(from, words("--kernel", kernel, "--boundary", Choices.name(boundary), options));

        assertEquals(dtype + "[2, 3, 37, 50]", y.toString());
        assertEquals(-1, expected.segment().mismatch(y.segment()), Arrays.toString(options));
      }
    }
  }

  @Test
  void separableKernelsHaveTheBitsOfOnePiece() throws IOException {
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      Tensor x = random(dtype, 1, 2, 60, 41);
      Path from = save("x.npy", x);
      Tensor expected =
          SeparableFilter2d.builder(SeparableKernel.gaussian(1.5, 1.5, 0, 0, 3))
              .border(Pad2d.Mode.CIRCULAR)
              .build()
              .forward(arena, x);

      Tensor whole = filter(from, GAUSSIAN);
      Tensor tiled = filter(from, words(GAUSSIAN, "--tile", 11));
      Tensor written = filter(from, words(GAUSSIAN, "--tile", 12, "--separable", "never"));

      assertEquals(-1, expected.segment().mismatch(whole.segment()));
      assertEquals(-1, expected.segment().mismatch(tiled.segment()));
      double bound = dtype == DType.F64 ? 1e-15 : 1e-6;
      assertArrayEquals(expected.toDoubleArray(), written.toDoubleArray(), bound);
    }
  }

  @Test
  void edgesAreMagnitudesInBothTypes() throws IOException {
    double[] step = {1, 1, 4, 4, 1, 1, 4, 4, 1, 1, 4, 4};
    Path x = Cli.save(folder.resolve("x.npy"), step, 3, 4);

    for (String dtype : List.of("f64", "f32")) {
      assertEquals("0 12 12 0 0 12 12 0 0 12 12 0", edges(x, "sobel", dtype));
      assertEquals("0 12 12 0 0 12 12 0 0 12 12 0", edges(x, "scharr", dtype));
      assertEquals("0 9 9 0 0 9 9 0 0 9 9 0", edges(x, "laplacian", dtype));
    }
  }

  private String edges(Path x, String kernel, String dtype) throws IOException {
    Tensor y = filter(x, "--kernel", kernel, "--dtype", dtype);
    assertEquals(dtype.toUpperCase(Locale.ROOT) + "[3, 4]", y.toString());
    return words(y);
  }

  @Test
  void readsWhatCannotBeMapped() throws IOException {
    Path x = folder.resolve("x.npy");
    byte[] bytes = Files.readAllBytes(Cli.save(x, new double[] {1, 2, 3, 4, 5, 6}, 2, 3));
    String header = new String(bytes, 0, 128, StandardCharsets.ISO_8859_1);
    byte[] fortran = header.replace("False, ", "True,  ").getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(fortran, 0, bytes, 0, 128);
    Files.write(x, bytes);
    Path kernel = Cli.save(folder.resolve("k.npy"), new double[] {1}, 1, 1);

    assertEquals("1 3 5 2 4 6", words(filter(x, "--kernel", kernel)));
  }

  @Test
  void anEmptyArrayStaysEmpty() throws IOException {
    for (long[] shape : new long[][] {{0, 5}, {0, 3, 4, 5}, {2, 3, 4, 0}}) {
      Path x = Cli.save(folder.resolve("x.npy"), new float[0], shape);

      assertArrayEquals(shape, filter(x, "--kernel", "gaussian").shape());
    }
  }

  @Test
  void mistakesAreToldAndLeaveNothing() throws IOException {
    Path x = Cli.save(folder.resolve("x.npy"), new double[12], 3, 4);
    Path y = folder.resolve("y.npy");
    Path cube = Cli.save(folder.resolve("cube.npy"), new double[8], 2, 2, 2);
    Path png = Files.createFile(folder.resolve("i.png"));
    Path cut = folder.resolve("cut.npy");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(x), 200));
    Path link = Files.createLink(folder.resolve("link.npy"), x);
    Path large = Cli.save(folder.resolve("large.npy"), new double[] {1e300}, 1, 1);
    Path integers = folder.resolve("i8.npy");
    Npy.write(integers, Tensor.allocate(arena, DType.I64, 2, 2));
    List<String> before = Cli.filesIn(folder);

    mistake("--output: is '" + x + "', the file of the input too, must be another", x, x);
    mistake("--output: is '" + link + "', the file of the input too, must be another", x, link);
    mistake("o.png', must end in .npy as the input does", x, folder.resolve("o.png"));
    mistake("y.npy', must end in .png for a photograph", png, y);
    mistake("i8.npy: holds integers (i8), must hold f8 or f4", integers, y);
    mistake("cube.npy: has shape [2, 2, 2], must be [H, W] or [N, C, H, W]", cube, y);
    mistake("cut.npy: ", cut, y);
    mistake("missing.npy: no such file", folder.resolve("missing.npy"), y);
    mistake(
        "--boundary: wrap takes 9 pixels beyond the border from an image whose height is 3",
        x,
        y,
        "--boundary",
        "wrap",
        "--kernel",
        "gaussian");
    mistake(
        "--tile: is 3, too small for " + x + " and a kernel of 5 x 5, must be at least 4",
        x,
        y,
        "--tile",
        3,
        "--boundary",
        "fill");
    mistake(
        "single precision does not hold: --dtype f64", x, y, "--dtype", "f32", "--kernel", large);
    mistake("--dtype: is for arrays (.npy) alone", png, folder.resolve("o.png"), "--dtype", "f32");
    mistake("--tile: is for arrays (.npy) alone", png, folder.resolve("o.png"), "--tile", 9);
    assertEquals(before, Cli.filesIn(folder));
  }

  private static void mistake(String what, Path input, Path output, Object... options) {
    boolean named = Arrays.asList(options).contains("--kernel");
    Object[] kernel = named ? new Object[0] : new Object[] {"--kernel", "box"};
    Cli.run(words("filter", input, "-o", output, kernel, options)).requireMistake(what);
  }

  /** A file of a quarter of a gigabyte in a heap of 64 MB and little more beside it. */
  @Test
  void aFileNeedNotFitInMemory() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/status")));
    Path x = sparse(8192, 8192);
    Process process =
        new ForkedCli()
            .option("-Xmx64m")
            .start(Main.class, "filter", x, "--kernel", "box", "-o", folder.resolve("y.npy"));
    long most = 0;
    while (process.isAlive()) {
      most = Math.max(most, anonymousBytes(process));
      Thread.sleep(5);
    }

    assertEquals("", text(process));
    assertEquals(0, process.waitFor());
    Tensor y = Npy.map(folder.resolve("y.npy"), arena);
    assertEquals("F32[8192, 8192]", y.toString());
    assertEquals((float) (7 * 0.04), y.get(8191 * 8192L + 8190), 1e-6);
    assertTrue(most < 256L << 20, "took " + most + " bytes beside its files");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFileCutShortMeanwhileIsToldAndNothingLeft(boolean input) throws Exception {
    assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
    Path x = sparse(16384, 8192);
    Path kernel =
        Cli.save(folder.resolve("k.npy"), random(DType.F64, 31, 31).toDoubleArray(), 31, 31);
    Path y = folder.resolve("y.npy");
    Process process = new ForkedCli().start(Main.class, "filter", x, "--kernel", kernel, "-o", y);
    Path temporary = null;
    while (process.isAlive() && temporary == null) {
      try (var files = Files.list(folder)) {
        temporary =
            files
                .filter(file -> file.toString().endsWith(".tmp"))
                .filter(file -> file.toFile().length() > 1 << 20)
                .findFirst()
                .orElse(null);
      }
    }
    // What a disk does that is full: pages cannot be had.
    try (FileChannel file = FileChannel.open(input ? x : temporary, StandardOpenOption.WRITE)) {
      file.truncate(128);
    }

    String says =
        input
            ? x + ": was cut short while it was read"
            : y + ": cannot be written: its disk is full, or its file was cut short";
    assertEquals("colonnade: " + says + "\n", text(process));
    assertEquals(2, process.waitFor());
    assertEquals(List.of("k.npy", "x.npy"), Cli.filesIn(folder));
  }

  private static String text(Process process) throws IOException {
    return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Returns what a process holds in memory that is no file's. */
  private static long anonymousBytes(Process process) {
    try {
      return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
          .filter(line -> line.startsWith("RssAnon:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException ended) {
      return 0;
    }
  }

  /** Makes an array that takes no room on the disk: zeros, and sevens at the end. */
  private Path sparse(long height, long width) throws IOException {
    Path file = folder.resolve("x.npy");
    try (NpyOutput output = Npy.create(file, DType.F32, height, width)) {
      output.tensor().set(height * width - 1, 7);
      output.commit();
    }
    return file;
  }

  /** Filters into y.npy and reads it. */
  private Tensor filter(Path x, Object... options) throws IOException {
    Path y = folder.resolve("y.npy");
    Cli.run(words("filter", x, "-o", y, options)).requireDone();
    return Npy.read(y, arena);
  }

  /** Returns words, those in arrays among them. */
  private static Object[] words(Object... words) {
    return Arrays.stream(words)
        .flatMap(word -> word instanceof Object[] more ? Arrays.stream(more) : Stream.of(word))
        .toArray();
  }

  /** Returns the elements, all whole numbers. */
  private static String words(Tensor tensor) {
    return DoubleStream.of(tensor.toDoubleArray())
        .mapToObj(value -> String.valueOf(Math.round(value)))
        .collect(Collectors.joining(" "));
  }

  private Path save(String name, Tensor tensor) throws IOException {
    Path file = folder.resolve(name);
    Npy.write(file, tensor);
    return file;
  }

  private Tensor random(DType dtype, long... shape) {
    SplittableRandom random = new SplittableRandom(shape.length);
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, random.nextDouble(-1, 1));
    }
    return tensor;
  }
}
