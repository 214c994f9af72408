package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The convolutions that the NumPy listings print, and their gradients. */
class Conv2dGoldenTest {

  @Test
  void allCasesAreThere() {
    assertEquals(22, JsonCases.read("golden.json").getAsJsonArray("cases").size());
  }

  @TestFactory
  Stream<DynamicTest> forward() {
    return JsonCases.tests("golden.json", "conv2d", KnownConvolutions::assertConv2d);
  }

  @TestFactory
  Stream<DynamicTest> backward() {
    return JsonCases.tests("golden.json", "conv2d-backward", KnownConvolutions::assertConv2d);
  }
}
