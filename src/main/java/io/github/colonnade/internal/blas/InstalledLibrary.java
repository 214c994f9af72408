package io.github.colonnade.internal.blas;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A library in a file. On Linux a copy of it is opened, so that what other components of the
 * process do with the same file does not matter.
 *
 * @param file its real path
 */
record InstalledLibrary(Platform platform, Path file) implements Candidate {
  /** Finds a file by a path in the user's words. */
  static InstalledLibrary at(Platform platform, String path) throws UnusableLibraryException {
    try {
      Path file = Path.of(path);
      if (!Files.exists(file)) {
        throw new UnusableLibraryException("no such file");
      }
      if (!Files.isRegularFile(file)) {
        throw new UnusableLibraryException(
            Files.isDirectory(file) ? "a folder, not a library file" : "not a regular file");
      }
      return new InstalledLibrary(platform, file.toRealPath());
    } catch (IOException | InvalidPathException e) {
      throw new UnusableLibraryException(e.toString(), e);
    }
  }

  /** Asks the dynamic linker, which knows of LD_LIBRARY_PATH, ld.so.conf and the like. */
  static InstalledLibrary named(Platform platform, String name) throws UnusableLibraryException {
    try (NativeLibrary library = NativeLibrary.open(platform, name)) {
      Path file =
          new OpenBlasProbe(library)
              .file()
              .orElseThrow(() -> new UnusableLibraryException("lacks openblas_get_config"));
      return new InstalledLibrary(platform, file.toRealPath());
    } catch (IOException e) {
      throw new UnusableLibraryException(e.toString(), e);
    }
  }

  @Override
  public NativeLibrary open(MemoryFiles files) throws UnusableLibraryException {
    if (!platform.isLinux()) {
      return NativeLibrary.open(platform, file.toString());
    }
    ElfFile.requireWhole(file);
    try {
      return openCopy(files);
    } catch (IOException e) {
      return openWithWhatItNeeds(files);
    }
  }

  private NativeLibrary openCopy(MemoryFiles files) throws IOException, UnusableLibraryException {
    try (InputStream library = new FileInputStream(file.toFile())) {
      return NativeLibrary.openCopy(platform, files, file.getFileName().toString(), library);
    }
  }

  /**
   * Opens the file itself. With it comes what it needs from its own folder, where a copy does not
   * look; what is open already a copy finds.
   */
  private NativeLibrary openWithWhatItNeeds(MemoryFiles files) throws UnusableLibraryException {
    NativeLibrary library = NativeLibrary.open(platform, file.toString());
    try {
      NativeLibrary copy = openCopy(files);
      library.close();
      return copy;
    } catch (IOException e) {
      return library; // Where files in memory can't be opened, the process has to share this one.
    }
  }
}
