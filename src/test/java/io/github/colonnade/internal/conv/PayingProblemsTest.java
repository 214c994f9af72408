package io.github.colonnade.internal.conv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.CoreKind;
import io.github.colonnade.internal.conv.direct.DirectAlgorithm;
import io.github.colonnade.internal.conv.fft.FftAlgorithm;
import io.github.colonnade.internal.conv.reference.ReferenceAlgorithm;
import io.github.colonnade.internal.conv.winograd.WinogradAlgorithm;
import io.github.colonnade.internal.memory.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What algorithms are measured to pay for: at every limit the last that pays, and the next. */
class PayingProblemsTest {
  private static final long AMPLE = 1L << 30;
  private static final DirectAlgorithm DIRECT = new DirectAlgorithm(() -> CoreKind.OTHER);
  private static final DirectAlgorithm DIRECT_AVX512 = new DirectAlgorithm(() -> CoreKind.AVX512);
  private static final WinogradAlgorithm WINOGRAD = new WinogradAlgorithm(() -> CoreKind.OTHER);
  private static final WinogradAlgorithm WINOGRAD_AVX512 =
      new WinogradAlgorithm(() -> CoreKind.AVX512);

  /** Padded by half the kernel, so that the output of stride 1 is as large as the input. */
  @ParameterizedTest
  @CsvSource({
    // Depthwise, and the outputs of each input.
    "FORWARD,          F64, 8,  8,  8, 14,  14,  3, 3, 1, true",
    "BACKWARD_INPUT,   F64, 8,  8,  8, 14,  14,  3, 3, 1, true",
    "BACKWARD_WEIGHTS, F64, 8,  8,  8, 14,  14,  3, 3, 1, true",
    "FORWARD,          F64, 8,  16, 8, 14,  14,  3, 3, 1, true",
    "FORWARD,          F64, 8,  24, 8, 14,  14,  3, 3, 1, false",
    "BACKWARD_INPUT,   F64, 8,  24, 8, 14,  14,  3, 3, 1, false",
    "BACKWARD_WEIGHTS, F64, 8,  24, 8, 14,  14,  3, 3, 1, false",
    "FORWARD,          F64, 16, 16, 8, 14,  14,  3, 3, 1, false",
    "BACKWARD_INPUT,   F64, 16, 16, 8, 14,  14,  3, 3, 1, false",
    "BACKWARD_WEIGHTS, F64, 16, 16, 8, 14,  14,  3, 3, 1, false",
    // Groups of few: the input's gradient under a stride; forward in single precision.
    "BACKWARD_INPUT,   F64, 16, 16, 2, 14,  14,  3, 3, 2, true",
    "BACKWARD_INPUT,   F64, 18, 16, 2, 14,  14,  3, 3, 2, false",
    "BACKWARD_INPUT,   F64, 16, 18, 2, 14,  14,  3, 3, 2, false",
    "BACKWARD_INPUT,   F64, 16, 16, 1, 14,  14,  3, 3, 2, false",
    "BACKWARD_INPUT,   F64, 5,  5,  1, 14,  14,  3, 3, 2, false",
    "FORWARD,          F64, 16, 16, 2, 14,  14,  3, 3, 1, false",
    "FORWARD,          F32, 16, 16, 2, 14,  14,  3, 3, 1, true",
    "FORWARD,          F32, 16, 16, 2, 13,  14,  3, 3, 1, false",
    "FORWARD,          F32, 16, 16, 2, 14,  14,  1, 1, 1, false",
    "FORWARD,          F32, 16, 16, 2, 14,  14,  1, 2, 1, true",
    "FORWARD,          F32, 18, 16, 2, 14,  14,  3, 3, 1, false",
    "FORWARD,          F32, 16, 18, 2, 14,  14,  3, 3, 1, false",
    "FORWARD,          F32, 16, 16, 2, 28,  28,  3, 3, 2, true",
    "FORWARD,          F32, 16, 16, 2, 42,  42,  3, 3, 3, false",
    // Few channels without groups.
    "FORWARD,          F64, 4,  4,  1, 16,  16,  3, 3, 1, true",
    "FORWARD,          F64, 4,  5,  1, 16,  16,  3, 3, 1, false",
    "FORWARD,          F64, 5,  4,  1, 16,  16,  3, 3, 1, false",
    "FORWARD,          F64, 4,  4,  1, 15,  17,  3, 3, 1, false",
    "FORWARD,          F64, 3,  3,  1, 15,  17,  3, 3, 1, true",
    "FORWARD,          F64, 4,  4,  1, 32,  32,  3, 3, 2, false",
    "FORWARD,          F64, 3,  3,  1, 32,  32,  3, 3, 2, true",
    "FORWARD,          F64, 3,  3,  1, 48,  48,  3, 3, 3, false",
    "FORWARD,          F64, 2,  2,  1, 32,  32,  1, 1, 1, true",
    "FORWARD,          F64, 2,  2,  1, 31,  33,  1, 1, 1, false",
    "FORWARD,          F64, 1,  2,  1, 256, 256, 1, 1, 1, true",
    "FORWARD,          F64, 1,  2,  1, 256, 257, 1, 1, 1, false",
    "FORWARD,          F64, 1,  1,  1, 256, 257, 1, 1, 1, true",
    "FORWARD,          F64, 1,  2,  1, 64,  64,  3, 1, 1, true",
    "FORWARD,          F64, 1,  3,  1, 64,  64,  3, 1, 1, false",
    "FORWARD,          F32, 1,  3,  1, 64,  64,  3, 1, 1, true",
    "FORWARD,          F64, 1,  3,  1, 64,  64,  1, 3, 1, true",
    "FORWARD,          F64, 1,  3,  1, 64,  64,  1, 1, 1, true",
    "BACKWARD_INPUT,   F64, 3,  1,  1, 64,  64,  3, 1, 1, false",
    "BACKWARD_INPUT,   F64, 1,  3,  1, 64,  64,  3, 1, 1, true",
    // Their weights' gradient: to one channel,
    "BACKWARD_WEIGHTS, F32, 4,  1,  1, 16,  16,  3, 3, 1, true",
    "BACKWARD_WEIGHTS, F32, 5,  1,  1, 16,  16,  3, 3, 1, false",
    "BACKWARD_WEIGHTS, F32, 4,  1,  1, 15,  17,  3, 3, 1, false",
    "BACKWARD_WEIGHTS, F32, 4,  1,  1, 64,  64,  3, 3, 2, false",
    "BACKWARD_WEIGHTS, F32, 1,  1,  1, 16,  16,  39, 39, 1, true",
    "BACKWARD_WEIGHTS, F32, 1,  1,  1, 64,  65,  39, 39, 1, true",
    "BACKWARD_WEIGHTS, F32, 1,  1,  1, 64,  64,  40, 39, 1, true",
    "BACKWARD_WEIGHTS, F32, 1,  1,  1, 64,  65,  40, 39, 1, false",
    "BACKWARD_WEIGHTS, F64, 1,  1,  1, 64,  64,  40, 39, 1, false",
    "BACKWARD_WEIGHTS, F64, 1,  1,  1, 64,  64,  39, 39, 1, true",
    "BACKWARD_WEIGHTS, F64, 1,  1,  1, 16,  16,  15, 15, 1, true",
    "BACKWARD_WEIGHTS, F64, 1,  1,  1, 16,  16,  16, 14, 1, false",
    "BACKWARD_WEIGHTS, F64, 2,  1,  1, 64,  64,  9, 9, 1, true",
    "BACKWARD_WEIGHTS, F64, 2,  1,  1, 63,  65,  9, 9, 1, false",
    "BACKWARD_WEIGHTS, F64, 2,  1,  1, 64,  64,  8, 10, 1, false",
    "BACKWARD_WEIGHTS, F64, 1,  1,  1, 64,  64,  9, 9, 1, false",
    "BACKWARD_WEIGHTS, F64, 1,  1,  1, 1024, 1024, 2, 2, 1, true",
    "BACKWARD_WEIGHTS, F64, 1,  1,  1, 1023, 1025, 2, 2, 1, false",
    "BACKWARD_WEIGHTS, F64, 1,  1,  1, 1024, 1024, 1, 4, 1, false",
    "BACKWARD_WEIGHTS, F64, 1,  1,  1, 1024, 1024, 4, 1, 1, false",
    // to several,
    "BACKWARD_WEIGHTS, F32, 1,  3,  1, 256, 256, 5, 5, 1, true",
    "BACKWARD_WEIGHTS, F64, 1,  3,  1, 256, 256, 5, 5, 1, false",
    "BACKWARD_WEIGHTS, F32, 1,  4,  1, 256, 256, 5, 5, 1, false",
    "BACKWARD_WEIGHTS, F32, 1,  3,  1, 256, 256, 2, 13, 1, false",
    "BACKWARD_WEIGHTS, F32, 1,  3,  1, 255, 257, 5, 5, 1, false",
    "BACKWARD_WEIGHTS, F32, 1,  2,  1, 64,  64,  40, 39, 1, false",
    // and of one weight.
    "BACKWARD_WEIGHTS, F64, 3,  3,  1, 128, 128, 1, 1, 1, true",
    "BACKWARD_WEIGHTS, F64, 4,  1,  1, 128, 128, 1, 1, 1, false",
    "BACKWARD_WEIGHTS, F64, 1,  4,  1, 128, 128, 1, 1, 1, false",
    "BACKWARD_WEIGHTS, F64, 3,  3,  1, 127, 129, 1, 1, 1, false",
    "BACKWARD_WEIGHTS, F32, 3,  3,  1, 256, 256, 1, 1, 1, true",
    "BACKWARD_WEIGHTS, F32, 4,  3,  1, 256, 256, 1, 1, 1, false",
    "BACKWARD_WEIGHTS, F32, 3,  1,  1, 255, 257, 1, 1, 1, true",
    "BACKWARD_WEIGHTS, F32, 4,  1,  1, 255, 257, 1, 1, 1, false",
    "BACKWARD_WEIGHTS, F32, 1,  2,  1, 255, 257, 1, 1, 1, false",
  })
  void directPays(
      ConvPass pass,
      ElementType type,
      long inChannels,
      long outChannels,
      long groups,
      long height,
      long width,
      long kernelH,
      long kernelW,
      long stride,
      boolean expected) {
    ConvGeometry geometry =
        new ConvGeometry(
            1,
            inChannels,
            outChannels,
            groups,
            same(height, kernelH, stride),
            same(width, kernelW, stride));
    assertEquals(expected, DIRECT.pays(new ConvProblem(pass, geometry, type, AMPLE)));
  }

