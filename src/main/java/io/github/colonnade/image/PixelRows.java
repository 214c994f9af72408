package io.github.colonnade.image;

/**
 * Pixels, row by row from the top: colours that are not multiplied by their opacity, from 0 to
 * white where they come from a picture.
 */
interface PixelRows {
  int width();

  int height();

  Channels channels();

  /**
   * Reads a row.
   *
   * @param row which
   * @param bands an array for each channel, of the row's pixels. Overwritten.
   */
  void read(int row, double[][] bands);
}
