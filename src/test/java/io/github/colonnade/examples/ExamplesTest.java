package io.github.colonnade.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

/** Every example runs, and prints what the guide says of it. */
final class ExamplesTest {
  private interface Example {
    void main(String... args) throws Exception;
  }

  /** Returns the lines that an example prints. */
  private static String printed(Example example) throws Exception {
    PrintStream console = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, /* autoFlush= */ true, UTF_8));
    try {
      example.main();
    } finally {
      System.setOut(console);
    }
    return out.toString(UTF_8).replace(System.lineSeparator(), "\n");
  }

  @Test
  void convolvesABatch() throws Exception {
    // The first pixel's window lies over the border: 3 channels of 2×2 pixels, each a half.
    assertEquals("F32[8, 16, 112, 112], first value 6.0\n", printed(ConvolveBatch::main));
  }

  @Test
  void findsTheKernelByItsGradients() throws Exception {
    assertEquals(
        """
        -1.000 0.000 1.000
        -2.000 0.000 2.000
        -1.000 0.000 1.000
        """,
        printed(Gradients::main).replace("-0.000", " 0.000"));
  }

  @Test
  void reusesAPlan() throws Exception {
    // 16 channels of 3×3 pixels, each a hundredth, less a half, and nothing below zero.
    assertEquals("batch 0: 0.00\nbatch 1: 0.94\nbatch 2: 2.38\n", printed(ReusePlan::main));
  }

  @Test
  void multipliesColumns() throws Exception {
    // Whole numbers, which no order of adding rounds.
    assertEquals("F64[27, 1024] multiplied: off from Conv2d by 0.0\n", printed(OwnMultiply::main));
  }

  @Test
  void convolvesDepthwise() throws Exception {
    assertEquals(
        "F32[1, 64, 28, 28], 1.000 inside, 0.444 in the corner\n", printed(Depthwise::main));
  }

  @Test
  void sharesAPlanBetweenThreads() throws Exception {
    assertEquals("=".repeat(20) + "\n", printed(Threads::main));
  }

  @Test
  void choosesAnAlgorithm() throws Exception {
    String output = printed(ChooseAlgorithm::main);
    assertTrue(output.startsWith("FORWARD: "), output);
    assertTrue(
        output.contains("\nIM2COL, REFERENCE\nTuning[3 choices, pinned]: Conv2dPlan["), output);
  }
}
