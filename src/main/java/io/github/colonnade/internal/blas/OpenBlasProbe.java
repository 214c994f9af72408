package io.github.colonnade.internal.blas;

import io.github.colonnade.internal.memory.ForeignCall;
import io.github.colonnade.internal.openblas.GetNumberFunction;
import io.github.colonnade.internal.openblas.GetTextFunction;
import io.github.colonnade.internal.openblas.SetThreadsFunction;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** An opened library: how it describes itself, and whether it can be used safely. */
final class OpenBlasProbe {
  private static final List<String> CALLED_SYMBOLS =
      List.of(
          "cblas_dgemm",
          "cblas_sgemm",
          "openblas_set_num_threads",
          "openblas_get_num_threads",
          "openblas_get_config",
          "openblas_get_corename",
          "openblas_get_parallel");

  static final String GET_OPENMP_THREADS = "omp_get_max_threads";
  static final String SET_OPENMP_THREADS = "omp_set_num_threads";

  private static final int SEQUENTIAL = 0; // openblas_get_parallel
  private static final int PTHREADS = 1;
  private static final int OPENMP = 2;

  private final SymbolLookup library;

  OpenBlasProbe(SymbolLookup library) {
    this.library = library;
  }

  BuildConfig config() {
    return BuildConfig.parse(string("openblas_get_config"));
  }

  String core() {
    return string("openblas_get_corename");
  }

  /** The word for {@code openblas_get_parallel}. */
  String threading() {
    int parallel = integer("openblas_get_parallel");
    return switch (parallel) {
      case SEQUENTIAL -> "sequential";
      case PTHREADS -> "pthreads";
      case OPENMP -> "openmp";
      default -> "unknown (" + parallel + ")";
    };
  }

  /** The file that the library was loaded from; not for Windows. */
  Optional<Path> file() {
    return library.find("openblas_get_config").flatMap(Posix::fileOf);
  }

  /** Whether the build has kernels for a core, so that requesting it has an effect. */
  boolean builtFor(CoreType core) {
    return library.find(core.kernelTable()).isPresent();
  }

  /** Sets one thread, and refuses a library that would compute wrongly or crash. */
  void requireUsable() throws UnusableLibraryException {
    requireSymbols();
    requireOneFile();
    requireInt32();
    requireOneThread();
  }

  private void requireSymbols() throws UnusableLibraryException {
    List<String> missing = CALLED_SYMBOLS.stream().filter(this::missing).toList();
    if (missing.isEmpty()) {
      return;
    }
    if (library.find("cblas_dgemm64_").isPresent() || library.find("cblas_dgemm_64").isPresent()) {
      throw new UnusableLibraryException(
          "built for 64-bit integers (its symbols end in 64_); Colonnade calls 32-bit builds");
    }
    String what =
        missing.stream().filter(symbol -> symbol.startsWith("openblas_")).count() == 5
            ? "not OpenBLAS: lacks "
            : "lacks ";
    throw new UnusableLibraryException(what + String.join(", ", missing));
  }

  private void requireOneFile() throws UnusableLibraryException {
    Set<Path> files =
        CALLED_SYMBOLS.stream()
            .flatMap(symbol -> library.find(symbol).flatMap(Posix::fileOf).stream())
            .collect(Collectors.toSet());
    if (files.size() > 1) {
      throw new UnusableLibraryException("its functions come from several libraries: " + files);
    }
  }

  private void requireInt32() throws UnusableLibraryException {
    if (config().integersAre64Bit()) {
      throw new UnusableLibraryException(
          "built for 64-bit integers (USE64BITINT); Colonnade calls 32-bit builds");
    }
  }

  private void requireOneThread() throws UnusableLibraryException {
    int parallel = integer("openblas_get_parallel");
    if (parallel == SEQUENTIAL && !config().locks()) {
      // blas_memory_alloc then hands two threads the same buffer: four threads on Debian's
      // openblas-serial 0.3.21 got 6 % of small products wrong. It is reported since 0.3.28.
      throw new UnusableLibraryException(
          "sequential build that does not tell of USE_LOCKING: calls from several threads would"
              + " overwrite each other's buffers; use the build with pthreads");
    }
    if (parallel == OPENMP && (missing(GET_OPENMP_THREADS) || missing(SET_OPENMP_THREADS))) {
      throw new UnusableLibraryException(
          "OpenMP build whose OpenMP runtime does not show its thread setting; use the build with"
              + " pthreads");
    }
    SetThreadsFunction.invoke(library.findOrThrow("openblas_set_num_threads"), 1);
    int threads = integer("openblas_get_num_threads");
    if (threads != 1) {
      throw new UnusableLibraryException(
          "ignores its thread setting: told to use 1, it uses " + threads);
    }
  }

  private boolean missing(String function) {
    return library.find(function).isEmpty();
  }

  private int integer(String function) {
    return GetNumberFunction.invoke(library.findOrThrow(function));
  }

  private String string(String function) {
    return ForeignCall.string(GetTextFunction.invoke(library.findOrThrow(function)));
  }
}
