package io.github.colonnade;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.colonnade.internal.blas.ForkedJvm;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * GraalVM's native-image compiles calls of those native signatures alone that the metadata list:
 * each that the sources have must be there, and no other.
 */
final class DowncallMetadataTest {
  private static final Path METADATA =
      Path.of(
          "src/main/resources/META-INF/native-image/io.github.colonnade/colonnade",
          "reachability-metadata.json");
  private static final List<Path> SOURCES =
      List.of(Path.of("src/main/java"), Path.of("src/generated/java"));

  private static final Pattern DESCRIPTOR =
      Pattern.compile("FunctionDescriptor\\s*\\.(of|ofVoid)\\(([^()]*)\\)");

  /** GraalVM's words for what the sources call layouts. */
  private static final Map<String, String> LAYOUTS =
      Map.of(
          "INT", "jint",
          "JAVA_INT", "jint",
          "C_INT", "jint",
          "JAVA_LONG", "jlong",
          "C_FLOAT", "jfloat",
          "C_DOUBLE", "jdouble",
          "POINTER", "void*",
          "ADDRESS", "void*",
          "C_POINTER", "void*");

  @Test
  void everySignatureThatIsCalledIsListed() throws IOException {
    SortedSet<String> called = new TreeSet<>();
    for (Path source : sources()) {
      String text = Files.readString(source);
      Matcher descriptor = DESCRIPTOR.matcher(text);
      int read = 0;
      for (; descriptor.find(); read++) {
        called.add(signature(descriptor.group(1), descriptor.group(2)));
      }
      int written = text.split("FunctionDescriptor\\s*\\.of", -1).length - 1;
      assertEquals(written, read, source + ": a descriptor that this test cannot read");
    }

    SortedSet<String> listed = new TreeSet<>();
    for (JsonElement each : metadata().getAsJsonObject("foreign").getAsJsonArray("downcalls")) {
      List<String> types = new ArrayList<>();
      types.add(each.getAsJsonObject().get("returnType").getAsString());
      for (JsonElement type : each.getAsJsonObject().getAsJsonArray("parameterTypes")) {
        types.add(type.getAsString());
      }
      listed.add(String.join(", ", types));
    }
    assertEquals(called, listed);
    assertTrue(listed.contains("jlong, jlong"), "malloc");
  }

  private static String signature(String factory, String layouts) {
    List<String> types = new ArrayList<>();
    if (factory.equals("ofVoid")) {
      types.add("void");
    }
    for (String layout : layouts.split(",", -1)) {
      if (!layout.isBlank()) {
        String name = layout.strip();
        String known = LAYOUTS.get(name.substring(name.lastIndexOf('.') + 1));
        assertNotNull(known, name + ": a layout that this test does not know");
        types.add(known);
      }
    }
    return String.join(", ", types);
  }

  @Test
  void whatHandlesLookUpIsListed() throws Exception {
    SortedSet<String> looking = new TreeSet<>();
    for (Path source : sources()) {
      String text = Files.readString(source);
      String name = source.getFileName().toString().replace(".java", "");
      if (text.contains("findVarHandle(") || text.contains("upcallHandle(" + name)) {
        looking.add(name);
      }
    }

    SortedSet<String> listed = new TreeSet<>();
    for (JsonElement each : metadata().getAsJsonArray("reflection")) {
      JsonObject entry = each.getAsJsonObject();
      Class<?> type = Class.forName(entry.get("type").getAsString(), false, loader());
      listed.add(type.getDeclaringClass().getSimpleName());
      for (String kind : List.of("fields", "methods")) {
        for (JsonElement member :
            entry.has(kind) ? entry.getAsJsonArray(kind) : List.<JsonElement>of()) {
          String name = member.getAsJsonObject().get("name").getAsString();
          assertTrue(
              Stream.concat(
                      Stream.of(type.getDeclaredFields()).map(Field::getName),
                      Stream.of(type.getDeclaredMethods()).map(Method::getName))
                  .anyMatch(name::equals),
              type + " has no " + name);
        }
      }
    }
    assertEquals(looking, listed);
  }

  @Test
  void thePackagedLibraryIsListed() throws IOException {
    List<Pattern> globs = new ArrayList<>();
    for (JsonElement each : metadata().getAsJsonArray("resources")) {
      String glob = each.getAsJsonObject().get("glob").getAsString();
      globs.add(Pattern.compile(glob.replace(".", "\\.").replace("*", "[^/]*")));
    }
    for (String file : ForkedJvm.packagedFiles()) {
      assertTrue(globs.stream().anyMatch(glob -> glob.matcher(file).matches()), file);
    }
    assertFalse(
        globs.stream()
            .anyMatch(glob -> glob.matcher("org/bytedeco/openblas/a/libjniopenblas.so").matches()));
  }

  private static ClassLoader loader() {
    return DowncallMetadataTest.class.getClassLoader();
  }

  private static JsonObject metadata() throws IOException {
    return JsonParser.parseString(Files.readString(METADATA)).getAsJsonObject();
  }

  private static Iterable<Path> sources() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path folder : SOURCES) {
      try (Stream<Path> walk = Files.walk(folder)) {
        files.addAll(
            walk.filter(file -> file.toString().endsWith(".java"))
                .collect(toCollection(TreeSet::new)));
      }
    }
    return files;
  }
}
