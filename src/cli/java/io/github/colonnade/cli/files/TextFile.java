package io.github.colonnade.cli.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads small texts in UTF-8, never more of a file than a small text can have. */
public final class TextFile {
  private static final int MOST_BYTES = 1 << 20;
  private static final int MOST_CHARACTERS_OF_LINE = 1000;

  private TextFile() {}

  /**
   * Reads a regular file.
   *
   * @throws UnreadableFileException naming the file and the limit or rule that it breaks
   */
  public static List<String> lines(Path file) throws IOException {
    InputPath.requireRegular(file, "a file");
    try (InputStream in = Files.newInputStream(file)) {
      return lines(in, file);
    }
  }

  /**
   * Reads a stream, which stays open.
   *
   * @param in the bytes
   * @param name what messages call it
   * @throws UnreadableFileException as {@link #lines(Path)}
   */
  public static List<String> lines(InputStream in, Path name) throws IOException {
    byte[] bytes = in.readNBytes(MOST_BYTES + 1);
    if (bytes.length > MOST_BYTES) {
      throw new UnreadableFileException(
          name, "is longer than " + MOST_BYTES + " bytes, the most that are read of a text");
    }
    List<String> lines = decode(bytes, name).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).length() > MOST_CHARACTERS_OF_LINE) {
        throw new UnreadableFileException(
            name,
            "line " + (i + 1) + ": is longer than " + MOST_CHARACTERS_OF_LINE + " characters");
      }
    }
    return lines;
  }

  private static String decode(byte[] bytes, Path name) throws UnreadableFileException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException binary) {
      throw new UnreadableFileException(name, "is not a text in UTF-8", binary);
    }
  }
}
