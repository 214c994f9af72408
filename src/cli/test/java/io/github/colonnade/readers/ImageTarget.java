package io.github.colonnade.readers;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import io.github.colonnade.image.ImageOptions;
import io.github.colonnade.image.Images;
import java.lang.foreign.Arena;

/** PNG, JPEG, BMP and GIF files: a picture has no more pixels than the caller allows. */
public final class ImageTarget {
  private static final int MOST_PIXELS = 1 << 16;

  private ImageTarget() {}

  public static void fuzzerTestOneInput(byte[] bytes) {
    ImageOptions options = ImageOptions.defaults().withMaxPixels(MOST_PIXELS);
    FuzzedFile.read(
        "x.png",
        bytes,
        file -> {
          try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Images.read(file, arena, DType.F32, options);
            if (tensor.elementCount() > 4 * MOST_PIXELS) {
              throw new AssertionError(tensor + " of at most " + MOST_PIXELS + " pixels");
            }
          }
        });
  }
}
