package io.github.colonnade.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The segments of JPEG files, sound and broken. */
class JpegTagsTest {
  private static final byte[] NOTHING = {};

  @ParameterizedTest
  @CsvSource({
    // Standing alone; fill bytes before the marker; another's notes before; segments without
    // length.
    "'', TURNED_RIGHT",
    "'ff ff', TURNED_RIGHT",
    "'ff e1 00 05 41 64 6f', TURNED_RIGHT",
    "'ff e1 00 09 45 78 69 66 00 01 49', TURNED_RIGHT",
    "'ff 01 ff d0 ff d7 ff d8', TURNED_RIGHT",
    "'ff e0 00 02', TURNED_RIGHT",
    // No marker, the end of the image, a length that leaves out itself, a scan.
    "'00', UPRIGHT",
    "'ff d9', UPRIGHT",
    "'ff e0 00 01', UPRIGHT",
    "'ff da 00 03 01', UPRIGHT",
    // Longer than the file.
    "'ff e0 ff ff', UPRIGHT",
    "'ff e1 ff ff', UPRIGHT",
  })
  void cameraNotesAreFoundBehindOtherSegments(String before, Orientation expected)
      throws IOException {
    assertEquals(expected, read(hex(before), notes(6)).orientation());
  }

  @Test
  void theFirstCameraNotesCount() throws IOException {
    assertEquals(Orientation.UPSIDE_DOWN, read(notes(3), notes(6)).orientation());
    assertEquals(Orientation.UPRIGHT, read(notes(9), notes(6)).orientation());
  }

  @Test
  void aProfileIsWholeOrDamaged() throws IOException {
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_GRAY).getData();
    byte[] first = Arrays.copyOf(profile, 200);
    byte[] second = Arrays.copyOfRange(profile, 200, profile.length);
    byte[] whole = ColourTags.ofProfile(profile).chunks().get(0).data();
    for (ColourTags tags :
        new ColourTags[] {
          read(part(1, 2, first), part(2, 2, second)).colours(),
          read(part(2, 2, second), part(1, 2, first)).colours(),
          // Too short to be a part of one, or of another kind.
          read(part(1, 1, profile), segment(0xe2, "ICC_PROFILE\0\1")).colours(),
          read(part(1, 1, profile), segment(0xe2, "ICC_PROFILES\1\1 ")).colours(),
        }) {
      assertEquals(Optional.empty(), tags.loss());
      assertEquals(0, Arrays.compare(whole, tags.chunks().get(0).data()));
    }
    for (ColourTags tags :
        new ColourTags[] {
          read(part(1, 2, first), NOTHING).colours(),
          read(part(2, 2, second), NOTHING).colours(),
          read(part(1, 2, first), part(3, 2, second)).colours(),
          read(part(0, 2, first), part(1, 2, second)).colours(),
        }) {
      assertEquals(Optional.of("its colour profile is damaged"), tags.loss());
      assertEquals(0, tags.chunks().size());
    }
    assertEquals(Optional.empty(), read(NOTHING, NOTHING).colours().loss());
  }

  @ParameterizedTest
  @CsvSource({
    "c0, 3, 3, true",
    "c1, 3, 3, true",
    "c0, 3, 1, false",
    "c2, 3, 3, false",
    "c6, 3, 3, false",
    "ca, 3, 3, false",
    "ce, 3, 3, false",
  })
  void oneScanHoldsAllComponentsOfABaselineFile(
      String frame, int components, int scanned, boolean expected) throws IOException {
    byte[] header = hex("ff %s 00 08 08 00 10 00 10 %02x".formatted(frame, components));
    // A progressive frame's components are not told, so its scan holds another number of them.
    assertEquals(expected, read(header, hex("ff da 00 03 %02x".formatted(scanned))).inOneScan());
  }

  @Test
  void aFileThatEndsInItsHeadersSaysNothing() throws IOException {
    for (int bytes = 2; bytes < 10; bytes++) {
      byte[] cut = Arrays.copyOf(join(hex("ff d8"), notes(6)), bytes);
      ImageTags tags = new JpegTags(stream(cut)).read();
      assertEquals(Orientation.UPRIGHT, tags.orientation());
      assertTrue(tags.inOneScan());
      assertFalse(tags.colours().loss().isPresent());
    }
  }

  private static ImageTags read(byte[] first, byte[] second) throws IOException {
    return new JpegTags(stream(join(hex("ff d8"), first, second, hex("ff d9")))).read();
  }

  private static MemoryCacheImageInputStream stream(byte... bytes) {
    return new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes));
  }

  /** Returns a segment that names an orientation. */
  private static byte[] notes(int orientation) {
    String entry = "\1\22\0\3\0\0\0\1\0" + (char) orientation + "\0\0";
    return segment(0xe1, "Exif\0\0MM\0*\0\0\0\10\0\1" + entry + "\0\0\0\0");
  }

  private static byte[] part(int number, int count, byte... bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return segment(0xe2, "ICC_PROFILE\0" + (char) number + (char) count + text);
  }

  private static byte[] segment(int marker, String text) {
    int length = text.length() + 2;
    String header = "\u00ff" + (char) marker + (char) (length >> 8) + (char) (length & 0xff);
    return (header + text).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] hex(String text) {
    String digits = text.replace(" ", "");
    byte[] bytes = new byte[digits.length() / 2];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Integer.parseInt(digits.substring(2 * i, 2 * i + 2), 16);
    }
    return bytes;
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
