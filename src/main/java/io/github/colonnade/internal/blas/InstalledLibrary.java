package io.github.colonnade.internal.blas;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
    if (platform.isLinux()) {
      requireWhole(platform, name);
    }
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

  /** Looks at the file that the linker will find: one that is cut short would end the JVM. */
  private static void requireWhole(Platform platform, String name) throws UnusableLibraryException {
    List<String> folders = new ArrayList<>();
    // As it was when the process began: the linker does not look again.
    String path = System.getenv("LD_LIBRARY_PATH");
    if (path != null && !path.isEmpty()) {
      folders.addAll(List.of(path.split("[:;]", -1)));
    }
    folders.addAll(platform.folders());
    for (String folder : folders) {
      Path file = Path.of(folder, name);
      if (Files.isRegularFile(file)) {
        try {
          if (ElfFile.requireWhole(file) == platform.elfMachine()) {
            return; // The linker passes over those of other CPUs.
          }
        } catch (UnusableLibraryException e) {
          throw new UnusableLibraryException(file + ": " + e.getMessage(), e);
        }
      }
    }
  }

  @Override
  public NativeLibrary open(MemoryFiles files) throws UnusableLibraryException {
    if (!platform.isLinux()) {
      return NativeLibrary.open(platform, file.toString());
    }
    ElfFile.requireUsable(file, platform.elfMachine());
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
