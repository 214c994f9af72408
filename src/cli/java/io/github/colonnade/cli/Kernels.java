package io.github.colonnade.cli;

import io.github.colonnade.PlanOptions;

/** {@code --kernels}: what computes besides OpenBLAS. */
enum Kernels {
  PORTABLE,
  VECTOR;

  private static final String MODULE = "jdk.incubator.vector";

  /**
   * Makes the whole process use these.
   *
   * @throws IllegalArgumentException if the virtual machine was started without what they need
   */
  void force() {
    if (this == VECTOR && ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      throw new IllegalArgumentException(
          "--kernels: is vector, for which the JVM must be started with --add-modules="
              + MODULE
              + " (scripts/colonnade does so; elsewhere, add it to the command)");
    }
    System.setProperty("colonnade.kernels", Choices.name(this));
    if (!PlanOptions.kernels().equals(Choices.name(this))) {
      throw new IllegalStateException("this process computes with other kernels already");
    }
  }
}
