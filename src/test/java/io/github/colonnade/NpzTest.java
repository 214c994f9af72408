package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that NumPy wrote, archives of ours, and archives that lie. */
class NpzTest {
  /** Where fields are in a record of the directory. */
  private static final int METHOD = 10;

  private static final int CHECKSUM = 16;
  private static final int COMPRESSED_SIZE = 20;
  private static final int SIZE = 24;

  @TempDir private Path folder;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  // Archives that NumPy wrote.

  @ParameterizedTest
  @ValueSource(strings = {"stored.npz", "compressed.npz"})
  void readsWhatNumpyWrites(String name) throws IOException {
    Path path = resource(name);

    Map<String, Tensor> arrays = Npz.read(path, arena);

    List<String> names =
        List.of(
            "x", "labels", "f32", "fortran", "big", "empty", "scalar", "layer1/weight", "größe");
    assertEquals(names, Npz.names(path));
    assertEquals(names, List.copyOf(arrays.keySet()));
    assertEquals("F64[2, 3, 4]", arrays.get("x").toString());
    for (int i = 0; i < 24; i++) {
      assertEquals(i - 0.5, arrays.get("x").get(i));
    }
    assertArrayEquals(
        new long[] {3, -1, (1L << 53) + 1},
        arrays.get("labels").segment().toArray(ValueLayout.JAVA_LONG));
    assertArrayEquals(new float[] {0, 0.25f, 0.5f, 0.75f, 1}, arrays.get("f32").toFloatArray());
    assertEquals("F64[2, 3]", arrays.get("fortran").toString());
    assertArrayEquals(new double[] {0, 1, 2, 3, 4, 5}, arrays.get("fortran").toDoubleArray());
    assertArrayEquals(new double[] {0, 1, 2}, arrays.get("big").toDoubleArray());
    assertEquals("F64[0, 3]", arrays.get("empty").toString());
    assertEquals("F64[]", arrays.get("scalar").toString());
    assertEquals(2.5, arrays.get("scalar").get(0));
    assertEquals("F64[1, 2]", arrays.get("layer1/weight").toString());
    assertEquals(7, Npz.read(path, "größe", arena).get(0));
  }

  @Test
  void arraysWithoutNamesHaveThoseOfNumpy() throws IOException {
    assertEquals(List.of("arr_0", "arr_1"), Npz.names(resource("positional.npz")));
  }

  @Test
  void readsOnlyWhatIsAskedFor() throws IOException {
    Path path = resource("strings.npz");

    assertEquals("F64[2]", Npz.read(path, "x", arena).toString());
    requireRefused(
        path, "who", ": who.npy: header: dtype '<U1' is not supported, must be f8, f4 or i8");
    assertThrows(NpyFormatException.class, () -> Npz.read(path, arena));
  }

  @Test
  void namesTheArraysThatThereAre() throws IOException {
    requireRefused(resource("positional.npz"), "w", ": has no array 'w', it has arr_0, arr_1");
    requireRefused(resource("positional.npz"), "arr_0.npy", ": has no array 'arr_0.npy', it has");
    requireRefused(zip("readme.txt", new byte[3]), "w", ": has no array 'w', and no other");
  }

  // Round trips.

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyTypeAndRankComesBack(boolean compressed) throws IOException {
    Random random = new Random(1);
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    for (DType dtype : DType.values()) {
      for (long[] shape : new long[][] {{}, {0}, {7}, {3, 0, 2}, {2, 3, 4, 5}, {9_000}}) {
        Tensor tensor = Tensor.allocate(arena, dtype, shape);
        byte[] bytes = new byte[(int) tensor.byteSize()];
        random.nextBytes(bytes);
        MemorySegment.copy(bytes, 0, tensor.segment(), ValueLayout.JAVA_BYTE, 0, bytes.length);
        arrays.put(tensor.toString(), tensor);
      }
    }
    Path path = folder.resolve("y.npz");

    write(path, arrays, compressed);
    byte[] first = Files.readAllBytes(path);
    write(path, arrays, compressed);

    assertArrayEquals(first, Files.readAllBytes(path));
    assertEquals(List.copyOf(arrays.keySet()), Npz.names(path));
    Npz.read(path, arena)
        .forEach(
            (name, read) -> {
              assertEquals(name, read.toString());
              assertEquals(-1, arrays.get(name).segment().mismatch(read.segment()), name);
            });
    assertEquals(List.of(path), filesIn());
  }

