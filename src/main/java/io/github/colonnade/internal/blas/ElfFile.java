package io.github.colonnade.internal.blas;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Finds libraries that were cut short. The dynamic linker maps a file without looking at its
 * length, so that reading past the end kills the JVM with SIGBUS instead of failing.
 */
final class ElfFile {
  private static final int HEADER_BYTES = 64; // Elf64_Ehdr
  private static final int PROGRAM_HEADER_BYTES = 56; // Elf64_Phdr

  private ElfFile() {}

  /**
   * Refuses a file that is not ELF, or is shorter than its own headers say. Files of 32-bit
   * machines pass: the dynamic linker refuses them in its own words.
   */
  static void requireWhole(Path file) throws UnusableLibraryException {
    // No channel: an interrupt would close it.
    try (RandomAccessFile elf = new RandomAccessFile(file.toFile(), "r")) {
      ByteBuffer header = read(elf, 0, HEADER_BYTES);
      if (header.remaining() < HEADER_BYTES
          || header.order(ByteOrder.BIG_ENDIAN).getInt(0) != 0x7f454c46) {
        throw new UnusableLibraryException("not a shared library (no ELF header)");
      }
      boolean is64Bit = header.get(4) == 2;
      if (is64Bit && requiredBytes(elf, header) > elf.length()) {
        throw new UnusableLibraryException(
            "truncated: its headers tell of %d bytes, it has %d"
                .formatted(requiredBytes(elf, header), elf.length()));
      }
    } catch (IOException e) {
      throw new UnusableLibraryException("cannot be read: " + e, e);
    }
  }

  /**
   * Where the last segment or section header ends; past any file for offsets that make no sense.
   */
  private static long requiredBytes(RandomAccessFile elf, ByteBuffer header) throws IOException {
    header.order(header.get(5) == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    long programHeaders = header.getLong(32);
    int programHeaderCount = header.getShort(56) & 0xffff;
    long sectionHeaders = header.getLong(40);
    long sectionHeaderBytes = (header.getShort(58) & 0xffffL) * (header.getShort(60) & 0xffff);
    long end =
        Math.max(
            end(sectionHeaders, sectionHeaderBytes),
            end(programHeaders, (long) programHeaderCount * PROGRAM_HEADER_BYTES));
    if (end > elf.length()) {
      return end;
    }
    ByteBuffer segments = read(elf, programHeaders, programHeaderCount * PROGRAM_HEADER_BYTES);
    segments.order(header.order());
    for (int at = 0; at < segments.limit(); at += PROGRAM_HEADER_BYTES) {
      end = Math.max(end, end(segments.getLong(at + 8), segments.getLong(at + 32)));
    }
    return end;
  }

  private static long end(long offset, long bytes) {
    return offset < 0 || bytes < 0 || offset > Long.MAX_VALUE - bytes
        ? Long.MAX_VALUE
        : offset + bytes;
  }

  private static ByteBuffer read(RandomAccessFile elf, long offset, int bytes) throws IOException {
    byte[] buffer = new byte[bytes];
    elf.seek(offset);
    int length = 0;
    int count;
    while ((count = elf.read(buffer, length, bytes - length)) > 0) {
      length += count; // A read may be short; only the end of the file stops it.
    }
    return ByteBuffer.wrap(buffer, 0, length);
  }
}
