package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import java.util.ArrayList;
import java.util.List;

/** The sizes of tiles that a convolution may be cut into. */
final class FftSizes {
  private FftSizes() {}

  /** Returns all that could be the fastest. */
  static List<FftSize> of(ConvGeometry geometry, ElementType type) {
    List<FftSize> sizes = new ArrayList<>();
    for (int height : lengths(geometry.vertical())) {
      for (int width : lengths(geometry.horizontal())) {
        sizes.add(new FftSize(height, width, type));
      }
    }
    return sizes;
  }

  /** Returns the least. */
  static FftSize least(ConvGeometry geometry, ElementType type) {
    return new FftSize(
        FftSize.least(geometry.vertical().reach()),
        FftSize.least(geometry.horizontal().reach()),
        type);
  }

  /** Returns the lengths that a kernel fits into, up to the first that one tile is enough of. */
  private static List<Integer> lengths(Axis axis) {
    List<Integer> lengths = new ArrayList<>();
    for (int i = 0; i < FftSize.lengths(); i++) {
      int length = FftSize.length(i);
      if (length > axis.reach()) {
        lengths.add(length);
        if (length - axis.reach() >= axis.outputs()) {
          break;
        }
      }
    }
    return lengths;
  }
}
