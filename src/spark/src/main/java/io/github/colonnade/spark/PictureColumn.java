package io.github.colonnade.spark;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import io.github.colonnade.image.Channels;
import io.github.colonnade.image.ImageOptions;
import io.github.colonnade.image.Photograph;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.apache.spark.sql.Row;

/**
 * Pictures, as the bytes of their files; they become as many channels as the convolution takes.
 *
 * @param index its place in a row
 */
record PictureColumn(
    int index, String name, DType dtype, Channels channels, double white, long maxPixels)
    implements ImageColumn {

  static PictureColumn of(
      String operand, int index, String name, ConvSpec conv, RowOptions options) {
    long count = conv.conv().inChannels();
    Channels channels =
        Arrays.stream(Channels.values())
            .filter(each -> each != Channels.UNCHANGED && each.count() == count)
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "%s: column '%s' holds pictures, of 1 to 4 channels, the convolution takes %d"
                            .formatted(operand, name, count)));
    return new PictureColumn(
        index, name, conv.dtype(), channels, options.white(), options.maxPixels());
  }

  @Override
  public Tensor read(Row row, String rowName) throws IOException {
    byte[] file = row.getAs(index);
    Photograph picture = Photograph.read(new ByteArrayInputStream(file), rowName, maxPixels);
    ImageOptions options = ImageOptions.defaults().withChannels(channels).withWhite(white);
    try (Arena arena = Arena.ofConfined()) {
      Tensor pixels = picture.toTensor(arena, dtype, options);
      long[] shape = {pixels.size(1), pixels.size(2), pixels.size(3)};
      return dtype == DType.F64
          ? Tensor.of(pixels.toDoubleArray(), shape)
          : Tensor.of(pixels.toFloatArray(), shape);
    }
  }
}
