package io.github.colonnade.internal.blas;

/**
 * Kinds of cores that tiles are cut for, by the name of the core that OpenBLAS multiplies for:
 * never by a measurement, so that the bits depend on that name and on sizes alone.
 */
public enum CoreKind {
  /** With AVX-512 and a second-level cache of 1 to 2 MiB. Measured on Intel, family 6 model 207. */
  AVX512,

  /**
   * All others, as those with AVX2 and a second-level cache of 256 KiB to 1 MiB. Measured on AMD
   * Zen 3, family 25 model 1; not measured on ARM.
   */
  OTHER;

  /** Does not change once OpenBLAS is loaded. */
  private static volatile CoreKind current;

  /**
   * Returns the kind of this machine's core; loads OpenBLAS, and where that fails, tries again the
   * next time.
   */
  public static CoreKind current() {
    CoreKind known = current;
    if (known == null) {
      known = of(OpenBlasLoader.load().core());
      current = known;
    }
    return known;
  }

  /** Returns the kind of a core by OpenBLAS's name for it. */
  static CoreKind of(String core) {
    return CoreType.named(core).filter(known -> known == CoreType.SKYLAKEX).isPresent()
        ? AVX512
        : OTHER;
  }
}