  @Test
  void compressionIsUsed() throws IOException {
    Map<String, Tensor> zeros = Map.of("zeros", Tensor.allocate(arena, DType.F64, 100_000));
    Path stored = folder.resolve("stored.npz");
    Path compressed = folder.resolve("compressed.npz");

    Npz.write(stored, zeros);
    Npz.writeCompressed(compressed, zeros);

    assertTrue(Files.size(stored) > 800_000);
    assertTrue(Files.size(compressed) < 2_000);
    assertEquals(100_000, Npz.read(compressed, "zeros", arena).elementCount());
  }

  @Test
  void anArchiveOfNothingIsOne() throws IOException {
    Path path = folder.resolve("y.npz");

    Npz.write(path, Map.of());

    assertEquals(List.of(), Npz.names(path));
    assertEquals(Map.of(), Npz.read(path, arena));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''              | is '', must not be empty",
        "/etc/passwd     | is '/etc/passwd', must not be the name of a file elsewhere",
        "..              | ok",
        "../x            | is '../x', must not be the name of a file elsewhere",
        "a/../../x       | is 'a/../../x', must not be the name of a file elsewhere",
        "a\\x            | is 'a\\x', must not be the name of a file elsewhere",
        "a..b/c..        | ok",
        "a b/ü           | ok",
      })
  void namesStayInsideTheArchive(String name, String rule) throws IOException {
    Path path = folder.resolve("y.npz");
    Map<String, Tensor> arrays = Map.of(name, Tensor.allocate(arena, DType.F64, 1));
    if (rule.equals("ok")) {
      Npz.write(path, arrays);
      assertEquals(List.of(name), Npz.names(path));
      return;
    }
    assertEquals(
        "name: " + rule,
        assertThrows(IllegalArgumentException.class, () -> Npz.write(path, arrays)).getMessage());
    assertEquals(List.of(), filesIn());
  }

  @Test
  void namesAreOfTextThatFits() throws IOException {
    Path path = folder.resolve("y.npz");
    Tensor tensor = Tensor.allocate(arena, DType.F64, 1);

    Npz.write(path, Map.of("n".repeat(65_000), tensor));
    assertEquals(65_000, Npz.names(path).get(0).length());
    assertEquals(
        "name: is 65534 bytes long in UTF-8, must be at most 65531",
        assertThrows(
                IllegalArgumentException.class,
                () -> Npz.write(path, Map.of("ü".repeat(32_767), tensor)))
            .getMessage());
    assertEquals(
        "name: is '\\ud800', must be text that UTF-8 can encode",
        assertThrows(
                IllegalArgumentException.class, () -> Npz.write(path, Map.of("\ud800", tensor)))
            .getMessage());
    assertEquals(65_000, Npz.names(path).get(0).length());
  }

  @Test
  void aTensorThatIsNotThereLeavesTheOldFile() throws IOException {
    Path path = folder.resolve("y.npz");
    Tensor good = Tensor.allocate(arena, DType.F64, 1);
    Tensor dead;
    try (Arena closed = Arena.ofConfined()) {
      dead = Tensor.allocate(closed, DType.F64, 1);
    }
    Npz.write(path, Map.of("old", good));
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    arrays.put("good", good);
    arrays.put("dead", dead);

    assertEquals(
        "array 'dead': its arena is closed",
        assertThrows(IllegalStateException.class, () -> Npz.write(path, arrays)).getMessage());
    assertEquals(List.of("old"), Npz.names(path));
    assertEquals(List.of(path), filesIn());
  }

  @Test
  void writeNamesTargetsThatCannotBe() {
    Path orphan = folder.resolve("missing").resolve("y.npz");
    assertEquals(
        orphan + ": its folder does not exist",
        assertThrows(NoSuchFileException.class, () -> Npz.write(orphan, Map.of())).getMessage());
    assertEquals(
        folder + ": is a directory, must be a file",
        assertThrows(FileSystemException.class, () -> Npz.write(folder, Map.of())).getMessage());
  }

  // Files that are something else.

  @Test
  void refusesOtherFiles() throws IOException {
    requireRefused(file(), "x", ": is empty, must be a .npz file");
    requireRefused(file('h', 'i'), "x", ": is not a .npz file");
    requireRefused(
        file(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0),
        "x",
        ": is not a .npz file: it looks like a .npy file, use Npy.read");
    requireRefused(
        file(0x1f, 0x8b, 8), "x", ": is not a .npz file: it looks like gzip, unzip it first");
    requireRefused(
        file('P', 'K', 3, 4, 0),
        "x",
        ": cannot be read as a zip archive: zip END header not found");
    Path missing = folder.resolve("missing.npz");
    assertEquals(
        missing + ": no such file",
        assertThrows(NoSuchFileException.class, () -> Npz.names(missing)).getMessage());
    assertEquals(
        folder + ": is a directory, must be a file",
        assertThrows(FileSystemException.class, () -> Npz.names(folder)).getMessage());
  }

  @Test
  void everyArchiveThatIsCutShortIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(resource("compressed.npz"));
    Path path = folder.resolve("cut.npz");
    for (int length = 0; length < whole.length; length += 13) {
      Files.write(path, Arrays.copyOf(whole, length));
      String message =
          assertThrows(NpyFormatException.class, () -> Npz.read(path, arena)).getMessage();
      assertTrue(message.startsWith(path + ": "), message);
    }
  }

  // Entries that are not what they claim.

  @Test
  void anArrayThatIsLargerThanItsEntryIsRefused() throws IOException {
    byte[] claims = npy("(1000000000,)", 24);
    requireRefused(
        zip("x.npy", claims),
        "x",
        ": x.npy: truncated: an array of F64[1000000000] takes 8000000000 bytes, the entry has 24"
            + " after its header");
    requireRefused(zip("x.npy", new byte[0]), "x", ": x.npy: is empty, must be a .npy file");
    requireRefused(
        zip("x.npy", Arrays.copyOf(claims, 30)), "x", ": x.npy: truncated: the header takes ");
    requireRefused(
        zip("x.npy", "\u0089PNG".getBytes(StandardCharsets.ISO_8859_1)),
        "x",
        ": x.npy: is not a .npy file: it looks like a PNG image");
  }

  @Test
  void anEntryThatClaimsMoreThanItCanHoldIsRefused() throws IOException {
    byte[] zip = Files.readAllBytes(zip("x.npy", npy("(100000000,)", 24)));
    Path bomb = patched(zip, SIZE, 800_000_064);

    requireRefused(bomb, "x", ": x.npy: claims to be 800000064 bytes long, more than its ");
    // A name alone is no reason to trust it either.
    assertThrows(NpyFormatException.class, () -> Npz.names(bomb));
  }

  @Test
  void anEntryMayClaimWhatItsBytesCouldHoldAndNoMore() throws IOException {
    byte[] deflated = Files.readAllBytes(zip("x.npy", npy("(3,)", 24)));
    int compressed =
        ByteBuffer.wrap(deflated)
            .order(ByteOrder.LITTLE_ENDIAN)
            .getInt(directory(deflated) + COMPRESSED_SIZE);
    assertListed(deflated, compressed * 1032);
    Path stored = folder.resolve("stored.npz");
    Npz.write(stored, Map.of("x", Tensor.allocate(arena, DType.F64, 3)));
    assertListed(Files.readAllBytes(stored), (int) Files.size(stored));
  }

  private void assertListed(byte[] zip, int most) throws IOException {
    assertEquals(List.of("x"), Npz.names(patched(zip, SIZE, most)));
    requireRefused(
        patched(zip, SIZE, most + 1), "x", ": x.npy: claims to be " + (most + 1) + " bytes long");
  }

  @Test
  void entriesMayTakeAllBytesOfTheFileAndNoMore() throws IOException {
    byte[] zip = Files.readAllBytes(zip("x.npy", npy("(3,)", 24), "y.npy", npy("(3,)", 24)));
    int first = directory(zip) + COMPRESSED_SIZE;
    int second = first + 46 + "x.npy".length();
    ByteBuffer bytes = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(first, zip.length - bytes.getInt(second));
    Path path = folder.resolve("x.npz");
    assertEquals(List.of("x", "y"), Npz.names(Files.write(path, zip)));
    bytes.putInt(first, bytes.getInt(first) + 1);
    requireRefused(Files.write(path, zip), "x", ": y.npy: shares bytes with other entries");
    bytes.putInt(first, zip.length + 1);
    requireRefused(Files.write(path, zip), "x", ": x.npy: shares bytes with other entries");
  }

  @Test
  void archivesAreClosedReadOrRefused() throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(descriptors), "Linux alone lists open files");
    byte[] zip = Files.readAllBytes(zip("x.npy", npy("(3,)", 24)));
    Path bomb = patched(zip, SIZE, 800_000_000).toRealPath();
    Path good = folder.toRealPath().resolve("x.npz");
    Npz.read(good, arena);
    assertThrows(NpyFormatException.class, () -> Npz.names(bomb));
    try (var open = Files.list(descriptors)) {
      open.filter(Files::isSymbolicLink)
          .forEach(
              each -> {
                try {
                  Path file = Files.readSymbolicLink(each);
                  assertFalse(file.equals(good) || file.equals(bomb), file + " is open");
                } catch (IOException e) {
                  // Closed meanwhile, by another thread.
                }
              });
    }
  }

  @Test
  void anEntryThatClaimsWithinReasonIsFoundOutWhenItIsRead() throws IOException {
    byte[] array = npy("(1000,)", 8000);
    byte[] zip = Files.readAllBytes(zip("x.npy", array));

    requireRefused(
        patched(zip, SIZE, array.length + 1),
        "x",
        ": x.npy: is not of the " + (array.length + 1) + " bytes that the archive claims");
    requireRefused(
        patched(zip, SIZE, array.length - 1), "x", ": x.npy: truncated: an array of F64[1000]");
    byte[] longer = npy("(999,)", 8000);
    requireRefused(
        patched(Files.readAllBytes(zip("x.npy", longer)), SIZE, longer.length - 1),
        "x",
        ": x.npy: is not of the ");
    byte[] larger = npy("(1001,)", 8000);
    requireRefused(
        patched(Files.readAllBytes(zip("x.npy", larger)), SIZE, larger.length + 8),
        "x",
        ": x.npy: truncated: the entry was cut short while it was read");
  }

  @Test
  void aChecksumThatIsWrongIsTold() throws IOException {
    byte[] zip = Files.readAllBytes(zip("x.npy", npy("(3,)", 24)));

    requireRefused(
        patched(zip, CHECKSUM, 1),
        "x",
        ": x.npy: is damaged: its checksum is not that of the archive");
  }

  @Test
  void dataThatCannotBeInflatedAreTold() throws IOException {
    byte[] zip = Files.readAllBytes(zip("x.npy", npy("(3,)", 24)));
    Arrays.fill(zip, 37, 50, (byte) 0xff);

    requireRefused(Files.write(folder.resolve("x.npz"), zip), "x", ": x.npy: is damaged: ");
  }

  /** Java's reader of zip archives says nothing at all of it. */
  @Test
  void anEndThatPromisesMoreIsTold() throws IOException {
    byte[] zip = Files.readAllBytes(zip("x.npy", npy("(3,)", 24)));
    zip[zip.length - 2] = 29;

    requireRefused(
        Files.write(folder.resolve("x.npz"), zip),
        "x",
        ": cannot be read as a zip archive: it is damaged");
  }

  @Test
  void aMethodThatNobodyKnowsIsTold() throws IOException {
    byte[] zip = Files.readAllBytes(zip("x.npy", npy("(3,)", 24)));
    ByteBuffer.wrap(zip)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort(directory(zip) + METHOD, (short) 99);

    requireRefused(
        Files.write(folder.resolve("x.npz"), zip), "x", ": cannot be read as a zip archive: ");
  }

  @Test
  void aNameThatIsThereTwiceIsRefused() throws IOException {
    byte[] zip = Files.readAllBytes(zip("x.npy", npy("(3,)", 24), "y.npy", npy("(3,)", 24)));
    byte[] twice =
        new String(zip, StandardCharsets.ISO_8859_1)
            .replace("y.npy", "x.npy")
            .getBytes(StandardCharsets.ISO_8859_1);

    requireRefused(
        Files.write(folder.resolve("x.npz"), twice), "x", ": x.npy: is in the archive twice");
  }

  @Test
  void entriesThatShareTheirBytesAreRefused() throws IOException {
    // Each claims nearly the whole file, as in a bomb whose entries overlap.
    byte[] zip = Files.readAllBytes(zip("x.npy", npy("(3,)", 24), "y.npy", npy("(3,)", 24)));
    int most = zip.length * 3 / 5;
    ByteBuffer bytes = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
    int first = directory(zip);
    bytes.putInt(first + COMPRESSED_SIZE, most);
    bytes.putInt(first + 46 + "x.npy".length() + COMPRESSED_SIZE, most);

    requireRefused(Files.write(folder.resolve("x.npz"), zip), "x", "");
  }

  @Test
  void whatIsNoArrayIsPassedOver() throws IOException {
    Path path = zip("readme.txt", new byte[3], "a/", new byte[0], "x.npy", npy("(3,)", 24));

    assertEquals(List.of("x"), Npz.names(path));
    assertEquals("F64[3]", Npz.read(path, "x", arena).toString());
  }

  @Test
  void whatFollowsAnArrayIsIgnored() throws IOException {
    assertEquals("F64[3]", Npz.read(zip("x.npy", npy("(3,)", 99_999)), "x", arena).toString());
  }

  @Test
  void namesCannotControlTheTerminal() throws IOException {
    Path path = zip("\u001b[31m.npy", new byte[0]);

    requireRefused(path, "\u001b[31m", ": \\u001b[31m.npy: is empty, must be a .npy file");
  }

  @Test
  void mutatedArchivesAreReadOrRefused() throws IOException {
    byte[] valid = Files.readAllBytes(resource("compressed.npz"));
    Path path = folder.resolve("mutant.npz");
    for (int seed = 0; seed < 1000; seed++) {
      Random random = new Random(seed);
      byte[] mutant = valid.clone();
      for (int i = 0; i <= random.nextInt(4); i++) {
        mutant[random.nextInt(mutant.length)] = (byte) random.nextInt();
      }
      Files.write(path, mutant);
      try (Arena own = Arena.ofConfined()) {
        Npz.read(path, own);
      } catch (NpyFormatException e) {
        assertTrue(e.getMessage().startsWith(path + ": "), e.getMessage());
        assertTrue(e.getMessage().chars().noneMatch(Character::isISOControl), e.getMessage());
      } catch (RuntimeException e) {
        fail("seed " + seed, e);
      }
    }
  }

  // Helpers.

  private static void write(Path path, Map<String, Tensor> arrays, boolean compressed)
      throws IOException {
    if (compressed) {
      Npz.writeCompressed(path, arrays);
    } else {
      Npz.write(path, arrays);
    }
  }

  private void requireRefused(Path path, String name, String rule) {
    String message =
        assertThrows(NpyFormatException.class, () -> Npz.read(path, name, arena)).getMessage();
    assertTrue(message.startsWith(path + rule), message);
  }

  /** Returns an array file of a shape, with so many bytes of data. */
  private static byte[] npy(String shape, int dataBytes) {
    byte[] header =
        ("{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }")
            .getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(10 + header.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(NpyHeader.MAGIC)
        .put((byte) 1)
        .put((byte) 0)
        .putShort((short) header.length)
        .put(header)
        .array();
  }

  /** Names and contents in turn. */
  private Path zip(Object... entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < entries.length; i += 2) {
        zip.putNextEntry(new ZipEntry((String) entries[i]));
        zip.write((byte[]) entries[i + 1]);
      }
    }
    return Files.write(folder.resolve("x.npz"), bytes.toByteArray());
  }

  /** Changes a number in the first record of the directory. */
  private Path patched(byte[] zip, int field, int value) throws IOException {
    byte[] changed = zip.clone();
    ByteBuffer.wrap(changed)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(directory(changed) + field, value);
    return Files.write(folder.resolve("patched.npz"), changed);
  }

  private static int directory(byte... zip) {
    return new String(zip, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
  }

  private Path file(int... values) throws IOException {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return Files.write(folder.resolve("x.npz"), bytes);
  }

  private List<Path> filesIn() throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }

  private Path resource(String name) throws IOException {
    Path copy = folder.resolve(name);
    if (!Files.exists(copy)) {
      try (InputStream in = NpzTest.class.getResourceAsStream("npz/" + name)) {
        Files.copy(in, copy);
      }
    }
    return copy;
  }
}
