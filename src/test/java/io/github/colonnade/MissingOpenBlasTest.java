package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A missing OpenBLAS is told when a plan is made, and only where a pass needs one. */
class MissingOpenBlasTest {
  @Test
  void plansTellThatOpenBlasIsMissing() throws Exception {
    String output =
        new ForkedJvm(MissingOpenBlas.class).property("colonnade.openblas", "/absent.so").run();

    String missing = "OpenBLAS cannot be loaded. Tried:0";
    assertEquals(
        List.of(
            "AUTO plan: " + missing,
            "REFERENCE computed 144.0",
            "IM2COL plan: " + missing,
            "DIRECT computed 144.0",
            "WINOGRAD plan: " + missing,
            "FFT computed 144.0",
            "depthwise computed 9.0",
            "transposed plan: " + missing,
            "multiply call: " + missing),
        output.lines().toList());
  }
}
