package io.github.colonnade;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The bindings are what scripts/generate-bindings.sh wrote: none edited, missing or added. */
final class GeneratedBindingsTest {
  private static final Path SOURCES = Path.of("src/generated/java");
  private static final Path CHECKSUMS = Path.of("native/bindings.sha256");
  private static final Path INCLUDES = Path.of("native/openblas.includes");
  private static final String BINDINGS = "io.github.colonnade.internal.openblas.OpenBlasBindings";

  @Test
  void everyGeneratedFileHasItsRecordedChecksum() throws IOException, NoSuchAlgorithmException {
    SortedMap<String, String> recorded = new TreeMap<>();
    for (String line : Files.readAllLines(CHECKSUMS, UTF_8)) {
      // The format of sha256sum: 64 hexadecimal digits, two spaces, the path.
      recorded.put(line.substring(66), line.substring(0, 64));
    }

    SortedMap<String, String> found = new TreeMap<>();
    for (Path file : generatedFiles()) {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      found.put(file.toString().replace('\\', '/'), HexFormat.of().formatHex(digest));
    }

    assertEquals(recorded, found);
  }

  @Test
  void bindingsHoldWhatTheIncludesNameAndNoMore() throws IOException, ClassNotFoundException {
    SortedSet<String> included =
        Pattern.compile("^--include-(?:function|constant|typedef)\\s+(\\w+)$", Pattern.MULTILINE)
            .matcher(Files.readString(INCLUDES))
            .results()
            .map((MatchResult match) -> match.group(1))
            .collect(toCollection(TreeSet::new));

    // Not initialized: that would look for the library.
    Class<?> bindings = Class.forName(BINDINGS, false, getClass().getClassLoader());
    SortedSet<String> bound =
        Arrays.stream(bindings.getDeclaredMethods())
            .filter(method -> Modifier.isPublic(method.getModifiers()))
            .map(Method::getName)
            .filter(name -> name.indexOf('$') < 0)
            .collect(toCollection(TreeSet::new));
    for (Path file : generatedFiles()) {
      String type = file.getFileName().toString().replace(".java", "");
      if (!type.startsWith("OpenBlasBindings")) {
        bound.add(type);
      }
    }

    assertEquals(included, bound);
  }

  private static Iterable<Path> generatedFiles() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