  /** What columns compute faster there. */
  @ParameterizedTest
  @CsvSource({
    "FORWARD,          F32, 16, 16, 2, 14,  14,  1, false",
    "FORWARD,          F32, 16, 16, 2, 28,  28,  2, false",
    "BACKWARD_INPUT,   F64, 16, 16, 2, 14,  14,  2, true",
    "FORWARD,          F64, 4,  4,  1, 16,  16,  1, false",
    "FORWARD,          F64, 2,  4,  1, 16,  16,  1, true",
    "FORWARD,          F64, 3,  3,  1, 15,  17,  1, true",
    "BACKWARD_INPUT,   F64, 4,  4,  1, 16,  16,  1, false",
    "FORWARD,          F64, 8,  8,  8, 14,  14,  1, true",
    "BACKWARD_INPUT,   F64, 8,  8,  8, 14,  14,  1, true",
    "BACKWARD_WEIGHTS, F64, 8,  8,  8, 14,  14,  1, false",
    "BACKWARD_WEIGHTS, F64, 8,  8,  8, 14,  14,  2, true",
    "BACKWARD_WEIGHTS, F64, 8,  8,  8, 7,   9,   1, true",
    "BACKWARD_WEIGHTS, F64, 8,  8,  8, 8,   8,   1, false",
    "BACKWARD_WEIGHTS, F64, 8,  8,  8, 48,  48,  1, false",
    "BACKWARD_WEIGHTS, F64, 8,  8,  8, 48,  49,  1, true",
  })
  void directPaysWithAvx512(
      ConvPass pass,
      ElementType type,
      long inChannels,
      long outChannels,
      long groups,
      long height,
      long width,
      long stride,
      boolean expected) {
    ConvGeometry geometry =
        new ConvGeometry(
            1, inChannels, outChannels, groups, same(height, 3, stride), same(width, 3, stride));
    assertEquals(expected, DIRECT_AVX512.pays(new ConvProblem(pass, geometry, type, AMPLE)));
  }

