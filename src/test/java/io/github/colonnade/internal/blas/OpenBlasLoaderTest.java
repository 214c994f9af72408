package io.github.colonnade.internal.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every case in a JVM of its own: a library is loaded once in a process, and some would kill it.
 */
final class OpenBlasLoaderTest {
  @TempDir private Path folder;

  @Test
  void refusesAPathToNothing() throws Exception {
    String output = loadFile(folder.resolve("absent.so"));
    assertRefused(output, "absent.so: no such file");
    // The second attempt tells as much as the first, and both ways out are named.
    assertEquals(3, output.split("refused: ").length, output);
    assertTrue(output.contains("libopenblas0-pthread"), output);
    assertTrue(output.contains("org.bytedeco:openblas"), output);
    assertTrue(output.contains("-Dcolonnade.openblas=PATH"), output);
    assertFalse(output.contains("NoClassDefFoundError"), output);
  }

  @Test
  void refusesAFolder() throws Exception {
    assertRefused(loadFile(folder), "a folder, not a library file");
  }

  @Test
  void refusesATextFile() throws Exception {
    assumeLinux();
    Path text = Files.writeString(folder.resolve("notes.so"), "INPUT(libother.so)\n");
    assertRefused(loadFile(text), "not a shared library (no ELF header)");
    assertRefused(loadFile(Files.createFile(folder.resolve("empty.so"))), "no ELF header");
  }

  @Test
  void refusesALibraryThatIsNotOpenBlas() throws Exception {
    assumeLinux();
    try (var libraries = Files.list(Path.of(System.getProperty("java.home"), "lib"))) {
      Path library = libraries.filter(file -> file.endsWith("libzip.so")).findFirst().orElseThrow();
      assertRefused(loadFile(library), "not OpenBLAS: lacks cblas_dgemm, cblas_sgemm");
    }
  }

  @Test
  void refusesALibraryOfAnotherCpu() throws Exception {
    byte[] elf = Files.readAllBytes(fake());
    elf[18] = (byte) 0xf3; // e_machine: RISC-V
    assertRefused(
        loadFile(Files.write(folder.resolve("riscv.so"), elf)),
        "built for another CPU, for RISC-V; this JVM runs on ");
    elf[18] = 99;
    assertRefused(
        loadFile(Files.write(folder.resolve("odd.so"), elf)), "for the machine of ELF number 99;");
  }

  @Test
  void refusesATruncatedLibraryThatWouldKillTheJvm() throws Exception {
    assumeLinux();
    byte[] whole = packagedLibrary();
    for (int bytes : new int[] {40, 100, 5000, whole.length / 2, whole.length - 1}) {
      Path cut = Files.write(folder.resolve("cut.so"), Arrays.copyOf(whole, bytes));
      assertRefused(loadFile(cut), bytes < 64 ? "no ELF header" : "truncated: its headers tell of");
    }
  }

  @Test
  void refusesATruncatedLibraryThatTheLinkerWouldFind() throws Exception {
    assumeLinux();
    byte[] whole = packagedLibrary();
    Path cut = folder.resolve("libopenblas.so.0");
    Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
    String output =
        new ForkedJvm()
            .property("colonnade.cache", folder.resolve("cache"))
            .environment("LD_LIBRARY_PATH", "/absent:" + folder)
            .property("colonnade.openblas", "system")
            .run();
    assumeFalse(output.contains("source=system"), "this machine has another OpenBLAS");
    assertRefused(output, cut + ": truncated: its headers tell of");
  }

  @Test
  void refusesEveryWrongBuildWithItsReason() throws Exception {
    assertRefused(loadFile(fake("-DWITHOUT_DGEMM")), ": lacks cblas_dgemm\n");
    assertRefused(
        loadFile(fake("-DCONFIG=\"OpenBLAS 0.3.99  USE64BITINT Fake\"")), "(USE64BITINT)");
    assertRefused(loadFile(fake("-DSUFFIX64")), "its symbols end in 64_");
    assertRefused(
        loadFile(fake("-DIGNORES_THREADS")),
        "ignores its thread setting: told to use 1, it uses 2");
    assertRefused(loadFile(fake("-DPARALLEL=0")), "USE_LOCKING");
    assertRefused(loadFile(fake("-DPARALLEL=2")), "OpenMP build");
  }

