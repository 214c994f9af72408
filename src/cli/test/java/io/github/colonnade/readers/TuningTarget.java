package io.github.colonnade.readers;

import io.github.colonnade.Tuning;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;

/** Files of tuning, half of them with the header and the checksum that let the lines be read. */
public final class TuningTarget {
  private static final byte[] HEADER = header();

  private TuningTarget() {}

  public static void fuzzerTestOneInput(byte[] bytes) {
    boolean whole = bytes.length > 0 && bytes[0] == '!';
    FuzzedFile.read(
        "x.tuning",
        whole ? framed(Arrays.copyOfRange(bytes, 1, bytes.length)) : bytes,
        Tuning::load);
  }

  /** Returns lines between this process's header and their checksum. */
  private static byte[] framed(byte[] lines) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(HEADER);
    file.writeBytes(lines);
    if (lines.length > 0 && lines[lines.length - 1] != '\n') {
      file.write('\n');
    }
    CRC32 sum = new CRC32();
    sum.update(file.toByteArray());
    file.writeBytes(
        String.format("crc32 %08x%n", sum.getValue())
            .replace(System.lineSeparator(), "\n")
            .getBytes(StandardCharsets.US_ASCII));
    return file.toByteArray();
  }

  /** Returns what a tuning without choices is saved as, but for the last line. */
  private static byte[] header() {
    try {
      Path file = Files.createTempFile("colonnade", ".tuning");
      try {
        Tuning.create().save(file);
        String text = Files.readString(file);
        return text.substring(0, text.indexOf("crc32 ")).getBytes(StandardCharsets.UTF_8);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
