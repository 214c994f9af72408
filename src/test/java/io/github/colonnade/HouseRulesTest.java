package io.github.colonnade;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaModifier.PROTECTED;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.foreign.SymbolLookup;
import java.lang.module.ModuleDescriptor;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the rules of the house: who may know whom, who loads a library, what users may see. */
@AnalyzeClasses(packages = HouseRulesTest.ROOT, importOptions = DoNotIncludeTests.class)
final class HouseRulesTest {
  static final String ROOT = "io.github.colonnade";

  private static final String CLI = ROOT + ".cli";
  private static final String BINDINGS = ROOT + ".internal.openblas";
  private static final String GEMM = ROOT + ".internal.blas.Gemm";
  private static final String LOADER = ROOT + ".internal.blas.OpenBlasLoader";

  private static final Map<String, Set<String>> LIBRARY_LOADING =
      Map.of(
          System.class.getName(), Set.of("load", "loadLibrary"),
          Runtime.class.getName(), Set.of("load", "loadLibrary"),
          SymbolLookup.class.getName(), Set.of("libraryLookup"));

  @ArchTest
  static final ArchRule layersPointDown =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .withOptionalLayers(true)
          .layer("cli")
          .definedBy(CLI + "..")
          .layer("public")
          .definedBy(ROOT)
          .layer("parallel")
          .definedBy(ROOT + ".internal.parallel")
          .layer("kernel")
          .definedBy(ROOT + ".internal.kernel")
          .layer("blas")
          .definedBy(ROOT + ".internal.blas")
          .layer("bindings")
          .definedBy(BINDINGS)
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("public")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("parallel")
          .mayOnlyBeAccessedByLayers("public")
          .whereLayer("kernel")
          .mayOnlyBeAccessedByLayers("public", "parallel")
          .whereLayer("blas")
          .mayOnlyBeAccessedByLayers("public", "parallel", "kernel")
          .whereLayer("bindings")
          .mayOnlyBeAccessedByLayers("blas")
          .ensureAllClassesAreContainedInArchitecture();

  @ArchTest
  static final ArchRule onlyGemmKnowsTheBindings =
      noClasses()
          .that()
          .resideOutsideOfPackage(BINDINGS)
          .and(describe("are not Gemm", type -> !isOrIsInside(type, GEMM)))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(BINDINGS);

  @ArchTest
  static final ArchRule onlyTheLoaderLoadsLibraries =
      noClasses()
          .that(describe("are not OpenBlasLoader", type -> !isOrIsInside(type, LOADER)))
          .should()
          .accessTargetWhere(describe("loads a native library", HouseRulesTest::loadsLibrary));

  @ArchTest
  static final ArchRule usersSeeNoInternalType =
      classes()
          .that()
          .resideInAPackage(ROOT)
          .and()
          .arePublic()
          .should(
              new ArchCondition<>("have no internal type in what users see") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  typesSeenThrough(type)
                      .filter(seen -> seen.getPackageName().startsWith(ROOT + "."))
                      .forEach(
                          seen ->
                              events.add(
                                  SimpleConditionEvent.violated(
                                      type, type.getName() + " shows " + seen.getName())));
                }
              });

  @Test
  void testsRunInsideTheNamedModule() {
    assertTrue(Tensor.class.getModule().isNamed());
    assertEquals(ROOT, HouseRulesTest.class.getModule().getName());
  }

  @Test
  void onlyTheRootPackageIsExported() {
    ModuleDescriptor module = Tensor.class.getModule().getDescriptor();

    assertEquals(
        Set.of(ROOT),
        module.exports().stream().map(ModuleDescriptor.Exports::source).collect(toSet()));
    assertTrue(module.exports().stream().noneMatch(ModuleDescriptor.Exports::isQualified));
    assertEquals(Set.of(), module.opens());
  }

  private static boolean isOrIsInside(JavaClass type, String className) {
    return type.getName().equals(className) || type.getName().startsWith(className + "$");
  }

  private static boolean loadsLibrary(JavaAccess<?> access) {
    return LIBRARY_LOADING
        .getOrDefault(access.getTargetOwner().getName(), Set.of())
        .contains(access.getTarget().getName());
  }

  private static Stream<JavaClass> typesSeenThrough(JavaClass type) {
    Stream<JavaClass> parents =
        Stream.concat(type.getRawSuperclass().stream(), type.getRawInterfaces().stream());
    Stream<JavaClass> signatures =
        type.getMembers().stream()
            .filter(HouseRulesTest::isSeenByUsers)
            .flatMap(HouseRulesTest::typesInSignature);
    return Stream.concat(parents, signatures).map(JavaClass::getBaseComponentType);
  }

  private static boolean isSeenByUsers(JavaMember member) {
    return member.getModifiers().contains(PUBLIC) || member.getModifiers().contains(PROTECTED);
  }

  private static Stream<JavaClass> typesInSignature(JavaMember member) {
    Stream<JavaClass> types = member.getAllInvolvedRawTypes().stream();
    return member instanceof JavaCodeUnit codeUnit
        ? Stream.concat(types, codeUnit.getExceptionTypes().stream())
        : types;
  }
}
