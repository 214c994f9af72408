package io.github.colonnade.cli.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.GraphicsEnvironment;
import java.awt.RenderingHints;
import java.awt.font.TextAttribute;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A page with a title: paper, ink and typeface that all pictures have in common. On a machine
 * without fonts it stays without text.
 */
public final class Page implements AutoCloseable {
  /** What is written with. */
  public static final Color INK = new Color(0x1C1B19);

  /** What is less important is written with. */
  public static final Color FAINT = new Color(0x7A766E);

  /** Lines that lead the eye. */
  static final Color RULE = new Color(0xE3E0D9);

  /** What is written on. */
  static final Color PAPER = new Color(0xFBFAF7);

  /** Screen faces with even colour at small sizes, the best first. */
  private static final List<String> FACES =
      List.of(
          "Inter",
          "Source Sans 3",
          "Helvetica Neue",
          "Segoe UI",
          "Noto Sans",
          "Open Sans",
          "Liberation Sans",
          "DejaVu Sans");

  private final BufferedImage image;
  private final Graphics2D graphics;
  private final Optional<String> face = face();

  /** Where a text's position is on it. */
  public enum Align {
    /** At its left end. */
    LEFT,
    /** In its middle. */
    CENTRE,
    /** At its right end. */
    RIGHT
  }

  /** Starts an empty page of a size in pixels. */
  public Page(int width, int height) {
    image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    graphics = image.createGraphics();
    Map.of(
            RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON,
            RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE,
            RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC,
            RenderingHints.KEY_RENDERING, RenderingHints.VALUE_RENDER_QUALITY,
            RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON,
            RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON)
        .forEach(graphics::setRenderingHint);
    graphics.setColor(PAPER);
    graphics.fillRect(0, 0, width, height);
  }

  /** Returns whether this machine has fonts. */
  public static boolean canWrite() {
    return face().isPresent();
  }

  /** Returns what to draw with. */
  public Graphics2D graphics() {
    return graphics;
  }

  /** Returns the picture. */
  public BufferedImage image() {
    return image;
  }

  /** Writes a title and a line below it, into the top left corner. */
  public void title(String title, String subtitle, int x, int y) {
    bold(title, 40, INK, x, y + 32, Align.LEFT);
    text(subtitle, 20, FAINT, x, y + 68, Align.LEFT);
  }

  /** Writes a line in bold type. */
  public void bold(String text, int size, Color colour, double x, double y, Align align) {
    write(text, Font.BOLD, size, colour, x, y, align);
  }

  /** Writes a line. */
  public void text(String text, int size, Color colour, double x, double y, Align align) {
    write(text, Font.PLAIN, size, colour, x, y, align);
  }

  /** Writes a line upwards, its middle at this place. */
  void upwards(String text, int size, Color colour, double x, double y) {
    AffineTransform before = graphics.getTransform();
    graphics.rotate(-Math.PI / 2, x, y);
    text(text, size, colour, x, y, Align.CENTRE);
    graphics.setTransform(before);
  }

  private void write(
      String text, int style, int size, Color colour, double x, double y, Align align) {
    if (face.isEmpty()) {
      return;
    }
    graphics.setColor(colour);
    graphics.setFont(font(face.get(), style, size));
    double width = graphics.getFontMetrics().getStringBounds(text, graphics).getWidth();
    double left =
        switch (align) {
          case LEFT -> x;
          case CENTRE -> x - width / 2;
          case RIGHT -> x - width;
        };
    graphics.drawString(text, (float) left, (float) y);
  }

  /** Sets how wide lines are. */
  void stroke(float width) {
    graphics.setStroke(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
  }

  @Override
  public void close() {
    graphics.dispose();
  }

  private static Font font(String face, int style, int size) {
    return new Font(face, style, size)
        .deriveFont(Map.of(TextAttribute.KERNING, TextAttribute.KERNING_ON));
  }

  /** Returns the face to write with, or nothing on a machine without fonts. */
  private static Optional<String> face() {
    try {
      Set<String> installed =
          new HashSet<>(
              Arrays.asList(
                  GraphicsEnvironment.getLocalGraphicsEnvironment().getAvailableFontFamilyNames()));
      String face = FACES.stream().filter(installed::contains).findFirst().orElse(Font.SANS_SERIF);
      BufferedImage probe = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = probe.createGraphics();
      try {
        boolean hasInk = graphics.getFontMetrics(font(face, Font.PLAIN, 15)).stringWidth("n") > 0;
        return hasInk ? Optional.of(face) : Optional.empty();
      } finally {
        graphics.dispose();
      }
    } catch (RuntimeException | LinkageError | InternalError noFonts) {
      // What the JDK throws where fontconfig or every font is missing, by version and platform.
      return Optional.empty();
    }
  }
}
