package io.github.colonnade;

import io.github.colonnade.internal.files.AtomicFile;
import io.github.colonnade.internal.files.InputFile;
import io.github.colonnade.internal.files.Printable;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Reads and writes several arrays as NumPy's {@code .npz} files: zip archives of which each entry
 * {@code NAME.npy} is a file as {@link Npy} reads and writes it.
 *
 * <p>What {@code np.savez} and {@code np.savez_compressed} write is read, and {@code np.load} reads
 * what is written here. Entries whose name does not end in {@code .npy} are no arrays and are
 * passed over. Names may hold slashes; nothing is ever unpacked to disk.
 *
 * <p>Nothing is allocated for an array before its header, the size of its entry and what so many
 * compressed bytes can hold at most, which is 1032 times as much, agree; and an archive whose
 * entries share bytes is refused. So no archive takes more memory than 1032 times its own size, and
 * those that are not compressed take no more than that size. Checksums are verified.
 */
public final class Npz {
  /** The end of an array's entry. */
  static final String ENDING = ".npy";

  /** What np.savez gives all entries, so that the same arrays make the same bytes. */
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  /** What the field of its length can say, less the ending. */
  private static final int MOST_NAME_BYTES = 0xffff - ENDING.length();

  private static final int BUFFER_BYTES = 1 << 16;

  private Npz() {}

  /**
   * Returns the names of an archive's arrays, without reading any.
   *
   * @param path a regular file
   * @return names as {@code np.load(path).files} has them, in the order of the archive
   * @throws NpyFormatException if the file is no archive of arrays, naming the rule
   * @throws IOException if the file is missing or cannot be read
   */
  public static List<String> names(Path path) throws IOException {
    try (NpzArchive archive = NpzArchive.open(path)) {
      return archive.names();
    }
  }

  /**
   * Reads one array into new memory, as {@link Npy#read}. The others are not touched.
   *
   * @param path a regular file
   * @param name the array's, one of {@link #names}
   * @param arena owner of the memory
   * @return a tensor of the array's shape and type, aligned to 64 bytes
   * @throws NpyFormatException if the file is no archive of arrays, has none of that name, or one
   *     that a tensor cannot hold, naming the file, the array and the rule
   * @throws IOException if the file is missing or cannot be read
   */
  public static Tensor read(Path path, String name, Arena arena) throws IOException {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(arena, "arena");
    try (NpzArchive archive = NpzArchive.open(path)) {
      return archive.read(name, arena);
    }
  }

  /**
   * Reads all arrays into new memory, as {@link Npy#read}.
   *
   * @param path a regular file
   * @param arena owner of the memory
   * @return the arrays by name, in the order of the archive
   * @throws NpyFormatException if the file is no archive of arrays, or of one that a tensor cannot
   *     hold, naming the file, the array and the rule
   * @throws IOException if the file is missing or cannot be read
   */
  public static Map<String, Tensor> read(Path path, Arena arena) throws IOException {
    Objects.requireNonNull(arena, "arena");
    try (NpzArchive archive = NpzArchive.open(path)) {
      Map<String, Tensor> arrays = new LinkedHashMap<>();
      for (String name : archive.names()) {
        arrays.put(name, archive.read(name, arena));
      }
      return arrays;
    }
  }

  /**
   * Writes arrays as they are, as {@code np.savez} does. The file appears at once, as in {@link
   * Npy#write(Path, Tensor)}, and the same arrays make the same bytes.
   *
   * @param path the file to create or replace
   * @param arrays tensors of at most 64 dimensions by name, written in the map's order. Not
   *     modified.
   * @throws IllegalArgumentException if a tensor has more than 64 dimensions, or a name is empty,
   *     longer than 65,531 bytes in UTF-8, or one that an archiver could take for a file elsewhere:
   *     with a backslash, a slash in front or {@code ..} between slashes
   * @throws IllegalStateException if a tensor's arena is closed
   * @throws WrongThreadException if a tensor's arena belongs to another thread
   * @throws IOException if the file cannot be written
   */
  public static void write(Path path, Map<String, Tensor> arrays) throws IOException {
    write(path, arrays, ZipEntry.STORED);
  }

  /**
   * Writes arrays compressed, as {@code np.savez_compressed} does, and otherwise as {@link #write}.
   * It takes several times as long, and pays for masks, labels and zeros; results of computations
   * hardly compress.
   *
   * @param path the file to create or replace
   * @param arrays tensors of at most 64 dimensions by name, written in the map's order. Not
   *     modified.
   * @throws IllegalArgumentException as {@link #write}
   * @throws IllegalStateException if a tensor's arena is closed
   * @throws WrongThreadException if a tensor's arena belongs to another thread
   * @throws IOException if the file cannot be written
   */
  public static void writeCompressed(Path path, Map<String, Tensor> arrays) throws IOException {
    write(path, arrays, ZipEntry.DEFLATED);
  }

  private static void write(Path path, Map<String, Tensor> arrays, int method) throws IOException {
    List<Map.Entry<String, Tensor>> all = new ArrayList<>(arrays.entrySet());
    for (Map.Entry<String, Tensor> array : all) {
      requireName(Objects.requireNonNull(array.getKey(), "name"));
      String operand = "array '" + Printable.text(array.getKey()) + "'";
      Npy.requireWritable(operand, Objects.requireNonNull(array.getValue(), operand));
    }
    try (AtomicFile output = new AtomicFile(path)) {
      try (ZipOutputStream zip =
          new ZipOutputStream(
              new BufferedOutputStream(Channels.newOutputStream(output.create()), BUFFER_BYTES))) {
        for (Map.Entry<String, Tensor> array : all) {
          zip.putNextEntry(entry(array.getKey(), array.getValue(), method));
          Npy.write(zip, array.getValue());
          zip.closeEntry();
        }
      }
      output.publish();
    } catch (IOException e) {
      throw InputFile.named(path, e);
    }
  }

  private static void requireName(String name) {
    // Others unpack archives to disk, and are not always careful.
    boolean strays =
        name.startsWith("/")
            || name.contains("\\")
            || Arrays.asList((name + ENDING).split("/", -1)).contains("..");
    if (name.isEmpty()) {
      throw wrong(name, "must not be empty");
    }
    if (strays) {
      throw wrong(name, "must not be the name of a file elsewhere");
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
      throw wrong(name, "must be text that UTF-8 can encode");
    }
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MOST_NAME_BYTES) {
      throw new IllegalArgumentException(
          "name: is " + bytes + " bytes long in UTF-8, must be at most " + MOST_NAME_BYTES);
    }
  }

  private static IllegalArgumentException wrong(String name, String rule) {
    return new IllegalArgumentException("name: is '" + Printable.text(name) + "', " + rule);
  }

  private static ZipEntry entry(String name, Tensor tensor, int method) throws IOException {
    ZipEntry entry = new ZipEntry(name + ENDING);
    entry.setMethod(method);
    entry.setTimeLocal(NO_TIME);
    if (method == ZipEntry.STORED) {
      CRC32 sum = new CRC32();
      Npy.write(new CheckedOutputStream(OutputStream.nullOutputStream(), sum), tensor);
      entry.setSize(Npy.fileBytes(tensor));
      entry.setCrc(sum.getValue());
    }
    return entry;
  }
}
