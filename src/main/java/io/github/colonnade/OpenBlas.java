package io.github.colonnade;

import io.github.colonnade.internal.blas.LoadedOpenBlas;
import io.github.colonnade.internal.blas.OpenBlasLoader;
import java.nio.file.Path;

/**
 * The OpenBLAS that multiplies.
 *
 * <p>It is looked for once, when it is first needed: {@code -Dcolonnade.openblas=PATH}, then the
 * system's library, then the one packaged in {@code org.bytedeco:openblas}. {@code
 * -Dcolonnade.openblas=system} or {@code packaged} leaves only that one.
 *
 * <p>On Linux a private copy of it is opened: what other components load, and how many threads they
 * give their OpenBLAS, has no influence here. Elsewhere, and where Linux refuses files in memory,
 * the file is shared with the process.
 */
public final class OpenBlas {
  private OpenBlas() {}

  /**
   * Describes the OpenBLAS in use, loading it first if necessary.
   *
   * @return the same at every call
   * @throws UnsatisfiedLinkError if there is no usable OpenBLAS; the message lists what was tried,
   *     why each failed, and what to do. The next call tries again.
   * @throws OutOfMemoryError if the process has no 256 MiB of address space left for OpenBLAS's
   *     buffers; it would end the process
   * @throws IllegalCallerException if the JVM denies calls to native code
   */
  public static Info info() {
    LoadedOpenBlas loaded = OpenBlasLoader.load();
    return new Info(
        loaded.path(),
        loaded.source(),
        loaded.version(),
        loaded.core(),
        loaded.coreChoice(),
        loaded.config(),
        loaded.threading());
  }

  /**
   * What every benchmark figure and every bug report should state.
   *
   * @param path the library's real path; of a packaged one, the jar's
   * @param source where it came from: {@code property}, {@code system} or {@code packaged}
   * @param version OpenBLAS's version, such as {@code 0.3.31}
   * @param core the core whose kernels run, in OpenBLAS's spelling, such as {@code SkylakeX}
   * @param coreChoice who chose that core: {@code OpenBLAS}, {@code the build}, {@code
   *     OPENBLAS_CORETYPE in the environment}, or Colonnade where OpenBLAS chose one below what the
   *     CPU offers
   * @param config OpenBLAS's description of its build
   * @param threading how the library was built: {@code sequential}, {@code pthreads} or {@code
   *     openmp}; it runs one thread whichever it is
   */
  // Used as OpenBlas.Info; code that also uses ProcessHandle.Info writes that one in full.
  @SuppressWarnings("AvoidCommonTypeNames")
  public record Info(
      Path path,
      String source,
      String version,
      String core,
      String coreChoice,
      String config,
      String threading) {}
}
