package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.image.Images;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What makes tensors in the caller's arena, where that runs out of memory: the arena's exception
 * comes through, files are closed, and the next call is right. Operators: {@link StarvedTest}.
 */
class ArenaFaultsTest {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  @TempDir private Path folder;
  private Path npy;
  private Path npz;
  private Path png;

  /** Makes tensors. */
  private interface Maker {
    Collection<Tensor> make(Arena arena) throws IOException;
  }

  @BeforeEach
  void write() throws IOException {
    npy = folder.resolve("x.npy");
    npz = folder.resolve("x.npz");
    png = folder.resolve("x.png");
    try (Arena arena = Arena.ofConfined()) {
      Tensor tensor = Tensor.copyOf(arena, new double[] {1, 2, 3, 4, 5, 6}, 1, 1, 2, 3);
      Npy.write(npy, tensor);
      Map<String, Tensor> both = new LinkedHashMap<>();
      both.put("a", tensor);
      both.put("b", tensor);
      Npz.write(npz, both);
    }
    Images.write(png, new BufferedImage(5, 4, BufferedImage.TYPE_INT_RGB));
  }

  @TestFactory
  Stream<DynamicTest> theArenasExceptionComesThrough() {
    Map<String, Maker> makers = new LinkedHashMap<>();
    makers.put("Npy.read", arena -> List.of(Npy.read(npy, arena)));
    makers.put("Npz.read one", arena -> List.of(Npz.read(npz, "b", arena)));
    makers.put("Npz.read all", arena -> Npz.read(npz, arena).values());
    makers.put("Images.read", arena -> List.of(Images.read(png, arena, DType.F32)));
    makers.put(
        "Tensor.copyOf", arena -> List.of(Tensor.copyOf(arena, DType.F32, new double[] {1}, 1)));
    return makers.entrySet().stream()
        .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> starve(each.getValue())));
  }

  private static void starve(Maker maker) throws IOException {
    List<double[]> expected;
    try (Arena arena = Arena.ofConfined()) {
      expected = values(maker.make(arena));
    }
    long descriptors = descriptors();
    int failed = 0;
    try (FaultyArena arena = new FaultyArena()) {
      while (true) {
        arena.allow(failed);
        try {
          List<double[]> made = values(maker.make(arena));
          assertEquals(expected.size(), made.size());
          for (int i = 0; i < made.size(); i++) {
            assertArrayEquals(expected.get(i), made.get(i));
          }
          break;
        } catch (FaultyArena.Empty told) {
          failed++;
        }
      }
    }
    assertTrue(failed > 0);
    assertEquals(descriptors, descriptors());
  }

  private static List<double[]> values(Collection<Tensor> tensors) {
    List<double[]> values = new ArrayList<>();
    for (Tensor tensor : tensors) {
      values.add(tensor.toDoubleArray());
    }
    return values;
  }

  private static long descriptors() {
    if (!Files.exists(DESCRIPTORS)) {
      return 0;
    }
    try (Stream<Path> open = Files.list(DESCRIPTORS)) {
      return open.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
