package io.github.colonnade.cli.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.colonnade.cli.ForkedCli;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All files or none, whatever comes between. */
class NewFilesTest {
  @TempDir private Path folder;

  private Path a;
  private Path b;

  @BeforeEach
  void nameFiles() {
    a = folder.resolve("a");
    b = folder.resolve("b");
  }

  @ParameterizedTest
  @CsvSource({"TERM, 2", "TERM, 9", "HUP, 5", "INT, 2", "INT, 8"})
  void aSignalLeavesTwoFilesOfOneRound(String signal, int rounds) throws Exception {
    ForkedCli.assumeEndsAt(signal);
    Process process = new ForkedCli().start(ForkedWriter.class, a, b);
    try (BufferedReader out = process.inputReader()) {
      for (int round = 0; round < rounds; round++) {
        assertEquals(String.valueOf(round), out.readLine());
      }
      ForkedCli.end(process, signal);
    }

    assertHoldOneRound();
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 237})
  void anExitInAnotherThreadLeavesTwoFilesOfOneRound(int milliseconds) throws Exception {
    Process process = new ForkedCli().start(ForkedWriter.class, a, b, milliseconds);
    process.getInputStream().readAllBytes();
    assertEquals(0, process.waitFor());

    assertHoldOneRound();
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void whatCannotBeReplacedLeavesTheOthersAsTheyWere(boolean first, boolean hadOld)
      throws IOException {
    Path good = first ? b : a;
    Path bad = first ? a : b;
    if (hadOld) {
      Files.writeString(good, "old");
    }
    try (NewFiles files = new NewFiles()) {
      files.add(a, out -> out.write('a'));
      files.add(b, out -> out.write('b'));
      // Not a folder when it was asked about.
      Files.createDirectories(bad.resolve("inner"));
      String message = assertThrows(IOException.class, files::publish).getMessage();
      assertTrue(message.startsWith(bad + ": "), message);
    }

    assertEquals(hadOld ? List.of("a", "b") : List.of(bad.getFileName().toString()), names());
    if (hadOld) {
      assertEquals("old", Files.readString(good));
    }
  }

  @Test
  void aRenameThatFailsPutsBackWhatWasRenamed() throws IOException {
    Path c = folder.resolve("c");
    Files.writeString(a, "old");
    try (NewFiles files = new NewFiles()) {
      files.add(a, out -> out.write('a'));
      files.add(b, out -> out.write('b'));
      List<String> before = names();
      files.add(c, out -> out.write('c'));
      List<String> added = new ArrayList<>(names());
      added.removeAll(before);
      // The last temporary file vanishes, so its rename fails after the others' went well.
      Files.delete(folder.resolve(added.get(0)));
      assertThrows(IOException.class, files::publish);
    }

    assertEquals(List.of("a"), names());
    assertEquals("old", Files.readString(a));
  }

  @Test
  void linksAreFollowedToTheirEnd() throws IOException {
    assumePosix();
    Path inner = Files.createDirectory(folder.resolve("inner"));
    Path middle = Files.createSymbolicLink(inner.resolve("middle"), Path.of("..", "end"));
    Files.createSymbolicLink(a, Path.of("inner", "middle"));

    for (String text : List.of("dangling", "existing")) {
      NewFiles.write(a, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));

      assertTrue(Files.isSymbolicLink(a));
      assertTrue(Files.isSymbolicLink(middle));
      assertEquals(text, Files.readString(folder.resolve("end")));
    }
    assertEquals(List.of("a", "end", "inner"), names());
  }

  @Test
  void linksInALoopAreRefused() throws IOException {
    assumePosix();
    Files.createSymbolicLink(a, Path.of("b"));
    Files.createSymbolicLink(b, Path.of("a"));

    assertEquals(
        a + ": is a link in a loop, or in a chain of more than 40",
        assertThrows(IOException.class, () -> OutputPath.requireWritable(a)).getMessage());
  }

  @Test
  void aFolderThatALinkLeadsToMustExist() throws IOException {
    assumePosix();
    Files.createSymbolicLink(a, Path.of("none", "end"));

    assertEquals(
        a + ": the folder that it links to does not exist",
        assertThrows(IOException.class, () -> OutputPath.requireWritable(a)).getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-rw----", "rwxr-xr-x", "r--r-----"})
  void whatIsReplacedHandsOnItsPermissions(String permissions) throws IOException {
    assumePosix();
    Set<PosixFilePermission> wanted = PosixFilePermissions.fromString(permissions);
    Files.setPosixFilePermissions(Files.createFile(a), wanted);

    NewFiles.write(
        a,
        out -> {
          assertEquals(wanted, Files.getPosixFilePermissions(temporary()));
          out.write('a');
        });

    assertEquals("a", Files.readString(a));
    assertEquals(wanted, Files.getPosixFilePermissions(a));
  }

  @Test
  void aNewFileHasThePermissionsOfAnyNewFile() throws IOException {
    assumePosix();
    NewFiles.write(a, out -> out.write('a'));

    assertEquals(
        Files.getPosixFilePermissions(Files.createFile(b)), Files.getPosixFilePermissions(a));
  }

  private void assertHoldOneRound() throws IOException {
    assertEquals(List.of("a", "b"), names());
    List<String> lines = Files.readAllLines(a);
    assertEquals(lines, Files.readAllLines(b));
    assertEquals(20_000, lines.size());
    assertEquals(1, Set.copyOf(lines).size());
  }

  private Path temporary() throws IOException {
    return folder.resolve(
        names().stream().filter(name -> name.endsWith(".tmp")).findFirst().orElseThrow());
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void assumePosix() {
    assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
  }
}