  @Test
  void acceptsTheHarmlessKindOfEachBuild() throws Exception {
    assertLoaded(loadFile(fake("-DPARALLEL=2", "-DOMP_THREADS=1")), "threading=openmp");
    assertLoaded(loadFile(fake("-DPARALLEL=2", "-DOMP_THREADS=4")), "threading=openmp");
    assertLoaded(
        loadFile(fake("-DPARALLEL=0", "-DCONFIG=\"OpenBLAS 0.3.99 USE_LOCKING Fake\"")),
        "threading=sequential");
    String output = loadFile(fake());
    assertLoaded(output, "threading=pthreads");
    assertLoaded(output, "source=property, version=0.3.99");
  }

  @Test
  void raisesACoreBelowTheCpuAndCleansTheEnvironment() throws Exception {
    assumeGuarded();
    String output = loadFile(fake());
    assertLoaded(output, "core=Nehalem, coreChoice=Colonnade (OpenBLAS had chosen Prescott)");
    assertTrue(output.contains("OPENBLAS_CORETYPE=;"), output);
  }

  @Test
  void leavesTheUsersOwnCoreAlone() throws Exception {
    assumeGuarded();
    String output =
        new ForkedJvm()
            .property("colonnade.openblas", fake())
            .environment("OPENBLAS_CORETYPE", "Prescott")
            .run();
    assertLoaded(output, "core=Prescott, coreChoice=OPENBLAS_CORETYPE in the environment");
    assertTrue(output.contains("OPENBLAS_CORETYPE=Prescott;"), output);
  }

  @Test
  void leavesABuildForOneCoreAlone() throws Exception {
    assumeGuarded();
    assertLoaded(
        loadFile(fake("-DCONFIG=\"OpenBLAS 0.3.99 Prescott\"")),
        "core=Prescott, coreChoice=the build");
  }

  @Test
  void raisesTheCoreOfItsOwnCopyWhereTheProcessHoldsTheLibrary() throws Exception {
    assumeGuarded();
    Path library = fake();
    String output =
        new ForkedJvm()
            .property("colonnade.openblas", library)
            .environment("LD_PRELOAD", library.toString())
            .run();
    assertLoaded(output, "core=Nehalem, coreChoice=Colonnade (OpenBLAS had chosen Prescott)");
  }

  @Test
  void saysSoWhereItMustShareTheLibraryThatTheProcessHolds() throws Exception {
    assumeGuarded();
    Path library = fake();
    String output =
        new ForkedJvm()
            .property("colonnade.openblas", library)
            .environment("LD_PRELOAD", library + ":" + FakeLibrary.denyingMemoryFiles(folder))
            .run();
    assertLoaded(output, "core=Prescott, coreChoice=OpenBLAS (stays below Nehalem");
  }

  @Test
  void triesAgainWhatMayHavePassed() throws Exception {
    Path library = folder.resolve("late.so");
    String output =
        new ForkedJvm()
            .property("colonnade.openblas", library)
            .argument(fake())
            .argument(library)
            .run();
    assertTrue(output.startsWith("refused: "), output);
    assertTrue(output.contains("late.so: no such file"), output);
    assertTrue(output.contains("loaded: Info[path=" + library.toRealPath()), output);
  }

  @Test
  void opensALibraryThatNeedsAnotherOfItsFolder() throws Exception {
    Path needed = FakeLibrary.compile(folder, "-Wl,-soname,libneeded.so", "-DCONFIG=\"needed\"");
    Files.move(needed, folder.resolve("libneeded.so"));
    Path library = fake("-Wl,--no-as-needed,-rpath,$ORIGIN,-L" + folder + ",-lneeded");
    assertLoaded(loadFile(library), "path=" + library.toRealPath());
  }

  @Test
  void takesTheFunctionsFromWhereTheyAre() throws Exception {
    Path library = Files.move(fake("-Wl,-soname,libinner.so"), folder.resolve("libinner.so"));
    Path outer =
        FakeLibrary.link(folder, "-Wl,--no-as-needed,-rpath,$ORIGIN", "-L" + folder, "-linner");
    assertLoaded(loadFile(outer), "path=" + library.toRealPath());
    Path partial =
        fake("-DWITHOUT_DGEMM", "-L" + folder, "-Wl,--no-as-needed,-rpath,$ORIGIN", "-linner");
    assertRefused(loadFile(partial), "its functions come from several libraries");
  }

