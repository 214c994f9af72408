package io.github.colonnade.cli.plot;

import io.github.colonnade.cli.plot.Page.Align;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/** Which classes are taken for which: a row for each class, a column for each prediction. */
public final class ConfusionMatrix {
  private static final int CELL_WIDTH = 104;
  private static final int CELL_HEIGHT = 64;
  private static final int MARGIN = 56;
  private static final int LEFT = MARGIN + 170;
  private static final int TOP = MARGIN + 180;
  private static final int TYPE = 17;
  private static final int GAP = 12;

  private static final Color NONE = new Color(0xF3F1EC);
  private static final Color ALL = new Color(0x08519C);
  private static final Color LIGHT_INK = new Color(0xFFFFFF);

  /** Beyond this mixture, ink is harder to read than white. */
  private static final double DARK = 0.5;

  private ConfusionMatrix() {}

  /**
   * Draws the matrix.
   *
   * @param subtitle what was trained and how well
   * @param names of the classes
   * @param counts images by class and prediction
   */
  public static BufferedImage draw(String subtitle, List<String> names, int[][] counts) {
    int classes = names.size();
    int right = LEFT + classes * CELL_WIDTH;
    int bottom = TOP + classes * CELL_HEIGHT;
    try (Page page =
        new Page(right + GAP + CELL_WIDTH + MARGIN, bottom + GAP + CELL_HEIGHT + MARGIN)) {
      page.title("Confusion matrix of the test set", subtitle, MARGIN, MARGIN);
      page.text("predicted class", TYPE, Page.FAINT, (LEFT + right) / 2.0, TOP - 48, Align.CENTRE);
      page.upwards("true class", TYPE, Page.FAINT, MARGIN + 12, (TOP + bottom) / 2.0);
      page.text("recall", TYPE, Page.FAINT, centre(classes) + GAP, TOP - 16, Align.CENTRE);
      page.text("precision", TYPE, Page.FAINT, LEFT - 14, base(classes) + GAP, Align.RIGHT);
      for (int i = 0; i < classes; i++) {
        page.text(names.get(i), TYPE, Page.INK, centre(i), TOP - 16, Align.CENTRE);
        page.text(names.get(i), TYPE, Page.INK, LEFT - 14, base(i), Align.RIGHT);
        drawRow(page, i, counts[i]);
        int predicted = 0;
        for (int[] row : counts) {
          predicted += row[i];
        }
        drawShare(page, counts[i][i], sum(counts[i]), centre(classes) + GAP, base(i));
        drawShare(page, counts[i][i], predicted, centre(i), base(classes) + GAP);
      }
      return page.image();
    }
  }

  private static double centre(int column) {
    return LEFT + (column + 0.5) * CELL_WIDTH;
  }

  private static double base(int row) {
    return TOP + (row + 0.5) * CELL_HEIGHT + 6;
  }

  private static void drawRow(Page page, int row, int... counts) {
    Graphics2D graphics = page.graphics();
    int sum = Math.max(1, sum(counts));
    for (int i = 0; i < counts.length; i++) {
      // The root brings out the few that are mistaken.
      double shade = Math.sqrt((double) counts[i] / sum);
      graphics.setColor(FilterGrid.mix(NONE, ALL, shade));
      graphics.fill(
          new Rectangle2D.Double(
              LEFT + i * CELL_WIDTH + 1,
              TOP + row * CELL_HEIGHT + 1,
              CELL_WIDTH - 2,
              CELL_HEIGHT - 2));
      if (counts[i] > 0) {
        Color ink = shade > DARK ? LIGHT_INK : Page.INK;
        page.text(String.valueOf(counts[i]), TYPE, ink, centre(i), base(row), Align.CENTRE);
      }
    }
  }

  private static void drawShare(Page page, int part, int whole, double x, double y) {
    String share = whole == 0 ? "–" : String.format(Locale.ROOT, "%.1f %%", 100.0 * part / whole);
    page.text(share, TYPE, Page.INK, x, y, Align.CENTRE);
  }

  private static int sum(int... counts) {
    int sum = 0;
    for (int count : counts) {
      sum += count;
    }
    return sum;
  }
}
