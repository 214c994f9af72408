package io.github.colonnade.internal.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class PlatformTest {
  @Test
  void speaksBytedecosNames() {
    assertEquals("linux-x86_64", Platform.of("Linux", "amd64").name());
    assertEquals("linux-arm64", Platform.of("Linux", "aarch64").name());
    assertEquals("macosx-arm64", Platform.of("Mac OS X", "aarch64").name());
    assertEquals("macosx-x86_64", Platform.of("Mac OS X", "x86_64").name());
    assertEquals("windows-x86_64", Platform.of("Windows 11", "amd64").name());
  }

  @Test
  void packsOpenBlasAfterWhatItNeeds() {
    assertEquals("libopenblas.so.0", Platform.of("Linux", "amd64").packagedLibrary());
    assertEquals("libopenblas.0.dylib", Platform.of("Mac OS X", "aarch64").packagedLibrary());
    assertEquals("libopenblas.dll", Platform.of("Windows 11", "amd64").packagedLibrary());
  }

  @Test
  void hasNoNativesForOtherCpus() {
    assertTrue(Platform.of("Linux", "riscv64").packagedFiles().isEmpty());
    assertTrue(Platform.of("Windows 11", "aarch64").packagedFiles().isEmpty());
  }

  @Test
  void searchesDebiansFolderOfTheCpu() {
    assertTrue(Platform.of("Linux", "amd64").folders().contains("/usr/lib/x86_64-linux-gnu"));
    assertTrue(Platform.of("Linux", "aarch64").folders().contains("/usr/lib/aarch64-linux-gnu"));
  }

  @Test
  void leavesOutFoldersThatDependOnTheWorkingFolder() {
    assertEquals(
        List.of("C:\\OpenBLAS\\bin", "\\\\server\\share"),
        Platform.absoluteFolders(
            ".;C:\\OpenBLAS\\bin;;bin; ;\\\\server\\share;C:relative;\\rooted"));
    assertEquals(List.of(), Platform.absoluteFolders(null));
  }

  @Test
  void knowsItsElfFiles() {
    assertEquals(62, Platform.of("Linux", "amd64").elfMachine());
    assertEquals(183, Platform.of("Linux", "aarch64").elfMachine());
    assertEquals(0, Platform.of("Linux", "riscv64").elfMachine());
  }
}
