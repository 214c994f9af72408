package io.github.colonnade.internal.blas;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;

/**
 * Finds libraries that were cut short, or are for another CPU. The dynamic linker maps a file
 * without looking at its length, so that reading past the end kills the JVM with SIGBUS instead of
 * failing; of another CPU's it says that there is no such file.
 */
final class ElfFile {
  private static final int HEADER_BYTES = 64; // Elf64_Ehdr
  private static final int PROGRAM_HEADER_BYTES = 56; // Elf64_Phdr

  /** Names of e_machine. */
  private static final Map<Integer, String> MACHINES =
      Map.of(
          3, "32-bit x86",
          20, "32-bit PowerPC",
          21, "PowerPC",
          22, "s390",
          40, "32-bit ARM",
          62, "x86-64",
          183, "ARM64",
          243, "RISC-V",
          258, "LoongArch");

  private ElfFile() {}

  /**
   * Refuses a file that is not ELF, is for another CPU, or is shorter than its own headers say.
   *
   * @param machine e_machine of this CPU; 0 for one that is not known
   */
  static void requireUsable(Path file, int machine) throws UnusableLibraryException {
    int its = requireWhole(file);
    if (machine != 0 && its != machine) {
      throw new UnusableLibraryException(
          "built for another CPU, for %s; this JVM runs on %s".formatted(name(its), name(machine)));
    }
  }

  /**
   * Refuses a file that is not ELF, or is shorter than its own headers say. Those of 32-bit
   * machines are not measured.
   *
   * @return e_machine: which CPU it is for
   */
  static int requireWhole(Path file) throws UnusableLibraryException {
    // No channel: an interrupt would close it.
    try (RandomAccessFile elf = new RandomAccessFile(file.toFile(), "r")) {
      ByteBuffer header = read(elf, 0, HEADER_BYTES);
      if (header.remaining() < HEADER_BYTES
          || header.order(ByteOrder.BIG_ENDIAN).getInt(0) != 0x7f454c46) {
        throw new UnusableLibraryException("not a shared library (no ELF header)");
      }
      header.order(header.get(5) == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
      boolean is64Bit = header.get(4) == 2;
      if (is64Bit && requiredBytes(elf, header) > elf.length()) {
        throw new UnusableLibraryException(
            "truncated: its headers tell of %d bytes, it has %d"
                .formatted(requiredBytes(elf, header), elf.length()));
      }
      return header.getShort(18) & 0xffff;
    } catch (IOException e) {
      throw new UnusableLibraryException("cannot be read: " + e, e);
    }
  }

  /**
   * Where the last segment or section header ends; past any file for offsets that make no sense.
   */
  private static long requiredBytes(RandomAccessFile elf, ByteBuffer header) throws IOException {
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

  private static String name(int machine) {
    return MACHINES.getOrDefault(machine, "the machine of ELF number " + machine);
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
