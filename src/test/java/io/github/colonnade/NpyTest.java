package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
  private static final String F8_3 = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }";

  @TempDir private Path folder;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  // Files that NumPy wrote.

  @ParameterizedTest
  @ValueSource(
      strings = {
        "f8_2x3x4.npy",
        "f8_2x3x4_fortran.npy",
        "f8_2x3x4_big_endian.npy",
        "f8_2x3x4_v2.npy",
        "f8_2x3x4_v3.npy"
      })
  void readsEveryVersionAndOrderThatNumpyWrites(String name) throws IOException {
    Tensor tensor = Npy.read(resource(name), arena);
    assertEquals(DType.F64, tensor.dtype());
    assertArrayEquals(new long[] {2, 3, 4}, tensor.shape());
    for (int i = 0; i < 24; i++) {
      assertEquals(i - 0.5, tensor.get(i));
    }
  }

  @Test
  void readsSinglePrecision() throws IOException {
    Tensor tensor = Npy.read(resource("f4_5.npy"), arena);
    assertEquals(DType.F32, tensor.dtype());
    assertArrayEquals(new float[] {0, 0.25f, 0.5f, 0.75f, 1}, tensor.toFloatArray());
  }

  @Test
  void readsIntegersExactly() throws IOException {
    Tensor tensor = Npy.read(resource("i8_2x2.npy"), arena);
    assertEquals("I64[2, 2]", tensor.toString());
    assertArrayEquals(
        new long[] {0, -1, (1L << 53) + 1, Long.MIN_VALUE},
        tensor.segment().toArray(ValueLayout.JAVA_LONG));
  }

  @Test
  void readsScalar() throws IOException {
    Tensor tensor = Npy.read(resource("f8_scalar.npy"), arena);
    assertEquals("F64[]", tensor.toString());
    assertEquals(2.5, tensor.get(0));
  }

  @Test
  void readsEmptyArray() throws IOException {
    assertEquals("F32[0, 3]", Npy.read(resource("f4_empty_0x3.npy"), arena).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"f8_2x3x4.npy", "f4_5.npy", "i8_2x2.npy", "f8_scalar.npy", "f4_empty_0x3.npy"})
  void writesTheBytesThatNumpyWrites(String name) throws IOException {
    Path written = folder.resolve("y.npy");
    Npy.write(written, Npy.read(resource(name), arena));
    assertArrayEquals(Files.readAllBytes(resource(name)), Files.readAllBytes(written));
  }

  /** At the lengths where NumPy's room for a larger first size just fits, and no longer. */
  @Test
  void headersAreAsLongAsThoseOfNumpy() {
    long[] ones = new long[15];
    Arrays.fill(ones, 1);
    assertEquals(128, NpyHeader.encode(DType.F64, Arrays.copyOf(ones, 14)).length);
    assertEquals(192, NpyHeader.encode(DType.F64, ones).length);
    long large = 999_999_999_999_999_999L;
    assertEquals(128, NpyHeader.encode(DType.F64, large, large, large).length);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"f8_2x3x4.npy", "f4_5.npy", "i8_2x2.npy", "f8_scalar.npy", "f4_empty_0x3.npy"})
  void mapsWhatItReads(String name) throws IOException {
    Tensor read = Npy.read(resource(name), arena);
    Tensor mapped = Npy.map(resource(name), arena);
    assertEquals(read.toString(), mapped.toString());
    assertTrue(mapped.segment().isReadOnly());
    assertEquals(-1, read.segment().mismatch(mapped.segment()));
  }

  @ParameterizedTest
  @CsvSource({
    "f8_2x3x4_fortran.npy, is in Fortran order",
    "f8_2x3x4_big_endian.npy, is big-endian"
  })
  void mapRefusesWhatOnlyReadCanReorder(String name, String reason) throws IOException {
    Path path = resource(name);
    assertEquals(
        path + ": cannot be mapped: the array " + reason + "; use Npy.read",
        assertThrows(NpyFormatException.class, () -> Npy.map(path, arena)).getMessage());
  }

  @Test
  void mapRefusesMisalignedData() throws IOException {
    Path path = file(1, F8_3, 24);
    assertEquals(24, Npy.read(path, arena).byteSize());
    assertTrue(
        assertThrows(NpyFormatException.class, () -> Npy.map(path, arena))
            .getMessage()
            .endsWith(
                "the array starts at byte 67, not a multiple of the element size 8;"
                    + " use Npy.read"));
  }

  @Test
  void mapsFortranOrderWhereItIsAlsoCOrder() throws IOException {
    String header = "{'descr': '<f8', 'fortran_order': True, 'shape': (1, 3, 1)}  ";
    assertEquals("F64[1, 3, 1]", Npy.map(file(2, header + "       ", 24), arena).toString());
  }

  @Test
  void readsFortranOrderWithoutElements() throws IOException {
    String header = "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 0, 2)}  ";
    assertEquals("F64[3, 0, 2]", Npy.read(file(2, header + "       ", 0), arena).toString());
  }

  // Round trips.

  @Test
  void roundTripsEveryTypeAndRank() throws IOException {
    Random random = new Random(1);
    long[][] shapes = {{}, {0}, {1}, {7}, {3, 0, 2}, {5, 1, 2}, {2, 3, 4, 5}, {1, 2, 1, 2, 1, 2}};
    Path path = folder.resolve("y.npy");
    for (DType dtype : DType.values()) {
      for (long[] shape : shapes) {
        Tensor tensor = Tensor.allocate(arena, dtype, shape);
        randomize(tensor.segment(), random);
        Npy.write(path, tensor);
        assertEquals(0, (Files.size(path) - tensor.byteSize()) % 64);
        Tensor read = Npy.read(path, arena);
        assertEquals(tensor.toString(), read.toString());
        assertEquals(-1, tensor.segment().mismatch(read.segment()), tensor.toString());
      }
    }
  }

  @Test
  void readsFortranOrderOfAnyRankAndBothByteOrders() throws IOException {
    long[][] shapes = {
      {4}, {1, 6}, {33, 65}, {70, 3}, {2, 33, 34}, {1, 5, 1, 7}, {2, 3, 4, 5}, {3, 2, 1, 2, 2, 40}
    };
    for (long[] shape : shapes) {
      for (String descr : new String[] {"<f8", ">f8", "<f4", ">f4", ">i8"}) {
        requireTransposed(shape, descr);
      }
    }
  }

  private void requireTransposed(long[] shape, String descr) throws IOException {
    int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    int elementBytes = descr.charAt(2) - '0';
    ByteBuffer data =
        ByteBuffer.allocate(count * elementBytes)
            .order(descr.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    // Element i in Fortran order holds its own position in C order.
    for (int i = 0; i < count; i++) {
      long position = positionInCOrder(i, shape);
      switch (descr.substring(1)) {
        case "f8" -> data.putDouble((double) position);
        case "f4" -> data.putFloat((float) position);
        default -> data.putLong(position);
      }
    }
    String sizes = Arrays.toString(shape).replace('[', '(').replace("]", ",)");
    Path path = folder.resolve("x.npy");
    Files.write(
        path,
        join(
            prefix(
                1,
                String.format("{'descr': '%s', 'fortran_order': True, 'shape': %s}", descr, sizes)),
            data.array()));
    Tensor tensor = Npy.read(path, arena);
    assertArrayEquals(shape, tensor.shape());
    for (int i = 0; i < count; i++) {
      assertEquals(i, tensor.get(i), descr + sizes);
    }
  }

  private static long positionInCOrder(long fortranPosition, long... shape) {
    long rest = fortranPosition;
    long[] index = new long[shape.length];
    for (int axis = 0; axis < shape.length; axis++) {
      index[axis] = rest % shape[axis];
      rest /= shape[axis];
    }
    long position = 0;
    for (int axis = 0; axis < shape.length; axis++) {
      position = position * shape[axis] + index[axis];
    }
    return position;
  }

  @Test
  void keepsTheBitsOfEveryNan() throws IOException {
    Path path = folder.resolve("nan.npy");
    Tensor tensor = Tensor.allocate(arena, DType.F64, 2);
    tensor.segment().setAtIndex(ValueLayout.JAVA_LONG, 0, 0x7ff0_0000_0000_0001L);
    tensor.segment().setAtIndex(ValueLayout.JAVA_LONG, 1, -1L);
    Npy.write(path, tensor);
    assertEquals(-1, tensor.segment().mismatch(Npy.read(path, arena).segment()));
  }

  @Test
  void mapsBeyondTwoGibibytes() throws IOException {
    Path path = folder.resolve("sparse.npy");
    long rows = 3L << 30;
    Files.write(path, NpyHeader.encode(DType.I64, rows, 1));
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(128 + rows * 8);
      file.seek(128 + (rows - 1) * 8);
      file.writeLong(Long.reverseBytes(42));
    }
    Tensor tensor = Npy.map(path, arena);
    assertEquals(rows, tensor.elementCount());
    assertEquals(42, tensor.get(rows - 1));
  }

  @Test
  void ignoresWhatFollowsTheArray() throws IOException {
    assertEquals("F64[3]", Npy.read(file(1, F8_3, 99), arena).toString());
  }

  // Headers that NumPy reads too.

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"shape\":(3,),\"descr\":\"<f8\",\"fortran_order\":True}",
        "  {'shape' : ( 3 , ) , 'fortran_order' :False,\n'descr':\t'=f8' } \n",
        "{'descr': '|f8', 'fortran_order': False, 'shape': (3L,), }",
        "{'descr': 'f8', 'fortran_order': False, 'shape': (3,)}",
      })
  void readsEverySpelling(String header) throws IOException {
    assertEquals("F64[3]", Npy.read(file(1, header, 24), arena).toString());
    assertEquals("F64[3]", Npy.read(file(2, header, 24), arena).toString());
  }

  @Test
  void readsTuplesWithTrailingComma() throws IOException {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L,)}";
    assertEquals("F32[2, 3]", Npy.read(file(1, header, 24), arena).toString());
  }

  // Headers that are refused.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                    | expected a Python dictionary, starting with '{', found its end",
        "[]                    | expected a Python dictionary, starting with '{', found '['"
            + " at byte 0",
        "{}                    | missing key 'descr'",
        "{'descr': '<f8', 'fortran_order': False} | missing key 'shape'",
        "{'descr': '<f8', 'shape': ()} | missing key 'fortran_order'",
        "{'a': 1}              | unknown key 'a', must be descr, fortran_order or shape",
        "{'a b': 1}            | unknown key 'a b', must be descr, fortran_order or shape",
        "{'shape': (), 'shape': ()} | duplicate key 'shape'",
        "{'descr': '<f8', 'descr': '<f8'} | duplicate key 'descr'",
        "{'fortran_order': True, 'fortran_order': False} | duplicate key 'fortran_order'",
        "{'fortran_order': True | expected ',' or '}', found its end",
        "{'shape': () 'a'      | expected ',' or '}', found ''' at byte 13",
        "{'shape': (),,        | expected a key in quotes, found ',' at byte 13",
        "{'shape' ()           | expected ':', found '(' at byte 9",
        "{'shape               | ends inside a string",
        "{'sh\\u0061pe': ()    | expected a string of plain characters, found '\\' at byte 4",
        "{'shape': 3}          | expected shape to be a tuple, starting with '(', found '3'"
            + " at byte 10",
        "{'shape': (3)}        | shape must be a tuple, such as (3,)",
        "{'shape': (,)}        | expected a size in decimal digits, found ',' at byte 11",
        "{'shape': (3,,)}      | expected a size in decimal digits, found ',' at byte 13",
        "{'shape': (3 4)}      | expected ',' or ')', found '4' at byte 13",
        "{'shape': (2.5,)}     | expected ',' or ')', found '.' at byte 12",
        "{'shape': (2, -3)}    | shape has the negative size -3",
        "{'shape': (True,)}    | expected a size in decimal digits, found 'T' at byte 11",
        "{'shape': (010,)}     | shape has a size with a leading zero, 010",
        "{'shape': (9223372036854775808,)} | shape has the size 9223372036854775808, more than"
            + " 2^63 - 1",
        "{'shape': (           | expected a size in decimal digits, found its end",
        "{'fortran_order': 1}  | expected fortran_order to be True or False, found '1' at byte 18",
        "{'fortran_order': Truely} | expected fortran_order to be True or False, found 'T'"
            + " at byte 18",
        "{'descr': [('a', '<f8')]} | structured dtypes are not supported, descr must be f8, f4"
            + " or i8",
        "{'descr': ('<f8', 2)} | expected descr to be a string in quotes, found '(' at byte 10",
        "{'descr': '<c16', 'fortran_order': False, 'shape': ()} | dtype '<c16' is not supported,"
            + " must be f8, f4 or i8",
        "{'descr': '', 'fortran_order': False, 'shape': ()} | dtype '' is not supported, must be"
            + " f8, f4 or i8",
        "{'descr': '<f8', 'fortran_order': False, 'shape': ()} x | expected nothing after the"
            + " dictionary, found 'x' at byte 54",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3037000500, 3037000500)} | shape"
            + " [3037000500, 3037000500] has more than 2^63 - 1 elements",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976,)} | shape"
            + " [1152921504606846976] in F64 has more than 2^63 - 1 bytes",
      })
  void refusesHeaders(String header, String rule) throws IOException {
    requireRefused(file(1, header, 64), "header: " + rule);
  }

  @Test
  void refusesObjectArrays() throws IOException {
    requireRefused(
        file(1, "{'descr': '|O', 'fortran_order': False, 'shape': ()}", 64),
        "header: object arrays ('|O') are not supported: they hold pickled Python objects");
  }

  @Test
  void refusesTooManyDimensions() throws IOException {
    String sizes = "1, ".repeat(65);
    String header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + sizes + ")}";
    requireRefused(file(1, header, 64), "header: shape has more than 64 dimensions");
  }

  @Test
  void refusesNonAsciiBytes() throws IOException {
    requireRefused(file(3, "{'é': 1}", 64), "header: has the non-ASCII byte 0xc3 at byte 2");
  }

  @Test
  void escapesControlCharacters() throws IOException {
    requireRefused(
        file(1, "\u001b[31m", 64),
        "header: expected a Python dictionary, starting with '{', found '\\u001b' at byte 0");
    requireRefused(
        file(1, "\0", 64),
        "header: expected a Python dictionary, starting with '{', found '\\u0000' at byte 0");
    requireRefused(
        file(1, "{'descr': '\u007f', 'fortran_order': False, 'shape': ()}", 64),
        "header: dtype '\\u007f' is not supported, must be f8, f4 or i8");
  }

  @Test
  void clipsLongQuotations() throws IOException {
    requireRefused(
        file(1, "{'" + "a".repeat(5000) + "': 1}", 64),
        "header: unknown key '" + "a".repeat(40) + "…', must be descr, fortran_order or shape");
    requireRefused(
        file(1, "{'" + "a".repeat(40) + "': 1}", 64),
        "header: unknown key '" + "a".repeat(40) + "', must be descr, fortran_order or shape");
  }

  @Test
  void readsTheLongestHeader() throws IOException {
    String header = F8_3 + " ".repeat(10_000 - F8_3.length());
    assertEquals("F64[3]", Npy.read(file(1, header, 24), arena).toString());
  }

  @Test
  void refusesHeadersThatAreTooLongOrLieAboutIt() throws IOException {
    requireRefused(
        file(1, F8_3 + " ".repeat(10_000), 24),
        "header: is 10057 bytes long, must be at most 10000");
    requireRefused(
        bytes(0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, 0xff, 0xff, 0xff, 0xff),
        "header: is 4294967295 bytes long, must be at most 10000");
    requireRefused(
        bytes(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 100, 0, '{'),
        "truncated: the header takes 110 bytes, the file has 11");
    requireRefused(bytes(0x93), "truncated: the header takes 8 bytes, the file has 1");
    requireRefused(
        bytes(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 2),
        "truncated: the header takes 10 bytes, the file has 9");
    requireRefused(
        bytes(0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, 2, 0),
        "truncated: the header takes 12 bytes, the file has 10");
  }

  // Data that is not there.

  @Test
  void refusesTruncatedData() throws IOException {
    requireRefused(
        file(1, F8_3, 23),
        "truncated: an array of F64[3] takes 24 bytes, the file has 23 after its header");
    requireRefused(
        file(1, F8_3.replace("3,", "1152921504606846975,"), 23),
        "truncated: an array of F64[1152921504606846975] takes 9223372036854775800 bytes,"
            + " the file has 23 after its header");
  }

  @Test
  void refusesEveryPrefixOfFile() throws IOException {
    byte[] whole = Files.readAllBytes(resource("f8_2x3x4_v2.npy"));
    Path path = folder.resolve("prefix.npy");
    for (int length = 1; length < whole.length; length++) {
      Files.write(path, Arrays.copyOf(whole, length));
      String message =
          assertThrows(NpyFormatException.class, () -> Npy.read(path, arena)).getMessage();
      assertTrue(message.startsWith(path + ": truncated: "), message);
    }
  }

  // Files that are something else.

  @Test
  void refusesOtherFiles() throws IOException {
    requireRefused(bytes(), "is empty, must be a .npy file");
    requireRefused(bytes('h', 'i'), "is not a .npy file");
    requireRefused(bytes(0x93, 'N', 'U', 'M', 'P', 'I', 1, 0), "is not a .npy file");
    requireRefused(
        bytes('P', 'K', 3, 4, 0),
        "is not a .npy file: it looks like a zip archive; if it is a .npz, use Npz.read");
    requireRefused(bytes(0x89, 'P', 'N', 'G'), "is not a .npy file: it looks like a PNG image");
    requireRefused(bytes(0xff, 0xd8, 0xff), "is not a .npy file: it looks like a JPEG image");
    requireRefused(bytes(0x1f, 0x8b, 8), "is not a .npy file: it looks like gzip, unzip it first");
    requireRefused(bytes(0x89, 'H', 'D', 'F'), "is not a .npy file: it looks like HDF5");
    requireRefused(bytes(0, 0, 8, 3), "is not a .npy file: it looks like an IDX file");
    requireRefused(bytes(0x80, 4, 0x95), "is not a .npy file: it looks like a Python pickle");
    requireRefused(
        "version https://git-lfs.github.com/spec/v1".getBytes(StandardCharsets.US_ASCII),
        "is not a .npy file: it is a Git LFS pointer, fetch the file behind it with git lfs pull");
    requireRefused(
        bytes(0x93, 'N', 'U', 'M', 'P', 'Y', 4, 0),
        "format version 4.0 is not supported, must be 1.0, 2.0 or 3.0");
    requireRefused(
        bytes(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 255),
        "format version 1.255 is not supported, must be 1.0, 2.0 or 3.0");
    requireRefused(
        bytes(0x93, 'N', 'U', 'M', 'P', 'Y', 0, 0),
        "format version 0.0 is not supported, must be 1.0, 2.0 or 3.0");
  }

  /** Python's pickles begin with 0x80 and their protocol, 2 to 5. */
  @Test
  void tellsPicklesFromWhatBeginsLikeOne() throws IOException {
    requireRefused(bytes(0x80, 2), "is not a .npy file: it looks like a Python pickle");
    requireRefused(bytes(0x80, 5), "is not a .npy file: it looks like a Python pickle");
    requireRefused(bytes(0x80, 1), "is not a .npy file");
    requireRefused(bytes(0x80, 6), "is not a .npy file");
    requireRefused(bytes(0x80), "is not a .npy file");
  }

  @Test
  void namesWhatIsNoFile() throws IOException {
    Path missing = folder.resolve("missing.npy");
    assertEquals(
        missing + ": no such file",
        assertThrows(NoSuchFileException.class, () -> Npy.read(missing, arena)).getMessage());
    assertEquals(
        folder + ": is a directory, must be a file",
        assertThrows(FileSystemException.class, () -> Npy.map(folder, arena)).getMessage());
    Path device = Path.of("/dev/zero");
    assumeTrue(Files.exists(device));
    assertEquals(
        "/dev/zero: is not a regular file",
        assertThrows(FileSystemException.class, () -> Npy.read(device, arena)).getMessage());
  }

  @Test
  void namesFileThatMayNotBeRead() throws IOException {
    assumePosix();
    Path path = file(1, F8_3, 24);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(path), "root reads everything");
    assertEquals(
        path + ": permission denied",
        assertThrows(FileSystemException.class, () -> Npy.read(path, arena)).getMessage());
  }

  @Test
  void escapesTheFileName() throws IOException {
    assumePosix();
    Path path = folder.resolve("a\nb.npy");
    Files.write(path, bytes());
    assertEquals(
        folder + "/a\\u000ab.npy: is empty, must be a .npy file",
        assertThrows(NpyFormatException.class, () -> Npy.read(path, arena)).getMessage());
  }

  @Test
  void readSaysWhenTheArenaIsClosed() throws IOException {
    Path path = file(1, F8_3, 24);
    Arena closed = Arena.ofConfined();
    closed.close();
    assertThrows(IllegalStateException.class, () -> Npy.read(path, closed));
    assertThrows(IllegalStateException.class, () -> Npy.map(resource("f4_5.npy"), closed));
  }

  // Writing.

  @Test
  void writeReplacesFileAndLeavesNothingElse() throws IOException {
    Path path = file(1, "old", 0);
    Npy.write(path, Tensor.copyOf(arena, new double[] {1, 2}, 2));
    Npy.write(path, Tensor.copyOf(arena, new double[] {3, 4, 5}, 3));
    assertArrayEquals(new double[] {3, 4, 5}, Npy.read(path, arena).toDoubleArray());
    assertEquals(List.of(path), filesIn(folder));
  }

  @Test
  void writeOverItsOwnMappingKeepsBoth() throws IOException {
    Path path = folder.resolve("y.npy");
    Npy.write(path, Tensor.copyOf(arena, new double[] {1, 2}, 2));
    Tensor mapped = Npy.map(path, arena);
    Npy.write(path, mapped.reshape(2, 1));
    assertEquals("F64[2, 1]", Npy.read(path, arena).toString());
    assertArrayEquals(new double[] {1, 2}, mapped.toDoubleArray());
  }

  @Test
  void writeGivesThePermissionsOfNewFile() throws IOException {
    assumePosix();
    Path plain = Files.write(folder.resolve("plain"), bytes());
    Path path = folder.resolve("y.npy");
    Npy.write(path, Tensor.allocate(arena, DType.F64));
    assertEquals(Files.getPosixFilePermissions(plain), Files.getPosixFilePermissions(path));
  }

  @Test
  void writeFollowsSymbolicLinks() throws IOException {
    assumePosix();
    Path inner = Files.createDirectory(folder.resolve("inner"));
    Path link = folder.resolve("link.npy");
    Files.createSymbolicLink(link, Path.of("inner", "y.npy"));
    // Once dangling, once not.
    for (int i = 0; i < 2; i++) {
      Npy.write(link, Tensor.allocate(arena, DType.F64, i));
      assertTrue(Files.isSymbolicLink(link));
      assertEquals(i, Npy.read(inner.resolve("y.npy"), arena).elementCount());
    }
  }

  @Test
  void writeAcceptsRelativeNames() throws IOException {
    Path relative = Path.of("").toAbsolutePath().relativize(folder.toRealPath().resolve("y.npy"));
    Npy.write(relative, Tensor.allocate(arena, DType.F64));
    assertEquals("F64[]", Npy.read(relative, arena).toString());
  }

  @Test
  void writeRefusesTensorsThatAreNotThere() throws InterruptedException {
    Path path = folder.resolve("y.npy");
    Tensor dead;
    try (Arena closed = Arena.ofConfined()) {
      dead = Tensor.allocate(closed, DType.F64, 1);
    }
    assertEquals(
        "tensor: its arena is closed",
        assertThrows(IllegalStateException.class, () -> Npy.write(path, dead)).getMessage());
    Tensor foreign = Tensor.allocate(arena, DType.F64, 1);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        new Thread(
            () ->
                thrown.set(
                    assertThrows(WrongThreadException.class, () -> Npy.write(path, foreign))));
    thread.start();
    thread.join();
    assertEquals("tensor: its arena belongs to another thread", thrown.get().getMessage());
    long[] shape = new long[65];
    Tensor deep = Tensor.allocate(arena, DType.F64, shape);
    assertEquals(
        "tensor: has 65 dimensions, a .npy file holds at most 64",
        assertThrows(IllegalArgumentException.class, () -> Npy.write(path, deep)).getMessage());
    assertFalse(Files.exists(path));
  }

  @Test
  void writesTheLongestHeaderThatItReads() throws IOException {
    long[] shape = new long[64];
    Arrays.fill(shape, Long.MAX_VALUE);
    shape[63] = 0;
    Path path = folder.resolve("y.npy");
    Npy.write(path, Tensor.allocate(arena, DType.F64, shape));
    assertArrayEquals(shape, Npy.read(path, arena).shape());
  }

  @Test
  void writeNamesTargetsThatCannotBe() throws IOException {
    Tensor tensor = Tensor.allocate(arena, DType.F64, 1);
    assertEquals(
        folder + ": is a directory, must be a file",
        assertThrows(FileSystemException.class, () -> Npy.write(folder, tensor)).getMessage());
    Path orphan = folder.resolve("missing").resolve("y.npy");
    assertEquals(
        orphan + ": its folder does not exist",
        assertThrows(NoSuchFileException.class, () -> Npy.write(orphan, tensor)).getMessage());
    assumePosix();
    Path below = Files.write(folder.resolve("file"), bytes()).resolve("y.npy");
    String message =
        assertThrows(FileSystemException.class, () -> Npy.write(below, tensor)).getMessage();
    assertTrue(message.startsWith(below + ": "), message);
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device));
    assertEquals(
        "/dev/null: is not a regular file",
        assertThrows(FileSystemException.class, () -> Npy.write(device, tensor)).getMessage());
  }

  @Test
  void interruptedWriteLeavesNothing() throws IOException {
    Tensor tensor = Tensor.allocate(arena, DType.F64, 1);
    Thread.currentThread().interrupt();
    try {
      assertThrows(IOException.class, () -> Npy.write(folder.resolve("y.npy"), tensor));
    } finally {
      assertTrue(Thread.interrupted());
    }
    assertEquals(List.of(), filesIn(folder));
  }

  // Fuzzing: one line reproduces a failure.

  @Test
  void mutatedHeadersAreReadOrRefused() throws IOException {
    byte[] valid = F8_3.replace("(3,)", "(2, 3L)").getBytes(StandardCharsets.US_ASCII);
    int parsed = 0;
    for (int seed = 0; seed < 10_000; seed++) {
      byte[] mutant = mutate(valid, new Random(seed));
      try {
        NpyHeader.parse("x.npy", mutant);
        parsed++;
      } catch (NpyFormatException e) {
        requireOneLine(e);
      } catch (RuntimeException e) {
        fail("seed " + seed, e);
      }
    }
    assertTrue(parsed > 0);
  }

  @Test
  void mutatedFilesAreReadOrRefused() throws IOException {
    byte[] valid = Files.readAllBytes(resource("f8_2x3x4.npy"));
    Path path = folder.resolve("mutant.npy");
    for (int seed = 0; seed < 500; seed++) {
      Files.write(path, mutate(valid, new Random(seed)));
      try (Arena own = Arena.ofConfined()) {
        assertTrue(Npy.read(path, own).byteSize() <= Files.size(path));
      } catch (NpyFormatException e) {
        requireOneLine(e);
      } catch (RuntimeException e) {
        fail("seed " + seed, e);
      }
    }
  }

  private static byte[] mutate(byte[] valid, Random random) {
    String alphabet = "{}()[]'\",:<>=|-0123456789LTFalse \n\\\u0000\u001b\u00ff";
    List<Byte> bytes = new ArrayList<>();
    for (byte b : valid) {
      bytes.add(b);
    }
    int mutations = 1 + random.nextInt(4);
    for (int i = 0; i < mutations && !bytes.isEmpty(); i++) {
      int at = random.nextInt(bytes.size());
      byte replacement = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
      switch (random.nextInt(4)) {
        case 0 -> bytes.set(at, replacement);
        case 1 -> bytes.add(at, replacement);
        case 2 -> bytes.remove(at);
        default -> bytes.subList(at, Math.min(at + random.nextInt(20), bytes.size())).clear();
      }
    }
    byte[] mutant = new byte[bytes.size()];
    for (int i = 0; i < mutant.length; i++) {
      mutant[i] = bytes.get(i);
    }
    return mutant;
  }

  private static void requireOneLine(NpyFormatException e) {
    String message = e.getMessage();
    assertTrue(message.chars().noneMatch(Character::isISOControl), message);
    assertTrue(message.contains(".npy: "), message);
  }

  // Helpers.

  private void requireRefused(byte[] content, String rule) throws IOException {
    requireRefused(Files.write(folder.resolve("x.npy"), content), rule);
  }

  private void requireRefused(Path path, String rule) {
    assertEquals(
        path + ": " + rule,
        assertThrows(NpyFormatException.class, () -> Npy.read(path, arena)).getMessage());
    assertEquals(
        path + ": " + rule,
        assertThrows(NpyFormatException.class, () -> Npy.map(path, arena)).getMessage());
  }

  private Path file(int version, String header, int dataBytes) throws IOException {
    byte[] content = join(prefix(version, header), new byte[dataBytes]);
    return Files.write(folder.resolve("x.npy"), content);
  }

  /** Returns magic, version, length and header, with no padding. */
  private static byte[] prefix(int version, String header) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    byte[] start = bytes(0x93, 'N', 'U', 'M', 'P', 'Y', version, 0);
    ByteBuffer length = ByteBuffer.allocate(version == 1 ? 2 : 4).order(ByteOrder.LITTLE_ENDIAN);
    if (version == 1) {
      length.putShort((short) text.length);
    } else {
      length.putInt(text.length);
    }
    return join(join(start, length.array()), text);
  }

  private static byte[] join(byte[] a, byte[] b) {
    return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static void randomize(MemorySegment segment, Random random) {
    byte[] bytes = new byte[(int) segment.byteSize()];
    random.nextBytes(bytes);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
  }

  private Path resource(String name) throws IOException {
    Path copy = folder.resolve(name);
    if (!Files.exists(copy)) {
      try (InputStream in = NpyTest.class.getResourceAsStream("npy/" + name)) {
        Files.copy(in, copy);
      }
    }
    return copy;
  }

  private static List<Path> filesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static void assumePosix() {
    assumeTrue(Path.of("").getFileSystem().supportedFileAttributeViews().contains("posix"));
  }
}
