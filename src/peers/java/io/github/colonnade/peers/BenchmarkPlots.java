package io.github.colonnade.peers;

import io.github.colonnade.peers.BenchmarkResults.Layer;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.AxesChartStyler.TextAlignment;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The plots: one colour and one mark per library in all of them. */
final class BenchmarkPlots {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 420;
  private static final int ROW_HEIGHT = 27;
  private static final double HALF_ROW = 0.6;
  private static final double BAR_OFFSET = 0.18;
  private static final int TITLE_AND_LEGEND = 130;

  /** XChart takes the round step next to this many units: 1, where 0.7 would make it 0.5. */
  private static final double TICK_SHARE = 0.9;

  /** What an axis goes beyond its data, so that marks and ticks at the edge are seen whole. */
  private static final double EDGE = 0.12;

  private static final Color TEXT = new Color(0x33, 0x33, 0x33);
  private static final Color GRID = new Color(0xE2, 0xE2, 0xE2);
  private static final BasicStroke LINE = new BasicStroke(2);
  private static final BasicStroke BAR =
      new BasicStroke(9, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER);
  private static final BasicStroke DASHES =
      new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {6, 4}, 0);

  /** What a library looks like. */
  private record Look(Color colour, Marker marker) {}

  /** The palette of Okabe and Ito (2008), which colour-blind readers can tell apart. */
  private static final Map<Library, Look> LOOKS =
      Map.of(
          Library.COLONNADE, new Look(new Color(0x00, 0x72, 0xB2), SeriesMarkers.CIRCLE),
          Library.COLONNADE_VECTOR, new Look(new Color(0x56, 0xB4, 0xE9), SeriesMarkers.CIRCLE),
          Library.COLONNADE_PREPARED, new Look(new Color(0x56, 0xB4, 0xE9), SeriesMarkers.PLUS),
          Library.COLONNADE_IM2COL, new Look(new Color(0x56, 0xB4, 0xE9), SeriesMarkers.OVAL),
          Library.GEMM, new Look(new Color(0x00, 0x00, 0x00), SeriesMarkers.PLUS),
          Library.PYTORCH, new Look(new Color(0xD5, 0x5E, 0x00), SeriesMarkers.SQUARE),
          Library.TENSORFLOW, new Look(new Color(0xE6, 0x9F, 0x00), SeriesMarkers.TRIANGLE_UP),
          Library.ONNX_RUNTIME, new Look(new Color(0x00, 0x9E, 0x73), SeriesMarkers.DIAMOND),
          Library.ND4J, new Look(new Color(0xCC, 0x79, 0xA7), SeriesMarkers.TRIANGLE_DOWN),
          Library.C_BASELINE, new Look(new Color(0x88, 0x88, 0x88), SeriesMarkers.CROSS));

  private static final List<Marker> MARKS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.SQUARE,
          SeriesMarkers.TRIANGLE_UP,
          SeriesMarkers.DIAMOND,
          SeriesMarkers.TRIANGLE_DOWN,
          SeriesMarkers.CROSS,
          SeriesMarkers.PLUS);

  private BenchmarkPlots() {}

  /** Plots the time of every library as a multiple of Colonnade's, a row for each layer. */
  static XYChart timeAgainstPeers(BenchmarkComparison comparison) {
    List<Layer> layers = comparison.layers();
    XYChart chart =
        xyChart(
            layers.size() * ROW_HEIGHT + TITLE_AND_LEGEND,
            "Time of one call, " + comparison.subject() + ", " + threads(comparison.threads()),
            "times as long as Colonnade, logarithmic (right of the line, Colonnade is faster)",
            "");
    for (Library library : Library.values()) {
      List<Double> multiples = new ArrayList<>();
      List<Double> rows = new ArrayList<>();
      for (int i = 0; i < layers.size(); i++) {
        double row = row(layers, i);
        comparison
            .ratio(layers.get(i), Set.of(library))
            .ifPresent(
                ratio -> {
                  multiples.add(log2(ratio));
                  rows.add(row);
                });
      }
      if (!multiples.isEmpty() && isCompared(library)) {
        XYSeries series = addSeries(chart, library, multiples, rows);
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
      }
    }
    octavesOnX(chart, 1);
    layersOnY(chart, layers);
    AxesChartStyler style = chart.getStyler();
    style.setMarkerSize(9);
    style.setAnnotationLineColor(LOOKS.get(Library.COLONNADE).colour());
    style.setAnnotationLineStroke(LINE);
    chart.addAnnotation(new AnnotationLine(0, true, false));
    return chart;
  }

  /** Returns whether a library computes what Colonnade does, and is not a part of Colonnade. */
  private static boolean isCompared(Library library) {
    return library != Library.GEMM && library != Library.COLONNADE_IM2COL;
  }

  /** Returns the position of a layer's row: the first at the top. */
  private static double row(List<Layer> layers, int index) {
    return layers.size() - 1.0 - index;
  }

  private static void layersOnY(XYChart chart, List<Layer> layers) {
    AxesChartStyler style = chart.getStyler();
    style.setYAxisMin(-HALF_ROW).setYAxisMax(layers.size() - 1 + HALF_ROW);
    style.setYAxisLabelAlignment(TextAlignment.Right);
    style.setYAxisTickMarkSpacingHint((int) (ROW_HEIGHT * TICK_SHARE));
    style.setYAxisTickLabelsFormattingFunction(row -> nameOfRow(layers, row));
  }

  private static String nameOfRow(List<Layer> layers, double row) {
    int index = (int) Math.rint(layers.size() - 1 - row);
    boolean whole = Math.abs(row - Math.rint(row)) < 1e-6;
    // XChart asks for ticks beyond the axis too, draws none of them, and wants no two labels equal.
    return whole && index >= 0 && index < layers.size()
        ? layers.get(index).name()
        : String.valueOf(row);
  }

  /** Plots how much of the bare GEMM's speed each layer reaches, a row for each. */
  static XYChart shareOfGemm(BenchmarkComparison comparison) {
    List<Layer> layers = comparison.gemmLayers();
    XYChart chart =
        xyChart(
            layers.size() * ROW_HEIGHT + TITLE_AND_LEGEND,
            "Speed against the bare GEMM of the same size, "
                + comparison.subject()
                + ", "
                + threads(comparison.threads()),
            "times as fast as the bare GEMM",
            "");
    addBars(chart, comparison, layers, Library.COLONNADE_IM2COL, "im2col", BAR_OFFSET);
    addBars(chart, comparison, layers, Library.COLONNADE, "algorithm chosen", -BAR_OFFSET);
    addLevel(chart, "bare GEMM", layers.size(), 1, Color.BLACK, LINE);
    addLevel(
        chart,
        "target of im2col",
        layers.size(),
        BenchmarkTargets.IM2COL_SHARE,
        LOOKS.get(Library.PYTORCH).colour(),
        DASHES);
    addLevel(
        chart,
        "target of Winograd, f64",
        layers.size(),
        BenchmarkTargets.WINOGRAD_SHARE,
        LOOKS.get(Library.ONNX_RUNTIME).colour(),
        DASHES);
    layersOnY(chart, layers);
    chart.getStyler().setXAxisMin(0.0);
    chart.getStyler().setXAxisMax(greatest(chart, XYSeries::getXMax) * 1.03);
    chart.getStyler().setXAxisTickMarkSpacingHint(80);
    chart.getStyler().setXAxisDecimalPattern("0.0");
    return chart;
  }

  /**
   * Adds thick lines as bars: XChart has none that lie, and names on a lying axis do not collide.
   */
  private static void addBars(
      XYChart chart,
      BenchmarkComparison comparison,
      List<Layer> layers,
      Library library,
      String name,
      double offset) {
    List<Double> ends = new ArrayList<>();
    List<Double> rows = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      double row = row(layers, i) + offset;
      comparison
          .shareOfGemm(layers.get(i), library)
          .ifPresent(
              share -> {
                // The last point, which is none, ends the line.
                Collections.addAll(ends, 0.0, share, share);
                Collections.addAll(rows, row, row, Double.NaN);
              });
    }
    if (!ends.isEmpty()) {
      XYSeries bars = addSeries(chart, library, name, ends, rows);
      bars.setMarker(SeriesMarkers.NONE);
      bars.setLineStyle(BAR);
    }
  }

  private static void addLevel(
      XYChart chart, String name, int rows, double level, Color colour, BasicStroke stroke) {
    XYSeries line =
        chart.addSeries(
            name + " (" + level + ")",
            new double[] {level, level},
            new double[] {-HALF_ROW, rows - 1 + HALF_ROW});
    line.setMarker(SeriesMarkers.NONE);
    line.setLineColor(colour);
    line.setLineStyle(stroke);
  }

  /** Plots what one image costs against the batch, or one output element against the image. */
  static XYChart cost(BenchmarkSweep sweep) {
    boolean batch = sweep.suite() == Suite.BATCH;
    XYChart chart =
        xyChart(
            HEIGHT,
            sweep.subject() + ", " + sweep.layer() + ", " + threads(sweep.threads()),
            batch ? "images in the batch" : "side of the image, pixels",
            sweep.unit() + " (less is faster)");
    // Ticks are a power of two apart from here, so that they meet sizes such as 14, 28 and 56.
    double smallest = sweep.costs().firstKey().size();
    for (Library library : sweep.libraries()) {
      List<Double> sizes = new ArrayList<>();
      List<Double> costs = new ArrayList<>();
      for (BenchmarkSweep.Step step : sweep.costs().keySet()) {
        sweep
            .cost(step, library)
            .ifPresent(
                cost -> {
                  sizes.add(log2(step.size() / smallest));
                  costs.add(log2(cost));
                });
      }
      addSeries(chart, library, sizes, costs).setLineStyle(LINE);
    }
    octavesOnX(chart, smallest);
    octavesOnY(chart);
    return chart;
  }

  /** Plots how many times as fast Colonnade is on more threads, a line for each long layer. */
  static XYChart speedUp(BenchmarkScaling scaling) {
    XYChart chart =
        xyChart(
            HEIGHT,
            "Speed-up of Colonnade by threads, " + scaling.subject() + ", layers over 10 ms",
            "threads",
            "times as fast as on one thread");
    List<Double> ideal = scaling.threads().stream().map(each -> log2(each)).toList();
    XYSeries line = chart.addSeries("ideal", ideal, ideal);
    line.setMarker(SeriesMarkers.NONE);
    line.setLineColor(Color.BLACK);
    line.setLineStyle(DASHES);
    // One library, so one colour: the marks alone tell its layers apart.
    Iterator<Marker> marks = Stream.generate(() -> MARKS).flatMap(List::stream).iterator();
    for (Layer layer : scaling.longLayers()) {
      List<Double> threads = new ArrayList<>();
      List<Double> speedUps = new ArrayList<>();
      for (int each : scaling.threads()) {
        scaling
            .speedUp(layer, Library.COLONNADE, each)
            .ifPresent(
                speedUp -> {
                  threads.add(log2(each));
                  speedUps.add(log2(speedUp));
                });
      }
      XYSeries series = addSeries(chart, Library.COLONNADE, layer.name(), threads, speedUps);
      series.setLineStyle(LINE);
      series.setMarker(marks.next());
    }
    octavesOnX(chart, 1);
    octavesOnY(chart);
    return chart;
  }

  /**
   * Writes a plot as SVG.
   *
   * @param file its name must end in {@code .svg}
   */
  static void write(XYChart chart, Path file) throws IOException {
    ByteArrayOutputStream svg = new ByteArrayOutputStream();
    ChartEncoder.saveChart(chart, svg, "svg");
    Files.writeString(file, svg.toString(StandardCharsets.UTF_8));
  }

  private static XYChart xyChart(int height, String title, String xTitle, String yTitle) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(height)
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle(yTitle)
            .build();
    style(chart.getStyler());
    return chart;
  }

  private static XYSeries addSeries(
      XYChart chart, Library library, List<Double> xs, List<Double> ys) {
    return addSeries(chart, library, library.label(), xs, ys);
  }

  private static XYSeries addSeries(
      XYChart chart, Library library, String name, List<Double> xs, List<Double> ys) {
    XYSeries series = chart.addSeries(name, xs, ys);
    Look look = LOOKS.get(library);
    series.setLineColor(look.colour());
    series.setMarkerColor(look.colour());
    series.setMarker(look.marker());
    return series;
  }

  private static void style(AxesChartStyler style) {
    style.setBaseFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    style.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
    style.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    style.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    style.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    style.setChartBackgroundColor(Color.WHITE);
    style.setPlotBackgroundColor(Color.WHITE);
    style.setChartFontColor(TEXT);
    style.setChartTitleBoxVisible(false);
    style.setChartTitlePadding(10);
    style.setPlotBorderVisible(false);
    style.setPlotGridLinesColor(GRID);
    style.setPlotGridLinesStroke(new BasicStroke(1));
    style.setLegendPosition(LegendPosition.OutsideS);
    style.setLegendLayout(LegendLayout.Horizontal);
    style.setLegendBorderColor(Color.WHITE);
    style.setMarkerSize(7);
    style.setPlotContentSize(1);
  }

  /** Gives the x axis, whose data are logarithms, one tick for every power of two times a unit. */
  private static void octavesOnX(XYChart chart, double unit) {
    double low = least(chart, XYSeries::getXMin);
    double high = Math.max(low + 1, greatest(chart, XYSeries::getXMax));
    AxesChartStyler style = chart.getStyler();
    style.setXAxisMin(low - EDGE).setXAxisMax(high + EDGE);
    style.setXAxisTickMarkSpacingHint(spacing(WIDTH, high - low));
    style.setXAxisTickLabelsFormattingFunction(octave -> powerOfTwo(octave, unit));
  }

  private static void octavesOnY(XYChart chart) {
    double low = Math.floor(least(chart, XYSeries::getYMin));
    double high = Math.max(low + 1, greatest(chart, XYSeries::getYMax));
    AxesChartStyler style = chart.getStyler();
    style.setYAxisMin(low - EDGE).setYAxisMax(high + EDGE);
    style.setYAxisTickMarkSpacingHint(spacing(HEIGHT - TITLE_AND_LEGEND, high - low));
    style.setYAxisTickLabelsFormattingFunction(octave -> powerOfTwo(octave, 1));
  }

  private static int spacing(int pixels, double octaves) {
    return (int) Math.max(20, pixels / octaves * TICK_SHARE);
  }

  private static double least(XYChart chart, ToDoubleFunction<XYSeries> bound) {
    return chart.getSeriesCollection().stream().mapToDouble(bound).min().orElse(0);
  }

  private static double greatest(XYChart chart, ToDoubleFunction<XYSeries> bound) {
    return chart.getSeriesCollection().stream().mapToDouble(bound).max().orElse(1);
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }

  private static String powerOfTwo(double exponent, double unit) {
    return BenchmarkFigures.plain(unit * Math.pow(2, exponent));
  }

  private static String threads(int threads) {
    return threads == 1 ? "1 thread" : threads + " threads";
  }
}
