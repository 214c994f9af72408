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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.AssertionFailedError;

/**
 * Neither the kernels nor OpenBLAS touch a byte beside their operands: it would end the JVM. {@code
 * scripts/fuzz.sh --guarded} does the same with random shapes.
 */
@EnabledOnOs(
    value = OS.LINUX,
    architectures = {"amd64", "aarch64"})
class GuardPagesTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"portable", "vector"})
  void everyOperandOfEveryOperatorBetweenForbiddenPages(String kernels) throws Exception {
    String output =
        calls()
            .option("--add-modules=jdk.incubator.vector")
            .property("colonnade.kernels", kernels)
            .run();
    assertTrue(output.endsWith(" survived\n"), output);
  }

  @Test
  void thePagesDoGuard() {
    ForkedJvm forked =
        calls()
            .property("stray", "read")
            .option("-XX:ErrorFile=" + folder.resolve("hs_err.log"))
            .option("-XX:-CreateCoredumpOnCrash");
    String output = assertThrows(AssertionFailedError.class, forked::run).getMessage();
    assertTrue(output.contains("SIGSEGV"), output);
    assertFalse(output.contains("survived"), output);
  }

  @Test
  void whatIsLeftOfTheOperandsPagesIsWatched() {
    String output =
        assertThrows(AssertionFailedError.class, calls().property("stray", "write")::run)
            .getMessage();
    assertTrue(output.contains("8 bytes: written 1 beside"), output);
  }

  private static ForkedJvm calls() {
    return new ForkedJvm(GuardedCalls.class).testLibraries();
  }
}
