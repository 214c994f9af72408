package io.github.colonnade.internal.blas;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Libraries that the tests compile; tests that need them are skipped where there is no compiler.
 */
final class FakeLibrary {
  private FakeLibrary() {}

  /** Compiles a library that calls itself OpenBLAS. */
  static Path compile(Path folder, String... options) throws IOException, InterruptedException {
    return compile("fake_openblas.c", folder, options);
  }

  /** Compiles a library that, once loaded, lets the process make no files in memory. */
  static Path denyingMemoryFiles(Path folder) throws IOException, InterruptedException {
    return compile("deny_memory_files.c", folder);
  }

  /** Makes a library that has nothing of its own. */
  static Path link(Path folder, String... options) throws IOException, InterruptedException {
    return compile("nothing.c", folder, options);
  }

  private static Path compile(String name, Path folder, String... options)
      throws IOException, InterruptedException {
    assumeTrue(Platform.current().isLinux(), "libraries of Linux");
    Path library = Files.createTempFile(folder, "libfake", ".so");
    Path source = folder.resolve(name);
    if (!Files.exists(source)) {
      try (InputStream in = FakeLibrary.class.getResourceAsStream(name)) {
        Files.copy(in, source);
      }
    }
    List<String> command = new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-o"));
    command.addAll(List.of(library.toString(), source.toString()));
    command.addAll(List.of(options));
    try {
      Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
      ForkedJvm.output(compiler);
    } catch (IOException e) {
      assumeTrue(false, "no C compiler: " + e);
    }
    return library;
  }
}
