package io.github.colonnade;

import io.github.colonnade.internal.files.InputFile;
import io.github.colonnade.internal.files.Printable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The arrays of an open {@code .npz} file. What its directory claims is checked before it is used.
 */
final class NpzArchive implements AutoCloseable {
  /** The most that DEFLATE makes of a byte: 258 bytes for each two bits. */
  private static final long MOST_INFLATION = 1032;

  private static final int BUFFER_BYTES = 1 << 16;

  private final Path path;
  private final ZipFile zip;
  private final Map<String, ZipEntry> entries = new LinkedHashMap<>();

  private NpzArchive(Path path, ZipFile zip) {
    this.path = path;
    this.zip = zip;
  }

  static NpzArchive open(Path path) throws IOException {
    long fileBytes;
    try (FileChannel channel = InputFile.open(path)) {
      fileBytes = channel.size();
      requireArchive(path, channel);
    } catch (IOException e) {
      throw InputFile.named(path, e);
    }
    ZipFile zip;
    try {
      zip = new ZipFile(path.toFile());
    } catch (ZipException | EOFException e) {
      throw broken(path.toString(), "cannot be read as a zip archive: ", e);
    } catch (IOException e) {
      throw InputFile.named(path, e);
    }
    try {
      NpzArchive archive = new NpzArchive(path, zip);
      archive.list(fileBytes);
      return archive;
    } catch (IOException | RuntimeException | Error e) {
      zip.close();
      throw e;
    }
  }

  private static void requireArchive(Path path, FileChannel channel) throws IOException {
    byte[] start = Channels.newInputStream(channel).readNBytes(FileSignature.MOST_BYTES);
    if (start.length == 0) {
      throw new NpyFormatException(path.toString(), "is empty, must be a .npz file");
    }
    if (!FileSignature.isZip(start)) {
      throw new NpyFormatException(
          path.toString(), "is not a .npz file" + FileSignature.describe(start));
    }
  }

  private static NpyFormatException broken(String name, String what, IOException e) {
    String reason = e.getMessage() == null ? "it is damaged" : e.getMessage();
    return new NpyFormatException(name, what + reason, e);
  }

  /** Finds the arrays, and refuses what would make one of them ambiguous or larger than it is. */
  private void list(long fileBytes) throws NpyFormatException {
    long compressed = 0;
    for (ZipEntry entry : (Iterable<ZipEntry>) zip.stream().map(ZipEntry.class::cast)::iterator) {
      if (!entry.getName().endsWith(Npz.ENDING)) {
        continue;
      }
      String name = name(entry);
      if (entries.put(name, entry) != null) {
        throw wrong(entry, "is in the archive twice");
      }
      long most = Math.min(fileBytes, entry.getCompressedSize()) * MOST_INFLATION;
      if (entry.getSize() > (entry.getMethod() == ZipEntry.STORED ? fileBytes : most)) {
        throw wrong(
            entry,
            "claims to be "
                + entry.getSize()
                + " bytes long, more than its "
                + entry.getCompressedSize()
                + " in the archive can hold");
      }
      if (entry.getCompressedSize() > fileBytes - compressed) {
        throw wrong(entry, "shares bytes with other entries, or lies beyond the end of the file");
      }
      compressed += entry.getCompressedSize();
    }
  }

  private static String name(ZipEntry entry) {
    String name = entry.getName();
    return name.substring(0, name.length() - Npz.ENDING.length());
  }

  private NpyFormatException wrong(ZipEntry entry, String rule) {
    return new NpyFormatException(messageName(entry), rule);
  }

  private String messageName(ZipEntry entry) {
    return path + ": " + entry.getName();
  }

  List<String> names() {
    return List.copyOf(entries.keySet());
  }

  Tensor read(String name, Arena arena) throws IOException {
    ZipEntry entry = entries.get(name);
    if (entry == null) {
      throw new NpyFormatException(path.toString(), "has no array '" + name + "'" + others());
    }
    CRC32 sum = new CRC32();
    try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), sum)) {
      NpyReader reader =
          new NpyReader(messageName(entry), "entry", entry.getSize(), to -> readFully(in, to));
      Tensor tensor = reader.read(arena);
      // What follows an array is ignored, as in a file, but for the checksum.
      long rest = entry.getSize() - reader.position();
      if (in.skip(rest) < rest || in.read() >= 0) {
        throw wrong(entry, "is not of the " + entry.getSize() + " bytes that the archive claims");
      }
      if (sum.getValue() != entry.getCrc()) {
        throw wrong(entry, "is damaged: its checksum is not that of the archive");
      }
      return tensor;
    } catch (NpyFormatException told) {
      throw told;
    } catch (ZipException | EOFException e) {
      throw broken(messageName(entry), "is damaged: ", e);
    } catch (IOException e) {
      throw new IOException(Printable.text(messageName(entry) + ": " + e.getMessage()), e);
    }
  }

  private String others() {
    return entries.isEmpty() ? ", and no other" : ", it has " + String.join(", ", entries.keySet());
  }

  private static boolean readFully(InputStream in, MemorySegment to) throws IOException {
    byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, to.byteSize())];
    long done = 0;
    while (done < to.byteSize()) {
      int wanted = (int) Math.min(buffer.length, to.byteSize() - done);
      int read = in.readNBytes(buffer, 0, wanted);
      MemorySegment.copy(buffer, 0, to, ValueLayout.JAVA_BYTE, done, read);
      done += read;
      if (read < wanted) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