  /** In batches of planes that are a whole number of tiles wide. */
  @ParameterizedTest
  @CsvSource({
    // Tiles.
    "FORWARD,          F64, 128, 128, 12,  true",
    "FORWARD,          F64, 128, 128, 11,  false",
    "BACKWARD_INPUT,   F64, 128, 128, 16,  true",
    "BACKWARD_INPUT,   F64, 128, 128, 15,  false",
    "FORWARD,          F32, 128, 128, 16,  true",
    "FORWARD,          F32, 128, 128, 15,  false",
    "BACKWARD_INPUT,   F32, 128, 128, 24,  true",
    "BACKWARD_INPUT,   F32, 128, 128, 23,  false",
    // Channels.
    "FORWARD,          F64, 16,  16,  704, true",
    "FORWARD,          F64, 16,  16,  703, false",
    "FORWARD,          F64, 15,  99,  999, false",
    "FORWARD,          F64, 99,  15,  999, false",
    "FORWARD,          F64, 48,  48,  27,  true",
    "FORWARD,          F64, 48,  48,  26,  false",
    "FORWARD,          F32, 20,  20,  9999, false",
    "FORWARD,          F32, 21,  21,  2143, true",
    "FORWARD,          F32, 21,  21,  2142, false",
    "FORWARD,          F32, 32,  32,  118, true",
    "FORWARD,          F32, 32,  32,  117, false",
    "BACKWARD_INPUT,   F32, 32,  128, 19,  false",
    "BACKWARD_INPUT,   F32, 32,  128, 24,  true",
    // The weights' gradient.
    "BACKWARD_WEIGHTS, F64, 64,  64,  20,  true",
    "BACKWARD_WEIGHTS, F64, 64,  64,  19,  false",
    "BACKWARD_WEIGHTS, F32, 64,  64,  24,  true",
    "BACKWARD_WEIGHTS, F32, 64,  64,  23,  false",
    "BACKWARD_WEIGHTS, F64, 24,  24,  87,  true",
    "BACKWARD_WEIGHTS, F64, 24,  24,  86,  false",
    "BACKWARD_WEIGHTS, F32, 23,  99,  999, false",
    "BACKWARD_WEIGHTS, F32, 99,  23,  999, false",
  })
  void winogradPaysWithAvx512(
      ConvPass pass,
      ElementType type,
      long inChannels,
      long outChannels,
      long tiles,
      boolean expected) {
    ConvGeometry geometry =
        new ConvGeometry(tiles, inChannels, outChannels, 1, same(4, 3, 1), same(4, 3, 1));
    assertEquals(expected, WINOGRAD_AVX512.pays(new ConvProblem(pass, geometry, type, AMPLE)));
  }

