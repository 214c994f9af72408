package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Npy;
import io.github.colonnade.Padding;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command writes is what the library returns. */
class Conv2dCommandTest {
  private static final long[] INPUT = {2, 4, 9, 8};
  private static final long[] WEIGHT = {6, 2, 3, 2};

  @TempDir private Path folder;

  @Test
  void writesWhatTheLibraryReturns() throws IOException {
    Random random = new Random(1);
    double[] x = random.doubles(2 * 4 * 9 * 8, -1, 1).toArray();
    double[] w = random.doubles(6 * 2 * 3 * 2, -1, 1).toArray();
    double[] b = random.doubles(6, -1, 1).toArray();
    Cli.save(folder.resolve("x.npy"), x, INPUT);
    Cli.save(folder.resolve("w.npy"), w, WEIGHT);
    Cli.save(folder.resolve("b.npy"), b, 6);

    run("--bias", folder.resolve("b.npy"), "--algorithm", "IM2COL", "--threads", 2);

    try (Arena arena = Arena.ofConfined()) {
      Tensor expected =
          conv(Algorithm.IM2COL)
              .forward(
                  arena,
                  Tensor.copyOf(arena, x, INPUT),
                  Tensor.copyOf(arena, w, WEIGHT),
                  Tensor.copyOf(arena, b, 6));
      Tensor written = Npy.read(folder.resolve("y.npy"), arena);
      assertArrayEquals(expected.shape(), written.shape());
      assertArrayEquals(expected.toDoubleArray(), written.toDoubleArray());
    }
  }

  @Test
  void convertsAllOperandsToTheTypeAskedFor() throws IOException {
    Cli.save(folder.resolve("x.npy"), new float[2 * 4 * 9 * 8], INPUT);
    Cli.save(folder.resolve("w.npy"), new double[6 * 2 * 3 * 2], WEIGHT);
    // Needs more digits than single precision has.
    double third = 1.0 / 3;
    Cli.save(folder.resolve("b.npy"), new double[] {third, 0, 0, 0, 0, 0}, 6);

    run("--bias", folder.resolve("b.npy"), "--dtype", "f64");
    assertEquals(third, firstOutput(DType.F64));

    run("--bias", folder.resolve("b.npy"), "--dtype", "f32", "--algorithm", "reference");
    assertEquals((float) third, firstOutput(DType.F32));
  }

  @Test
  void replacesItsOwnInputWhole() throws IOException {
    Path x = Cli.save(folder.resolve("x.npy"), new double[] {1, 2, 3, 4}, 1, 1, 2, 2);
    Path w = Cli.save(folder.resolve("w.npy"), new double[] {10}, 1, 1, 1, 1);

    Cli.run("conv2d", "--input", x, "--weight", w, "--output", x).requireDone();

    try (Arena arena = Arena.ofConfined()) {
      assertArrayEquals(new double[] {10, 20, 30, 40}, Npy.read(x, arena).toDoubleArray());
    }
  }

  @Test
  void tellsOfAnOutputThatNoMachineHolds() {
    Path x = Cli.save(folder.resolve("x.npy"), new double[] {1}, 1, 1, 1, 1);

    Path y = folder.resolve("y.npy");
    Cli cli = Cli.run("conv2d", "--input", x, "--weight", x, "--output", y, "--padding", 99999999);

    assertEquals(1, cli.code());
    assertEquals(1, cli.err().lines().count(), cli.err());
    assertTrue(cli.err().contains("not enough memory"), cli.err());
    assertTrue(cli.err().contains("input " + x + " is F64[1, 1, 1, 1]"), cli.err());
  }

  private void run(Object... options) {
    Object[] command = {
      "conv2d",
      "--input",
      folder.resolve("x.npy"),
      "--weight",
      folder.resolve("w.npy"),
      "--output",
      folder.resolve("y.npy"),
      "--stride",
      "2,1",
      "--padding",
      "0,1,2,0",
      "--dilation",
      "1,2",
      "--groups",
      2
    };
    Object[] all = new Object[command.length + options.length];
    System.arraycopy(command, 0, all, 0, command.length);
    System.arraycopy(options, 0, all, command.length, options.length);
    assertEquals("", Cli.run(all).requireDone().out());
  }

  private double firstOutput(DType dtype) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Tensor written = Npy.read(folder.resolve("y.npy"), arena);
      assertEquals(dtype, written.dtype());
      return written.get(0);
    }
  }

  private static Conv2d conv(Algorithm algorithm) {
    return Conv2d.builder(4, 6, 3, 2)
        .stride(2, 1)
        .padding(Padding.of(0, 1, 2, 0))
        .dilation(1, 2)
        .groups(2)
        .options(PlanOptions.defaults().withAlgorithm(algorithm))
        .build();
  }
}
