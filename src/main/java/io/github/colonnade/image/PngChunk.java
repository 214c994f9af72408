package io.github.colonnade.image;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/** A chunk of a PNG file. */
final class PngChunk {
  private final String type;
  private final byte[] data;

  /**
   * Makes a chunk.
   *
   * @param type four letters
   * @param data what it holds. Kept, not copied.
   */
  PngChunk(String type, byte... data) {
    this.type = type;
    this.data = data;
  }

  String type() {
    return type;
  }

  byte[] data() {
    return data;
  }

  /** Returns the checksum of type and data. */
  int crc() {
    CRC32 crc = new CRC32();
    crc.update(type.getBytes(StandardCharsets.ISO_8859_1));
    crc.update(data);
    return (int) crc.getValue();
  }

  /** Writes length, type, data and checksum. */
  void writeTo(OutputStream out) throws IOException {
    out.write(ByteBuffer.allocate(Integer.BYTES).putInt(data.length).array());
    out.write(type.getBytes(StandardCharsets.ISO_8859_1));
    out.write(data);
    out.write(ByteBuffer.allocate(Integer.BYTES).putInt(crc()).array());
  }
}
