package io.github.colonnade.internal.conv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.direct.DirectAlgorithm;
import io.github.colonnade.internal.conv.fft.FftAlgorithm;
import io.github.colonnade.internal.conv.im2col.Im2colAlgorithm;
import io.github.colonnade.internal.conv.winograd.WinogradAlgorithm;
import io.github.colonnade.internal.memory.ElementType;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each algorithm cannot compute, and the least memory it computes the rest in. */
class RefusalsTest {
  private static final long MOST = Integer.MAX_VALUE;
  private static final long AMPLE = 1L << 40;

  @Test
  void someMultiplyWithOpenBlasAndSomeMixOutputs() {
    List<ConvAlgorithm> all =
        AlgorithmChoice.candidates(sample(ConvPass.FORWARD, ElementType.F64, AMPLE), false);
    assertEquals(
        List.of("FFT", "DIRECT", "WINOGRAD", "IM2COL", "REFERENCE"), names(all, each -> true));
    assertEquals(List.of("WINOGRAD", "IM2COL"), names(all, ConvAlgorithm::multiplies));
    assertEquals(List.of("DIRECT", "IM2COL", "REFERENCE"), names(all, ConvAlgorithm::isExact));
  }

  private static List<String> names(List<ConvAlgorithm> all, Predicate<ConvAlgorithm> which) {
    return all.stream().filter(which).map(ConvAlgorithm::name).toList();
  }

  @Test
  void openBlasCountsPlanesChannelsAndSumsInBits31() {
    assertTrue(problem(1, 1, pointwise(MOST), pointwise(1), AMPLE).fitsBlas());
    assertFalse(problem(1, 1, pointwise(MOST + 1), pointwise(1), AMPLE).fitsBlas());
    assertTrue(problem(MOST, 1, pointwise(1), pointwise(1), AMPLE).fitsBlas());
    assertFalse(problem(MOST + 1, 1, pointwise(1), pointwise(1), AMPLE).fitsBlas());
    assertTrue(problem(1, MOST, pointwise(1), pointwise(1), AMPLE).fitsBlas());
    assertFalse(problem(1, MOST + 1, pointwise(1), pointwise(1), AMPLE).fitsBlas());
    // Of the input and of the output: one lies in the padding, or is passed over.
    Axis cropped = new Axis(MOST + 1, 1, 2, 1, 0, 0, (MOST + 1) / 2);
    assertFalse(problem(1, 1, cropped, pointwise(1), AMPLE).fitsBlas());
    Axis padded = new Axis(1, 1, 1, 1, MOST, 0, MOST + 1);
    assertFalse(problem(1, 1, padded, pointwise(1), AMPLE).fitsBlas());
  }