  @Test
  void findsTheSystemsLibraryByNameAndTellsItsRealPath() throws Exception {
    Path library = fake();
    Path link = Files.createSymbolicLink(folder.resolve("libopenblas.so.0"), library);
    String output =
        new ForkedJvm()
            .property("colonnade.openblas", "system")
            .environment("LD_LIBRARY_PATH", link.getParent().toString())
            .run();
    assertLoaded(output, "path=" + library.toRealPath() + ", source=system");
  }

  @Test
  void passesOverAnUnusableSystemLibrary() throws Exception {
    Path jar = nativesJar();
    Files.move(fake("-DWITHOUT_DGEMM"), folder.resolve("libopenblas.so.0"));
    String output =
        new ForkedJvm()
            .environment("LD_LIBRARY_PATH", folder.toString())
            .property("colonnade.cache", folder.resolve("cache"))
            .classPath(jar)
            .run();
    assumeFalse(output.contains("source=system"), "this machine has another OpenBLAS");
    assertLoaded(output, "source=packaged");
  }

  @Test
  void tellsTheLogWhatItTookAndWhatItPassedOver() throws Exception {
    Path jar = nativesJar();
    Files.move(fake("-DWITHOUT_DGEMM"), folder.resolve("libopenblas.so.0"));
    String output = logged(new ForkedJvm().classPath(jar));
    assumeFalse(output.contains("source=system"), "this machine has another OpenBLAS");
    assertTrue(output.contains("\nFINE: OpenBLAS: LoadedOpenBlas[path=" + jar), output);
    assertTrue(output.contains("passed over: [libopenblas.so.0: lacks cblas_dgemm"), output);
    output = logged(new ForkedJvm().property("colonnade.openblas", folder));
    assertTrue(output.contains("\nFINE: OpenBLAS cannot be loaded. Tried:"), output);
  }

  private String logged(ForkedJvm jvm) throws IOException, InterruptedException {
    Path settings =
        Files.writeString(
            folder.resolve("logging.properties"),
            """
            handlers=java.util.logging.ConsoleHandler
            java.util.logging.ConsoleHandler.level=FINE
            io.github.colonnade.level=FINE
            """);
    return jvm.property("java.util.logging.config.file", settings)
        .property("colonnade.cache", folder.resolve("cache"))
        .environment("LD_LIBRARY_PATH", folder.toString())
        .run();
  }

  @Test
  void usesTheMachinesOwnOpenBlas() throws Exception {
    String output = new ForkedJvm().property("colonnade.openblas", "system").run();
    assumeFalse(output.contains("refused: "), "no usable OpenBLAS installed: " + output);
    assertLoaded(output, "source=system");
  }

