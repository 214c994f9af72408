package io.github.colonnade.peers.filter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints what {@link FilterBenchmark} wrote as tables of Markdown, one for each type. */
public final class FilterTable {
  private static final List<String> COLUMNS =
      List.of("colonnade portable", "colonnade vector", "boofcv");

  private FilterTable() {}

  /** One line of the table of commas. */
  private record Line(
      String library,
      String image,
      String dtype,
      String kernel,
      boolean separable,
      int threads,
      double ms,
      double ratio,
      double cpuRatio) {

    static Line of(String text) {
      String[] f = text.split(",", -1);
      return new Line(
          (f[0] + " " + f[1]).strip(),
          f[2],
          f[6],
          f[7],
          Boolean.parseBoolean(f[8]),
          Integer.parseInt(f[9]),
          Double.parseDouble(f[10]),
          Double.parseDouble(f[12]),
          Double.parseDouble(f[13]));
    }

    String row() {
      return image + " | " + kernel + "×" + kernel + (separable ? " separable" : "");
    }

    String cell() {
      if (library.equals("opencv")) {
        return String.format(Locale.ROOT, ms < 100 ? "%.1f" : "%.0f", ms);
      }
      return String.format(Locale.ROOT, threads == 1 ? "%.2f×" : "%.2f× (%.2f×)", ratio, cpuRatio);
    }
  }

  /**
   * Prints the tables.
   *
   * @param arguments the file
   */
  public static void main(String[] arguments) throws IOException {
    List<Line> lines =
        Files.readAllLines(Path.of(arguments[0])).stream().skip(1).map(Line::of).toList();
    for (String dtype : lines.stream().map(Line::dtype).distinct().toList()) {
      // Of several lines for one cell, as OpenCV has beside either kind of kernels, the last.
      Map<String, Map<String, String>> rows = new LinkedHashMap<>();
      for (Line line : lines) {
        if (line.dtype.equals(dtype)) {
          rows.computeIfAbsent(line.row(), row -> new LinkedHashMap<>())
              .put(line.library + " " + line.threads, line.cell());
        }
      }
      System.out.println("\n" + dtype + ":\n");
      System.out.println(
          "| image | kernel | OpenCV ms, 1 thread | portable | vector | BoofCV "
              + "| OpenCV ms, 2 threads | portable | vector | BoofCV |");
      System.out.println("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|");
      rows.forEach((row, cells) -> System.out.println("| " + row + " | " + cells(cells) + " |"));
    }
  }

  private static String cells(Map<String, String> cells) {
    StringBuilder text = new StringBuilder();
    for (int threads = 1; threads <= 2; threads++) {
      text.append(threads == 1 ? "" : " | ").append(cells.getOrDefault("opencv " + threads, ""));
      for (String column : COLUMNS) {
        text.append(" | ").append(cells.getOrDefault(column + " " + threads, ""));
      }
    }
    return text.toString();
  }
}
