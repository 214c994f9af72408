package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;

/** Neither the kernels nor OpenBLAS touch a byte beside their operands: it would end the JVM. */
@EnabledOnOs(
    value = OS.LINUX,
    architectures = {"amd64", "aarch64"})
class GuardPagesTest {
  @Test
  void operandsBesideForbiddenPages() throws Exception {
    String output = new ForkedJvm(GuardedForward.class).testLibraries().run();
    assertTrue(output.endsWith("survived\n"), output);
  }

  @Test
  void thePagesDoGuard(@TempDir Path folder) {
    ForkedJvm forked =
        new ForkedJvm(GuardedForward.class)
            .testLibraries()
            .property("stray", true)
            .option("-XX:ErrorFile=" + folder.resolve("hs_err.log"))
            .option("-XX:-CreateCoredumpOnCrash");
    String output = assertThrows(AssertionFailedError.class, forked::run).getMessage();
    assertTrue(output.contains("SIGSEGV"), output);
    assertFalse(output.contains("survived"), output);
  }
}
