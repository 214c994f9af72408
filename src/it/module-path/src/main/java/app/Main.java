package app;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.OpenBlas;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;

/** Convolves once. */
final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    boolean linked = arguments[0].equals("image");
    // An image has the modules that were linked into it, and no others.
    if (ModuleLayer.boot().findModule("java.desktop").isPresent() == linked) {
      throw new AssertionError("is this the image?");
    }
    if (!Conv2d.class.getModule().isNamed()) {
      throw new AssertionError("the library is no module");
    }
    try (Arena arena = Arena.ofConfined()) {
      Tensor images = Tensor.allocate(arena, DType.F64, 2, 16, 9, 9).fill(1);
      Tensor weight = Tensor.allocate(arena, DType.F64, 16, 16, 3, 3).fill(1);
      Conv2d conv = Conv2d.builder(16, 16, 3, 3).build();
      double first = conv.forward(arena, images, weight, null).get(0);
      if (first != 144) {
        throw new AssertionError("is " + first);
      }
    }
    if (!OpenBlas.info().source().equals("packaged")) {
      throw new AssertionError(OpenBlas.info());
    }
  }
}
