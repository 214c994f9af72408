package io.github.colonnade.internal.conv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** Which kernels run where the module is present or not, and where the property names some. */
class KernelsTest {
  @Test
  void propertyNamesOneThatIsPresent() {
    assertEquals("vector", Kernels.choose(null, true));
    assertEquals("portable", Kernels.choose(null, false));
    assertEquals("portable", Kernels.choose("portable", true));
    assertEquals("vector", Kernels.choose("vector", true));
    assertThrows(IllegalArgumentException.class, () -> Kernels.choose("vector", false));
    assertThrows(IllegalArgumentException.class, () -> Kernels.choose("scalar", true));
  }
}