  @ParameterizedTest
  @CsvSource({
    "FORWARD,          F64, 64,  64,  12,  false",
    "FORWARD,          F64, 64,  64,  13,  true",
    "FORWARD,          F64, 128, 128, 12,  true",
    "FORWARD,          F64, 512, 512, 11,  false",
    "BACKWARD_INPUT,   F64, 128, 128, 12,  true",
    "FORWARD,          F32, 64,  64,  13,  true",
    "FORWARD,          F32, 64,  64,  12,  false",
    "FORWARD,          F32, 512, 512, 11,  false",
    "BACKWARD_INPUT,   F32, 128, 128, 12,  true",
    "BACKWARD_WEIGHTS, F32, 128, 128, 23,  false",
    "BACKWARD_WEIGHTS, F64, 128, 128, 19,  false",
  })
  void winogradPaysForFewerTilesWhereWeightsArePreparedWithAvx512(
      ConvPass pass,
      ElementType type,
      long inChannels,
      long outChannels,
      long tiles,
      boolean expected) {
    assertEquals(
        expected, WINOGRAD_AVX512.pays(prepared(pass, type, inChannels, outChannels, tiles)));
  }

  @ParameterizedTest
  @CsvSource({
    "FORWARD,          F64, 64, 64, 12, true",
    "FORWARD,          F64, 64, 64, 11, false",
    "FORWARD,          F64, 62, 64, 12, false",
    "BACKWARD_INPUT,   F64, 64, 64, 12, true",
    "FORWARD,          F32, 64, 64, 12, true",
    "FORWARD,          F32, 64, 64, 11, false",
    "BACKWARD_INPUT,   F32, 64, 64, 12, true",
    "BACKWARD_WEIGHTS, F32, 64, 64, 29, false",
    "BACKWARD_WEIGHTS, F64, 64, 64, 15, false",
  })
  void winogradPaysForFewerTilesWhereWeightsArePrepared(
      ConvPass pass,
      ElementType type,
      long inChannels,
      long outChannels,
      long tiles,
      boolean expected) {
    assertEquals(expected, WINOGRAD.pays(prepared(pass, type, inChannels, outChannels, tiles)));
  }

