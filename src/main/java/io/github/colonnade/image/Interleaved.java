package io.github.colonnade.image;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;

/**
 * Arrays whose channels lie side by side, {@code [N, H, W, C]}, as cameras, video and most image
 * libraries have them, to tensors {@code [N, C, H, W]} and back: any number of pictures and of
 * channels, in the order that they have. Samples are unsigned, of 8 or 16 bits.
 *
 * <p>A sample becomes {@code sample · white / 255}, or {@code / 65535}; on the way back, what is
 * below 0 or NaN becomes 0, what is above {@code white} the largest sample, and halves are rounded
 * up, so that samples come back as they were.
 *
 * <p>Nothing is allocated but a row.
 */
public final class Interleaved {
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  private Interleaved() {}

  /**
   * Copies samples of 8 bits into planes.
   *
   * @param samples N·H·W·C samples. Not modified.
   * @param planes {@code [N, C, H, W]} or {@code [C, H, W]}, F64 or F32. Overwritten.
   * @param white what 255 becomes, such as 1 or 255
   * @throws IllegalArgumentException if the tensor is another, the array is not of its size, or
   *     {@code white} is not positive and finite
   */
  public static void toPlanes(byte[] samples, Tensor planes, double white) {
    toPlanes(MemorySegment.ofArray(samples), 8, planes, white);
  }

  /**
   * Copies samples of 16 bits into planes.
   *
   * @param samples N·H·W·C samples. Not modified.
   * @param planes {@code [N, C, H, W]} or {@code [C, H, W]}, F64 or F32. Overwritten.
   * @param white what 65535 becomes, such as 1
   * @throws IllegalArgumentException if the tensor is another, the array is not of its size, or
   *     {@code white} is not positive and finite
   */
  public static void toPlanes(short[] samples, Tensor planes, double white) {
    toPlanes(MemorySegment.ofArray(samples), 16, planes, white);
  }

  /**
   * Copies samples from memory into planes.
   *
   * @param samples N·H·W·C samples, of 16 bits in the processor's byte order. Not modified; must
   *     not overlap {@code planes}.
   * @param bits 8 or 16
   * @param planes {@code [N, C, H, W]} or {@code [C, H, W]}, F64 or F32. Overwritten.
   * @param white what the largest sample becomes, such as 1
   * @throws IllegalArgumentException if the tensor is another, the memory is not of its size,
   *     {@code bits} neither 8 nor 16, or {@code white} not positive and finite
   */
  public static void toPlanes(MemorySegment samples, int bits, Tensor planes, double white) {
    Layout layout = new Layout(samples, bits, planes, white);
    requireWritable("planes", planes.segment());
    double[] scale = new double[layout.most + 1];
    for (int sample = 0; sample < scale.length; sample++) {
      scale[sample] = sample * white / layout.most;
    }
    double[] values = new double[layout.width];
    for (long row = 0; row < layout.rows; row++) {
      layout.readSamples(row);
      for (int channel = 0; channel < layout.channels; channel++) {
        for (int x = 0, at = channel; x < values.length; x++, at += layout.channels) {
          values[x] = scale[layout.narrow ? layout.bytes[at] & 0xff : layout.shorts[at] & 0xffff];
        }
        layout.writeValues(row, channel, values);
      }
    }
  }

  /**
   * Copies planes into samples of 8 bits.
   *
   * @param planes {@code [N, C, H, W]} or {@code [C, H, W]}, F64 or F32. Not modified.
   * @param samples N·H·W·C samples. Overwritten.
   * @param white what becomes 255, such as 1 or 255
   * @throws IllegalArgumentException if the tensor is another, the array is not of its size, or
   *     {@code white} is not positive and finite
   */
  public static void fromPlanes(Tensor planes, byte[] samples, double white) {
    fromPlanes(planes, MemorySegment.ofArray(samples), 8, white);
  }

  /**
   * Copies planes into samples of 16 bits.
   *
   * @param planes {@code [N, C, H, W]} or {@code [C, H, W]}, F64 or F32. Not modified.
   * @param samples N·H·W·C samples. Overwritten.
   * @param white what becomes 65535, such as 1
   * @throws IllegalArgumentException if the tensor is another, the array is not of its size, or
   *     {@code white} is not positive and finite
   */
  public static void fromPlanes(Tensor planes, short[] samples, double white) {
    fromPlanes(planes, MemorySegment.ofArray(samples), 16, white);
  }

