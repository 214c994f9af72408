package io.github.colonnade.peers;

import io.github.colonnade.cli.files.NewFiles;
import io.github.colonnade.peers.BenchmarkSummary.Part;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Puts a run's tables into pages written by hand, between lines that say which: {@code <!-- figures
 * MACHINE PART -->} and {@code <!-- end of figures -->}. Other machines' tables stay.
 */
public final class BenchmarkPage {
  private static final int SOFTWARE = 1;
  private static final int USAGE = 2;
  private static final Pattern BLOCK =
      Pattern.compile(
          "(<!-- figures (\\S+) (\\S+) -->\n).*?(<!-- end of figures -->)", Pattern.DOTALL);

  private BenchmarkPage() {}

  /**
   * Rewrites pages and exits: 0 when all are written, 2 for a mistake in the arguments.
   *
   * @param args the file of results, the machine's name in the pages, and the pages
   */
  public static void main(String... args) {
    System.exit(run(System.err, args));
  }

  static int run(PrintStream err, String... args) {
    if (args.length < 3) {
      return fail(err, USAGE, "must have arguments RESULTS.json MACHINE PAGE.md...");
    }
    BenchmarkResults results;
    try {
      results = BenchmarkResults.read(Path.of(args[0]));
    } catch (IOException wrong) {
      return fail(err, USAGE, args[0] + ": " + wrong.getMessage());
    }
    try {
      Map<Path, String> pages = new LinkedHashMap<>();
      for (String page : Arrays.asList(args).subList(2, args.length)) {
        String text = Files.readString(Path.of(page));
        if (has(text, args[1])) {
          pages.put(Path.of(page), fill(text, args[1], results));
        }
      }
      if (pages.isEmpty()) {
        return fail(err, USAGE, "no page has figures of a machine '" + args[1] + "'");
      }
      for (Map.Entry<Path, String> page : pages.entrySet()) {
        NewFiles.write(
            page.getKey(), out -> out.write(page.getValue().getBytes(StandardCharsets.UTF_8)));
      }
      return 0;
    } catch (BenchmarkFormatException wrong) {
      return fail(err, USAGE, wrong.getMessage());
    } catch (IOException unwritable) {
      return fail(err, SOFTWARE, "cannot write: " + unwritable);
    }
  }

  private static int fail(PrintStream err, int code, String message) {
    err.println("benchmark-page: " + message);
    return code;
  }

  /** Returns whether a page has tables of a machine. */
  private static boolean has(String page, String machine) {
    return BLOCK.matcher(page).results().anyMatch(block -> block.group(2).equals(machine));
  }

  /** Returns a page with the tables of a machine replaced. */
  static String fill(String page, String machine, BenchmarkResults results)
      throws BenchmarkFormatException {
    BenchmarkSummary summary = new BenchmarkSummary(results);
    Matcher blocks = BLOCK.matcher(page);
    StringBuilder filled = new StringBuilder();
    while (blocks.find()) {
      if (!blocks.group(2).equals(machine)) {
        continue;
      }
      String id = blocks.group(3);
      String known = Arrays.stream(Part.values()).map(Part::id).collect(Collectors.joining(", "));
      Part part =
          BenchmarkSummary.part(id)
              .orElseThrow(
                  () -> new BenchmarkFormatException("figures " + id + ": must be of " + known));
      String text = blocks.group(1) + "\n" + summary.of(part) + "\n" + blocks.group(4);
      blocks.appendReplacement(filled, Matcher.quoteReplacement(text));
    }
    return blocks.appendTail(filled).toString();
  }
}
