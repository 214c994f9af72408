package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The promise: the same bits with the kernels of either kind, however often they are called. */
class KernelBitsTest {
  @Test
  void bothKindsComputeTheSameBits() throws Exception {
    List<String> portable = bits("portable");
    List<String> vector = bits("vector");
    assertEquals(portable, vector);
    assertTrue(portable.size() > 400, portable.size() + " lines");
    for (String line : portable) {
      assertTrue(!line.startsWith("repeated") || !line.contains(","), line);
    }
  }

  private static List<String> bits(String kernels) throws Exception {
    String output =
        new ForkedJvm(KernelBits.class)
            .testLibraries()
            .option("--add-modules=jdk.incubator.vector")
            .property("colonnade.kernels", kernels)
            .run();
    assertTrue(output.contains("kernels " + kernels), output);
    return output.lines().filter(line -> line.contains(" F64 ") || line.contains(" F32 ")).toList();
  }
}
