package io.github.colonnade.cli.plot;

import io.github.colonnade.cli.plot.Page.Align;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Locale;

/** What the kernels of a layer look like: weights below zero in blue, above in red. */
public final class FilterGrid {
  private static final int COLUMNS = 8;
  private static final int SIDE = 140;
  private static final int GUTTER = 24;
  private static final int CAPTION = 40;
  private static final int MARGIN = 56;
  private static final int TOP = MARGIN + 110;
  private static final int TYPE = 18;
  private static final int SCALE_WIDTH = 24;
  private static final int SCALE_LABELS = 100;

  private static final Color BELOW = new Color(0x2166AC);
  private static final Color ZERO = new Color(0xF7F7F7);
  private static final Color ABOVE = new Color(0xB2182B);

  private FilterGrid() {}

  /**
   * Draws all kernels on one scale of colours.
   *
   * @param title what they are
   * @param subtitle what was trained
   * @param kernels each one's weights, row by row, as many in all
   */
  public static BufferedImage draw(String title, String subtitle, double[][] kernels) {
    int rows = Math.ceilDiv(kernels.length, COLUMNS);
    int gridWidth = COLUMNS * (SIDE + GUTTER) - GUTTER;
    int gridHeight = rows * (SIDE + CAPTION) - CAPTION;
    int width = 2 * MARGIN + gridWidth + 2 * GUTTER + SCALE_WIDTH + SCALE_LABELS;
    double limit = limit(kernels);
    try (Page page = new Page(width, TOP + gridHeight + CAPTION + MARGIN)) {
      page.title(title, subtitle, MARGIN, MARGIN);
      for (int i = 0; i < kernels.length; i++) {
        int x = MARGIN + i % COLUMNS * (SIDE + GUTTER);
        int y = TOP + i / COLUMNS * (SIDE + CAPTION);
        drawKernel(page.graphics(), kernels[i], limit, x, y);
        page.text(
            String.valueOf(i + 1), TYPE, Page.FAINT, x + SIDE / 2.0, y + SIDE + 24, Align.CENTRE);
      }
      drawScale(page, limit, MARGIN + gridWidth + 2 * GUTTER, gridHeight);
      return page.image();
    }
  }

  private static double limit(double[][] kernels) {
    double limit = Double.MIN_NORMAL;
    for (double[] kernel : kernels) {
      for (double weight : kernel) {
        limit = Math.max(limit, Math.abs(weight));
      }
    }
    return limit;
  }

  private static void drawKernel(
      Graphics2D graphics, double[] kernel, double limit, int left, int top) {
    int side = (int) Math.rint(Math.sqrt(kernel.length));
    // Whole pixels: neighbours meet without a seam.
    int step = SIDE / side;
    for (int i = 0; i < kernel.length; i++) {
      graphics.setColor(colour(kernel[i] / limit));
      graphics.fillRect(left + i % side * step, top + i / side * step, step, step);
    }
  }

  private static void drawScale(Page page, double limit, int x, int height) {
    Graphics2D graphics = page.graphics();
    for (int i = 0; i < height; i++) {
      graphics.setColor(colour(1 - 2.0 * i / (height - 1)));
      graphics.fill(new Rectangle2D.Double(x, TOP + i, SCALE_WIDTH, 1));
    }
    String label = String.format(Locale.ROOT, "%.2g", limit);
    int left = x + SCALE_WIDTH + 10;
    page.text("+" + label, TYPE, Page.INK, left, TOP + 14.0, Align.LEFT);
    page.text("0", TYPE, Page.INK, left, TOP + height / 2.0 + 6, Align.LEFT);
    page.text("−" + label, TYPE, Page.INK, left, TOP + (double) height, Align.LEFT);
  }

  /** Returns the colour of a weight from −1 to 1. */
  private static Color colour(double weight) {
    return mix(ZERO, weight < 0 ? BELOW : ABOVE, Math.abs(weight));
  }

  /** Returns a colour between two. */
  static Color mix(Color from, Color to, double share) {
    return new Color(
        mix(from.getRed(), to.getRed(), share),
        mix(from.getGreen(), to.getGreen(), share),
        mix(from.getBlue(), to.getBlue(), share));
  }

  private static int mix(int from, int to, double share) {
    return (int) Math.rint(from + (to - from) * share);
  }
}
