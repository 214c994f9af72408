package io.github.colonnade.image;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A program without images needs no module for them. */
class WithoutDesktopTest {
  @Test
  void theLibraryRunsOnTheBaseModuleAlone() throws IOException, InterruptedException {
    String output =
        new ForkedJvm(WithoutDesktop.class)
            .testLibraries()
            .option("--limit-modules=java.base")
            .run();

    assertTrue(output.contains("F32[1, 2, 2, 2] done"), output);
  }
}
