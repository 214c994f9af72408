package io.github.colonnade.internal.memory;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Sets how long what is idle is kept, from nothing kept on, until it is closed. */
final class Idle implements AutoCloseable {
  private final Duration before;

  Idle(Duration keepAlive) throws InterruptedException {
    before = IdleSweeper.keepAlive(Duration.ofMillis(5));
    await(Idle::nothingIsKept);
    IdleSweeper.keepAlive(keepAlive);
  }

  /** Returns whether the library keeps nothing, nor a thread to watch over it. */
  static boolean nothingIsKept() {
    return FreeList.reservedBytes() == 0
        && !ScratchPool.SHARED.keepsAny()
        && Thread.getAllStackTraces().keySet().stream().noneMatch(IdleSweeper.class::isInstance);
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 30_000 && !condition.getAsBoolean(); i++) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    assertTrue(condition.getAsBoolean(), "not after half a minute");
  }

  @Override
  public void close() {
    IdleSweeper.keepAlive(before);
  }
}