  @Test
  void unpacksThePackagedLibraryInManyJvmsAtOnce() throws Exception {
    Path jar = nativesJar();
    String preloaded =
        Platform.current().isLinux() ? FakeLibrary.denyingMemoryFiles(folder).toString() : "";
    List<Process> running = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      running.add(
          packaged(folder.resolve("cache"))
              .classPath(jar)
              .environment("LD_PRELOAD", preloaded)
              .start());
    }
    for (Process process : running) {
      assertLoaded(ForkedJvm.output(process), "source=packaged");
    }
    try (var files = Files.walk(folder.resolve("cache"))) {
      assertTrue(files.noneMatch(file -> file.toString().endsWith(".tmp")));
    }
  }

  @Test
  void listsWhatWasTriedWhereNothingIsPackaged() throws Exception {
    String output = packaged(folder.resolve("cache")).run();
    assertRefused(output, "classifier " + Platform.current().name());
    assertTrue(output.contains("is neither on the class path nor on the module path"), output);
  }

  /** Where Maven and IDEs put it in a modular program; nobody requires its module. */
  @Test
  void findsThePackagedLibraryOnTheModulePath() throws Exception {
    Path jar = nativesJar();
    for (Path entry : List.of(jar, jar.getParent())) {
      String path = String.join(File.pathSeparator, folder.toString(), "absent", entry.toString());
      String output = packaged(folder.resolve("cache")).option("--module-path").option(path).run();
      assertLoaded(output, "path=" + jar + ", source=packaged");
    }
  }

  @Test
  void needsNoFolderOnLinux() throws Exception {
    assumeLinux();
    Path file = Files.createFile(folder.resolve("file"));
    String output = packaged(file.resolve("cache")).classPath(nativesJar()).run();
    assertLoaded(output, "path=" + nativesJar() + ", source=packaged");
  }

  @Test
  void unpacksIntoTheCacheWhereFilesInMemoryAreDenied() throws Exception {
    Path cache = folder.resolve("cache");
    assertLoaded(withoutMemoryFiles(cache), "source=packaged");
    try (var files = Files.walk(cache)) {
      assertTrue(files.anyMatch(file -> file.endsWith(Platform.current().packagedLibrary())));
    }
  }

  @Test
  void namesTheWayRoundAnUnusableCache() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    assertRefused(
        withoutMemoryFiles(file.resolve("cache")),
        "choose another folder with -Dcolonnade.cache=FOLDER");
  }

  @ParameterizedTest
  @CsvSource({
    "noexec, failed to map segment",
    "ro, Read-only file system",
    "size=1m, No space left on device"
  })
  void namesTheWayRoundACacheThatCannotBeUsed(String option, String reason) throws Exception {
    assumeLinux();
    assumeTrue(Posix.effectiveUserId() == 0, "only root can mount a file system");
    Path cache = Files.createDirectory(folder.resolve("mounted"));
    String options = option + ",mode=700";
    assumeTrue(run("mount", "-t", "tmpfs", "-o", options, "tmpfs", cache), "no mounts");
    try {
      String output = withoutMemoryFiles(cache);
      assertRefused(output, reason);
      assertRefused(output, "choose another folder with -Dcolonnade.cache=FOLDER");
      try (var files = Files.walk(cache)) {
        assertTrue(files.noneMatch(file -> file.toString().endsWith(".tmp")));
      }
      assertLoaded(packaged(cache).classPath(nativesJar()).run(), "source=packaged");
    } finally {
      assertTrue(run("umount", cache));
    }
  }

  private static boolean run(Object... command) throws IOException, InterruptedException {
    String[] words = Arrays.stream(command).map(Object::toString).toArray(String[]::new);
    return new ProcessBuilder(words).inheritIO().start().waitFor() == 0;
  }

  private String withoutMemoryFiles(Path cache) throws Exception {
    return packaged(cache)
        .classPath(nativesJar())
        .environment("LD_PRELOAD", FakeLibrary.denyingMemoryFiles(folder).toString())
        .run();
  }

  private static ForkedJvm packaged(Path cache) {
    return new ForkedJvm()
        .property("colonnade.openblas", "packaged")
        .property("colonnade.cache", cache);
  }

  private static String loadFile(Path file) throws IOException, InterruptedException {
    return new ForkedJvm().property("colonnade.openblas", file).run();
  }

  private static void assertRefused(String output, String reason) {
    assertTrue(output.startsWith("refused: OpenBLAS cannot be loaded. Tried:\n"), output);
    assertTrue(output.contains(reason), output);
  }

  private static void assertLoaded(String output, String detail) {
    assertTrue(output.startsWith("loaded: "), output);
    assertTrue(output.contains(detail), output);
  }

  private static void assumeLinux() {
    assumeTrue(Platform.current().isLinux(), "libraries of Linux");
  }

  private static void assumeGuarded() {
    assumeTrue(
        Platform.current().isLinux() && CoreType.cpuFlags().contains("sse4_2"),
        "the guard reads the flags of x86-64 CPUs on Linux");
  }

  private static Path nativesJar() {
    assumeTrue(ForkedJvm.nativesJar().isPresent(), "no natives on the tests' class path");
    return ForkedJvm.nativesJar().orElseThrow();
  }

  private static byte[] packagedLibrary() throws Exception {
    nativesJar();
    Platform platform = Platform.current();
    URL library = PackagedLibrary.find(platform).library();
    try (InputStream in = library.openStream()) {
      return in.readAllBytes();
    }
  }

  private Path fake(String... definitions) throws IOException, InterruptedException {
    return FakeLibrary.compile(folder, definitions);
  }
}