  private static ConvProblem prepared(
      ConvPass pass, ElementType type, long inChannels, long outChannels, long tiles) {
    ConvGeometry geometry =
        new ConvGeometry(tiles, inChannels, outChannels, 1, same(4, 3, 1), same(4, 3, 1));
    ConvProblem plain = new ConvProblem(pass, geometry, type, AMPLE);
    return new ConvProblem(pass, geometry, type, plain.cap(), plain.epilogue(), true);
  }

  /** On planes that end within their tiles. */
  @Test
  void winogradPaysForMoreTilesWhereTheyHangOverWithAvx512() {
    assertTrue(winogradPaysWithAvx512(ElementType.F64, 1, 14, 1));
    assertFalse(winogradPaysWithAvx512(ConvPass.BACKWARD_INPUT, ElementType.F64, 1, 14, 1));
    assertTrue(winogradPaysWithAvx512(ConvPass.BACKWARD_INPUT, ElementType.F64, 1, 16, 1));
    assertFalse(winogradPaysWithAvx512(ElementType.F32, 1, 14, 1));
    assertTrue(winogradPaysWithAvx512(ElementType.F32, 2, 14, 1));
    assertTrue(winogradPaysWithAvx512(ElementType.F64, 1, 26, 2));
    assertFalse(winogradPaysWithAvx512(ElementType.F32, 1, 26, 2));
    assertTrue(winogradPaysWithAvx512(ElementType.F32, 1, 33, 2));
    assertFalse(winogradPaysWithAvx512(ConvPass.BACKWARD_WEIGHTS, ElementType.F64, 1, 14, 1));
    assertTrue(winogradPaysWithAvx512(ConvPass.BACKWARD_WEIGHTS, ElementType.F64, 2, 14, 1));
    assertFalse(winogradPaysWithAvx512(ConvPass.BACKWARD_WEIGHTS, ElementType.F64, 99, 9, 1));
    assertTrue(winogradPaysWithAvx512(ConvPass.BACKWARD_WEIGHTS, ElementType.F32, 2, 14, 1));
    assertFalse(winogradPaysWithAvx512(ConvPass.BACKWARD_WEIGHTS, ElementType.F32, 99, 10, 1));
  }

  private static boolean winogradPaysWithAvx512(
      ElementType type, long batch, long size, long dilation) {
    return winogradPaysWithAvx512(ConvPass.FORWARD, type, batch, size, dilation);
  }

  private static boolean winogradPaysWithAvx512(
      ConvPass pass, ElementType type, long batch, long size, long dilation) {
    Axis axis = new Axis(size, 3, 1, dilation, dilation, dilation, size);
    ConvGeometry geometry = new ConvGeometry(batch, 256, 256, 1, axis, axis);
    return WINOGRAD_AVX512.pays(new ConvProblem(pass, geometry, type, AMPLE));
  }