  @ParameterizedTest
  @ValueSource(strings = {"FFT", "WINOGRAD", "IM2COL"})
  void tooLargePlanesAreRefusedByThoseThatMultiply(String name) {
    ConvProblem problem = problem(1, 1, axis(1 << 16, 3, 1, 1), axis(1 << 15, 3, 1, 1), AMPLE);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> AlgorithmChoice.named(name, problem));
    assertEquals(
        "algorithm: is "
            + name
            + ", which needs planes of less than 2^31 pixels and sums of less than 2^31 products;"
            + " REFERENCE does not",
        refused.getMessage());
    assertEquals("REFERENCE", AlgorithmChoice.named("REFERENCE", problem).name());
  }

  @ParameterizedTest
  @CsvSource({
    "3, 3, 1, 1, 1, 1, true",
    "3, 3, 1, 1, 9, 19, true",
    "3, 3, 2, 1, 1, 1, false",
    "3, 3, 1, 2, 1, 1, false",
    "2, 3, 1, 1, 1, 1, false",
    "3, 2, 1, 1, 1, 1, false",
  })
  void winogradTakesKernelsOfThreeByThree(
      long kernelH,
      long kernelW,
      long strideH,
      long strideW,
      long dilationH,
      long dilationW,
      boolean taken) {
    String refusal =
        new WinogradAlgorithm()
            .refusal(
                problem(
                    1,
                    1,
                    axis(40, kernelH, strideH, dilationH),
                    axis(40, kernelW, strideW, dilationW),
                    AMPLE));
    if (taken) {
      assertNull(refusal);
    } else {
      assertEquals(
          "algorithm: is WINOGRAD, which needs a 3×3 kernel and stride 1;"
              + " this is a %d×%d kernel and stride %d×%d"
                  .formatted(kernelH, kernelW, strideH, strideW),
          refusal);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2048, 1, 1, 1, true",
    "2049, 1, 1, 1, false",
    "1, 2048, 1, 1, true",
    "1, 2049, 1, 1, false",
    "5, 5, 2, 1, false",
    "5, 5, 1, 2, false",
  })
  void fourierTransformsTakeKernelsUpToTheirLongest(
      long kernelH, long kernelW, long strideH, long strideW, boolean taken) {
    String refusal =
        new FftAlgorithm()
            .refusal(
                problem(
                    1, 1, axis(3000, kernelH, strideH, 1), axis(3000, kernelW, strideW, 1), AMPLE));
    assertEquals(taken, refusal == null, refusal);
    if (!taken) {
      assertTrue(
          refusal.endsWith(
              "this is stride %d×%d and spans %d×%d".formatted(strideH, strideW, kernelH, kernelW)),
          refusal);
    }
  }

  /** The least that is taken is the one that the refusal of a byte less tells. */
  @Test
  void everyPassCanBePlannedInTheLeastMemory() {
    for (ConvAlgorithm algorithm :
        List.of(
            new DirectAlgorithm(),
            new FftAlgorithm(),
            new Im2colAlgorithm(),
            new WinogradAlgorithm())) {
      for (ElementType type : ElementType.values()) {
        for (ConvPass pass : ConvPass.values()) {
          long least = least(algorithm, pass, type);
          assertPlanned(algorithm, sample(pass, type, least));
          assertPlanned(algorithm, sample(pass, type, least + 1));
          String refusal = algorithm.refusal(sample(pass, type, least - 1));
          assertNotNull(refusal);
          assertTrue(
              refusal.startsWith(
                  "maxWorkspaceBytes: is %d, %s needs at least %d for this shape"
                      .formatted(least - 1, algorithm.name(), least)),
              refusal);
        }
      }
    }
  }

  private static void assertPlanned(ConvAlgorithm algorithm, ConvProblem problem) {
    Tiling tiling = algorithm.plan(problem).tiling();
    long held = tiling.heapBytes() + tiling.workspaceBytes() + tiling.sharedBytes();
    assertTrue(held <= problem.maxWorkspaceBytes(), algorithm.name() + ": " + held + problem);
  }

  private static long least(ConvAlgorithm algorithm, ConvPass pass, ElementType type) {
    long refused = 0;
    long taken = AMPLE;
    while (taken - refused > 1) {
      long middle = (refused + taken) / 2;
      if (algorithm.refusal(sample(pass, type, middle)) == null) {
        taken = middle;
      } else {
        refused = middle;
      }
    }
    return taken;
  }

  private static ConvProblem sample(ConvPass pass, ElementType type, long bytes) {
    Axis axis = axis(20, 3, 1, 1);
    return new ConvProblem(pass, new ConvGeometry(2, 6, 4, 2, axis, axis), type, bytes);
  }

  private static ConvProblem problem(
      long inChannels, long outChannels, Axis vertical, Axis horizontal, long bytes) {
    ConvGeometry geometry = new ConvGeometry(1, inChannels, outChannels, 1, vertical, horizontal);
    return new ConvProblem(ConvPass.FORWARD, geometry, ElementType.F64, bytes);
  }

  private static Axis pointwise(long size) {
    return axis(size, 1, 1, 1);
  }

  private static Axis axis(long size, long kernel, long stride, long dilation) {
    long outputs = (size - (kernel - 1) * dilation - 1) / stride + 1;
    return new Axis(size, kernel, stride, dilation, 0, 0, outputs);
  }
}
