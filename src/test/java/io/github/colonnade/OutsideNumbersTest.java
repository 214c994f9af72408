package io.github.colonnade;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Numbers that other libraries computed, or whose tests publish. Most lie on a coarse grid, so that
 * every order of summing gives the same bits, in both types.
 */
class OutsideNumbersTest {
  private static final String PYTORCH = "conv_pytorch.json";
  private static final String ONNX = "conv_onnx.json";
  private static final String ONNX_OPERATORS = "operators_onnx.json";
  private static final String SAMPLES = "samples_pytorch.json";
  private static final String SCIPY = "scipy-tests.json";

  @TestFactory
  Stream<DynamicTest> conv2dOfPyTorch() {
    return JsonCases.tests(PYTORCH, "conv2d", KnownConvolutions::assertConv2d);
  }

  @TestFactory
  Stream<DynamicTest> convTranspose2dOfPyTorch() {
    return JsonCases.tests(PYTORCH, "conv-transpose2d", KnownConvolutions::assertConvTranspose2d);
  }

  @TestFactory
  Stream<DynamicTest> unfoldOfPyTorch() {
    return JsonCases.tests(PYTORCH, "im2col", KnownColumns::assertIm2col);
  }

  @TestFactory
  Stream<DynamicTest> foldOfPyTorch() {
    return JsonCases.tests(PYTORCH, "col2im", KnownColumns::assertCol2im);
  }

  @TestFactory
  Stream<DynamicTest> convOfOnnx() {
    return JsonCases.tests(ONNX, "conv2d", KnownConvolutions::assertConv2d);
  }

  @TestFactory
  Stream<DynamicTest> convTransposeOfOnnx() {
    return JsonCases.tests(ONNX, "conv-transpose2d", KnownConvolutions::assertConvTranspose2d);
  }

  @TestFactory
  Stream<DynamicTest> col2imOfOnnx() {
    return JsonCases.tests(ONNX_OPERATORS, "col2im", KnownColumns::assertCol2im);
  }

  @TestFactory
  Stream<DynamicTest> gemmOfOnnx() {
    return JsonCases.tests(ONNX_OPERATORS, "linear", KnownOperators::assertLinear);
  }

  @TestFactory
  Stream<DynamicTest> matMulOfOnnx() {
    return JsonCases.tests(ONNX_OPERATORS, "matmul", KnownOperators::assertMatrixMultiply);
  }

  @TestFactory
  Stream<DynamicTest> reluOfOnnx() {
    return JsonCases.tests(ONNX_OPERATORS, "relu", KnownOperators::assertRelu);
  }

  @TestFactory
  Stream<DynamicTest> softmaxCrossEntropyLossOfOnnx() {
    return JsonCases.tests(ONNX_OPERATORS, "cross-entropy", KnownOperators::assertCrossEntropy);
  }

  @TestFactory
  Stream<DynamicTest> conv2dOfPyTorchsSamples() {
    return JsonCases.tests(SAMPLES, "conv2d", KnownConvolutions::assertConv2d);
  }

  @TestFactory
  Stream<DynamicTest> convTranspose2dOfPyTorchsSamples() {
    return JsonCases.tests(SAMPLES, "conv-transpose2d", KnownConvolutions::assertConvTranspose2d);
  }

  @TestFactory
  Stream<DynamicTest> linearOfPyTorchsSamples() {
    return JsonCases.tests(SAMPLES, "linear", KnownOperators::assertLinear);
  }

  @TestFactory
  Stream<DynamicTest> crossEntropyOfPyTorchsSamples() {
    return JsonCases.tests(SAMPLES, "cross-entropy", KnownOperators::assertCrossEntropy);
  }

  @TestFactory
  Stream<DynamicTest> unfoldOfPyTorchsSamples() {
    return JsonCases.tests(SAMPLES, "im2col", KnownColumns::assertIm2col);
  }

  @TestFactory
  Stream<DynamicTest> foldOfPyTorchsSamples() {
    return JsonCases.tests(SAMPLES, "col2im", KnownColumns::assertCol2im);
  }

  @TestFactory
  Stream<DynamicTest> convolve2dOfSciPysTests() {
    return JsonCases.tests(SCIPY, "convolve2d", KnownFilters::assertSignal);
  }

  @TestFactory
  Stream<DynamicTest> correlate2dOfSciPysTests() {
    return JsonCases.tests(SCIPY, "correlate2d", KnownFilters::assertSignal);
  }

  @TestFactory
  Stream<DynamicTest> correlateOfNdimage() {
    return JsonCases.tests(SCIPY, "ndimage-correlate", KnownFilters::assertNdimage);
  }

  @TestFactory
  Stream<DynamicTest> convolveOfNdimage() {
    return JsonCases.tests(SCIPY, "ndimage-convolve", KnownFilters::assertNdimage);
  }
}