  /** Without padding, so that the output is narrower than the input. */
  @ParameterizedTest
  @CsvSource({
    "FORWARD,          8,  8,  2, 3, 1, true",
    "BACKWARD_INPUT,   8,  8,  2, 3, 1, true",
    "BACKWARD_WEIGHTS, 8,  8,  2, 3, 1, false",
    "FORWARD,          10, 8,  2, 3, 1, false",
    "FORWARD,          8,  10, 2, 3, 1, false",
    "FORWARD,          8,  8,  1, 3, 1, false",
    "FORWARD,          8,  8,  2, 3, 2, false",
    // The kernel covers the plane: one multiply, where there is one group.
    "FORWARD,          3,  3,  1, 14, 1, false",
    "BACKWARD_INPUT,   3,  3,  1, 14, 1, false",
    "FORWARD,          3,  3,  1, 13, 1, true",
    "FORWARD,          3,  3,  3, 14, 1, true",
    "BACKWARD_WEIGHTS, 3,  3,  3, 14, 1, true",
  })
  void directPaysWhereCropped(
      ConvPass pass,
      long inChannels,
      long outChannels,
      long groups,
      long kernel,
      long stride,
      boolean expected) {
    Axis axis = new Axis(14, kernel, stride, 1, 0, 0, (14 - kernel) / stride + 1);
    ConvGeometry geometry = new ConvGeometry(1, inChannels, outChannels, groups, axis, axis);
    assertEquals(expected, DIRECT.pays(new ConvProblem(pass, geometry, ElementType.F64, AMPLE)));
  }

  @Test
  void directPaysInBandsThatAreNotMuchLessThanTheKernel() {
    assertTrue(bandsPay(1 << 20));
    assertFalse(bandsPay(100_000));
  }

  private static boolean bandsPay(long bytes) {
    Axis axis = same(100, 15, 1);
    ConvGeometry geometry = new ConvGeometry(1, 1, 1, 1, axis, axis);
    return DIRECT.pays(new ConvProblem(ConvPass.FORWARD, geometry, ElementType.F64, bytes));
  }

  @Test
  void directPaysForNothingThatOpenBlasCouldNotCount() {
    long most = Integer.MAX_VALUE;
    assertTrue(directPays(most, 1));
    assertFalse(directPays(most + 1, 1));
    assertFalse(directPays(1 << 16, 1 << 15));
  }

  private static boolean directPays(long kernelH, long kernelW) {
    ConvGeometry geometry =
        new ConvGeometry(
            1,
            2,
            2,
            2,
            new Axis(1, kernelH, 1, 1, kernelH / 2, kernelH - 1 - kernelH / 2, 1),
            new Axis(1, kernelW, 1, 1, kernelW / 2, kernelW - 1 - kernelW / 2, 1));
    return DIRECT.pays(new ConvProblem(ConvPass.FORWARD, geometry, ElementType.F64, AMPLE));
  }

