package io.github.colonnade.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.Pass;
import io.github.colonnade.PlanOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is counted, against counts made by hand or by loops over every product. */
class LayerLimitTest {
  private static Layer layer(long n, long c, long side, long o, long kernel, long... rest) {
    return new Layer(
        "a", n, c, side, side, o, kernel, kernel, rest[0], rest[1], rest[2], rest[3], 1, 0);
  }

  private static Conv2dPlan plan(Layer layer, DType dtype, Algorithm algorithm) {
    PlanOptions options = PlanOptions.defaults().withThreads(1).withAlgorithm(algorithm);
    return layer.conv2d(options).plan(dtype, layer.inputShape());
  }

  private static LayerWork work(Layer layer) {
    return new LayerWork(layer, plan(layer, DType.F64, Algorithm.AUTO));
  }

  /** Side, kernel, stride, padding, dilation. */
  @ParameterizedTest
  @CsvSource({
    "7, 3, 1, 1, 1",
    "8, 3, 2, 1, 1",
    "9, 1, 2, 0, 1",
    "5, 3, 3, 4, 2",
    "12, 2, 5, 0, 1",
    "6, 5, 1, 2, 1",
    "10, 3, 1, 3, 3",
    "4, 1, 3, 2, 1",
  })
  void directAlgorithmsMultiplyPixelsOfTheImage(
      long side, long kernel, long stride, long pad, long dilation) {
    Layer layer = layer(3, 4, side, 6, kernel, stride, pad, dilation, 2);
    long out = plan(layer, DType.F64, Algorithm.AUTO).outputShape()[2];
    long taps = 0;
    boolean[] touched = new boolean[(int) side];
    for (long o = 0; o < out; o++) {
      for (long k = 0; k < kernel; k++) {
        long row = o * stride - pad + k * dilation;
        if (row >= 0 && row < side) {
          taps++;
          touched[(int) row] = true;
        }
      }
    }
    int rows = 0;
    for (boolean each : touched) {
      rows += each ? 1 : 0;
    }

    LayerWork work = work(layer);

    for (Pass pass : new Pass[] {Pass.FORWARD, Pass.BACKWARD_INPUT, Pass.BACKWARD_WEIGHTS}) {
      assertEquals(2.0 * 3 * 6 * 2 * taps * taps, work.operations(pass, Algorithm.DIRECT));
      assertEquals(
          2.0 * 3 * 6 * 2 * out * out * kernel * kernel, work.operations(pass, Algorithm.IM2COL));
    }
    double output = 3.0 * 6 * out * out;
    double read = 3.0 * 4 * rows * side;
    double weights = 6.0 * 2 * kernel * kernel;
    assertEquals(8 * (read + weights + 6 + output), work.bytes(Pass.FORWARD));
    assertEquals(8 * (output + weights + 3.0 * 4 * side * side), work.bytes(Pass.BACKWARD_INPUT));
    assertEquals(8 * (read + output + weights), work.bytes(Pass.BACKWARD_WEIGHTS));
    assertEquals(8 * (output + 6), work.bytes(Pass.BACKWARD_BIAS));
  }

  @Test
  void winogradMultipliesThirtySixTimesATile() {
    // Forward 3 × 3 tiles of 9 × 9 outputs; for the input's gradient 3 × 3 tiles of 11 × 11.
    LayerWork work = work(layer(2, 16, 11, 32, 3, 1, 0, 1, 1));

    double tiles = 2 * 3 * 3;
    double products = 36 * tiles * 16 * 32;
    double weights = 72 * 16 * 32;
    assertEquals(
        2 * (products + 144 * tiles * 16 + 120 * tiles * 32 + weights),
        work.operations(Pass.FORWARD, Algorithm.WINOGRAD));
    assertEquals(
        2 * (products + 144 * tiles * 32 + 120 * tiles * 16 + weights),
        work.operations(Pass.BACKWARD_INPUT, Algorithm.WINOGRAD));
    assertEquals(
        2 * (products + 144 * tiles * 16 + 120 * tiles * 32 + weights),
        work.operations(Pass.BACKWARD_WEIGHTS, Algorithm.WINOGRAD));
  }

  @Test
  void dilatedTilesAreThoseOfEachPhase() {
    // Phases of 4, 4 and 3 rows of 11, one tile each.
    LayerWork work = work(layer(1, 1, 11, 1, 3, 1, 3, 3, 1));

    assertEquals(
        2.0 * (9 * (36 + 144 + 120) + 72), work.operations(Pass.FORWARD, Algorithm.WINOGRAD));
  }

  @Test
  void theLeastOfAllAlgorithmsIsOneThatSuits() {
    LayerWork wide = work(layer(1, 64, 32, 64, 3, 1, 1, 1, 1));
    LayerWork strided = work(layer(1, 64, 32, 64, 3, 2, 1, 1, 1));
    LayerWork depthwise = work(layer(1, 64, 32, 64, 3, 1, 1, 1, 64));

    assertEquals(
        wide.operations(Pass.FORWARD, Algorithm.WINOGRAD), wide.leastOperations(Pass.FORWARD));
    assertTrue(
        wide.leastOperations(Pass.FORWARD) < wide.operations(Pass.FORWARD, Algorithm.DIRECT));
    for (LayerWork work : new LayerWork[] {strided, depthwise}) {
      assertEquals(
          work.operations(Pass.FORWARD, Algorithm.DIRECT), work.leastOperations(Pass.FORWARD));
    }
  }

  @Test
  void theLongerOfOperationsAndMemoryIsTheLimit() {
    Layer layer = layer(1, 1, 10, 1, 1, 1, 0, 1, 1);
    Conv2dPlan plan = plan(layer, DType.F32, Algorithm.REFERENCE);

    // 200 operations, and 202 numbers of four bytes.
    assertEquals(
        200 * 1e3, LayerLimit.of(layer, plan, BenchPass.FORWARD, new MachineLimit(1, 1e9)).ms());
    assertEquals(
        808 * 1e3, LayerLimit.of(layer, plan, BenchPass.FORWARD, new MachineLimit(1e9, 1)).ms());
    // The gradients of input, weights and bias, 201, 201 and 101 numbers.
    assertEquals(
        503 * 4 * 1e3,
        LayerLimit.of(layer, plan, BenchPass.BACKWARD, new MachineLimit(1e9, 1)).ms());
  }

  @Test
  void theLimitIsOfTheAlgorithmThatRunsAndOfTheBest() {
    Layer layer = layer(1, 64, 32, 64, 3, 1, 1, 1, 1);
    MachineLimit machine = new MachineLimit(1e9, 1e12);

    LayerLimit columns =
        LayerLimit.of(layer, plan(layer, DType.F64, Algorithm.IM2COL), BenchPass.FORWARD, machine);
    LayerLimit winograd =
        LayerLimit.of(
            layer, plan(layer, DType.F64, Algorithm.WINOGRAD), BenchPass.FORWARD, machine);

    assertEquals(2.0 * 64 * 64 * 9 * 32 * 32 / 1e6, columns.ms(), 1e-9);
    assertEquals(winograd.ms(), winograd.leastMs());
    assertEquals(winograd.leastMs(), columns.leastMs());
    assertTrue(columns.leastMs() < columns.ms() / 2);
  }

  /** More than any scalar loop without vectors could do would need a known machine: it is there. */
  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void measuresWhatTheMachineCanDo(DType dtype) {
    MachineLimit limit = MachineLimit.measure(dtype, 2, 0.002);

    assertTrue(limit.operations() > 1e7, limit::toString);
    assertTrue(limit.bytes() > 1e7, limit::toString);
  }
}
