package io.github.colonnade.image;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.imageio.stream.ImageInputStream;

/** Reads the tags of a PNG file, from its chunks. */
final class PngTags {
  private static final int SIGNATURE_BYTES = 8;
  private static final int DEPTH = SIGNATURE_BYTES + 16;
  private static final int GREY = 0;

  /** Brighter than any sample. */
  private static final int NO_SAMPLE = 256;

  private final ImageInputStream in;
  private Orientation orientation = Orientation.UPRIGHT;
  private ColourTags colours = ColourTags.NONE;
  private boolean beforePixels = true;
  private boolean grey;
  private boolean hasFewBits;
  private int depth;
  private int transparent = -1;

  PngTags(ImageInputStream in) {
    this.in = in;
  }

  ImageTags read() throws IOException {
    try {
      in.seek(DEPTH);
      depth = in.readUnsignedByte();
      grey = in.readUnsignedByte() == GREY;
      hasFewBits = grey && depth > 0 && depth < Byte.SIZE;
      in.seek(SIGNATURE_BYTES);
      while (chunk()) {
        // On to the next.
      }
    } catch (EOFException cutShort) {
      // The decoder says so.
    }
    return new ImageTags(orientation, colours, true, grey, transparent);
  }

  /** Reads a chunk and returns whether another can follow. */
  private boolean chunk() throws IOException {
    int length = in.readInt();
    String type = new String(ImageTags.bytes(in, Integer.BYTES), StandardCharsets.ISO_8859_1);
    if (length < 0 || type.equals("IEND")) {
      return false;
    }
    beforePixels &= !type.equals("IDAT");
    boolean exif = type.equals("eXIf");
    boolean colour = beforePixels && ColourTags.contains(type);
    boolean transparency =
        beforePixels && hasFewBits && type.equals("tRNS") && length == Short.BYTES;
    if (!exif && !colour && !transparency) {
      in.seek(in.getStreamPosition() + length + Integer.BYTES);
      return true;
    }
    if (length > ImageTags.MOST_BYTES) {
      colours = colour ? colours.damaged(type) : colours;
      in.seek(in.getStreamPosition() + length + Integer.BYTES);
      return true;
    }
    PngChunk chunk = new PngChunk(type, ImageTags.bytes(in, length));
    boolean sound = in.readInt() == chunk.crc();
    if (exif && sound) {
      orientation = Exif.orientation(chunk.data());
    } else if (transparency && sound) {
      int sample = ByteBuffer.wrap(chunk.data()).getShort() & 0xffff;
      int most = (1 << depth) - 1;
      transparent = sample <= most ? sample * 255 / most : NO_SAMPLE;
    } else if (colour) {
      colours = sound ? colours.with(chunk) : colours.damaged(type);
    }
    return true;
  }
}