  /** 3×3 at stride 1, in batches. */
  @ParameterizedTest
  @CsvSource({
    "FORWARD,          F64, 48,  48,  1, 9,   8,  1, 2097152, true",
    "BACKWARD_INPUT,   F64, 48,  48,  1, 9,   8,  1, 2097152, true",
    // Memory, windows in the padding alone, work, channels.
    "FORWARD,          F64, 48,  48,  1, 9,   8,  1, 2097151, false",
    "FORWARD,          F64, 48,  48,  1, 9,   8,  2, 2097152, true",
    "FORWARD,          F64, 48,  48,  1, 9,   8,  3, 2097152, false",
    "FORWARD,          F64, 48,  48,  1, 8,   8,  1, 2097152, false",
    "FORWARD,          F64, 50,  60,  1, 4,   10, 1, 2097152, true",
    "FORWARD,          F64, 50,  60,  1, 15,  4,  1, 2097152, false",
    "FORWARD,          F64, 24,  24,  1, 66,  8,  1, 2097152, true",
    "FORWARD,          F64, 24,  24,  1, 65,  8,  1, 2097152, false",
    "FORWARD,          F64, 23,  99,  1, 99,  8,  1, 2097152, false",
    "FORWARD,          F64, 99,  23,  1, 99,  8,  1, 2097152, false",
    "FORWARD,          F64, 48,  48,  2, 66,  8,  1, 2097152, true",
    "FORWARD,          F64, 46,  98,  2, 99,  8,  1, 2097152, false",
    "FORWARD,          F32, 24,  24,  1, 66,  8,  1, 2097152, true",
    "FORWARD,          F32, 24,  24,  1, 65,  8,  1, 2097152, false",
    "FORWARD,          F32, 23,  99,  1, 99,  8,  1, 2097152, false",
    // Tiles, and how full they are.
    "FORWARD,          F64, 128, 128, 1, 20,  4,  1, 2097152, true",
    "FORWARD,          F64, 128, 128, 1, 19,  4,  1, 2097152, false",
    "BACKWARD_INPUT,   F64, 128, 128, 1, 20,  4,  1, 2097152, true",
    "FORWARD,          F32, 128, 128, 1, 20,  4,  1, 2097152, true",
    "FORWARD,          F32, 128, 128, 1, 19,  4,  1, 2097152, false",
    "FORWARD,          F64, 64,  64,  1, 8,   13, 1, 2097152, true",
    "FORWARD,          F64, 64,  64,  1, 40,  9,  1, 2097152, false",
    // The input's gradient goes by its own size: here of 9×9 pixels, from 7×7.
    "FORWARD,          F64, 64,  64,  1, 40,  9,  0, 2097152, true",
    "BACKWARD_INPUT,   F64, 64,  64,  1, 40,  9,  0, 2097152, false",
    "FORWARD,          F64, 64,  64,  1, 4000, 3, 0, 2097152, false",
    "BACKWARD_WEIGHTS, F64, 48,  48,  1, 7,   8,  1, 2097152, true",
    "BACKWARD_WEIGHTS, F64, 48,  48,  1, 6,   8,  1, 2097152, false",
    "BACKWARD_WEIGHTS, F64, 50,  60,  1, 5,   8,  1, 2097152, true",
    "BACKWARD_WEIGHTS, F64, 23,  99,  1, 99,  8,  1, 2097152, false",
    "BACKWARD_WEIGHTS, F64, 64,  64,  1, 16,  4,  1, 2097152, true",
    "BACKWARD_WEIGHTS, F64, 64,  64,  1, 15,  4,  1, 2097152, false",
    "BACKWARD_WEIGHTS, F32, 64,  64,  1, 30,  4,  1, 2097152, true",
    "BACKWARD_WEIGHTS, F32, 64,  64,  1, 29,  4,  1, 2097152, false",
    "BACKWARD_WEIGHTS, F32, 48,  48,  1, 14,  8,  1, 2097152, true",
    "BACKWARD_WEIGHTS, F32, 48,  48,  1, 13,  8,  1, 2097152, false",
    "BACKWARD_WEIGHTS, F64, 64,  64,  1, 20,  14, 1, 2097152, true",
    "BACKWARD_WEIGHTS, F64, 64,  64,  1, 20,  13, 1, 2097152, false",
  })
  void winogradPays(
      ConvPass pass,
      ElementType type,
      long inChannels,
      long outChannels,
      long groups,
      long batch,
      long side,
      long padding,
      long bytes,
      boolean expected) {
    Axis axis = new Axis(side, 3, 1, 1, padding, padding, side + 2 * padding - 2);
    ConvGeometry geometry = new ConvGeometry(batch, inChannels, outChannels, groups, axis, axis);
    assertEquals(expected, WINOGRAD.pays(new ConvProblem(pass, geometry, type, bytes)));
  }

  /** The share of tiles of 4×4 that is filled: 61 and 59 %; 75 and 63 %. */
  @ParameterizedTest
  @CsvSource({
    "FORWARD,          3, 13, true",
    "FORWARD,          5, 15, false",
    "BACKWARD_WEIGHTS, 4, 9,  true",
    "BACKWARD_WEIGHTS, 4, 5,  false",
  })
  void winogradPaysWhereTilesAreFilled(ConvPass pass, long height, long width, boolean expected) {
    ConvGeometry geometry = new ConvGeometry(100, 64, 64, 1, same(height, 3, 1), same(width, 3, 1));
    assertEquals(expected, WINOGRAD.pays(new ConvProblem(pass, geometry, ElementType.F64, AMPLE)));
  }

