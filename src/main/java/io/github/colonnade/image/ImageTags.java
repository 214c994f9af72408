package io.github.colonnade.image;

import java.io.EOFException;
import java.io.IOException;
import javax.imageio.stream.ImageInputStream;

/**
 * What an image file says beside its pixels.
 *
 * @param orientation how they are seen
 * @param colours what colours their numbers stand for
 * @param inOneScan whether a JPEG file holds all of each block at one place, so that a decoder that
 *     missed nothing of that place missed nothing at all
 * @param grey whether pixels are grey, whatever a decoder makes of them
 * @param transparent the sample that is transparent, as of 8 bits, in a grey PNG file of fewer,
 *     whose decoder looks for another; -1 in other files
 */
record ImageTags(
    Orientation orientation, ColourTags colours, boolean inOneScan, boolean grey, int transparent) {
  /** More than any profile or any camera's notes have. */
  static final int MOST_BYTES = 1 << 26;

  static final ImageTags NONE = new ImageTags(Orientation.UPRIGHT, ColourTags.NONE);

  /** Those of a file whose decoder misses nothing, and says what is grey. */
  ImageTags(Orientation orientation, ColourTags colours) {
    this(orientation, colours, true, false, -1);
  }

  /**
   * Reads the tags of a file and returns to its start.
   *
   * @param format its format in lower case, as its decoder calls it
   */
  static ImageTags read(ImageInputStream in, String format) throws IOException {
    try {
      return switch (format) {
        case "jpeg" -> new JpegTags(in).read();
        case "png" -> new PngTags(in).read();
        case "bmp" -> BmpTags.read(in);
        default -> NONE;
      };
    } finally {
      in.seek(0);
    }
  }

  /** Returns the next bytes. */
  static byte[] bytes(ImageInputStream in, int length) throws IOException {
    // Not more than the stream has: a length in a broken file is no reason to allocate.
    long there = in.length();
    if (there >= 0 && length > there - in.getStreamPosition()) {
      throw new EOFException();
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
