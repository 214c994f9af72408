package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files that are written through memory. */
class NpyOutputTest {
  @TempDir private Path folder;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void makesTheBytesOfAFileThatIsWrittenAtOnce(DType dtype) throws IOException {
    for (long[] shape : new long[][] {{}, {0}, {3, 0}, {7}, {5, 1, 2}, {1000, 9}}) {
      Tensor expected = Tensor.allocate(arena, dtype, shape);
      Path path = folder.resolve("y.npy");
      Path whole = folder.resolve("whole.npy");
      try (NpyOutput output = Npy.create(path, dtype, shape)) {
        Tensor tensor = output.tensor();
        assertEquals(expected.toString(), tensor.toString());
        for (long i = 0; i < tensor.elementCount(); i++) {
          expected.set(i, (double) i - 2.5);
          tensor.set(i, (double) i - 2.5);
        }
        output.commit();
      }
      Npy.write(whole, expected);

      assertArrayEquals(Files.readAllBytes(whole), Files.readAllBytes(path));
    }
    assertEquals(2, filesIn().size());
  }

  @Test
  void theOldFileStaysUntilTheNewOneIsComplete() throws IOException {
    Path path = folder.resolve("y.npy");
    Npy.write(path, Tensor.copyOf(arena, new double[] {1, 2, 3}, 3));
    try (NpyOutput output = Npy.create(path, DType.F64, 2)) {
      output.tensor().fill(7);
      assertArrayEquals(new double[] {1, 2, 3}, Npy.read(path, arena).toDoubleArray());
      Tensor old = Npy.map(path, arena);

      output.commit();

      assertArrayEquals(new double[] {7, 7}, Npy.read(path, arena).toDoubleArray());
      assertArrayEquals(new double[] {1, 2, 3}, old.toDoubleArray());
    }
    assertEquals(List.of(path), filesIn());
  }

  @Test
  void whatIsNotCommittedIsDeleted() throws IOException {
    Path path = folder.resolve("y.npy");
    NpyOutput output = Npy.create(path, DType.F64, 2);
    assertFalse(Files.exists(path));
    assertEquals(1, filesIn().size());

    output.close();
    output.close();

    assertEquals(List.of(), filesIn());
    assertEquals(
        "output: was closed already",
        assertThrows(IllegalStateException.class, output::commit).getMessage());
    assertThrows(IllegalStateException.class, () -> output.tensor().set(0, 1));
  }

  @Test
  void isCommittedOnce() throws IOException {
    Path path = folder.resolve("y.npy");
    try (NpyOutput output = Npy.create(path, DType.F64, 2)) {
      Tensor tensor = output.tensor();
      output.commit();

      assertEquals(
          "output: was committed already",
          assertThrows(IllegalStateException.class, output::commit).getMessage());
      assertThrows(IllegalStateException.class, () -> tensor.get(0));
    }
    assertEquals(List.of(path), filesIn());
  }

  @Test
  void holdsMoreThanTheHeapAndTwoGibibytes() throws IOException {
    Path path = folder.resolve("sparse.npy");
    long rows = 3L << 30;
    try (NpyOutput output = Npy.create(path, DType.F64, rows, 1)) {
      output.tensor().set(0, 1);
      output.tensor().set(rows - 1, 2);
      output.commit();
    }

    Tensor mapped = Npy.map(path, arena);
    assertEquals("F64[3221225472, 1]", mapped.toString());
    assertEquals(1, mapped.get(0));
    assertEquals(0, mapped.get(rows / 2));
    assertEquals(2, mapped.get(rows - 1));
    assertTrue(mapped.segment().isReadOnly());
  }

