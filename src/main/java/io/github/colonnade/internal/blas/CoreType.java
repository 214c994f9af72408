package io.github.colonnade.internal.blas;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The x86-64 cores that OpenBLAS has kernels for, by the vector instructions that they use, slowest
 * first.
 *
 * <p>OpenBLAS chooses by the CPU's family and model, so a release older than the CPU may fall far
 * below what the CPU's flags offer. Names are those of {@code corename[]} in OpenBLAS's {@code
 * driver/others/dynamic.c}.
 */
enum CoreType {
  PRESCOTT(
      "Prescott",
      "",
      "Katmai Coppermine Northwood Banias Athlon Opteron Opteron_SSE3 Atom Core2 Nano"
          + " Penryn Dunnington"),
  NEHALEM("Nehalem", "sse4_2", "Barcelona Bobcat"),
  SANDYBRIDGE("Sandybridge", "avx", "Bulldozer Piledriver Steamroller"),
  HASWELL("Haswell", "avx2 fma", "Excavator Zen"),
  // Not avx512f alone: Knights Landing has it, and lacks the rest that these kernels use.
  SKYLAKEX("SkylakeX", "avx512f avx512cd avx512dq avx512bw avx512vl", "Cooperlake SapphireRapids");

  private final String coreName;
  private final String requiredFlags;
  private final String peers;

  CoreType(String coreName, String requiredFlags, String peers) {
    this.coreName = coreName;
    this.requiredFlags = requiredFlags;
    this.peers = peers;
  }

  /** This core in OpenBLAS's spelling, which {@code OPENBLAS_CORETYPE} takes. */
  String coreName() {
    return coreName;
  }

  /** The table that a build with this core's kernels exports. */
  String kernelTable() {
    return "gotoblas_" + name();
  }

  /**
   * The core to request instead of the one that OpenBLAS chose.
   *
   * @param chosen the core that OpenBLAS chose; one unknown here is newer, and left alone
   * @param cpuFlags what the CPU offers, in the kernel's spelling
   * @param built whether the build has a core's kernels
   * @return the best core that is strictly above {@code chosen}, if any
   */
  static Optional<CoreType> above(String chosen, Set<String> cpuFlags, Predicate<CoreType> built) {
    return named(chosen)
        .flatMap(
            current ->
                Arrays.stream(values())
                    .filter(core -> core.compareTo(current) > 0)
                    .filter(core -> cpuFlags.containsAll(words(core.requiredFlags)))
                    .filter(built)
                    .reduce((lower, higher) -> higher));
  }

  /** The level of a core by OpenBLAS's name for it. */
  static Optional<CoreType> named(String name) {
    return Arrays.stream(values())
        .filter(
            core ->
                Stream.concat(Stream.of(core.coreName), words(core.peers).stream())
                    .anyMatch(name::equalsIgnoreCase))
        .findFirst();
  }

  /**
   * The first CPU's flags; none where there is no {@code /proc/cpuinfo}, so that nothing is above.
   *
   * <p>Only Linux lists them in a file. Elsewhere OpenBLAS's own choice is kept: the releases that
   * Homebrew and Windows users install are newer than their CPUs.
   */
  static Set<String> cpuFlags() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return parseFlags(lines);
    } catch (IOException | UncheckedIOException e) {
      return Set.of();
    }
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" "));
  }

  static Set<String> parseFlags(Stream<String> cpuinfo) {
    return cpuinfo
        .filter(line -> line.startsWith("flags"))
        .findFirst()
        .map(
            line ->
                Set.copyOf(List.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+"))))
        .orElse(Set.of());
  }
}
