package io.github.colonnade.peers;

import static io.github.colonnade.peers.BenchmarkComparison.PEERS;

import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.peers.BenchmarkFigures.Ratio;
import io.github.colonnade.peers.BenchmarkResults.Layer;
import io.github.colonnade.peers.BenchmarkResults.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/** The project's speed targets, compared with what was measured. */
final class BenchmarkTargets {
  /** The least share of the bare GEMM's speed that im2col must reach. */
  static final double IM2COL_SHARE = 0.85;

  /** The least share of the bare GEMM's speed that Winograd must reach. */
  static final double WINOGRAD_SHARE = 1.5;

  private static final double TWO_THREADS = 1.8;
  private static final Set<Library> PYTORCH = Set.of(Library.PYTORCH);

  /** Which figure of many layers a target is for. */
  enum Judged {
    GEOMETRIC_MEAN,
    EACH_LAYER
  }

  /**
   * One promise.
   *
   * @param what the ratio
   * @param least what it must reach
   * @param ratios what was measured; empty if nothing was
   * @param remark what a reader must know to judge it; may be empty
   */
  record Target(String what, Judged judged, double least, List<Ratio> ratios, String remark) {
    Target {
      ratios = List.copyOf(ratios);
    }

    /** Returns the figure that is judged, or nothing if nothing was measured. */
    OptionalDouble figure() {
      return judged == Judged.EACH_LAYER
          ? BenchmarkFigures.lowest(ratios)
          : BenchmarkFigures.geometricMean(ratios);
    }

    /** Returns whether the figure exists and is high enough. */
    boolean isReached() {
      return figure().orElse(Double.NaN) >= least;
    }
  }

  private final BenchmarkResults results;
  private final List<Target> targets = new ArrayList<>();

  private BenchmarkTargets(BenchmarkResults results) {
    this.results = results;
  }

  /** Returns all targets. */
  static List<Target> of(BenchmarkResults results) {
    BenchmarkTargets targets = new BenchmarkTargets(results);
    for (BenchPass pass : BenchPass.values()) {
      targets.mean(Precision.F64, pass, PYTORCH, "PyTorch", 3);
      targets.mean(Precision.F64, pass, PEERS, "the fastest peer", 2);
      targets.each(Precision.F64, pass, PEERS, "the fastest peer", 1);
    }
    targets.mean(Precision.F32, BenchPass.FORWARD, PYTORCH, "PyTorch", 1.2);
    Set<Library> both = Set.of(Library.PYTORCH, Library.ONNX_RUNTIME);
    targets.mean(
        Precision.F32, BenchPass.FORWARD, both, "the faster of PyTorch and ONNX Runtime", 1);
    targets.mean(Precision.F32, BenchPass.BACKWARD, PYTORCH, "PyTorch", 1.5);
    targets.im2col(Precision.F64);
    targets.im2col(Precision.F32);
    targets.winograd();
    targets.cBaseline();
    targets.twoThreads();
    return List.copyOf(targets.targets);
  }

  /** Returns the comparison that is judged, the one on most threads, or an empty one. */
  static BenchmarkComparison judged(BenchmarkResults results, Precision precision, BenchPass pass) {
    List<BenchmarkComparison> all = BenchmarkComparison.of(results, precision, pass);
    return all.isEmpty() ? new BenchmarkComparison(precision, pass, 1, Map.of()) : all.getLast();
  }

  private void mean(
      Precision precision, BenchPass pass, Set<Library> over, String name, double least) {
    add(precision, pass, Judged.GEOMETRIC_MEAN, over, name, least);
  }

  private void each(
      Precision precision, BenchPass pass, Set<Library> over, String name, double least) {
    add(precision, pass, Judged.EACH_LAYER, over, name, least);
  }

  private void add(
      Precision precision,
      BenchPass pass,
      Judged judged,
      Set<Library> over,
      String name,
      double least) {
    BenchmarkComparison comparison = judged(results, precision, pass);
    List<Ratio> ratios = comparison.ratios(over);
    int missing = comparison.layers().size() - ratios.size();
    String remark =
        missing == 0 || ratios.isEmpty()
            ? ""
            : "of " + comparison.layers().size() + " layers, " + missing + " lack a time";
    targets.add(new Target(comparison.subject() + ", " + name, judged, least, ratios, remark));
  }

  private void im2col(Precision precision) {
    BenchmarkComparison comparison = judged(results, precision, BenchPass.FORWARD);
    targets.add(
        new Target(
            comparison.subject() + ", im2col against the bare GEMM, ≥ 64 input channels",
            Judged.EACH_LAYER,
            IM2COL_SHARE,
            comparison.sharesOfGemm(Library.COLONNADE_IM2COL, BenchmarkComparison::multipliesMuch),
            ""));
  }

  private void winograd() {
    BenchmarkComparison comparison = judged(results, Precision.F64, BenchPass.FORWARD);
    String others =
        comparison.layers().stream()
            .filter(BenchmarkComparison::suitsWinograd)
            .filter(layer -> !comparison.algorithm(layer).isEmpty())
            .filter(layer -> !comparison.runsWinograd(layer))
            .map(layer -> layer.name() + " (" + comparison.algorithm(layer) + ")")
            .collect(Collectors.joining(", "));
    targets.add(
        new Target(
            comparison.subject() + ", Winograd against the bare GEMM, 3×3, ≥ 64 input channels",
            Judged.EACH_LAYER,
            WINOGRAD_SHARE,
            comparison.sharesOfGemm(
                Library.COLONNADE,
                layer ->
                    BenchmarkComparison.suitsWinograd(layer) && comparison.runsWinograd(layer)),
            others.isEmpty() ? "" : "another algorithm was chosen for " + others));
  }

  private void cBaseline() {
    List<Ratio> ratios = new ArrayList<>();
    for (Precision precision : Precision.values()) {
      for (BenchPass pass : BenchPass.values()) {
        BenchmarkComparison comparison = judged(results, precision, pass);
        for (Layer layer : comparison.layers()) {
          comparison
              .ratio(layer, Set.of(Library.C_BASELINE))
              .ifPresent(value -> ratios.add(named(precision, pass, layer, value)));
        }
      }
    }
    targets.add(new Target("the C baseline, all passes", Judged.EACH_LAYER, 1, ratios, ""));
  }

  private void twoThreads() {
    List<Ratio> ratios = new ArrayList<>();
    for (Precision precision : Precision.values()) {
      for (BenchPass pass : BenchPass.values()) {
        BenchmarkScaling scaling = BenchmarkScaling.of(results, precision, pass);
        for (Layer layer : scaling.longLayers()) {
          scaling
              .speedUp(layer, Library.COLONNADE, 2)
              .ifPresent(value -> ratios.add(named(precision, pass, layer, value)));
        }
      }
    }
    targets.add(
        new Target(
            "one thread to two, layers over 10 ms", Judged.EACH_LAYER, TWO_THREADS, ratios, ""));
  }

  private static Ratio named(Precision precision, BenchPass pass, Layer layer, double value) {
    String subject = precision.subject(pass);
    return new Ratio(layer.name() + ", " + subject, value);
  }
}
