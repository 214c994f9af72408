package io.github.colonnade.image;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteOrder;
import javax.imageio.stream.ImageInputStream;

/** Reads the tags of a BMP file, from a header of version 5. */
final class BmpTags {
  private static final int HEADER = 14;
  private static final int HEADER_BYTES = 124;
  private static final int SPACE = HEADER + 56;
  private static final int PROFILE = HEADER + 112;
  // Spelled backwards in the file.
  private static final int EMBEDDED = ('M' << 24) | ('B' << 16) | ('E' << 8) | 'D';

  private BmpTags() {}

  static ImageTags read(ImageInputStream in) throws IOException {
    ByteOrder before = in.getByteOrder();
    in.setByteOrder(ByteOrder.LITTLE_ENDIAN);
    try {
      return new ImageTags(Orientation.UPRIGHT, colours(in));
    } finally {
      in.setByteOrder(before);
    }
  }

  private static ColourTags colours(ImageInputStream in) throws IOException {
    try {
      in.seek(HEADER);
      if (in.readInt() < HEADER_BYTES) {
        return ColourTags.NONE;
      }
      in.seek(SPACE);
      if (in.readInt() != EMBEDDED) {
        return ColourTags.NONE;
      }
      in.seek(PROFILE);
      long offset = in.readUnsignedInt();
      long length = in.readUnsignedInt();
      in.seek(HEADER + offset);
      return length > ImageTags.MOST_BYTES
          ? ColourTags.NONE.damaged("iCCP")
          : ColourTags.ofProfile(ImageTags.bytes(in, (int) length));
    } catch (EOFException cutShort) {
      return ColourTags.NONE.damaged("iCCP");
    }
  }
}
