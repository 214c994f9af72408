package io.github.colonnade.cli.bench;

import io.github.colonnade.cli.files.TextFile;
import io.github.colonnade.cli.files.UnreadableFileException;
import io.github.colonnade.cli.files.WholeNumber;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads layers from comma-separated lines: the first names the columns, {@code #} starts a comment.
 * A column {@code count} says how often each layer stands in its network; it may be left out.
 */
public final class LayerTable {
  /** The networks that come with the program, by their names. */
  public static final List<String> NETWORKS = List.of("resnet50", "vgg16", "mobilenetv2", "unet");

  private static final String PUBLIC_SET = "layers.csv";
  private static final List<String> COLUMNS =
      List.of("name", "n", "c", "h", "w", "o", "kh", "kw", "stride", "pad", "dilation", "groups");
  private static final String COUNT = "count";

  private final Path file;
  private final List<String> lines;
  private final List<Layer> layers = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private int lineNumber;

  private LayerTable(Path file, List<String> lines) {
    this.file = file;
    this.lines = lines;
  }

  /** Reads the set that comes with the program. */
  public static LayerSet publicSet() throws IOException {
    return resource(PUBLIC_SET);
  }

  /**
   * Reads every convolution of a network that comes with the program.
   *
   * @param name one of {@link #NETWORKS}
   */
  public static LayerSet network(String name) throws IOException {
    return resource("networks/" + name + ".csv");
  }

  private static LayerSet resource(String name) throws IOException {
    try (InputStream in = LayerTable.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(name + " is missing from the program's own files");
      }
      Path file = Path.of(name);
      return new LayerTable(file, TextFile.lines(in, file)).parse();
    }
  }

  /**
   * Reads a file.
   *
   * @throws UnreadableFileException naming the file, the line and the rule
   */
  public static LayerSet read(Path file) throws IOException {
    return new LayerTable(file, TextFile.lines(file)).parse();
  }

  private LayerSet parse() throws UnreadableFileException {
    List<String> header = nextFields();
    if (header == null) {
      throw new UnreadableFileException(file, "is empty, must have a line of column names");
    }
    int[] positions = positions(header);
    int count = position(header, COUNT);
    for (List<String> fields = nextFields(); fields != null; fields = nextFields()) {
      if (fields.size() != header.size()) {
        throw wrong("has " + fields.size() + " fields, must have " + header.size());
      }
      layers.add(layer(fields, count < 0 ? 1 : size(COUNT, fields.get(count), 1), positions));
    }
    if (layers.isEmpty()) {
      throw new UnreadableFileException(file, "has no layers, only column names");
    }
    return new LayerSet(layers, count >= 0);
  }

  /** Returns the fields of the next line that is not blank or a comment, or null at the end. */
  private List<String> nextFields() {
    while (lineNumber < lines.size()) {
      String line = lines.get(lineNumber++);
      String text = lineNumber == 1 && line.startsWith("\ufeff") ? line.substring(1) : line;
      if (!text.isBlank() && !text.startsWith("#")) {
        return Arrays.stream(text.split(",", -1)).map(String::strip).toList();
      }
    }
    return null;
  }

  private int[] positions(List<String> header) throws UnreadableFileException {
    int[] positions = new int[COLUMNS.size()];
    for (int i = 0; i < positions.length; i++) {
      String column = COLUMNS.get(i);
      positions[i] = position(header, column);
      if (positions[i] < 0) {
        throw wrong("column " + column + " is missing, must be " + String.join(",", COLUMNS));
      }
    }
    return positions;
  }

  /** Returns where a column is, or a negative number. */
  private int position(List<String> header, String column) throws UnreadableFileException {
    int position = header.indexOf(column);
    if (header.lastIndexOf(column) != position) {
      throw wrong("column " + column + " is there twice");
    }
    return position;
  }

  private Layer layer(List<String> fields, long count, int... positions)
      throws UnreadableFileException {
    String name = fields.get(positions[0]);
    if (name.isEmpty() || !names.add(name)) {
      throw wrong("name: is '" + name + "', must be given and not be repeated");
    }
    long[] sizes = new long[COLUMNS.size()];
    for (int i = 1; i < sizes.length; i++) {
      String column = COLUMNS.get(i);
      sizes[i] = size(column, fields.get(positions[i]), column.equals("pad") ? 0 : 1);
    }
    return new Layer(
        name,
        sizes[1],
        sizes[2],
        sizes[3],
        sizes[4],
        sizes[5],
        sizes[6],
        sizes[7],
        sizes[8],
        sizes[9],
        sizes[10],
        sizes[11],
        count,
        lineNumber);
  }

  private long size(String column, String text, long least) throws UnreadableFileException {
    long size;
    try {
      size = WholeNumber.parse(text);
    } catch (NumberFormatException notWhole) {
      throw wrong(column + ": " + notWhole.getMessage());
    }
    if (size < least) {
      throw wrong(column + ": is " + size + ", must be at least " + least);
    }
    return size;
  }

  private UnreadableFileException wrong(String rule) {
    return new UnreadableFileException(file, "line " + lineNumber + ": " + rule);
  }
}
