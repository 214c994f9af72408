package io.github.colonnade.image;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * What a file says about the colours that its numbers stand for, as chunks of PNG: a profile of the
 * ICC, or gamma and primaries. Immutable.
 */
final class ColourTags {
  /** Of a file that says nothing. */
  static final ColourTags NONE = new ColourTags(List.of(), null);

  private static final String PROFILE = "iCCP";
  private static final int HEADER_BYTES = 128;
  private static final int SPACE_OFFSET = 16;
  private static final int SIGNATURE_OFFSET = 36;
  private static final int MOST_NAME_BYTES = 79;
  private static final long MOST_PROFILE_BYTES = 1 << 26;

  private final List<PngChunk> chunks;
  private final @Nullable String loss;

  private ColourTags(List<PngChunk> chunks, @Nullable String loss) {
    this.chunks = List.copyOf(chunks);
    this.loss = loss;
  }

  /** Returns the tags of a profile as JPEG files hold it. */
  static ColourTags ofProfile(byte... profile) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.writeBytes("ICC profile\0\0".getBytes(StandardCharsets.ISO_8859_1));
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(data)) {
      deflater.write(profile);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return NONE.with(new PngChunk(PROFILE, data.toByteArray()));
  }

  /** Returns these tags and one more, of which PNG knows the type. */
  ColourTags with(PngChunk chunk) {
    boolean there = chunks.stream().anyMatch(other -> other.type().equals(chunk.type()));
    if (there) {
      return this;
    }
    if (!isSound(chunk)) {
      return damaged(chunk.type());
    }
    List<PngChunk> more = new ArrayList<>(chunks);
    more.add(chunk);
    return new ColourTags(more, loss);
  }

  /** Returns these tags without one that cannot be read. */
  ColourTags damaged(String type) {
    String what = type.equals(PROFILE) ? "colour profile" : type + " chunk";
    return new ColourTags(chunks, "its " + what + " is damaged");
  }

  /** Returns whether PNG counts a chunk among these tags. */
  static boolean contains(String type) {
    return switch (type) {
      case PROFILE, "sRGB", "gAMA", "cHRM", "cICP" -> true;
      default -> false;
    };
  }

  private static boolean isSound(PngChunk chunk) {
    int length = chunk.data().length;
    return switch (chunk.type()) {
      case "sRGB" -> length == 1;
      case "gAMA", "cICP" -> length == 4;
      case "cHRM" -> length == 32;
      default -> space(chunk).isPresent();
    };
  }

  /** Returns the colour space that a profile is for, or nothing if it is damaged. */
  private static Optional<String> space(PngChunk profile) {
    byte[] data = profile.data();
    int name = 0;
    while (name < data.length && data[name] != 0) {
      name++;
    }
    int start = name + 2;
    if (name == 0 || name > MOST_NAME_BYTES || start > data.length || data[name + 1] != 0) {
      return Optional.empty();
    }
    try (InflaterInputStream in =
        new InflaterInputStream(new ByteArrayInputStream(data, start, data.length - start))) {
      byte[] header = in.readNBytes(HEADER_BYTES);
      // Whole, not only its start, and not without end.
      boolean endless = in.skip(MOST_PROFILE_BYTES) == MOST_PROFILE_BYTES;
      return endless || !text(header, SIGNATURE_OFFSET).equals("acsp")
          ? Optional.empty()
          : Optional.of(text(header, SPACE_OFFSET));
    } catch (IOException damaged) {
      return Optional.empty();
    }
  }

  /** Returns the four letters at a place of a profile's header. */
  private static String text(byte[] header, int offset) {
    return header.length < HEADER_BYTES
        ? ""
        : new String(header, offset, Integer.BYTES, StandardCharsets.ISO_8859_1).strip();
  }

  /** Returns these tags for an image of 1 channel or 3: a profile is for one of the two. */
  ColourTags forChannels(int channels) {
    String wanted = channels == 1 ? "GRAY" : "RGB";
    List<PngChunk> kept = new ArrayList<>();
    String lost = loss;
    for (PngChunk chunk : chunks) {
      Optional<String> space = chunk.type().equals(PROFILE) ? space(chunk) : Optional.of(wanted);
      if (space.isPresent() && space.get().equals(wanted)) {
        kept.add(chunk);
      } else {
        lost =
            "its colour profile is for "
                + space.map(name -> name.equals("GRAY") ? "grey" : name).orElse("nothing")
                + ", the result is "
                + (channels == 1 ? "grey" : "RGB");
      }
    }
    return new ColourTags(kept, lost);
  }

  /** Returns the chunks, to be written before the pixels. */
  List<PngChunk> chunks() {
    return chunks;
  }

  /** Returns why not all that a file says of its colours is among this, if something is not. */
  Optional<String> loss() {
    return Optional.ofNullable(loss);
  }
}
