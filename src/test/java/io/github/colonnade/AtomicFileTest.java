package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a file takes the place of another. */
class AtomicFileTest {
  @TempDir private Path folder;

  @Test
  void aSignalLeavesAWholeFileAlone() throws Exception {
    Process process = new ForkedJvm(ForkedWriter.class).property("folder", folder).start();
    try (BufferedReader out = process.inputReader()) {
      assertEquals("begun", out.readLine());
      assertEquals(2, names().size());
      process.destroy();
      process.waitFor();
    }

    assertHoldsTheFirst();
  }

  @ParameterizedTest
  @ValueSource(strings = {"exit", "hook"})
  void anExitLeavesWholeFilesAlone(String end) throws Exception {
    new ForkedJvm(ForkedWriter.class).property("folder", folder).property("end", end).run();

    if (end.equals("hook")) {
      Files.delete(folder.resolve("hook.npy"));
    }
    assertHoldsTheFirst();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-rw----", "r--r--r--"})
  void whatIsReplacedHandsOnItsPermissions(String permissions) throws IOException {
    assumePosix();
    Path path = folder.resolve("y.npy");
    Set<PosixFilePermission> wanted = PosixFilePermissions.fromString(permissions);
    Files.setPosixFilePermissions(Files.createFile(path), wanted);

    write(path);

    assertEquals(wanted, Files.getPosixFilePermissions(path));
  }

  @Test
  void whatIsReplacedHandsOnItsOwnerAndGroup() throws IOException {
    assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("unix"));
    Path path = Files.createFile(folder.resolve("y.npy"));
    try {
      Files.setAttribute(path, "unix:uid", 12_345);
    } catch (FileSystemException denied) {
      assumeTrue(false, "only root can give a file away");
    }
    Files.setAttribute(path, "unix:gid", 12_346);

    write(path);

    assertEquals(12_345, Files.getAttribute(path, "unix:uid"));
    assertEquals(12_346, Files.getAttribute(path, "unix:gid"));
  }

  @Test
  void aChainOfLinksIsFollowedToItsEnd() throws IOException {
    assumePosix();
    Path inner = Files.createDirectory(folder.resolve("inner"));
    Path middle = Files.createSymbolicLink(inner.resolve("middle"), Path.of("..", "end.npy"));
    Path first = Files.createSymbolicLink(folder.resolve("first"), Path.of("inner", "middle"));

    write(first);

    assertTrue(Files.isSymbolicLink(first));
    assertTrue(Files.isSymbolicLink(middle));
    assertTrue(Files.isRegularFile(folder.resolve("end.npy")));
  }

  @Test
  void aLoopOfLinksIsRefused() throws IOException {
    assumePosix();
    Path one = Files.createSymbolicLink(folder.resolve("one"), Path.of("two"));
    Files.createSymbolicLink(folder.resolve("two"), Path.of("one"));

    assertEquals(
        one + ": is a link in a loop, or in a chain of more than 40",
        assertThrows(FileSystemException.class, () -> write(one)).getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 20_000})
  void aStreamGetsTheBytesOfAFile(int count) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Path path = folder.resolve("y.npy");
    try (Arena arena = Arena.ofConfined()) {
      Tensor tensor = Tensor.allocate(arena, DType.F32, count).fill(0.5);
      Npy.write(path, tensor);
      Npy.write(out, tensor);
    }

    assertArrayEquals(Files.readAllBytes(path), out.toByteArray());
  }

  private static void write(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Npy.write(path, Tensor.allocate(arena, DType.F64, 3));
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private void assertHoldsTheFirst() throws IOException {
    assertEquals(List.of("y.npy"), names());
    try (Arena arena = Arena.ofConfined()) {
      double[] values = Npy.read(folder.resolve("y.npy"), arena).toDoubleArray();
      assertArrayEquals(new double[ForkedWriter.ELEMENTS], values);
    }
  }

  private static void assumePosix() {
    assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
  }

  /** Writes a file, and is ended while it writes it again: by itself if the property says so. */
  static final class ForkedWriter {
    static final int ELEMENTS = 1 << 20;

    private ForkedWriter() {}

    /** Prints a line when the second file is half written. */
    public static void main(String[] arguments) throws Exception {
      Path folder = Path.of(System.getProperty("folder"));
      String end = System.getProperty("end", "");
      try (Arena arena = Arena.ofShared()) {
        Tensor tensor = Tensor.allocate(arena, DType.F64, ELEMENTS);
        if (end.equals("hook")) {
          Runtime.getRuntime().addShutdownHook(new Thread(() -> save(folder, tensor)));
        }
        Npy.write(folder.resolve("y.npy"), tensor);
        try (NpyOutput second = Npy.create(folder.resolve("y.npy"), DType.F64, ELEMENTS)) {
          second.tensor().slice(0, ELEMENTS / 2).fill(1);
          System.out.println("begun");
          if (!end.isEmpty()) {
            System.exit(0);
          }
          Thread.sleep(Long.MAX_VALUE);
        }
      }
    }

    private static void save(Path folder, Tensor tensor) {
      try {
        Npy.write(folder.resolve("hook.npy"), tensor);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
