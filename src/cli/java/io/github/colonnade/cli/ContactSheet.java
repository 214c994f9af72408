package io.github.colonnade.cli;

import io.github.colonnade.cli.plot.Page;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Pictures in rows of four, each with its caption, on one page. */
final class ContactSheet {
  private static final int COLUMNS = 4;
  private static final int TILE_WIDTH = 450;
  private static final int GUTTER = 24;
  private static final int MARGIN = 56;
  private static final int CAPTION = 44;
  private static final int SECTION_GAP = 28;
  private static final int TITLE = 104;

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

  /** Draws the page. */
  BufferedImage draw() {
    boolean hasText = Page.canWrite();
    int caption = hasText ? CAPTION : GUTTER;
    int width = 2 * MARGIN + COLUMNS * TILE_WIDTH + (COLUMNS - 1) * GUTTER;
    int top = hasText ? MARGIN + TITLE : MARGIN;
    int height = top + MARGIN - GUTTER + (sections.size() - 1) * SECTION_GAP;
    for (List<Tile> tiles : sections) {
      height += rows(tiles) * (tileHeight(tiles) + caption);
    }
    try (Page page = new Page(width, height)) {
      page.title(title, subtitle, MARGIN, MARGIN);
      for (List<Tile> tiles : sections) {
        drawSection(page, tiles, top, caption);
        top += rows(tiles) * (tileHeight(tiles) + caption) + SECTION_GAP;
      }
      return page.image();
    }
  }

  private static void drawSection(Page page, List<Tile> tiles, int top, int caption) {
    int tileHeight = tileHeight(tiles);
    for (int i = 0; i < tiles.size(); i++) {
      int x = MARGIN + i % COLUMNS * (TILE_WIDTH + GUTTER);
      int y = top + i / COLUMNS * (tileHeight + caption);
      Tile tile = tiles.get(i);
      page.graphics().drawImage(tile.image(), x, y, TILE_WIDTH, tileHeight, null);
      int line = y + tileHeight + 24;
      page.bold(tile.name(), 16, Page.INK, x, line, Page.Align.LEFT);
      page.text(tile.note(), 15, Page.FAINT, x + TILE_WIDTH, line, Page.Align.RIGHT);
    }
  }

  private static int rows(List<Tile> tiles) {
    return Math.ceilDiv(tiles.size(), COLUMNS);
  }

  private static int tileHeight(List<Tile> tiles) {
    BufferedImage first = tiles.get(0).image();
    return Math.round((float) TILE_WIDTH * first.getHeight() / first.getWidth());
  }
}
