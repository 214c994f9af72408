package io.github.colonnade.internal.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What else a process has loaded, and does with it, changes nothing; each case in its own JVM. */
final class OpenBlasIsolationTest {
  @TempDir private Path folder;

  @BeforeEach
  void assumeNatives() {
    assumeTrue(Platform.current().isLinux(), "elsewhere the library is shared with the process");
    assumeTrue(ForkedJvm.nativesJar().isPresent(), "no natives on the tests' class path");
  }

  @Test
  void callsTheLibraryThatWasCheckedWhateverTheClassLoaderHasLoaded() throws Exception {
    Path stranger = FakeLibrary.compile(folder, "-Wl,-soname,libstranger.so");
    assertRight(isolated("load-first").argument(stranger).run());
    assertRight(isolated("load-later").argument(stranger).run());
    Files.move(stranger, folder.resolve("libstranger.so"));
    Path dependent =
        FakeLibrary.link(folder, "-Wl,--no-as-needed,-rpath,$ORIGIN", "-L" + folder, "-lstranger");
    assertRight(isolated("load-first").argument(dependent).run());
  }

  @Test
  void callsItsOwnFunctionsWhateverTheProcessHasPreloaded() throws Exception {
    Path stranger = FakeLibrary.compile(folder, "-DSTRANGER");
    assertRight(isolated("multiply").environment("LD_PRELOAD", stranger.toString()).run());
  }

  @Test
  void keepsItsThreadSettingAndLeavesThatOfOthersAlone() throws Exception {
    Path library = unpack();
    String output =
        isolated("settings")
            .property("colonnade.openblas", library)
            .environment("LD_LIBRARY_PATH", folder.toString())
            .argument(library)
            .run();
    assertRight(output);
    assertEquals(List.of("theirs 8, ours 1", "theirs 8, ours 1"), lines(output, "theirs"));
  }

  /** The same file as ours, and another copy. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void multipliesWhileSomebodyElseDoesWithThreadsOfHisOwn(boolean sameFile) throws Exception {
    Path library = unpack();
    String output =
        isolated("beside")
            .property("colonnade.openblas", sameFile ? library : "packaged")
            .environment("LD_LIBRARY_PATH", folder.toString())
            .argument(library)
            .run();
    assertRight(output);
    assertEquals(List.of("theirs 3, ours 1"), lines(output, "theirs"));
  }

  @Test
  void servesTwoClassLoaders() throws Exception {
    String output = isolated("class-loaders").run();
    assertEquals(List.of("loaded by 2"), lines(output, "loaded by"));
    assertRight(output);
  }

  @Test
  void closesItsCopyWhenTheClassLoaderIsGone() throws Exception {
    List<String> copies = lines(isolated("unload").run(), "copies");
    assertNotEquals("copies 0", copies.get(0));
    assertEquals("copies 0", copies.get(1));
  }

  @Test
  void loadsInAThreadThatIsInterrupted() throws Exception {
    String output = isolated("interrupted").run();
    assertRight(output);
    assertEquals(List.of("still interrupted: true"), lines(output, "still"));
  }

  @Test
  void loadsInAThreadWithLittleStackLeft() throws Exception {
    assertRight(isolated("deep").run());
  }

  @Test
  void multipliesOnOneThreadWhateverOpenMpIsToldAndLeavesThatAsItWas() throws Exception {
    Path library = FakeLibrary.compile(folder, "-DPARALLEL=2", "-DOMP_THREADS=4");
    String output = isolated("openmp").property("colonnade.openblas", library).run();
    assertEquals("multiplied by 1.0 threads, left at 4\n", output);
  }

  @Test
  void saysAtEveryCallThatNativeAccessIsDenied() throws Exception {
    String output = isolated("denied").withoutNativeAccess().run();
    List<String> messages = output.lines().distinct().toList();
    assertEquals(1, messages.size(), output);
    assertTrue(
        messages.get(0).contains("start Java with --enable-native-access=ALL-UNNAMED"), output);
  }

  @Test
  void waitsForABufferWhereTheProcessHasNoMemoryForMore() throws Exception {
    String output = small("callers").mebibytes(2900).run();
    assertRight(output);
    assertTrue(output.contains("20 callers"), output);
  }

  @Test
  void refusesToMultiplyWhereOpenBlasWouldEndTheProcess() throws Exception {
    String output = small("starved").mebibytes(1950).run();
    List<String> failures = lines(output, "java.lang.OutOfMemoryError");
    assertEquals(2, failures.size(), output);
    assertTrue(failures.get(0).contains("address space for its buffers"), output);
    // Once there is room again, it works.
    assertRight(output);
  }

  private static ForkedJvm isolated(String scenario) {
    return new ForkedJvm(IsolatedCalls.class)
        .property("colonnade.openblas", "packaged")
        .classPath(ForkedJvm.nativesJar().orElseThrow())
        .argument(scenario);
  }

  /** With little address space taken by the JVM itself. */
  private static ForkedJvm small(String scenario) {
    return isolated(scenario)
        .option("-Xmx64m")
        .option("-XX:ReservedCodeCacheSize=48m")
        .option("-XX:CompressedClassSpaceSize=32m");
  }

  private static void assertRight(String output) {
    assertTrue(output.endsWith("all right\n"), output);
  }

  private static List<String> lines(String output, String start) {
    return output.lines().filter(line -> line.startsWith(start)).toList();
  }

  /** Writes the packaged libraries to files, and returns OpenBLAS's. */
  private Path unpack() throws Exception {
    PackagedLibrary packaged = PackagedLibrary.find(Platform.current());
    for (Map.Entry<String, URL> library : packaged.natives().entrySet()) {
      try (InputStream in = library.getValue().openStream()) {
        Files.copy(in, folder.resolve(library.getKey()));
      }
    }
    return folder.resolve(Platform.current().packagedLibrary());
  }
}
