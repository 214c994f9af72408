package io.github.colonnade.examples;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** One convolution, called by many threads at once: the bits are those of one thread. */
public final class Threads {
  private Threads() {}

  /**
   * Runs the example.
   *
   * @param args none
   */
  public static void main(String[] args) {
    try (Arena arena = Arena.ofShared()) {
      Tensor weight = Tensor.allocate(arena, DType.F64, 8, 3, 5, 5).fill(0.1);
      List<Tensor> images = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        images.add(Tensor.allocate(arena, DType.F64, 1, 3, 64, 64).fill(i / 3.0));
      }
      // @start region="threads"
      // Two threads at most for each call, the caller's included.
      PlanOptions options = PlanOptions.defaults().withThreads(2);
      Conv2d conv = Conv2d.builder(3, 8, 5, 5).options(options).build();

      // Any number of threads may call at once, if the operands come from Arena.ofShared().
      List<Tensor> outputs =
          images.parallelStream().map(image -> conv.forward(arena, image, weight, null)).toList();
      // @end
      Conv2d alone = Conv2d.builder(3, 8, 5, 5).options(options.withThreads(1)).build();
      for (int i = 0; i < images.size(); i++) {
        Tensor expected = alone.forward(arena, images.get(i), weight, null);
        long at = outputs.get(i).segment().mismatch(expected.segment());
        System.out.print(at == -1 ? "=" : "image " + i + " differs at byte " + at);
      }
      System.out.println();
    }
  }
}
