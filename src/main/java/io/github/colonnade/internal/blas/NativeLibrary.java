package io.github.colonnade.internal.blas;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A shared library that was opened for this library alone. Its symbols are looked up in it and in
 * what it needs, never in the rest of the process; on Linux and macOS its own calls are bound in
 * the same way, whatever the process has loaded under the same names.
 */
final class NativeLibrary implements SymbolLookup, AutoCloseable {
  private final Path path;
  private final SymbolLookup symbols;
  private final Runnable closing;

  private NativeLibrary(Path path, SymbolLookup symbols, Runnable closing) {
    this.path = path;
    this.symbols = symbols;
    this.closing = closing;
  }

  /**
   * Opens a library, or joins those in the process that have it open already.
   *
   * @param name a path, or a name that the dynamic linker knows
   */
  static NativeLibrary open(Platform platform, String name) throws UnusableLibraryException {
    return platform.isWindows() ? openOnWindows(name) : openOnPosix(platform, name);
  }

  /**
   * Opens a copy of a library, which no other component has open and no other user can change or
   * replace. Linux only.
   *
   * @param files where the copy goes
   * @param name what the process's memory map calls it
   * @param library the library's bytes
   * @throws IOException if this system opens no library from memory, or the copy lacks a library
   *     that it needs
   * @throws UnusableLibraryException if it is no whole library
   */
  static NativeLibrary openCopy(
      Platform platform, MemoryFiles files, String name, InputStream library)
      throws IOException, UnusableLibraryException {
    Path copy = files.copyOf(name, library);
    ElfFile.requireUsable(copy, platform.elfMachine());
    try {
      return openOnPosix(platform, copy.toString());
    } catch (UnusableLibraryException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static NativeLibrary openOnPosix(Platform platform, String name)
      throws UnusableLibraryException {
    MemorySegment handle = Posix.open(name, platform.isLinux());
    return new NativeLibrary(
        Path.of(name), symbol -> Posix.symbol(handle, symbol), () -> Posix.close(handle));
  }

  // Restricted because loading runs the library's initialisers: that is this class's purpose.
  @SuppressWarnings("restricted")
  private static NativeLibrary openOnWindows(String name) throws UnusableLibraryException {
    Arena arena = Arena.ofShared();
    try {
      return new NativeLibrary(
          Path.of(name), SymbolLookup.libraryLookup(name, arena), arena::close);
    } catch (IllegalArgumentException e) {
      arena.close();
      throw new UnusableLibraryException(
          "Windows cannot load it (not a DLL of this CPU, or one that it needs is missing)", e);
    }
  }

  /** What it was opened as. */
  Path path() {
    return path;
  }

  @Override
  public Optional<MemorySegment> find(String symbol) {
    return symbols.find(symbol);
  }

  /**
   * Returns the library in a form that stays open when this is closed, until nobody refers to it:
   * so it goes with the class loader that this class is in.
   */
  // Restricted because of the initialisers of libraries, which have run.
  @SuppressWarnings("restricted")
  SymbolLookup keep() {
    return SymbolLookup.libraryLookup(path.toString(), Arena.ofAuto());
  }

  @Override
  public void close() {
    closing.run();
  }
}
