package app;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.OpenBlas;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;

/** Convolves once, by the OpenBLAS in Bytedeco's jar. */
final class WithNatives {
  private WithNatives() {}

  public static void main(String[] arguments) {
    Conv2d conv = Conv2d.builder(3, 16, 3, 3).padding(1).build();
    try (Arena arena = Arena.ofConfined()) {
      Tensor images = Tensor.allocate(arena, DType.F32, 2, 3, 16, 16).fill(1);
      Tensor weight = Tensor.allocate(arena, DType.F32, 16, 3, 3, 3).fill(0.5);
      Tensor features = conv.forward(arena, images, weight, null);
      // A corner's window has four pixels of each channel, one inside has nine.
      Check.equal(6, features.get(0));
      Check.equal(13.5, features.get(17));
    }
    Check.equal("packaged", OpenBlas.info().source());
  }
}
