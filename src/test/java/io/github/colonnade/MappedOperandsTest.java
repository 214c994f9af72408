package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A file that is cut short while it is mapped gives an error and never ends the JVM. */
class MappedOperandsTest {
  @Test
  void aFileCutShortIsAnErrorInEveryOperator() throws IOException, InterruptedException {
    String output = new ForkedJvm(MappedFaults.class).testLibraries().run();
    assertTrue(output.contains("faults done"), output);
  }
}
