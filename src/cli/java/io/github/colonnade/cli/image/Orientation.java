package io.github.colonnade.cli.image;

/**
 * How a person sees the rows of a file, by the numbers of Exif and TIFF: each names the sides on
 * which the file's first row and first column are seen.
 */
enum Orientation {
  UPRIGHT(false),
  MIRRORED(false),
  UPSIDE_DOWN(false),
  UPSIDE_DOWN_MIRRORED(false),
  TRANSPOSED(true),
  TURNED_RIGHT(true),
  TRANSPOSED_UPSIDE_DOWN(true),
  TURNED_LEFT(true);

  private final boolean swapsAxes;

  Orientation(boolean swapsAxes) {
    this.swapsAxes = swapsAxes;
  }

  /** Returns the orientation of a number from 1 to 8; any other number says nothing. */
  static Orientation of(int number) {
    return number < 1 || number > values().length ? UPRIGHT : values()[number - 1];
  }

  /** Returns whether rows are seen as columns. */
  boolean swapsAxes() {
    return swapsAxes;
  }

  /**
   * Returns a plane as it is seen.
   *
   * @param plane rows of {@code width} pixels, as in the file
   */
  double[] apply(double[] plane, int width) {
    if (this == UPRIGHT) {
      return plane;
    }
    int height = plane.length / width;
    int seenWidth = swapsAxes ? height : width;
    double[] seen = new double[plane.length];
    for (int i = 0; i < seen.length; i++) {
      int x = i % seenWidth;
      int y = i / seenWidth;
      seen[i] =
          switch (this) {
            case UPRIGHT -> plane[i];
            case MIRRORED -> plane[y * width + width - 1 - x];
            case UPSIDE_DOWN -> plane[plane.length - 1 - i];
            case UPSIDE_DOWN_MIRRORED -> plane[(height - 1 - y) * width + x];
            case TRANSPOSED -> plane[x * width + y];
            case TURNED_RIGHT -> plane[(height - 1 - x) * width + y];
            case TRANSPOSED_UPSIDE_DOWN -> plane[(height - 1 - x) * width + width - 1 - y];
            case TURNED_LEFT -> plane[x * width + width - 1 - y];
          };
    }
    return seen;
  }
}
