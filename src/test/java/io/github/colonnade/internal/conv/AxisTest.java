package io.github.colonnade.internal.conv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What axes are, and where planes and weights lie. */
class AxisTest {
  @ParameterizedTest
  @CsvSource({
    "4, 1, 1, 0, 4, true",
    "4, 2, 1, 0, 4, false",
    "4, 1, 2, 0, 4, false",
    "4, 1, 1, 1, 4, false",
    "4, 1, 1, 0, 3, false",
  })
  void aPointwiseAxisReadsEachElementOnce(
      long size, long kernel, long stride, long padBefore, long outputs, boolean expected) {
    Axis axis = new Axis(size, kernel, stride, 1, padBefore, 0, outputs);
    Axis pointwise = new Axis(5, 1, 1, 1, 0, 0, 5);
    assertEquals(expected, axis.isPointwise());
    assertEquals(expected, new ConvGeometry(1, 2, 3, 1, axis, pointwise).isPointwise());
    assertEquals(expected, new ConvGeometry(1, 2, 3, 1, pointwise, axis).isPointwise());
  }

  @ParameterizedTest
  @CsvSource({
    "3, 3, 1, 0, 1, true",
    "1, 1, 7, 0, 1, true",
    "4, 3, 1, 0, 1, false",
    "3, 3, 1, 0, 2, false",
    "3, 3, 1, 1, 1, false",
    "3, 3, 2, 0, 1, false",
  })
  void aCoveredAxisHasOneTapForEachElement(
      long size, long kernel, long dilation, long padBefore, long outputs, boolean expected) {
    Axis axis = new Axis(size, kernel, 1, dilation, padBefore, 0, outputs);
    Axis covered = new Axis(2, 2, 1, 1, 0, 0, 1);
    assertEquals(expected, axis.isCovered());
    assertEquals(expected, new ConvGeometry(1, 2, 3, 1, axis, covered).isDense());
    assertEquals(expected, new ConvGeometry(1, 2, 3, 1, covered, axis).isDense());
  }

  @Test
  void theAdjointOfAnAdjointIsTheAxis() {
    Axis axis = new Axis(9, 3, 1, 2, 1, 3, 9);
    assertEquals(new Axis(9, 3, 1, 2, 3, 1, 9), axis.adjoint());
    Axis cropped = new Axis(9, 3, 1, 2, 0, 1, 6);
    assertEquals(new Axis(6, 3, 1, 2, 4, 3, 9), cropped.adjoint());
    assertEquals(cropped, cropped.adjoint().adjoint());
  }

  @Test
  void planesAndWeightsLieGroupByGroup() {
    ConvGeometry geometry =
        new ConvGeometry(2, 6, 8, 2, new Axis(5, 3, 1, 1, 0, 0, 3), new Axis(9, 2, 1, 1, 0, 0, 8));
    assertEquals((1 * 6 + 1 * 3 + 2) * 45, geometry.inputIndex(1, 1, 2));
    assertEquals((1 * 8 + 1 * 4 + 3) * 24, geometry.outputIndex(1, 1, 3));
    assertEquals((1 * 4 + 3) * 18, geometry.weightIndex(1, 3));
    assertEquals(8 * 18, geometry.weights());
  }
}
