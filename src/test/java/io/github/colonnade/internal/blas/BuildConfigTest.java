package io.github.colonnade.internal.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class BuildConfigTest {
  @Test
  void readsDebiansBuild() {
    BuildConfig config =
        BuildConfig.parse(
            "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Prescott MAX_THREADS=64");
    assertEquals("0.3.21", config.version());
    assertTrue(config.choosesCore());
    assertFalse(config.integersAre64Bit());
    assertFalse(config.locks());
  }

  @Test
  void findsWideIntegersBehindTwoBlanks() {
    BuildConfig config = BuildConfig.parse("OpenBLAS 0.3.21  USE64BITINT DYNAMIC_ARCH Prescott");
    assertEquals("0.3.21", config.version());
    assertTrue(config.integersAre64Bit());
  }

  @Test
  void readsABuildForOneCore() {
    BuildConfig config = BuildConfig.parse("OpenBLAS 0.3.31 NO_AFFINITY USE_LOCKING ARMV8 ");
    assertEquals("0.3.31", config.version());
    assertFalse(config.choosesCore());
    assertTrue(config.locks());
  }

  @Test
  void takesNoVersionFromWordsThatAreNotOpenBlas() {
    assertEquals("unknown", BuildConfig.parse("").version());
    assertEquals("unknown", BuildConfig.parse("BLIS 1.0").version());
    assertEquals("unknown", BuildConfig.parse("OpenBLAS").version());
  }
}
