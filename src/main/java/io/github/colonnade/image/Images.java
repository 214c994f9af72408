package io.github.colonnade.image;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Pictures to tensors {@code [1, C, H, W]} and back.
 *
 * <pre>{@code
 * Tensor picture = Images.read(Path.of("photo.jpg"), arena, DType.F32);
 * Images.write(Path.of("copy.png"), picture);
 * }</pre>
 *
 * <p>What is read and what is written is told at {@link Photograph}, which also keeps depth and
 * profile; what numbers mean, at {@link ImageOptions}.
 */
public final class Images {
  private Images() {}

  /**
   * Reads a PNG, JPEG, BMP or GIF file.
   *
   * @param file a regular file
   * @param arena owner of the memory
   * @param dtype F64 or F32
   * @return {@code [1, C, H, W]} of the file's channels, from 0, black, to 1, white, upright
   * @throws IllegalArgumentException if {@code dtype} is I64
   * @throws ImageFormatException if the file holds no image that can be decoded whole
   * @throws IOException if the file is missing or cannot be read
   */
  public static Tensor read(Path file, Arena arena, DType dtype) throws IOException {
    return read(file, arena, dtype, ImageOptions.defaults());
  }

  /**
   * Reads a PNG, JPEG, BMP or GIF file.
   *
   * @param file a regular file
   * @param arena owner of the memory
   * @param dtype F64 or F32
   * @param options channels, white, premultiplication, most pixels
   * @return {@code [1, C, H, W]}, upright
   * @throws IllegalArgumentException if {@code dtype} is I64
   * @throws ImageFormatException if the file holds no image that can be decoded whole, or one of
   *     more pixels than the options allow
   * @throws IOException if the file is missing or cannot be read
   */
  public static Tensor read(Path file, Arena arena, DType dtype, ImageOptions options)
      throws IOException {
    Objects.requireNonNull(arena, "arena");
    TensorRows.requireFloatingPoint("dtype", dtype);
    return Photograph.read(file, options.maxPixels()).toTensor(arena, dtype, options);
  }

  /**
   * Copies an image into a new tensor.
   *
   * @param image any image. Not modified.
   * @param arena owner of the memory
   * @param dtype F64 or F32
   * @return {@code [1, C, H, W]} of the image's channels, from 0, black, to 1, white
   * @throws IllegalArgumentException if {@code dtype} is I64
   */
  public static Tensor toTensor(BufferedImage image, Arena arena, DType dtype) {
    return toTensor(image, arena, dtype, ImageOptions.defaults());
  }

  /**
   * Copies an image into a new tensor.
   *
   * @param image any image. Not modified.
   * @param arena owner of the memory
   * @param dtype F64 or F32
   * @param options channels, white, premultiplication
   * @return {@code [1, C, H, W]}
   * @throws IllegalArgumentException if {@code dtype} is I64
   */
  public static Tensor toTensor(
      BufferedImage image, Arena arena, DType dtype, ImageOptions options) {
    TensorRows.requireFloatingPoint("dtype", dtype);
    PixelRows rows = rows(image, options, options.channels());
    Tensor tensor =
        Tensor.allocate(arena, dtype, 1, rows.channels().count(), rows.height(), rows.width());
    new TensorRows("tensor", tensor).fill(rows);
    return tensor;
  }

  private static PixelRows rows(BufferedImage image, ImageOptions options, Channels channels) {
    PixelRows rows = ImageRows.of(image, options.white());
    return MixedRows.of(
        options.premultiplied() ? OpacityRows.multiplied(rows, options.white()) : rows,
        channels,
        options.white());
  }

  /**
   * Copies an image into a tensor that is there, such as one of a batch.
   *
   * @param image any image. Not modified.
   * @param tensor {@code [1, C, H, W]} or {@code [C, H, W]} of the image's size, F64 or F32; C says
   *     which channels. Overwritten.
   * @param options white, premultiplication; their channels have no influence
   * @throws IllegalArgumentException if the tensor is another
   */
  public static void copy(BufferedImage image, Tensor tensor, ImageOptions options) {
    TensorRows target = new TensorRows("tensor", tensor);
    if (target.height() != image.getHeight() || target.width() != image.getWidth()) {
      throw new IllegalArgumentException(
          "tensor: shape is "
              + Arrays.toString(tensor.shape())
              + ", the image is "
              + image.getWidth()
              + " x "
              + image.getHeight());
    }
    target.fill(rows(image, options, target.channels()));
  }

  /**
   * Copies a tensor into a new image of 8 bits.
   *
   * @param tensor {@code [1, C, H, W]} or {@code [C, H, W]}, F64 or F32, white being 1: grey (C =
   *     1), grey and opacity (2), RGB (3) or RGB and opacity (4). Not modified.
   * @return an image of its channels
   * @throws IllegalArgumentException if the tensor is another
   */
  public static BufferedImage toImage(Tensor tensor) {
    return toImage(tensor, ImageOptions.defaults());
  }

  /**
   * Copies a tensor into a new image. Java takes grey for linear light when it draws an image on
   * another, which makes it too bright; as RGB, it is drawn as it is.
   *
   * @param tensor as in {@link #toImage(Tensor)}. Not modified.
   * @param options channels, white, depth, premultiplication
   * @return an image
   * @throws IllegalArgumentException if the tensor is another
   */
  public static BufferedImage toImage(Tensor tensor, ImageOptions options) {
    PixelRows rows = rows("tensor", tensor, options);
    return Pictures.of(
        MixedRows.of(rows, options.channels(), options.white()), options.bits(), options.white());
  }

  /** Returns the rows of a tensor, of colours that are not premultiplied. */
  static PixelRows rows(String operand, Tensor tensor, ImageOptions options) {
    PixelRows rows = new TensorRows(operand, tensor);
    return options.premultiplied() ? OpacityRows.divided(rows, options.white()) : rows;
  }

  /**
   * Writes a tensor as a PNG file of 8 bits. The file appears at once, as in {@link
   * io.github.colonnade.Npy#write(Path, Tensor)}.
   *
   * @param file the file to create or replace; its name ends in {@code .png}
   * @param tensor as in {@link #toImage(Tensor)}. Not modified.
   * @throws IllegalArgumentException if the name has another ending or the tensor is another
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, Tensor tensor) throws IOException {
    write(file, tensor, ImageOptions.defaults());
  }

  /**
   * Writes a tensor as a PNG file. The file appears at once, as in {@link
   * io.github.colonnade.Npy#write(Path, Tensor)}.
   *
   * @param file the file to create or replace; its name ends in {@code .png}
   * @param tensor as in {@link #toImage(Tensor)}. Not modified.
   * @param options channels, white, depth, premultiplication
   * @throws IllegalArgumentException if the name has another ending or the tensor is another
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, Tensor tensor, ImageOptions options) throws IOException {
    write(file, toImage(tensor, options));
  }

  /**
   * Writes an image as a PNG file, of whatever kind it is. The file appears at once, as in {@link
   * io.github.colonnade.Npy#write(Path, Tensor)}.
   *
   * @param file the file to create or replace; its name ends in {@code .png}
   * @param image any image
   * @throws IllegalArgumentException if the name has another ending
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, BufferedImage image) throws IOException {
    Objects.requireNonNull(image, "image");
    ImageFiles.write(file, out -> ImageFiles.writePng(image, List.of(), out));
  }
}
