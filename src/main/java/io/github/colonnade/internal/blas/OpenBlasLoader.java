package io.github.colonnade.internal.blas;

import io.github.colonnade.internal.memory.ForeignCall;
import java.io.IOException;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Loads OpenBLAS, once: the one that {@code -Dcolonnade.openblas} names, else the system's, else
 * the one packaged in {@code org.bytedeco:openblas}.
 *
 * <p>Each candidate is opened and checked; a refused one is closed again. Everything that is called
 * later is looked up in the very library that was checked.
 */
public final class OpenBlasLoader {
  static final String PROPERTY = "colonnade.openblas";

  private static final System.Logger LOG = System.getLogger("io.github.colonnade");
  private static final String CORE_VARIABLE = "OPENBLAS_CORETYPE";

  /** Files that were opened and refused for what they are: that does not pass. */
  private static final Map<Path, String> REFUSED = new HashMap<>();

  private static final long STACK_BYTES = 1 << 20;

  private static volatile SymbolLookup library;
  private static volatile LoadedOpenBlas loaded;

  private final Platform platform;
  private final List<String> failures = new ArrayList<>();
  private final Set<Path> judged = new HashSet<>();
  private final MemoryFiles files = new MemoryFiles();

  private OpenBlasLoader(Platform platform) {
    this.platform = platform;
  }

  /**
   * Loads OpenBLAS if it is not yet loaded. After a failure the next call tries again, since the
   * reason may have passed.
   *
   * <p>Not to be called while a class is initialised: the error would reach the second caller as a
   * NoClassDefFoundError that explains nothing.
   *
   * @return what was loaded, the same at every call
   * @throws UnsatisfiedLinkError if there is no usable OpenBLAS; the message lists what was tried,
   *     why each failed, and what to do
   * @throws OutOfMemoryError if OpenBLAS would find no memory for its buffers
   */
  public static LoadedOpenBlas load() {
    LoadedOpenBlas current = loaded;
    return current != null ? current : loadOnce();
  }

  /** The library that {@link #load} has loaded; open as long as this class is there. */
  public static SymbolLookup library() {
    return library;
  }

  private static synchronized LoadedOpenBlas loadOnce() {
    if (loaded == null) {
      OpenBlasLoader loader = new OpenBlasLoader(Platform.current());
      LoadedOpenBlas found = loader.loadOnThreadOfItsOwn();
      LOG.log(System.Logger.Level.DEBUG, () -> loader.report(found));
      if (found == null) {
        throw new UnsatisfiedLinkError(loader.explanation());
      }
      loaded = found;
    }
    return loaded;
  }

  /**
   * Loads, whatever the caller's thread is in: an interrupt, which would break reading, or a stack
   * that is nearly full.
   *
   * @return null if there is nothing usable
   */
  private LoadedOpenBlas loadOnThreadOfItsOwn() {
    AtomicReference<LoadedOpenBlas> found = new AtomicReference<>();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Runnable loading =
        () -> {
          try (files) {
            found.set(firstUsable());
          } catch (Throwable e) {
            thrown.set(e);
          }
        };
    Thread thread = new Thread(null, loading, "colonnade-loader", STACK_BYTES, false);
    thread.setDaemon(true);
    thread.start();
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (thrown.get() != null) {
      throw ForeignCall.unexpected(thrown.get());
    }
    return found.get();
  }

  private LoadedOpenBlas firstUsable() {
    if (platform.isLinux()) {
      // OpenBLAS starts a thread for each further processor of the thread that loads it, and gives
      // each a buffer of 128 MiB of address space; none of them would ever have work.
      Posix.useOneProcessor();
    }
    Callers.requireBuffer();
    return firstUsable(System.getProperty(PROPERTY, "").strip()).orElse(null);
  }

  private Optional<LoadedOpenBlas> firstUsable(String choice) {
    return switch (choice) {
      case "" -> fromSystem().or(this::fromPackage);
      case "system" -> fromSystem();
      case "packaged" -> fromPackage();
      // A library that the user names is used or is an error, never silently replaced.
      default ->
          attempt(
              "-D" + PROPERTY + "=" + choice,
              "property",
              () -> InstalledLibrary.at(platform, choice));
    };
  }

