package io.github.colonnade.image;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Npz;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What {@link WithoutDesktopTest} runs in a JVM that has no module but the base. */
final class WithoutDesktop {
  private WithoutDesktop() {}

  /** Prints {@code done} if all that needs no images works. */
  public static void main(String[] arguments) throws Exception {
    if (ModuleLayer.boot().findModule("java.desktop").isPresent()) {
      throw new AssertionError("this would prove nothing");
    }
    Path file = Files.createTempFile("colonnade", ".npz");
    try (Arena arena = Arena.ofConfined()) {
      Tensor image = Tensor.allocate(arena, DType.F32, 1, 3, 4, 4);
      Interleaved.toPlanes(new byte[48], image, 1);
      Tensor weight = Tensor.allocate(arena, DType.F32, 2, 3, 3, 3);
      Tensor output = Conv2d.builder(3, 2, 3, 3).build().forward(arena, image, weight, null);
      Npz.write(file, Map.of("y", output));
      System.out.println(Npz.read(file, "y", arena) + " done");
    } finally {
      Files.delete(file);
    }
  }
}
