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
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.lang.foreign.SymbolLookup;
import java.lang.module.ModuleDescriptor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the rules of the house: who may know whom, who loads a library, what users may see. */
@AnalyzeClasses(packages = HouseRulesTest.ROOT, importOptions = DoNotIncludeTests.class)
final class HouseRulesTest {
  static final String ROOT = "io.github.colonnade";

  private static final String API = "public";
  private static final String IMAGE = "image";

  /** Knows all algorithms, unlike the rest of its package. */
  private static final String CHOICE = "conv.AlgorithmChoice";

  private static final String BINDINGS = ROOT + ".internal.openblas";
  private static final String BLAS = ROOT + ".internal.blas";
  private static final String LIBRARY = BLAS + ".NativeLibrary";

  private static final Map<String, Set<String>> LIBRARY_LOADING =
      Map.of(
          System.class.getName(), Set.of("load", "loadLibrary"),
          Runtime.class.getName(), Set.of("load", "loadLibrary"),
          SymbolLookup.class.getName(), Set.of("libraryLookup"));

  @ArchTest static final ArchRule roomsUseOnlyThoseBelow = rooms();

  /** Each room with the rooms that it may use, from the ground up. */
  private static LayeredArchitecture rooms() {
    LayeredArchitecture rooms =
        layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .ensureAllClassesAreContainedInArchitecture();
    rooms = room(rooms, "files");
    rooms = room(rooms, "memory");
    rooms = room(rooms, "parallel", "memory");
    rooms = room(rooms, "openblas");
    String[] ground = {"memory", "parallel"};
    rooms = room(rooms, "blas", and(ground, "openblas"));
    rooms = room(rooms, "border", ground);
    rooms = room(rooms, "elementwise", ground);
    String[] multiply = and(ground, "blas");
    rooms = room(rooms, "conv", multiply);
    rooms = room(rooms, "pool", and(ground, "conv"));
    String[] convolution = and(multiply, "conv");
    rooms = room(rooms, "conv.reference", convolution);
    rooms = room(rooms, "conv.lowering", convolution);
    String[] lowering = and(convolution, "conv.lowering");
    rooms = room(rooms, "conv.im2col", lowering);
    rooms = room(rooms, "conv.direct", and(lowering, "conv.reference"));
    rooms = room(rooms, "conv.winograd", and(convolution, "conv.im2col"));
    rooms = room(rooms, "conv.fft", convolution);
    String[] algorithms = {
      "conv.reference", "conv.im2col", "conv.direct", "conv.winograd", "conv.fft"
    };
    rooms = room(rooms, CHOICE, and(convolution, algorithms));
    String[] operators = {CHOICE, "conv.lowering", "pool", "border", "elementwise", "files"};
    rooms = room(rooms, API, and(convolution, operators));
    rooms = room(rooms, IMAGE, API, "files");
    rooms = room(rooms, "examples", API, IMAGE);
    return room(rooms, "cli", API, IMAGE, "examples");
  }

  /** Adds a package below the root, or the one class that the choice between algorithms is. */
  private static LayeredArchitecture room(LayeredArchitecture rooms, String name, String... uses) {
    LayeredArchitecture.LayerDependencySpecification where =
        rooms
            .layer(name)
            .definedBy(describe("room " + name, type -> roomOf(type).equals(name)))
            .whereLayer(name);
    return uses.length == 0 ? where.mayNotAccessAnyLayer() : where.mayOnlyAccessLayers(uses);
  }

  private static String roomOf(JavaClass type) {
    String name = type.getPackageName();
    if (name.equals(ROOT)) {
      return API;
    }
    String room = name.replaceFirst("^" + ROOT + "[.](internal[.])?", "");
    for (String whole : List.of("cli", "examples")) {
      if (room.startsWith(whole)) {
        return whole;
      }
    }
    return isOrIsInside(type, ROOT + ".internal." + CHOICE) ? CHOICE : room;
  }

  private static String[] and(String[] some, String... others) {
    return Stream.concat(Arrays.stream(some), Arrays.stream(others)).toArray(String[]::new);
  }

  /** Programs without pictures run without the module that has them. */
  @ArchTest
  static final ArchRule onlyImagesKnowTheDesktop =
      noClasses()
          .that()
          .resideOutsideOfPackages(ROOT + "." + IMAGE, ROOT + ".cli..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.awt..", "javax..");

  @ArchTest
  static final ArchRule onlyTheMultiplyKnowsTheBindings =
      noClasses()
          .that()
          .resideOutsideOfPackages(BINDINGS, BLAS)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(BINDINGS);

  @ArchTest
  static final ArchRule onlyNativeLibraryLoadsLibraries =
      noClasses()
          .that(describe("are not NativeLibrary", type -> !isOrIsInside(type, LIBRARY)))
          .should()
          .accessTargetWhere(describe("loads a native library", HouseRulesTest::loadsLibrary));

  @ArchTest
  static final ArchRule usersSeeNoInternalType =
      classes()
          .that()
          .resideInAnyPackage(ROOT, ROOT + "." + IMAGE)
          .and()
          .arePublic()
          .should(
              new ArchCondition<>("have no internal type in what users see") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  typesSeenThrough(type)
                      .filter(seen -> seen.getPackageName().startsWith(ROOT + ".internal."))
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
  void onlyTheRootAndImagesAreExported() {
    ModuleDescriptor module = Tensor.class.getModule().getDescriptor();

    assertEquals(
        Set.of(ROOT, ROOT + "." + IMAGE),
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
