package io.github.colonnade.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What a camera notes beside the pixels, of which only the orientation matters here. */
final class Exif {
  private static final int HEADER_BYTES = 8;
  private static final int ENTRY_BYTES = 12;
  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;
  private static final int LONG = 4;

  private Exif() {}

  /**
   * Returns the orientation that the first directory names, or {@link Orientation#UPRIGHT} where
   * there is none or the block is broken.
   *
   * @param block a TIFF header and what follows it
   */
  static Orientation orientation(byte... block) {
    if (block.length < HEADER_BYTES || block[0] != block[1]) {
      return Orientation.UPRIGHT;
    }
    ByteBuffer bytes = ByteBuffer.wrap(block);
    switch (block[0]) {
      case 'I' -> bytes.order(ByteOrder.LITTLE_ENDIAN);
      case 'M' -> bytes.order(ByteOrder.BIG_ENDIAN);
      default -> {
        return Orientation.UPRIGHT;
      }
    }
    long directory = Integer.toUnsignedLong(bytes.getInt(4));
    if (bytes.getShort(2) != 42 || directory + Short.BYTES > block.length) {
      return Orientation.UPRIGHT;
    }
    int entries = Short.toUnsignedInt(bytes.getShort((int) directory));
    int first = (int) directory + Short.BYTES;
    for (int i = 0; i < entries && first + (i + 1) * ENTRY_BYTES <= block.length; i++) {
      int entry = first + i * ENTRY_BYTES;
      if (Short.toUnsignedInt(bytes.getShort(entry)) == ORIENTATION) {
        return switch (bytes.getShort(entry + 2)) {
          case SHORT -> Orientation.of(Short.toUnsignedInt(bytes.getShort(entry + 8)));
          case LONG -> Orientation.of(bytes.getInt(entry + 8));
          default -> Orientation.UPRIGHT;
        };
      }
    }
    return Orientation.UPRIGHT;
  }
}