  private Optional<LoadedOpenBlas> fromSystem() {
    if (!platform.isWindows()) {
      for (String name : platform.libraryNames()) {
        Optional<LoadedOpenBlas> found =
            attempt(name, "system", () -> InstalledLibrary.named(platform, name));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    List<String> installed = platform.files();
    for (String file : installed) {
      Optional<LoadedOpenBlas> found =
          attempt(file, "system", () -> InstalledLibrary.at(platform, file));
      if (found.isPresent()) {
        return found;
      }
    }
    if (installed.isEmpty()) {
      failures.add(
          "%s in %s: no such file"
              .formatted(
                  String.join(" or ", platform.libraryNames()),
                  String.join(", ", platform.folders())));
    }
    return Optional.empty();
  }

  private Optional<LoadedOpenBlas> fromPackage() {
    return attempt(
        "packaged, org.bytedeco:openblas with classifier " + platform.name(),
        "packaged",
        () -> PackagedLibrary.find(platform));
  }

  /** Where a candidate is. */
  private interface Location {
    Candidate find() throws UnusableLibraryException;
  }

  private Optional<LoadedOpenBlas> attempt(String label, String source, Location location) {
    try {
      Candidate candidate = location.find();
      // A library may have several names; it is checked once.
      return judged.add(candidate.file())
          ? Optional.of(adopt(source, candidate))
          : Optional.empty();
    } catch (UnusableLibraryException e) {
      failures.add(label + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Checks a library, sets its core type, and keeps it. */
  private LoadedOpenBlas adopt(String source, Candidate candidate) throws UnusableLibraryException {
    String refused = REFUSED.get(candidate.file());
    if (refused != null) {
      throw new UnusableLibraryException(refused);
    }
    CoreType better;
    String chosen;
    try (NativeLibrary opened = candidate.open(files)) {
      OpenBlasProbe probe = new OpenBlasProbe(opened);
      Optional<Candidate> holder = holder(probe, opened);
      if (holder.isPresent()) {
        return adopt(source, holder.get());
      }
      requireUsable(probe, candidate);
      chosen = probe.core();
      better = betterCore(probe).orElse(null);
      if (better == null) {
        return keep(opened, probe, source, candidate, whoChoseCore(probe));
      }
    }
    try (NativeLibrary opened = openWithCore(candidate, better)) {
      OpenBlasProbe probe = new OpenBlasProbe(opened);
      requireUsable(probe, candidate);
      String choice =
          probe.core().equals(chosen)
              ? "OpenBLAS (stays below %s: something else in this process holds the library)"
                  .formatted(better.coreName())
              : "Colonnade (OpenBLAS had chosen %s)".formatted(chosen);
      return keep(opened, probe, source, candidate, choice);
    }
  }

  /** Returns the library that the functions come from, if that is another one than was opened. */
  private Optional<Candidate> holder(OpenBlasProbe probe, NativeLibrary opened)
      throws UnusableLibraryException {
    Path file = platform.isLinux() ? probe.file().orElse(null) : null;
    try {
      return file == null || Files.isSameFile(file, opened.path())
          ? Optional.empty()
          : Optional.of(new InstalledLibrary(platform, file.toRealPath()));
    } catch (IOException e) {
      throw new UnusableLibraryException(e.toString(), e);
    }
  }

  private static void requireUsable(OpenBlasProbe probe, Candidate candidate)
      throws UnusableLibraryException {
    try {
      probe.requireUsable();
    } catch (UnusableLibraryException e) {
      REFUSED.put(candidate.file(), e.getMessage());
      throw e;
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

  private NativeLibrary openWithCore(Candidate candidate, CoreType core)
      throws UnusableLibraryException {
    Posix.setenv(CORE_VARIABLE, core.coreName());
    try {
      return candidate.open(files);
    } finally {
      // OpenBLAS reads it while it is loaded and not later; child processes need not inherit it.
      Posix.unsetenv(CORE_VARIABLE);
    }
  }

  /** Keeps the library open, as it was checked, and links its functions. */
  private static LoadedOpenBlas keep(
      NativeLibrary opened,
      OpenBlasProbe probe,
      String source,
      Candidate candidate,
      String coreChoice) {
    BuildConfig config = probe.config();
    library = opened.keep();
    try {
      MethodHandles.lookup().ensureInitialized(OpenBlasFunctions.class);
    } catch (IllegalAccessException e) {
      throw new AssertionError("a class of this package", e);
    }
    return new LoadedOpenBlas(
        candidate.file(),
        source,
        config.version(),
        probe.core(),
        coreChoice,
        config.text(),
        probe.threading());
  }

  private String explanation() {
    return """
        OpenBLAS cannot be loaded. Tried:
          %s
        Ways out:
          install it: libopenblas0-pthread on Debian and Ubuntu, openblas-threads on Fedora, \
        brew install openblas on macOS;
          or put org.bytedeco:openblas with classifier %s on the class path or the module path, \
        or name a library with -D%s=PATH."""
        .formatted(String.join("\n  ", failures), platform.name(), PROPERTY);
  }

  private String report(LoadedOpenBlas found) {
    return found == null
        ? explanation()
        : "OpenBLAS: %s, passed over: %s".formatted(found, failures);
  }
}
