package io.github.colonnade.internal.border;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The sizes of a padding, and of one that cuts. */
class PadGeometryTest {
  @Test
  void aWindowCutsWhatLiesAroundIt() {
    PadGeometry window = PadGeometry.window(2, 10, 13, 3, 4, 5, 6);
    assertEquals(new PadGeometry(2, 10, 13, -3, -4, -2, -3, Border.CONSTANT), window);
    assertEquals(5, window.outH());
    assertEquals(6, window.outW());
  }

  @Test
  void aTileHasRowsOf65536ElementsAndOneAtLeast() {
    assertEquals(65_536, rows(1));
    assertEquals(3, rows(20_000));
    assertEquals(1, rows(65_536));
    assertEquals(1, rows(65_537));
  }

  private static long rows(long width) {
    return PadGeometry.window(1, 1, width, 0, 0, 1, width).tileRows();
  }
}
