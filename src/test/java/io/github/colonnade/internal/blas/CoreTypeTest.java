package io.github.colonnade.internal.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CoreTypeTest {
  private static final String SSE = "sse sse2 pni ssse3 sse4_1 sse4_2";
  private static final String AVX2 = SSE + " avx avx2 fma";
  private static final String AVX512 = AVX2 + " avx512f avx512cd avx512dq avx512bw avx512vl";

  @ParameterizedTest
  @CsvSource({
    "AVX512, Prescott,       SKYLAKEX",
    "AVX512, Haswell,        SKYLAKEX",
    "AVX512, Zen,            SKYLAKEX",
    "AVX512, SkylakeX,       ",
    "AVX512, Cooperlake,     ",
    "AVX512, SapphireRapids, ",
    "AVX2,   Prescott,       HASWELL",
    "AVX2,   sandybridge,    HASWELL",
    "AVX2,   Haswell,        ",
    "AVX2,   Zen,            ",
    "AVX2,   Excavator,      ",
    // More than the flags offer: nothing is ever lowered.
    "AVX2,   SkylakeX,       ",
    "SSE,    Prescott,       NEHALEM",
    "SSE,    Barcelona,      ",
    // Newer than this table.
    "AVX512, GraniteRapids,  ",
    "AVX512, ARMV8,          ",
  })
  void raisesOnlyACoreBelowWhatTheFlagsOffer(String cpu, String chosen, CoreType expected) {
    assertEquals(Optional.ofNullable(expected), CoreType.above(chosen, flags(cpu), core -> true));
  }

  @Test
  void wantsAllFlagsOfAnAvx512Core() {
    Set<String> knightsLanding = Set.of((AVX2 + " avx512f avx512cd avx512er avx512pf").split(" "));
    assertEquals(
        Optional.of(CoreType.HASWELL), CoreType.above("Prescott", knightsLanding, core -> true));
  }

  @Test
  void asksOnlyForCoresThatTheBuildHas() {
    assertEquals(
        Optional.of(CoreType.SANDYBRIDGE),
        CoreType.above("Prescott", flags("AVX512"), core -> core == CoreType.SANDYBRIDGE));
    assertEquals(Optional.empty(), CoreType.above("Prescott", flags("AVX512"), core -> false));
  }

  @Test
  void namesKernelTablesAsOpenBlasDoes() {
    assertEquals("gotoblas_SKYLAKEX", CoreType.SKYLAKEX.kernelTable());
    assertEquals("SkylakeX", CoreType.SKYLAKEX.coreName());
  }

  @Test
  void readsTheFlagsOfCpuinfo() {
    assertEquals(
        Set.of("fpu", "sse", "avx"),
        CoreType.parseFlags(
            Stream.of("processor\t: 0", "flags\t\t: fpu sse avx", "flags\t\t: other", "")));
    assertEquals(Set.of(), CoreType.parseFlags(Stream.of("Features\t: asimd")));
  }

  private static Set<String> flags(String cpu) {
    return Set.of(
        switch (cpu) {
          case "SSE" -> SSE.split(" ");
          case "AVX2" -> AVX2.split(" ");
          default -> AVX512.split(" ");
        });
  }

  @ParameterizedTest
  @CsvSource({
    "SkylakeX, AVX512",
    "Cooperlake, AVX512",
    "SapphireRapids, AVX512",
    "Haswell, OTHER",
    "Zen, OTHER",
    "NEOVERSEN1, OTHER",
    "armv8, OTHER"
  })
  void tilesAreCutByTheCoresName(String core, CoreKind kind) {
    assertEquals(kind, CoreKind.of(core));
  }
}
