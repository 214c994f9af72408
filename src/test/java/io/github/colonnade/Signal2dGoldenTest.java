package io.github.colonnade;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What SciPy printed in the listings. */
class Signal2dGoldenTest {

  @TestFactory
  Stream<DynamicTest> convolve2d() {
    return JsonCases.tests("golden.json", "convolve2d", KnownFilters::assertSignal);
  }

  @TestFactory
  Stream<DynamicTest> correlate2d() {
    return JsonCases.tests("golden.json", "correlate2d", KnownFilters::assertSignal);
  }
}
