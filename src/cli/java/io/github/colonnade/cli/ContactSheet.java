package io.github.colonnade.cli;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.GraphicsEnvironment;
import java.awt.RenderingHints;
import java.awt.font.TextAttribute;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Pictures in rows of four, each with its caption, on one page. */
final class ContactSheet {
  private static final int COLUMNS = 4;
  private static final int TILE_WIDTH = 450;
  private static final int GUTTER = 24;
  private static final int MARGIN = 56;
  private static final int CAPTION = 44;
  private static final int SECTION_GAP = 28;
  private static final int TITLE = 104;

  private static final Color PAPER = new Color(0xFBFAF7);
  private static final Color INK = new Color(0x1C1B19);
  private static final Color FAINT = new Color(0x7A766E);

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

  private final String title;
  private final String subtitle;
  private final List<List<Tile>> sections = new ArrayList<>();

  ContactSheet(String title, String subtitle) {
    this.title = title;
    this.subtitle = subtitle;
  }

  /**
   * One picture.
   *
   * @param name its caption
   * @param note a few words more
   * @param image the picture
   */
  record Tile(String name, String note, BufferedImage image) {}

  /** Adds pictures of one shape, which begin a row. */
  void add(List<Tile> tiles) {
    sections.add(List.copyOf(tiles));
  }

  /** Returns whether this machine has fonts; without any, a sheet has no captions. */
  static boolean canWrite() {
    return face().isPresent();
  }

  /** Draws the page. */
  BufferedImage draw() {
    Optional<String> face = face();
    int caption = face.isPresent() ? CAPTION : GUTTER;
    int width = 2 * MARGIN + COLUMNS * TILE_WIDTH + (COLUMNS - 1) * GUTTER;
    int top = face.isPresent() ? MARGIN + TITLE : MARGIN;
    int height = top + MARGIN - GUTTER + (sections.size() - 1) * SECTION_GAP;
    for (List<Tile> tiles : sections) {
      height += rows(tiles) * (tileHeight(tiles) + caption);
    }
    BufferedImage page = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = page.createGraphics();
    try {
      prepare(graphics);
      graphics.setColor(PAPER);
      graphics.fillRect(0, 0, width, height);
      face.ifPresent(name -> drawTitle(graphics, name));
      for (List<Tile> tiles : sections) {
        drawSection(graphics, tiles, top, caption, face);
        top += rows(tiles) * (tileHeight(tiles) + caption) + SECTION_GAP;
      }
    } finally {
      graphics.dispose();
    }
    return page;
  }

  private static void prepare(Graphics2D graphics) {
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.setRenderingHint(RenderingHints.KEY_RENDERING, RenderingHints.VALUE_RENDER_QUALITY);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
  }

  private void drawTitle(Graphics2D graphics, String face) {
    graphics.setColor(INK);
    graphics.setFont(font(face, Font.BOLD, 40));
    graphics.drawString(title, MARGIN, MARGIN + 32);
    graphics.setColor(FAINT);
    graphics.setFont(font(face, Font.PLAIN, 20));
    graphics.drawString(subtitle, MARGIN, MARGIN + 68);
  }

  private static void drawSection(
      Graphics2D graphics, List<Tile> tiles, int top, int caption, Optional<String> face) {
    int tileHeight = tileHeight(tiles);
    for (int i = 0; i < tiles.size(); i++) {
      int x = MARGIN + i % COLUMNS * (TILE_WIDTH + GUTTER);
      int y = top + i / COLUMNS * (tileHeight + caption);
      Tile tile = tiles.get(i);
      graphics.drawImage(tile.image(), x, y, TILE_WIDTH, tileHeight, null);
      face.ifPresent(name -> drawCaption(graphics, name, tile, x, y + tileHeight + 24));
    }
  }

  private static void drawCaption(Graphics2D graphics, String face, Tile tile, int x, int line) {
    graphics.setColor(INK);
    graphics.setFont(font(face, Font.BOLD, 16));
    graphics.drawString(tile.name(), x, line);
    graphics.setColor(FAINT);
    graphics.setFont(font(face, Font.PLAIN, 15));
    FontMetrics metrics = graphics.getFontMetrics();
    graphics.drawString(tile.note(), x + TILE_WIDTH - metrics.stringWidth(tile.note()), line);
  }

  private static Font font(String face, int style, int size) {
    return new Font(face, style, size)
        .deriveFont(Map.of(TextAttribute.KERNING, TextAttribute.KERNING_ON));
  }

  private static int rows(List<Tile> tiles) {
    return Math.ceilDiv(tiles.size(), COLUMNS);
  }

  private static int tileHeight(List<Tile> tiles) {
    BufferedImage first = tiles.get(0).image();
    return Math.round((float) TILE_WIDTH * first.getHeight() / first.getWidth());
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
