package io.github.colonnade.internal.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class IdleTest {
  @Test
  void tasksThatShareOutEvenlyCostNothing() {
    for (long tasks = 16; tasks < 1000; tasks += 16) {
      assertEquals(1, Idle.of(tasks));
    }
    assertEquals(1, Idle.of(0));
    assertEquals(1, Idle.of(1L << 62));
  }

  @Test
  void twoThreadsCountFully() {
    // One task keeps one of two threads, two of four, eight and sixteen keep two.
    double more = Math.pow(2, 0.1) * Math.pow(4, 0.1) * Math.pow(8, 0.05);
    assertEquals(more, Idle.of(2), 1e-12);
    assertEquals(2 * more * Math.pow(2, 0.1 + 0.1 + 0.05), Idle.of(1), 1e-12);
    // Three tasks take two threads as long as four, and four threads too, whose last is idle.
    double three = 4 / 3.0 * Math.pow(4 / 3.0, 0.1);
    assertEquals(three * Math.pow(8 / 3.0, 0.1) * Math.pow(16 / 3.0, 0.05), Idle.of(3), 1e-12);
  }

  @Test
  void twiceTheTasksNeverCostMore() {
    for (long tasks = 1; tasks < 1000; tasks++) {
      assertTrue(Idle.of(2 * tasks) <= Idle.of(tasks), tasks + " tasks");
    }
  }
}
