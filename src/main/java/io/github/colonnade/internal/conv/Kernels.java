package io.github.colonnade.internal.conv;

/**
 * Which implementation of the computing kernels is used: the Vector API's where its module is
 * present, else the portable one. {@code -Dcolonnade.kernels=portable} or {@code vector} overrides
 * this.
 */
public final class Kernels {
  private static final String PROPERTY = "colonnade.kernels";
  private static final String PORTABLE = "portable";
  private static final String VECTOR = "vector";

  /** Null until first used: a wrong property is told at every call. */
  private static volatile String chosen;

  private Kernels() {}

  /** Returns {@code portable} or {@code vector}. */
  public static String name() {
    String name = chosen;
    if (name == null) {
      name = choose(System.getProperty(PROPERTY), isPresent());
      chosen = name;
    }
    return name;
  }

  public static boolean useVectors() {
    return name().equals(VECTOR);
  }

  private static boolean isPresent() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  static String choose(String wanted, boolean present) {
    if (wanted == null) {
      return present ? VECTOR : PORTABLE;
    }
    if (!wanted.equals(PORTABLE) && !wanted.equals(VECTOR)) {
      throw new IllegalArgumentException(
          "-D" + PROPERTY + ": is '" + wanted + "', must be portable or vector");
    }
    if (wanted.equals(VECTOR) && !present) {
      throw new IllegalArgumentException(
          "-D" + PROPERTY + ": is vector, which needs --add-modules jdk.incubator.vector");
    }
    return wanted;
  }
}
