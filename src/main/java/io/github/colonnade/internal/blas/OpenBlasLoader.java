package io.github.colonnade.internal.blas;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Loads OpenBLAS into this class's loader, once: the one that {@code -Dcolonnade.openblas} names,
 * else the system's, else the one packaged in {@code org.bytedeco:openblas}.
 *
 * <p>Each candidate is opened in an arena of its own and checked there, so that a refused one is
 * unloaded again; only the one that is kept is passed to {@link System#load}.
 */
public final class OpenBlasLoader {
  static final String PROPERTY = "colonnade.openblas";

  private static final System.Logger LOG = System.getLogger("io.github.colonnade");
  private static final String CORE_VARIABLE = "OPENBLAS_CORETYPE";

  private static volatile LoadedOpenBlas loaded;
  private static String failure;

  private final Platform platform;
  private final List<String> failures = new ArrayList<>();
  private final Set<Path> judged = new HashSet<>();

  private OpenBlasLoader(Platform platform) {
    this.platform = platform;
  }

  /**
   * Loads OpenBLAS if it is not yet loaded; then {@link SymbolLookup#loaderLookup()} finds it.
   *
   * <p>Not to be called while a class is initialised: the error would reach the second caller as a
   * NoClassDefFoundError that explains nothing.
   *
   * @return what was loaded, the same at every call
   * @throws UnsatisfiedLinkError at every call, if there is no usable OpenBLAS; the message lists
   *     what was tried, why each failed, and what to do
   */
  public static LoadedOpenBlas load() {
    LoadedOpenBlas current = loaded;
    return current != null ? current : loadOnce();
  }

  private static synchronized LoadedOpenBlas loadOnce() {
    if (loaded == null && failure == null) {
      OpenBlasLoader loader = new OpenBlasLoader(Platform.current());
      loaded = loader.firstUsable(System.getProperty(PROPERTY, "").strip()).orElse(null);
      if (loaded == null) {
        failure = loader.explanation();
      }
      loader.log();
    }
    if (loaded == null) {
      throw new UnsatisfiedLinkError(failure);
    }
    return loaded;
  }

  private Optional<LoadedOpenBlas> firstUsable(String choice) {
    return switch (choice) {
      case "" -> fromSystem().or(this::fromPackage);
      case "system" -> fromSystem();
      case "packaged" -> fromPackage();
      // A library that the user names is used or is an error, never silently replaced.
      default -> attempt("-D" + PROPERTY + "=" + choice, "property", () -> existing(choice));
    };
  }

  private Optional<LoadedOpenBlas> fromSystem() {
    if (!platform.isWindows()) {
      for (String name : platform.libraryNames()) {
        Optional<LoadedOpenBlas> found = attempt(name, "system", () -> findByName(name));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    List<String> files = platform.files();
    for (String file : files) {
      Optional<LoadedOpenBlas> found = attempt(file, "system", () -> existing(file));
      if (found.isPresent()) {
        return found;
      }
    }
    if (files.isEmpty()) {
      failures.add(
          "%s in %s: no such file"
              .formatted(
                  String.join(" or ", platform.libraryNames()),
                  String.join(", ", platform.folders())));
    }
    return Optional.empty();
  }

  private Optional<LoadedOpenBlas> fromPackage() {
    String label = "packaged, org.bytedeco:openblas with classifier " + platform.name();
    // Closed at the end: by then OpenBLAS itself holds what it needs.
    try (Arena needed = Arena.ofShared()) {
      return attempt(label, "packaged", () -> unpack(needed));
    }
  }

  private Path unpack(Arena needed) throws UnusableLibraryException {
    Map<String, URL> natives = PackagedNatives.find(platform);
    try {
      Path folder = NativeCache.current().unpack(natives);
      Path library = folder;
      for (String name : natives.keySet()) {
        library = folder.resolve(name);
        if (!name.equals(platform.packagedLibrary())) {
          // Opened here, since OpenBLAS's $ORIGIN does not apply to what libgfortran needs.
          open(library, needed);
        }
      }
      return library;
    } catch (IOException | InvalidPathException e) {
      throw new UnusableLibraryException(
          "cannot be unpacked: %s (choose another folder with -D%s=FOLDER)"
              .formatted(e, NativeCache.PROPERTY),
          e);
    }
  }

  /** Where a candidate's file is. */
  private interface Location {
    Path find() throws UnusableLibraryException;
  }

  private Optional<LoadedOpenBlas> attempt(String label, String source, Location location) {
    try {
      Path file = location.find();
      // A library may have several names; it is checked once.
      return judged.add(file) ? Optional.of(adopt(source, file)) : Optional.empty();
    } catch (UnusableLibraryException e) {
      failures.add(label + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private static Path existing(String name) throws UnusableLibraryException {
    try {
      Path file = Path.of(name);
      if (!Files.exists(file)) {
        throw new UnusableLibraryException("no such file");
      }
      if (!Files.isRegularFile(file)) {
        throw new UnusableLibraryException(
            Files.isDirectory(file) ? "a folder, not a library file" : "not a regular file");
      }
      return file.toRealPath();
    } catch (IOException | InvalidPathException e) {
      throw new UnusableLibraryException(e.toString(), e);
    }
  }

  /** Asks the dynamic linker, which knows of LD_LIBRARY_PATH, ld.so.conf and the like. */
  private Path findByName(String name) throws UnusableLibraryException {
    try (Arena arena = Arena.ofShared()) {
      SymbolLookup library = openByName(name, arena);
      Path file =
          new OpenBlasProbe(library)
              .file()
              .orElseThrow(() -> new UnusableLibraryException("lacks openblas_get_config"));
      return file.toRealPath();
    } catch (IOException e) {
      throw new UnusableLibraryException(e.toString(), e);
    }
  }

  /** Checks a library, sets its core type, and loads it permanently. */
  private LoadedOpenBlas adopt(String source, Path file) throws UnusableLibraryException {
    if (platform.isLinux()) {
      ElfFile.requireWhole(file);
    }
    CoreType better;
    String chosen;
    try (Arena arena = Arena.ofShared()) {
      OpenBlasProbe probe = new OpenBlasProbe(open(file, arena));
      probe.requireUsable();
      chosen = probe.core();
      better = betterCore(probe).orElse(null);
      if (better == null) {
        return keep(probe, source, file, whoChoseCore(probe));
      }
    }
    try (Arena arena = Arena.ofShared()) {
      OpenBlasProbe probe = new OpenBlasProbe(openWithCore(file, better, arena));
      probe.requireUsable();
      String choice =
          probe.core().equals(chosen)
              ? "OpenBLAS (stays below %s: something else in this process holds the library)"
                  .formatted(better.coreName())
              : "Colonnade (OpenBLAS had chosen %s)".formatted(chosen);
      return keep(probe, source, file, choice);
    }
  }

  private Optional<CoreType> betterCore(OpenBlasProbe probe) {
    if (!platform.isLinux() || !platform.isX86() || !probe.config().choosesCore()) {
      return Optional.empty();
    }
    return Posix.getenv(CORE_VARIABLE).isEmpty()
        ? CoreType.above(probe.core(), CoreType.cpuFlags(), probe::builtFor)
        : Optional.empty(); // The user's own choice, even a slow one.
  }

  private String whoChoseCore(OpenBlasProbe probe) {
    if (!probe.config().choosesCore()) {
      return "the build";
    }
    return platform.isWindows() || Posix.getenv(CORE_VARIABLE).isEmpty()
        ? "OpenBLAS"
        : CORE_VARIABLE + " in the environment";
  }

  private SymbolLookup openWithCore(Path file, CoreType core, Arena arena)
      throws UnusableLibraryException {
    Posix.setenv(CORE_VARIABLE, core.coreName());
    try {
      return open(file, arena);
    } finally {
      // OpenBLAS reads it while it is loaded and not later; child processes need not inherit it.
      Posix.unsetenv(CORE_VARIABLE);
    }
  }

  // Restricted because loading runs the library's initialisers: that is this class's purpose.
  @SuppressWarnings("restricted")
  private SymbolLookup open(Path file, Arena arena) throws UnusableLibraryException {
    try {
      return SymbolLookup.libraryLookup(file, arena);
    } catch (IllegalArgumentException e) {
      throw new UnusableLibraryException(whyNotOpened(file.toString()), e);
    }
  }

  @SuppressWarnings("restricted") // As above.
  private SymbolLookup openByName(String name, Arena arena) throws UnusableLibraryException {
    try {
      return SymbolLookup.libraryLookup(name, arena);
    } catch (IllegalArgumentException e) {
      throw new UnusableLibraryException(whyNotOpened(name), e);
    }
  }

  private String whyNotOpened(String library) {
    return platform.isWindows()
        ? "Windows cannot load it (not a DLL of this CPU, or one that it needs is missing)"
        : Posix.whyNotOpened(library);
  }

  /**
   * Hands the opened library over to this class's loader. Loaded while the probe still holds it, it
   * is the very same one, initialised as judged.
   */
  @SuppressWarnings("restricted") // As above.
  private static LoadedOpenBlas keep(
      OpenBlasProbe probe, String source, Path file, String coreChoice)
      throws UnusableLibraryException {
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError e) {
      throw new UnusableLibraryException(e.getMessage(), e);
    }
    BuildConfig config = probe.config();
    return new LoadedOpenBlas(
        file, source, config.version(), probe.core(), coreChoice, config.text(), probe.threading());
  }

  private String explanation() {
    return """
        OpenBLAS cannot be loaded. Tried:
          %s
        Ways out:
          install it: libopenblas0-pthread on Debian and Ubuntu, openblas-threads on Fedora, \
        brew install openblas on macOS (an OpenMP build: set OMP_NUM_THREADS=1);
          or put org.bytedeco:openblas with classifier %s on the class path, \
        or name a library with -D%s=PATH."""
        .formatted(String.join("\n  ", failures), platform.name(), PROPERTY);
  }

  private void log() {
    LOG.log(
        System.Logger.Level.DEBUG,
        () -> loaded == null ? failure : "OpenBLAS: " + loaded + ", passed over: " + failures);
  }
}
