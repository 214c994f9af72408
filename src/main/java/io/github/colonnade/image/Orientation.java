package io.github.colonnade.image;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.lang.reflect.Array;

/**
 * How a person sees the rows of a file, by the numbers of Exif and TIFF: each names the sides on
 * which the file's first row and first column are seen.
 */
enum Orientation {
  UPRIGHT(false, false, false),
  MIRRORED(false, false, true),
  UPSIDE_DOWN(false, true, true),
  UPSIDE_DOWN_MIRRORED(false, true, false),
  TRANSPOSED(true, false, false),
  TURNED_RIGHT(true, true, false),
  TRANSPOSED_UPSIDE_DOWN(true, true, true),
  TURNED_LEFT(true, false, true);

  /** Rows that are turned together, so that each line of the cache is used whole. */
  private static final int STRIP = 16;

  private final boolean swapsAxes;
  private final boolean reversesRows;
  private final boolean reversesColumns;

  Orientation(boolean swapsAxes, boolean reversesRows, boolean reversesColumns) {
    this.swapsAxes = swapsAxes;
    this.reversesRows = reversesRows;
    this.reversesColumns = reversesColumns;
  }

  /** Returns the orientation of a number from 1 to 8; any other number says nothing. */
  static Orientation of(int number) {
    return number < 1 || number > values().length ? UPRIGHT : values()[number - 1];
  }

  /**
   * Returns an image as it is seen.
   *
   * @param image as in the file; itself returned if it is upright
   */
  BufferedImage apply(BufferedImage image) {
    if (this == UPRIGHT) {
      return image;
    }
    Raster from = image.getRaster();
    int width = image.getWidth();
    int height = image.getHeight();
    WritableRaster to =
        image
            .getRaster()
            .createCompatibleWritableRaster(swapsAxes ? height : width, swapsAxes ? width : height);
    Object strip = null;
    Object turned = null;
    for (int row = 0; row < height; row += STRIP) {
      int rows = Math.min(STRIP, height - row);
      // An array that is too long would do, one of a strip before does not always.
      strip = from.getDataElements(0, row, width, rows, rows == STRIP ? strip : null);
      if (turned == null || rows < STRIP) {
        turned = Array.newInstance(strip.getClass().componentType(), Array.getLength(strip));
      }
      turn(strip, turned, width, rows);
      int at = reversesRows ? height - row - rows : row;
      if (swapsAxes) {
        to.setDataElements(at, 0, rows, width, turned);
      } else {
        to.setDataElements(0, at, width, rows, turned);
      }
    }
    return new BufferedImage(
        image.getColorModel(), to, image.getColorModel().isAlphaPremultiplied(), null);
  }

  private void turn(Object strip, Object turned, int width, int rows) {
    int elements = Array.getLength(strip) / (width * rows);
    for (int x = 0; x < width; x++) {
      int seenX = reversesColumns ? width - 1 - x : x;
      for (int y = 0; y < rows; y++) {
        int seenY = reversesRows ? rows - 1 - y : y;
        int to = swapsAxes ? seenX * rows + seenY : seenY * width + seenX;
        copy(strip, (y * width + x) * elements, turned, to * elements, elements);
      }
    }
  }

  private static void copy(Object from, int source, Object to, int target, int count) {
    if (from instanceof byte[] bytes) {
      // A call for each pixel of three bytes would take most of the time.
      byte[] turned = (byte[]) to;
      for (int i = 0; i < count; i++) {
        turned[target + i] = bytes[source + i];
      }
    } else {
      System.arraycopy(from, source, to, target, count);
    }
  }
}
