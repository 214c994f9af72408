package io.github.colonnade.peers.filter;

import io.github.colonnade.cli.files.NewFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Prints what {@link FilterBenchmark} wrote as tables of Markdown, one for each type; or puts them
 * into a page, between {@code <!-- filters MACHINE -->} and {@code <!-- end of filters -->}.
 */
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
      return threads == 1
          ? String.format(Locale.ROOT, "%.2f×", ratio)
          : String.format(Locale.ROOT, "%.2f× (%.2f×)", ratio, cpuRatio);
    }
  }

  /**
   * Prints the tables, or writes them into a page.
   *
   * @param arguments the file; the page and the machine's name in it
   */
  public static void main(String[] arguments) throws IOException {
    List<Line> lines =
        Files.readAllLines(Path.of(arguments[0])).stream().skip(1).map(Line::of).toList();
    if (arguments.length == 1) {
      System.out.print(tables(lines));
      return;
    }
    Path page = Path.of(arguments[1]);
    String begin = "<!-- filters " + arguments[2] + " -->\n";
    String text = Files.readString(page);
    int from = text.indexOf(begin) + begin.length();
    int to = text.indexOf("<!-- end of filters -->", from);
    if (from < begin.length() || to < 0) {
      throw new IllegalArgumentException(page + ": has no lines " + begin.strip() + " and its end");
    }
    String filled = text.substring(0, from) + "\n" + tables(lines) + "\n" + text.substring(to);
    NewFiles.write(page, out -> out.write(filled.getBytes(StandardCharsets.UTF_8)));
  }

  private static String tables(List<Line> lines) {
    StringBuilder text = new StringBuilder();
    for (String dtype : lines.stream().map(Line::dtype).distinct().toList()) {
      // Of several lines for one cell, as OpenCV has beside either kind of kernels, the last.
      Map<String, Map<String, String>> rows = new LinkedHashMap<>();
      for (Line line : lines) {
        if (line.dtype.equals(dtype)) {
          rows.computeIfAbsent(line.row(), row -> new LinkedHashMap<>())
              .put(line.library + " " + line.threads, line.cell());
        }
      }
      text.append(text.isEmpty() ? "" : "\n").append("**" + dtype + "**\n\n");
      text.append("| image | kernel | OpenCV ms, 1 thread | portable | vector | BoofCV ");
      text.append("| OpenCV ms, 2 threads | portable | vector | BoofCV |\n");
      text.append("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
      rows.forEach((row, cells) -> text.append("| " + row + " | " + cells(cells) + " |\n"));
    }
    return text.toString();
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
