package io.github.colonnade;

import java.nio.charset.StandardCharsets;

/** What the first bytes of a file say that it is. */
final class FileSignature {
  /** The longest that {@link #describe} knows. */
  static final int MOST_BYTES = 23;

  private FileSignature() {}

  /** Returns whether a file begins as zip archives do, of entries or without any. */
  static boolean isZip(byte... start) {
    String text = new String(start, StandardCharsets.ISO_8859_1);
    return text.startsWith("PK\3\4") || text.startsWith("PK\5\6");
  }

  /** Returns what a file looks like, behind a colon, or nothing. */
  static String describe(byte... start) {
    String text = new String(start, StandardCharsets.ISO_8859_1);
    if (isZip(start)) {
      return ": it looks like a zip archive; if it is a .npz, use Npz.read";
    }
    if (text.startsWith("\u0093NUMPY")) {
      return ": it looks like a .npy file, use Npy.read";
    }
    if (text.startsWith("\u0089PNG")) {
      return ": it looks like a PNG image";
    }
    if (text.startsWith("\u00ff\u00d8\u00ff")) {
      return ": it looks like a JPEG image";
    }
    if (text.startsWith("\u001f\u008b")) {
      return ": it looks like gzip, unzip it first";
    }
    if (text.startsWith("\u0089HDF")) {
      return ": it looks like HDF5";
    }
    if (text.startsWith("\0\0\u0008")) {
      return ": it looks like an IDX file";
    }
    if (text.startsWith("version https://git-lfs")) {
      return ": it is a Git LFS pointer, fetch the file behind it with git lfs pull";
    }
    if (text.length() > 1 && text.charAt(0) == 0x80 && text.charAt(1) >= 2 && text.charAt(1) <= 5) {
      return ": it looks like a Python pickle";
    }
    return "";
  }
}
