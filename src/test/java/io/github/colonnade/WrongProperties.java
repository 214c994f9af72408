package io.github.colonnade;

import java.lang.foreign.Arena;
import java.util.List;

/** Calls what needs a property of the library, twice, and prints what each call throws. */
final class WrongProperties {
  private WrongProperties() {}

  public static void main(String[] arguments) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Tensor.allocate(arena, DType.F32, 1, 16, 12, 12);
      Tensor w = Tensor.allocate(arena, DType.F32, 16, 16, 3, 3);
      Tensor image = Tensor.allocate(arena, DType.F32, 200, 200);
      Tensor product = Tensor.allocate(arena, DType.F32, 200, 200).fill(7);
      List<Runnable> calls =
          List.of(
              PlanOptions::defaults,
              () -> Signal2d.Options.defaults(),
              () ->
                  Signal2d.convolve2d(
                      arena, image, image, Signal2d.Mode.SAME, Signal2d.Boundary.FILL),
              () -> MaxPool2d.builder(2, 2),
              () -> Pad2d.builder(Pad2d.Mode.CONSTANT),
              () -> AdaptiveAvgPool2d.global(),
              () -> Im2col.builder(3, 3),
              () -> Conv2d.builder(16, 16, 3, 3).build().forward(arena, x, w, null),
              () -> MaxPool2d.builder(2, 2).threads(2).build().forward(arena, x),
              () -> MatrixMultiply.multiply(image, image, product, 2),
              () -> {
                PlanOptions options = PlanOptions.defaults().withAlgorithm(Algorithm.WINOGRAD);
                Conv2d conv = Conv2d.builder(16, 16, 3, 3).build();
                conv.plan(options, DType.F32, x.shape())
                    .forward(x, w, null, Tensor.allocate(arena, DType.F32, 1, 16, 10, 10));
              },
              PlanOptions::kernels);
      for (int round = 0; round < 2; round++) {
        for (Runnable call : calls) {
          try {
            call.run();
            System.out.println("done");
          } catch (RuntimeException | Error e) {
            System.out.println(e);
          }
        }
      }
      System.out.println(product.get(0) == 7 ? "unwritten" : "written");
    }
  }
}
