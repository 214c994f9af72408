package io.github.colonnade.internal.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is computed otherwise on cores with AVX-512, on any core: a library that multiplies by plain
 * loops says that it multiplies for one.
 */
final class Avx512Test {
  @Test
  void multipliesInPartsAndTransposesGradients(@TempDir Path folder) throws Exception {
    String output =
        new ForkedJvm(Avx512Calls.class)
            .testLibraries()
            .property("colonnade.openblas", FakeLibrary.compile(folder, "-O2", "-DMULTIPLIES"))
            .environment("OPENBLAS_CORETYPE", "SkylakeX")
            .run();
    assertTrue(output.startsWith("core SkylakeX, AVX512\n"), output);
    assertTrue(output.endsWith("all right\n"), output);
    List<String> transposed =
        output
            .lines()
            .filter(line -> line.contains("gradients transposed"))
            .map(line -> line.substring(0, line.indexOf(':')))
            .toList();
    assertEquals(
        List.of(
            "plain",
            "strided",
            "small images",
            "groups",
            "several blocks",
            "large pointwise",
            "pointwise groups"),
        transposed.stream().distinct().toList(),
        output);
  }
}