  @Test
  void fourierTransformsPayForLargeKernelsWhoseWindowsAllRead() {
    FftAlgorithm fft = new FftAlgorithm();
    for (ConvPass pass : ConvPass.values()) {
      for (ElementType type : ElementType.values()) {
        assertTrue(fft.pays(problem(pass, type, 256, 31, 15)), pass + " " + type);
        assertFalse(fft.pays(problem(pass, type, 256, 31, 31)), pass + " " + type);
        // Fewer weights than 5×5, however many channels.
        assertFalse(fft.pays(problem(pass, type, 256, 4, 1)), pass + " " + type);
        assertFalse(fft.isWorthTiming(problem(pass, type, 256, 4, 1)), pass + " " + type);
        assertTrue(fft.isWorthTiming(problem(pass, type, 256, 31, 15)), pass + " " + type);
        assertFalse(fft.isWorthTiming(problem(pass, type, 256, 31, 31)), pass + " " + type);
        // A plane of a few pixels.
        assertFalse(fft.pays(problem(pass, type, 5, 5, 1)), pass + " " + type);
        assertFalse(fft.isWorthTiming(problem(pass, type, 5, 5, 1)), pass + " " + type);
      }
    }
  }

  @Test
  void fourierTransformsAreEstimatedPassByPass() {
    FftAlgorithm fft = new FftAlgorithm();
    assertTrue(fft.pays(problem(ConvPass.FORWARD, ElementType.F64, 128, 11, 5)));
    assertTrue(fft.pays(problem(ConvPass.BACKWARD_INPUT, ElementType.F64, 128, 11, 5)));
    assertFalse(fft.pays(problem(ConvPass.BACKWARD_WEIGHTS, ElementType.F64, 128, 11, 5)));
    // From 5×5 weights on.
    assertTrue(fft.isWorthTiming(problem(ConvPass.FORWARD, ElementType.F64, 256, 5, 2)));
  }

  private static ConvProblem problem(
      ConvPass pass, ElementType type, long side, long kernel, long padding) {
    Axis axis = new Axis(side, kernel, 1, 1, padding, padding, side + 2 * padding - kernel + 1);
    return new ConvProblem(pass, new ConvGeometry(1, 16, 16, 1, axis, axis), type, AMPLE);
  }

  @Test
  void theDefinitionIsTimedOnlyForFewProducts() {
    ReferenceAlgorithm reference = new ReferenceAlgorithm();
    assertTrue(reference.isWorthTiming(pointwise(2, 4, 8, 256)));
    assertFalse(reference.isWorthTiming(pointwise(2, 4, 8, 257)));
    assertFalse(reference.isWorthTiming(pointwise(2, 5, 8, 256)));
    assertFalse(reference.isWorthTiming(pointwise(2, 4, 9, 256)));
    assertFalse(reference.isWorthTiming(pointwise(3, 4, 8, 256)));
  }

  @Test
  void theFastestIsExactWhereAskedAndTimedAgainstThoseThatAreWorthIt() {
    ConvProblem large = problem(ConvPass.FORWARD, ElementType.F64, 256, 31, 15);
    assertEquals("FFT", AlgorithmChoice.fastest(large, false).name());
    assertEquals("IM2COL", AlgorithmChoice.fastest(large, true).name());
    assertEquals(List.of("IM2COL", "DIRECT", "REFERENCE"), timed(pointwise(2, 4, 8, 256), false));
    assertEquals(List.of("IM2COL", "DIRECT"), timed(pointwise(2, 4, 8, 257), false));
    assertEquals(List.of("FFT", "DIRECT", "IM2COL"), timed(large, false));
    assertEquals(List.of("IM2COL", "DIRECT"), timed(large, true));
  }

  private static List<String> timed(ConvProblem problem, boolean exact) {
    return AlgorithmChoice.worthTiming(problem, exact).stream().map(ConvAlgorithm::name).toList();
  }

  private static ConvProblem pointwise(long batch, long ins, long outs, long width) {
    Axis row = new Axis(1, 1, 1, 1, 0, 0, 1);
    Axis columns = new Axis(width, 1, 1, 1, 0, 0, width);
    ConvGeometry geometry = new ConvGeometry(batch, ins, outs, 1, row, columns);
    return new ConvProblem(ConvPass.FORWARD, geometry, ElementType.F64, AMPLE);
  }

  private static Axis same(long size, long kernel, long stride) {
    long before = kernel / 2;
    long after = kernel - 1 - before;
    return new Axis(size, kernel, stride, 1, before, after, (size - 1) / stride + 1);
  }
}
