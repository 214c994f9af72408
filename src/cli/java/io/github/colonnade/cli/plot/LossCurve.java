package io.github.colonnade.cli.plot;

import io.github.colonnade.cli.plot.Page.Align;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** How the loss fell: of each batch while it trained, and of the test set after each epoch. */
public final class LossCurve {
  private static final int WIDTH = 1400;
  private static final int HEIGHT = 860;
  private static final int MARGIN = 56;
  private static final int LEFT = MARGIN + 90;
  private static final int TOP = MARGIN + 120;
  private static final int RIGHT = WIDTH - MARGIN;
  private static final int BOTTOM = HEIGHT - MARGIN - 64;
  private static final int TYPE = 18;
  private static final float LINE = 3;

  /** What a test's loss stands above its dot, and the ups and downs of the batches. */
  private static final int VALUE_GAP = 76;

  /** Blue and orange of Okabe and Ito (2008), which colour-blind readers can tell apart. */
  private static final Color TRAINING = new Color(0x0072B2);

  private static final Color BATCH = new Color(0xB5D3E6);
  private static final Color TEST = new Color(0xD55E00);

  private static final int MOST_TICKS = 6;
  private static final int MOST_EPOCH_TICKS = 12;

  /** So many means are drawn at least, where there are as many batches. */
  private static final int MEANS = 60;

  private final double[] batches;
  private final double[] means;
  private final double[] tests;
  private final int window;
  private final Ticks losses;
  private final Ticks epochs;

  /**
   * Takes what to plot.
   *
   * @param batches loss of each batch, as many in one epoch as in another
   * @param tests the test set's loss after each epoch
   */
  public LossCurve(double[] batches, double[] tests) {
    this.batches = batches.clone();
    this.tests = tests.clone();
    window = Math.ceilDiv(batches.length, MEANS);
    means = means(batches, window);
    double greatest = DoubleStream.of(means).max().orElse(0);
    for (double loss : tests) {
      greatest = Math.max(greatest, loss);
    }
    losses = Ticks.to(Math.max(greatest, 1e-3), MOST_TICKS);
    epochs = Ticks.to(tests.length, Math.min(tests.length, MOST_EPOCH_TICKS));
  }

  /** Returns the mean of the values around each. */
  private static double[] means(double[] values, int window) {
    double[] sums = new double[values.length + 1];
    for (int i = 0; i < values.length; i++) {
      sums[i + 1] = sums[i] + values[i];
    }
    double[] means = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      int from = Math.max(0, i - window / 2);
      int to = Math.min(values.length, i - window / 2 + window);
      means[i] = (sums[to] - sums[from]) / (to - from);
    }
    return means;
  }

  /** Draws the plot; {@code subtitle} says what was trained. */
  public BufferedImage draw(String subtitle) {
    try (Page page = new Page(WIDTH, HEIGHT)) {
      page.title("Loss while training", subtitle, MARGIN, MARGIN);
      drawAxes(page);
      Graphics2D graphics = page.graphics();
      graphics.setClip(new Rectangle2D.Double(LEFT, TOP, RIGHT - LEFT + 12, BOTTOM - TOP + 12));
      page.stroke(1);
      drawLine(graphics, batches, BATCH);
      page.stroke(LINE);
      drawLine(graphics, means, TRAINING);
      for (int i = 0; i < tests.length; i++) {
        drawDot(graphics, x(i + 1.0), y(tests[i]));
      }
      graphics.setClip(null);
      if (tests.length <= MOST_EPOCH_TICKS) {
        drawTestLosses(page);
      }
      drawLegend(page);
      return page.image();
    }
  }

  private double x(double epoch) {
    return LEFT + (RIGHT - LEFT) * epoch / tests.length;
  }

  private double y(double loss) {
    return BOTTOM - (BOTTOM - TOP) * loss / losses.end();
  }

  private void drawAxes(Page page) {
    Graphics2D graphics = page.graphics();
    page.stroke(1);
    for (double loss : losses.values()) {
      graphics.setColor(loss == 0 ? Page.FAINT : Page.RULE);
      graphics.draw(new Line2D.Double(LEFT, y(loss), RIGHT, y(loss)));
      page.text(losses.label(loss), TYPE, Page.INK, LEFT - 14, y(loss) + 6, Align.RIGHT);
    }
    for (double epoch : epochs.values()) {
      if (epoch <= tests.length) {
        graphics.setColor(Page.FAINT);
        graphics.draw(new Line2D.Double(x(epoch), BOTTOM, x(epoch), BOTTOM + 7));
        page.text(epochs.label(epoch), TYPE, Page.INK, x(epoch), BOTTOM + 30, Align.CENTRE);
      }
    }
    double middle = (TOP + BOTTOM) / 2.0;
    page.upwards("mean cross-entropy of an image", TYPE, Page.FAINT, MARGIN + 16, middle);
    page.text("epochs", TYPE, Page.FAINT, (LEFT + RIGHT) / 2.0, BOTTOM + 62, Align.CENTRE);
  }

  private void drawLine(Graphics2D graphics, double[] values, Color colour) {
    Path2D line = new Path2D.Double();
    for (int i = 0; i < values.length; i++) {
      double x = x((i + 1.0) * tests.length / values.length);
      if (i == 0) {
        line.moveTo(x, y(values[i]));
      } else {
        line.lineTo(x, y(values[i]));
      }
    }
    graphics.setColor(colour);
    graphics.draw(line);
  }

  private static void drawDot(Graphics2D graphics, double x, double y) {
    graphics.setColor(TEST);
    graphics.fill(new Ellipse2D.Double(x - 7, y - 7, 14, 14));
  }

  private void drawTestLosses(Page page) {
    for (int i = 0; i < tests.length; i++) {
      String label = String.format(Locale.ROOT, "%.3f", tests[i]);
      page.bold(label, TYPE, TEST, x(i + 1.0), y(tests[i]) - VALUE_GAP, Align.CENTRE);
    }
  }

  private void drawLegend(Page page) {
    List<String> names =
        List.of(
            "each batch",
            window == 1 ? "training" : "training, mean of " + window + " batches",
            "test set after each epoch");
    int x = RIGHT - 320;
    Graphics2D graphics = page.graphics();
    graphics.setColor(Page.PAPER);
    graphics.fill(new Rectangle2D.Double(x - 56, TOP, RIGHT - x + 60, 120));
    for (int i = 0; i < names.size(); i++) {
      int y = TOP + 24 + 32 * i;
      page.stroke(i == 0 ? 1 : LINE);
      if (i < 2) {
        graphics.setColor(i == 0 ? BATCH : TRAINING);
        graphics.draw(new Line2D.Double(x - 44, y, x - 12, y));
      } else {
        drawDot(graphics, x - 28, y);
      }
      page.text(names.get(i), TYPE, Page.INK, x, y + 6, Align.LEFT);
    }
  }
}
