package io.github.colonnade.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.github.colonnade.Tensor;
import java.lang.module.ModuleDescriptor;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Holds the rules of the command line's own rooms; the library's test holds what it may use. */
@AnalyzeClasses(
    packages = HouseRulesTest.CLI,
    importOptions = HouseRulesTest.DoNotIncludeTests.class)
final class HouseRulesTest {
  static final String CLI = "io.github.colonnade.cli";

  @ArchTest
  static final ArchRule layersPointDown =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("commands")
          .definedBy(CLI)
          .layer("bench")
          .definedBy(CLI + ".bench")
          .layer("files")
          .definedBy(CLI + ".files")
          .layer("plot")
          .definedBy(CLI + ".plot")
          .whereLayer("commands")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("bench")
          .mayOnlyBeAccessedByLayers("commands")
          .whereLayer("files")
          .mayOnlyBeAccessedByLayers("commands", "bench")
          .whereLayer("plot")
          .mayOnlyBeAccessedByLayers("commands")
          .ensureAllClassesAreContainedInArchitecture();

  @ArchTest
  static final ArchRule onlyCommandsKnowPicocli =
      noClasses()
          .that()
          .resideOutsideOfPackage(CLI)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..");

  @Test
  void testsRunInsideTheCommandLinesModule() {
    assertEquals(CLI, HouseRulesTest.class.getModule().getName());
    assertEquals(CLI, Main.class.getModule().getName());
    assertEquals("io.github.colonnade", Tensor.class.getModule().getName());
  }

  @Test
  void nothingIsExportedAndOnlyPicocliSetsFields() {
    ModuleDescriptor module = Main.class.getModule().getDescriptor();

    assertEquals(Set.of(), module.exports());
    assertEquals(
        Set.of(CLI), module.opens().stream().map(ModuleDescriptor.Opens::source).collect(toSet()));
    assertTrue(module.opens().stream().allMatch(ModuleDescriptor.Opens::isQualified));
  }

  /** ArchUnit's own knows the usual folder only. */
  static final class DoNotIncludeTests implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("test-classes");
    }
  }
}