  @Test
  void operatorsWriteTheBitsThatTheyWriteToMemory() throws IOException {
    Path path = folder.resolve("y.npy");
    Conv2d conv = Conv2d.builder(8, 16, 3, 3).padding(1).build();
    Tensor images = Tensor.allocate(arena, DType.F32, 2, 8, 20, 20);
    for (long i = 0; i < images.elementCount(); i++) {
      images.set(i, Math.sin((double) i));
    }
    Tensor weight = Tensor.allocate(arena, DType.F32, 16, 8, 3, 3).fill(0.1);
    Tensor expected = conv.forward(arena, images, weight, null);
    try (NpyOutput output = Npy.create(path, DType.F32, expected.shape())) {
      conv.plan(DType.F32, images.shape()).forward(images, weight, null, output.tensor());
      output.commit();
    }

    assertEquals(-1, expected.segment().mismatch(Npy.read(path, arena).segment()));
  }

  @Test
  void everyThreadMayWrite() throws Exception {
    Path path = folder.resolve("y.npy");
    try (NpyOutput output = Npy.create(path, DType.F64, 2)) {
      Thread other = Thread.ofVirtual().start(() -> output.tensor().set(1, 5));
      other.join();
      output.commit();
    }

    assertArrayEquals(new double[] {0, 5}, Npy.read(path, arena).toDoubleArray());
  }

  @Test
  void whatCannotBeMadeIsToldAndLeavesNothing() throws IOException {
    Path path = folder.resolve("y.npy");
    assertEquals(
        "tensor: shape [2, -1] has a negative size",
        assertThrows(IllegalArgumentException.class, () -> Npy.create(path, DType.F64, 2, -1))
            .getMessage());
    assertEquals(
        "shape: has 65 dimensions, a .npy file holds at most 64",
        assertThrows(
                IllegalArgumentException.class, () -> Npy.create(path, DType.F64, new long[65]))
            .getMessage());
    assertEquals(
        "tensor: shape [1152921504606846976] in F64 has more than 2^63 - 1 bytes",
        assertThrows(IllegalArgumentException.class, () -> Npy.create(path, DType.F64, 1L << 60))
            .getMessage());
    String message =
        assertThrows(FileSystemException.class, () -> Npy.create(path, DType.F64, 1L << 59))
            .getMessage();
    assertTrue(
        message.startsWith(path + ": takes 4611686018427387904 bytes, its disk has "), message);
    Path orphan = folder.resolve("missing").resolve("y.npy");
    assertEquals(
        orphan + ": its folder does not exist",
        assertThrows(NoSuchFileException.class, () -> Npy.create(orphan, DType.F64, 1))
            .getMessage());
    assertEquals(
        folder + ": is a directory, must be a file",
        assertThrows(FileSystemException.class, () -> Npy.create(folder, DType.F64, 1))
            .getMessage());
    assertThrows(NullPointerException.class, () -> Npy.create(path, null, 1));
    assertEquals(List.of(), filesIn());
  }

  @Test
  void aSignalLeavesTheOldFileAlone() throws Exception {
    Path path = folder.resolve("y.npy");
    Npy.write(path, Tensor.copyOf(arena, new double[] {1}, 1));
    Process process = new ForkedJvm(Waiting.class).property("folder", folder).start();
    try (BufferedReader out = process.inputReader()) {
      assertEquals("writing", out.readLine());
      assertEquals(2, filesIn().size());
      process.destroy();
      process.waitFor();
    }

    assertEquals(List.of(path), filesIn());
    assertArrayEquals(new double[] {1}, Npy.read(path, arena).toDoubleArray());
  }

  private List<Path> filesIn() throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }

  /** Writes half of a file and waits to be ended. */
  static final class Waiting {
    private Waiting() {}

    /** Says when there is a file. */
    public static void main(String[] arguments) throws Exception {
      Path path = Path.of(System.getProperty("folder")).resolve("y.npy");
      try (NpyOutput output = Npy.create(path, DType.F64, 1000)) {
        output.tensor().set(0, 7);
        System.out.println("writing");
        Thread.sleep(60_000);
      }
    }
  }
}
