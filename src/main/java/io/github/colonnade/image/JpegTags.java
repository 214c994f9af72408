package io.github.colonnade.image;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/** Reads the tags of a JPEG file, from its segments before the first scan. */
final class JpegTags {
  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] ICC = "ICC_PROFILE\0".getBytes(StandardCharsets.ISO_8859_1);

  private final ImageInputStream in;
  private final Map<Integer, byte[]> profileParts = new TreeMap<>();
  private @Nullable Orientation orientation;
  private int profileCount;
  private int components;
  private boolean inOneScan = true;

  JpegTags(ImageInputStream in) {
    this.in = in;
  }

  ImageTags read() throws IOException {
    try {
      in.seek(2);
      while (segment()) {
        // On to the next.
      }
    } catch (EOFException cutShort) {
      // The decoder says so.
    }
    return new ImageTags(
        orientation == null ? Orientation.UPRIGHT : orientation, colours(), inOneScan, false, -1);
  }

  /** Reads a segment and returns whether another can follow. */
  private boolean segment() throws IOException {
    if (in.readUnsignedByte() != 0xff) {
      return false;
    }
    int marker = in.readUnsignedByte();
    while (marker == 0xff) {
      marker = in.readUnsignedByte();
    }
    if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      return true;
    }
    if (marker == 0xd9) {
      return false;
    }
    int length = in.readUnsignedShort() - 2;
    if (length < 0) {
      return false;
    }
    long end = in.getStreamPosition() + length;
    switch (marker) {
      case 0xe1 -> cameraNotes(ImageTags.bytes(in, length));
      case 0xe2 -> profilePart(ImageTags.bytes(in, length));
      case 0xc2, 0xc6, 0xca, 0xce -> inOneScan = false;
      case 0xc0, 0xc1 -> {
        in.skipBytes(5);
        components = in.readUnsignedByte();
      }
      case 0xda -> {
        inOneScan &= in.readUnsignedByte() == components;
        return false;
      }
      default -> {
        // Not for us.
      }
    }
    in.seek(end);
    return true;
  }

  private void cameraNotes(byte... segment) {
    if (orientation == null && startsWith(segment, EXIF)) {
      orientation = Exif.orientation(Arrays.copyOfRange(segment, EXIF.length, segment.length));
    }
  }

  private void profilePart(byte... segment) {
    int start = ICC.length + 2;
    if (segment.length >= start && startsWith(segment, ICC)) {
      profileCount = segment[start - 1] & 0xff;
      profileParts.put(
          segment[start - 2] & 0xff, Arrays.copyOfRange(segment, start, segment.length));
    }
  }

  private static boolean startsWith(byte[] segment, byte... name) {
    return segment.length >= name.length
        && Arrays.equals(segment, 0, name.length, name, 0, name.length);
  }

  /** Parts are numbered from 1. */
  private ColourTags colours() {
    if (profileParts.isEmpty()) {
      return ColourTags.NONE;
    }
    ByteArrayOutputStream profile = new ByteArrayOutputStream();
    for (int part = 1; part <= profileCount; part++) {
      profile.writeBytes(profileParts.getOrDefault(part, new byte[0]));
    }
    return profileParts.size() == profileCount && profileParts.containsKey(profileCount)
        ? ColourTags.ofProfile(profile.toByteArray())
        : ColourTags.NONE.damaged("iCCP");
  }
}