  /**
   * Copies planes into samples in memory.
   *
   * @param planes {@code [N, C, H, W]} or {@code [C, H, W]}, F64 or F32. Not modified.
   * @param samples N·H·W·C samples, of 16 bits in the processor's byte order. Overwritten; must not
   *     overlap {@code planes}.
   * @param bits 8 or 16
   * @param white what becomes the largest sample, such as 1
   * @throws IllegalArgumentException if the tensor is another, the memory is not of its size or is
   *     read-only, {@code bits} neither 8 nor 16, or {@code white} not positive and finite
   */
  public static void fromPlanes(Tensor planes, MemorySegment samples, int bits, double white) {
    Layout layout = new Layout(samples, bits, planes, white);
    requireWritable("samples", samples);
    double[] values = new double[layout.width];
    for (long row = 0; row < layout.rows; row++) {
      for (int channel = 0; channel < layout.channels; channel++) {
        layout.readValues(row, channel, values);
        for (int x = 0, at = channel; x < values.length; x++, at += layout.channels) {
          int sample = sample(values[x], white, layout.most);
          if (layout.narrow) {
            layout.bytes[at] = (byte) sample;
          } else {
            layout.shorts[at] = (short) sample;
          }
        }
      }
      layout.writeSamples(row);
    }
  }

  static void requireWritable(String operand, MemorySegment memory) {
    if (memory.isReadOnly()) {
      throw new IllegalArgumentException(operand + ": are read-only, must be writable");
    }
  }

  /** Returns the nearest sample, halves rounded up; 0 for NaN. */
  static int sample(double value, double white, double most) {
    return (int) Math.round(Math.max(0, Math.min(value * most / white, most)));
  }

  /** Where rows are in both, and memory for one of each. */
  private static final class Layout {
    final int channels;
    final int width;
    final long rows;
    final int most;
    final boolean narrow;
    final byte[] bytes;
    final short[] shorts;
    private final MemorySegment samples;
    private final Tensor planes;
    private final long height;
    private final float[] floats;

    Layout(MemorySegment samples, int bits, Tensor planes, double white) {
      Objects.requireNonNull(samples, "samples");
      ImageOptions.requireBits(bits);
      ImageOptions.requireWhite(white);
      TensorRows.requireFloatingPoint("planes", planes.dtype());
      long[] shape = planes.shape();
      int axes = shape.length;
      if (axes != 3 && axes != 4) {
        throw new IllegalArgumentException(
            "planes: shape is " + Arrays.toString(shape) + ", must be [N, C, H, W] or [C, H, W]");
      }
      long sampleBytes = bits / Byte.SIZE;
      if (samples.byteSize() != planes.elementCount() * sampleBytes) {
        throw new IllegalArgumentException(
            "samples: are "
                + samples.byteSize()
                + " bytes, planes of shape "
                + Arrays.toString(shape)
                + " are of "
                + planes.elementCount() * sampleBytes);
      }
      boolean empty = planes.elementCount() == 0;
      height = shape[axes - 2];
      rows = empty ? 0 : height * (axes == 4 ? shape[0] : 1);
      width = empty ? 0 : Math.toIntExact(shape[axes - 1]);
      channels = empty ? 0 : Math.toIntExact(shape[axes - 3]);
      int rowSamples = Math.multiplyExact(width, channels);
      most = (1 << bits) - 1;
      narrow = bits == 8;
      bytes = new byte[narrow ? rowSamples : 0];
      shorts = new short[narrow ? 0 : rowSamples];
      floats = new float[planes.dtype() == DType.F32 ? width : 0];
      this.samples = samples;
      this.planes = planes;
    }

    void readSamples(long row) {
      if (narrow) {
        long at = row * bytes.length;
        MemorySegment.copy(samples, ValueLayout.JAVA_BYTE, at, bytes, 0, bytes.length);
      } else {
        long at = row * shorts.length * Short.BYTES;
        MemorySegment.copy(samples, SHORT, at, shorts, 0, shorts.length);
      }
    }

    void writeSamples(long row) {
      if (narrow) {
        long at = row * bytes.length;
        MemorySegment.copy(bytes, 0, samples, ValueLayout.JAVA_BYTE, at, bytes.length);
      } else {
        long at = row * shorts.length * Short.BYTES;
        MemorySegment.copy(shorts, 0, samples, SHORT, at, shorts.length);
      }
    }

    void readValues(long row, int channel, double[] values) {
      PlaneRows.read(planes, at(row, channel), values, floats);
    }

    void writeValues(long row, int channel, double[] values) {
      PlaneRows.write(planes, at(row, channel), values, floats);
    }

    /**
     * Returns the element that a row of a channel begins with; rows go on from picture to picture.
     */
    private long at(long row, int channel) {
      return ((row / height * channels + channel) * height + row % height) * width;
    }
  }
}
