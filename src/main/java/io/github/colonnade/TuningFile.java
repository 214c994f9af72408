package io.github.colonnade;

import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.files.AtomicFile;
import io.github.colonnade.internal.files.InputFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The text that choices are kept in: a header that names what they were measured with, a line for
 * each, sorted, and a checksum of all before it. Lines end in {@code \n}.
 */
final class TuningFile {
  private static final String FORMAT = "colonnade-tuning";
  private static final String FORMAT_VERSION = "1";
  private static final String CHECKSUM = "crc32";

  /** Some fifty thousand choices. */
  private static final int MOST_BYTES = 16 << 20;

  private static final int QUOTED_CHARACTERS = 40;

  private TuningFile() {}

  /** Returns what the times and the bits of this process depend on, in order, by name. */
  private static Map<String, String> environment() {
    OpenBlas.Info openBlas = OpenBlas.info();
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put(FORMAT, FORMAT_VERSION);
    lines.put("colonnade", version());
    lines.put("openblas", openBlas.version());
    lines.put("core", openBlas.core());
    lines.put("kernels", PlanOptions.kernels());
    return lines;
  }

  /** Returns the version of this library, which only a jar knows. */
  private static String version() {
    Class<?> type = TuningFile.class;
    if (type.getModule().isNamed()) {
      return type.getModule().getDescriptor().rawVersion().orElse("development");
    }
    String version = type.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  static void write(Path path, Map<TunedProblem, ConvAlgorithm> choices) throws IOException {
    StringBuilder text = new StringBuilder();
    environment().forEach((name, value) -> text.append(name + " " + value + "\n"));
    choices.entrySet().stream()
        .map(choice -> choice.getKey().line(choice.getValue()))
        .sorted()
        .forEach(line -> text.append(line).append('\n'));
    text.append(CHECKSUM + " " + checksum(text.toString()) + "\n");
    try (AtomicFile file = new AtomicFile(path)) {
      try (FileChannel channel = file.create()) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
      file.publish();
    } catch (IOException e) {
      throw InputFile.named(path, e);
    }
  }

  private static String checksum(String text) {
    CRC32 sum = new CRC32();
    sum.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format("%08x", sum.getValue());
  }

  /** Reads all, or throws. */
  static Map<TunedProblem, ConvAlgorithm> read(Path path) throws IOException {
    String text = decoded(path, bytes(path));
    Lines lines = new Lines(path, text);
    for (Map.Entry<String, String> expected : environment().entrySet()) {
      lines.require(expected.getKey(), expected.getValue());
    }
    Map<TunedProblem, ConvAlgorithm> choices = new HashMap<>();
    Map<TunedProblem, Integer> places = new HashMap<>();
    int checked = lines.position();
    String line = lines.next();
    while (!line.startsWith(CHECKSUM + " ")) {
      TunedProblem.Choice choice;
      try {
        choice = TunedProblem.parse(line);
      } catch (IllegalArgumentException wrong) {
        throw lines.wrong(wrong.getMessage());
      }
      Integer earlier = places.putIfAbsent(choice.problem(), lines.number());
      if (earlier != null) {
        throw lines.wrong("is about the same problem as line " + earlier);
      }
      choices.put(choice.problem(), choice.algorithm());
      checked = lines.position();
      line = lines.next();
    }
    String found = line.substring(CHECKSUM.length() + 1);
    String expected = checksum(text.substring(0, checked));
    if (!found.equals(expected)) {
      throw lines.wrong(
          CHECKSUM + " is " + quoted(found) + ", that of the lines above is " + expected);
    }
    lines.end();
    return choices;
  }

  private static byte[] bytes(Path path) throws IOException {
    try (FileChannel channel = InputFile.open(path);
        InputStream in = Channels.newInputStream(channel)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new TuningFormatException(path, "is larger than " + MOST_BYTES + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw InputFile.named(path, e);
    }
  }

  private static String decoded(Path path, byte[] bytes) throws TuningFormatException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(in).toString();
    } catch (CharacterCodingException notText) {
      int line = 1;
      for (int i = 0; i < in.position(); i++) {
        line += bytes[i] == '\n' ? 1 : 0;
      }
      throw new TuningFormatException(path, "line " + line + ": is not UTF-8");
    }
  }

  /** Returns text for a message, shortened. */
  static String quoted(String text) {
    return text.length() <= QUOTED_CHARACTERS
        ? "'" + text + "'"
        : "'" + text.substring(0, QUOTED_CHARACTERS) + "…'";
  }

  /** The lines of a file, one after the other. */
  private static final class Lines {
    private final Path path;
    private final String text;
    private int number;
    private int position;

    Lines(Path path, String text) {
      this.path = path;
      this.text = text;
    }

    /** Returns the number of the line last read, from 1. */
    int number() {
      return number;
    }

    /** Returns where the next line begins. */
    int position() {
      return position;
    }

    String next() throws TuningFormatException {
      int end = text.indexOf('\n', position);
      number++;
      if (end < 0) {
        throw wrong(
            position == text.length()
                ? "is missing: the file is cut short"
                : "has no end: the file is cut short");
      }
      String line = text.substring(position, end);
      position = end + 1;
      return line;
    }

    void require(String name, String value) throws TuningFormatException {
      boolean first = number == 0;
      if (first && !text.startsWith(name + " ")) {
        number++;
        throw wrong("does not begin with " + name + ": this is no file of tuning");
      }
      String line = next();
      if (!line.startsWith(name + " ")) {
        throw wrong("is " + quoted(line) + ", must begin with " + name);
      }
      String found = line.substring(name.length() + 1);
      if (!found.equals(value)) {
        throw wrong(
            name
                + " is "
                + quoted(found)
                + (first ? ", this library reads " : ", here it is ")
                + "'"
                + value
                + "'");
      }
    }

    void end() throws TuningFormatException {
      if (position < text.length()) {
        number++;
        throw wrong("stands behind the last line, which is " + CHECKSUM);
      }
    }

    TuningFormatException wrong(@Nullable String what) {
      return new TuningFormatException(path, "line " + number + ": " + what);
    }
  }
}
