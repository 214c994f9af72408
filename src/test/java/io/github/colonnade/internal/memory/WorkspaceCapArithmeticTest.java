package io.github.colonnade.internal.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How what threads share and what each has of its own draw on one cap. */
class WorkspaceCapArithmeticTest {
  private static final long MIB = 1L << 20;

  @ParameterizedTest
  @ValueSource(doubles = {0, 1e6, 5e6, 12_345_678, 60e6, 1e9, 1e30})
  void allOfACallStaysUnderTheOperandsOrFourMebibytesAThread(double operands) {
    WorkspaceCap cap = WorkspaceCap.following(operands);
    long all = (long) Math.clamp(operands, 4 * MIB, 64 * MIB);
    SplittableRandom random = new SplittableRandom(1);
    for (int draw = 0; draw < 1000; draw++) {
      long shared = random.nextLong(all + 1);
      long own = cap.threadBytesBeside(shared);
      assertTrue(own >= 0 && cap.allows(shared, own) && !cap.allows(shared, own + 1));
      for (long threads = 1; threads <= 64; threads++) {
        assertTrue(shared + threads * own <= Math.max(all, threads * 4 * MIB));
      }
      assertTrue(cap.sharedBytesBeside(own) >= shared - all / (4 * MIB) - 1);
      assertTrue(cap.threadBytesBeside(cap.sharedBytesBeside(own)) >= own);
    }
    assertEquals(4 * MIB, cap.threadBytesBeside(0));
    assertEquals(all, cap.sharedBytesBeside(0));
    assertFalse(cap.allows(all + 1, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 100, 4 << 20, Long.MAX_VALUE})
  void whatAllShareCountsAsOneThreadsUnderAnExplicitCap(long bytes) {
    WorkspaceCap cap = WorkspaceCap.ofThread(bytes);
    for (long part : new long[] {0, bytes / 3, bytes}) {
      assertEquals(bytes - part, cap.threadBytesBeside(part));
      assertEquals(bytes - part, cap.sharedBytesBeside(part));
      assertTrue(cap.allows(part, bytes - part));
    }
    if (bytes < Long.MAX_VALUE) {
      assertFalse(cap.allows(bytes + 1, 0));
      assertFalse(cap.allows(0, bytes + 1));
    }
  }

  @Test
  void sharedMemoryCountsByItsShare() {
    WorkspaceCap cap = WorkspaceCap.following(32 * MIB);
    assertEquals(3 * MIB, cap.threadBytesBeside(8 * MIB));
    assertEquals(8 * MIB, cap.sharedBytesBeside(3 * MIB));
  }
}
