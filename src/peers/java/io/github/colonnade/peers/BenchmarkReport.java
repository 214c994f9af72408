package io.github.colonnade.peers;

import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.peers.BenchmarkResults.Precision;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.knowm.xchart.XYChart;

/** Writes tables and plots of what the suite measured: {@code RESULTS.json OUTPUT_DIR}. */
public final class BenchmarkReport {
  private static final int SOFTWARE = 1;
  private static final int USAGE = 2;
  private static final Pattern BREAKS = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]+");

  private final BenchmarkResults results;
  private final Path folder;
  private final BenchmarkMarkdown markdown;

  private BenchmarkReport(BenchmarkResults results, Path folder) {
    this.results = results;
    this.folder = folder;
    this.markdown = new BenchmarkMarkdown(results);
  }

  /**
   * Writes the report and exits: 0 when it is written, 2 for a mistake in the arguments.
   *
   * @param args the file of results and the folder for the report
   */
  public static void main(String... args) {
    System.setProperty("java.awt.headless", "true");
    System.exit(run(System.err, args));
  }

  static int run(PrintStream err, String... args) {
    if (args.length != 2) {
      return fail(err, USAGE, "must have two arguments, RESULTS.json OUTPUT_DIR");
    }
    try {
      Path file = Path.of(args[0]);
      Path folder = Path.of(args[1]);
      BenchmarkResults results;
      try {
        results = BenchmarkResults.read(file);
      } catch (NoSuchFileException missing) {
        return fail(err, USAGE, file + ": no such file");
      } catch (BenchmarkFormatException wrong) {
        return fail(err, USAGE, file + ": " + wrong.getMessage());
      } catch (IOException unreadable) {
        return fail(err, USAGE, file + ": cannot be read");
      }
      new BenchmarkReport(results, folder).write();
      return 0;
    } catch (InvalidPathException wrong) {
      return fail(err, USAGE, wrong.getMessage());
    } catch (IOException unwritable) {
      return fail(err, SOFTWARE, "cannot write: " + unwritable);
    }
  }

  private static int fail(PrintStream err, int code, String message) {
    err.println("benchmark-report: " + BREAKS.matcher(message).replaceAll(" "));
    return code;
  }

  private void write() throws IOException {
    Files.createDirectories(folder);
    markdown.head();
    BenchmarkSummary summary = new BenchmarkSummary(results);
    markdown.summary("Networks", summary.of(BenchmarkSummary.Part.NETWORKS));
    markdown.summary("Layers", summary.of(BenchmarkSummary.Part.LAYERS));
    markdown.summary("Share of the limit", summary.of(BenchmarkSummary.Part.LIMITS));
    markdown.summary("The first hundred calls", summary.of(BenchmarkSummary.Part.FIRST_CALLS));
    markdown.targets(BenchmarkTargets.of(results));
    for (Precision precision : Precision.values()) {
      for (BenchPass pass : BenchPass.values()) {
        comparisons(precision, pass);
      }
    }
    for (Precision precision : Precision.values()) {
      for (BenchPass pass : BenchPass.values()) {
        sharesOfGemm(precision, pass);
      }
    }
    sweeps(Suite.BATCH);
    sweeps(Suite.SIZE);
    scaling();
    Files.writeString(folder.resolve("results.md"), markdown.toString());
  }

  private void comparisons(Precision precision, BenchPass pass) throws IOException {
    markdown.comparisonSection(precision, pass);
    List<BenchmarkComparison> all = BenchmarkComparison.of(results, precision, pass);
    if (all.isEmpty()) {
      markdown.notMeasured();
    }
    for (BenchmarkComparison comparison : all) {
      // Without Colonnade's own times there is nothing to be a multiple of.
      if (comparison.has(Library.COLONNADE)) {
        plot(
            BenchmarkPlots.timeAgainstPeers(comparison),
            fileName("time", comparison.subject(), all.size(), comparison.threads()),
            "Time of each library as a multiple of Colonnade's");
      }
      markdown.comparison(comparison);
    }
  }

  private void sharesOfGemm(Precision precision, BenchPass pass) throws IOException {
    markdown.shareSection(precision, pass);
    List<BenchmarkComparison> all =
        BenchmarkComparison.of(results, precision, pass).stream()
            .filter(comparison -> !comparison.gemmLayers().isEmpty())
            .toList();
    if (all.isEmpty()) {
      markdown.notMeasured();
    }
    for (BenchmarkComparison comparison : all) {
      plot(
          BenchmarkPlots.shareOfGemm(comparison),
          fileName("gemm-share", comparison.subject(), all.size(), comparison.threads()),
          "Speed as a multiple of the bare GEMM's");
      markdown.shareOfGemm(comparison);
    }
  }

  private void sweeps(Suite suite) throws IOException {
    markdown.sweepSection(suite);
    boolean any = false;
    for (Precision precision : Precision.values()) {
      for (BenchPass pass : BenchPass.values()) {
        List<BenchmarkSweep> all = BenchmarkSweep.of(results, suite, precision, pass);
        for (int i = 0; i < all.size(); i++) {
          BenchmarkSweep sweep = all.get(i);
          markdown.sweepTitle(sweep);
          if (sweep.costs().size() > 1) {
            String name = suite == Suite.BATCH ? "batch" : "size";
            plot(
                BenchmarkPlots.cost(sweep),
                fileName(name, sweep.subject(), all.size(), i + 1),
                "Cost in " + sweep.unit());
          }
          markdown.sweep(sweep);
          any = true;
        }
      }
    }
    if (!any) {
      markdown.notMeasured();
    }
  }

  private void scaling() throws IOException {
    markdown.scalingSection();
    boolean any = false;
    for (Precision precision : Precision.values()) {
      for (BenchPass pass : BenchPass.values()) {
        BenchmarkScaling scaling = BenchmarkScaling.of(results, precision, pass);
        if (!scaling.layers().isEmpty()) {
          markdown.scalingTitle(scaling);
          if (!scaling.longLayers().isEmpty() && scaling.threads().size() > 1) {
            plot(
                BenchmarkPlots.speedUp(scaling),
                fileName("threads", scaling.subject(), 1, 1),
                "Speed-up of Colonnade by number of threads");
          }
          markdown.scaling(scaling);
          any = true;
        }
      }
    }
    if (!any) {
      markdown.notMeasured();
    }
  }

  /** Returns a name that says what is plotted, with a number only where there are several. */
  private static String fileName(String what, String subject, int count, int number) {
    String name = what + "-" + subject.replace(' ', '-');
    return (count > 1 ? name + "-" + number : name) + ".svg";
  }

  private void plot(XYChart chart, String name, String description) throws IOException {
    BenchmarkPlots.write(chart, folder.resolve(name));
    markdown.image(description, name);
  }
}
