package io.github.colonnade.internal.blas;

import java.util.List;

/**
 * What {@code openblas_get_config} says, such as {@code OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH
 * NO_AFFINITY Prescott MAX_THREADS=64}.
 *
 * @param text the whole string
 * @param version its second word
 * @param words every word
 */
record BuildConfig(String text, String version, List<String> words) {

  static BuildConfig parse(String text) {
    String trimmed = text.strip();
    // Two blanks in a row occur: builds with 64-bit integers write " USE64BITINT ".
    List<String> words = List.of(trimmed.split("\\s+"));
    boolean named = words.size() > 1 && words.get(0).equals("OpenBLAS");
    return new BuildConfig(trimmed, named ? words.get(1) : "unknown", words);
  }

  boolean integersAre64Bit() {
    return words.contains("USE64BITINT");
  }

  /** Whether the build holds kernels for several cores and chooses among them when it is loaded. */
  boolean choosesCore() {
    return words.contains("DYNAMIC_ARCH");
  }

  /** Whether a build without threads of its own may still be called from several threads. */
  boolean locks() {
    return words.contains("USE_LOCKING");
  }

  /**
   * Returns how many threads may multiply at once. OpenBLAS keeps twice as many buffers as the
   * build has threads at most, 50 at least, and ends the process when they run out; the other half
   * is for its own threads.
   */
  int maxCallers() {
    int threads = 0;
    for (String word : words) {
      if (word.matches("MAX_THREADS=\\d{1,6}")) {
        threads = Integer.parseInt(word.substring("MAX_THREADS=".length()));
      }
    }
    return Math.max(25, threads);
  }
}
