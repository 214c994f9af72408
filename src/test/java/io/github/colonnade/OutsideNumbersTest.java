package io.github.colonnade;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Numbers that other libraries computed. They lie on a coarse grid, so that every order of summing
 * gives the same bits, in both types.
 */
class OutsideNumbersTest {
  private static final String PYTORCH = "conv_pytorch.json";
  private static final String ONNX = "conv_onnx.json";

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
}
