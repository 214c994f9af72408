package io.github.colonnade.internal.blas;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativeCacheTest {
  @TempDir private Path folder;
  private Path root;
  private NativeCache cache;
  private byte[] contents;
  private Map<String, URL> resources;

  @BeforeEach
  void prepare() throws IOException {
    root = folder.resolve("caches").resolve("colonnade");
    cache = new NativeCache(root);
    contents = new byte[300_000];
    new Random(1).nextBytes(contents);
    Path source = Files.write(folder.resolve("source"), contents);
    resources = Map.of("libone.so", source.toUri().toURL());
  }

  @Test
  void unpacksOnceIntoFoldersClosedToOthers() throws IOException {
    assumePosix();
    Path unpacked = cache.unpack(resources);
    assertEquals(root, unpacked.getParent());
    assertArrayEquals(contents, Files.readAllBytes(unpacked.resolve("libone.so")));
    assertEquals("rwx------", permissions(root));
    assertEquals("rwx------", permissions(unpacked));
    Object before = Files.getAttribute(unpacked.resolve("libone.so"), "unix:ino");
    assertEquals(unpacked, cache.unpack(resources));
    assertEquals(before, Files.getAttribute(unpacked.resolve("libone.so"), "unix:ino"));
    assertEquals(List.of("libone.so"), names(unpacked));
  }

  @Test
  void keepsOtherContentsInAnotherFolder() throws IOException {
    Path first = cache.unpack(resources);
    Files.write(folder.resolve("source"), new byte[] {1});
    assertNotEquals(first, cache.unpack(resources));
  }

  @Test
  void replacesAFileThatWasCorruptedOrCutShort() throws IOException {
    Path file = cache.unpack(resources).resolve("libone.so");
    byte[] corrupted = contents.clone();
    corrupted[12345] ^= 1;
    Files.write(file, corrupted);
    cache.unpack(resources);
    assertArrayEquals(contents, Files.readAllBytes(file));
    Files.write(file, new byte[0]);
    cache.unpack(resources);
    assertArrayEquals(contents, Files.readAllBytes(file));
  }

  @Test
  void replacesALinkEvenToTheRightContents() throws IOException {
    Path file = cache.unpack(resources).resolve("libone.so");
    Files.delete(file);
    Files.createSymbolicLink(file, folder.resolve("source"));
    cache.unpack(resources);
    assertTrue(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
    assertArrayEquals(contents, Files.readAllBytes(folder.resolve("source")));
  }

  @Test
  void refusesALinkAsItsFolder() throws IOException {
    Files.createDirectories(root.getParent());
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.createSymbolicLink(root, elsewhere);
    assertRefused("is not a folder of its own");
    assertEquals(List.of(), names(elsewhere));
  }

  @Test
  void refusesAFolderThatOthersCanWrite() throws IOException {
    assumePosix();
    Files.createDirectories(root);
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwx---"));
    assertRefused("can be written by others (rwxrwx---)");
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx----w-"));
    assertRefused("can be written by others");
  }

  @Test
  void refusesAFolderOfAnotherUser() throws IOException {
    assumePosix();
    assumeTrue(Posix.effectiveUserId() == 0, "only root can give a folder away");
    Files.createDirectories(root);
    Files.setAttribute(root, "unix:uid", 12345);
    assertRefused("belongs to user 12345");
  }

  @Test
  void refusesAFileInPlaceOfAFolder() throws IOException {
    Files.createDirectories(root.getParent());
    Files.createFile(root);
    assertRefused("is not a folder of its own");
  }

  @Test
  void letsManyUnpackAtOnce() throws Exception {
    List<Callable<Path>> tasks = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      tasks.add(() -> new NativeCache(root).unpack(resources));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
      for (Future<Path> unpacked : threads.invokeAll(tasks)) {
        assertArrayEquals(contents, Files.readAllBytes(unpacked.get().resolve("libone.so")));
        assertEquals(List.of("libone.so"), names(unpacked.get()));
      }
    }
  }

  @Test
  void refusesAFolderBelowOneThatOthersCanChange() throws IOException {
    assumePosix();
    Path caches = Files.createDirectories(root.getParent());
    Files.setPosixFilePermissions(caches, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertRefused(caches + " can be written by others (rwxrwxrwx)");
    Files.setPosixFilePermissions(caches, PosixFilePermissions.fromString("rwxrwxr-x"));
    assertRefused(caches + " can be written by others (rwxrwxr-x)");
    // Where only a file's owner can rename it, as in /tmp, others cannot exchange the folder.
    Files.setAttribute(caches, "unix:mode", 01777);
    cache.unpack(resources);
  }

  @Test
  void refusesAFolderBelowThatOfAnotherUser() throws IOException {
    assumePosix();
    assumeTrue(Posix.effectiveUserId() == 0, "only root can give a folder away");
    Path caches = Files.createDirectories(root.getParent());
    Files.setAttribute(caches, "unix:uid", 12345);
    assertRefused(caches + ", which " + root + " is in, belongs to user 12345");
  }

  @Test
  void followsALinkOnTheWayOnlyOnce() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real"));
    Files.createSymbolicLink(root.getParent(), real);
    Path unpacked = cache.unpack(resources);
    assertEquals(real.resolve("colonnade"), unpacked.getParent());
  }

  @Test
  void liesWhereThePlatformKeepsCaches() throws IOException {
    Map<String, String> none = Map.of();
    assertEquals("/home/u/.cache/colonnade", usualRoot("Linux", "/home/u", none));
    assertEquals("/c/colonnade", usualRoot("Linux", "/home/u", Map.of("XDG_CACHE_HOME", "/c")));
    assertEquals("/c/colonnade", usualRoot("Linux", "?", Map.of("XDG_CACHE_HOME", "/c")));
    assertEquals(
        "/home/u/.cache/colonnade",
        usualRoot("Linux", "/home/u", Map.of("XDG_CACHE_HOME", "relative")));
    assertEquals("/Users/u/Library/Caches/colonnade", usualRoot("Mac OS X", "/Users/u", none));
    assertEquals(
        Path.of("C:\\local", "colonnade").toString(),
        usualRoot("Windows 11", "C:\\u", Map.of("LOCALAPPDATA", "C:\\local")));
  }

  @Test
  void liesInWindowsProfileOrAmongItsTemporaryFiles() throws IOException {
    Map<String, String> none = Map.of();
    assertEquals(
        Path.of("C:\\u\\AppData\\Local", "colonnade").toString(),
        usualRoot("Windows 11", "C:\\u", Map.of("LOCALAPPDATA", "local")));
    assertEquals(
        Path.of("\\\\server\\u\\AppData\\Local", "colonnade").toString(),
        usualRoot("Windows 11", "\\\\server\\u", none));
    String temporary = Path.of("D:\\tmp", "colonnade-cache").toString();
    assertEquals(
        temporary,
        NativeCache.usualRoot("Windows 11", "u", "D:\\tmp", none, made -> true).toString());
    assertEquals(
        temporary,
        NativeCache.usualRoot("Windows 11", "C:\\u", "D:\\tmp", none, made -> false).toString());
    assertThrows(
        IOException.class,
        () -> NativeCache.usualRoot("Windows 11", null, null, none, made -> true));
  }

  @Test
  void liesWhereThePropertySaysOrElseInTheUsualPlace() throws IOException {
    assumePosix();
    assumeTrue(System.getenv("XDG_CACHE_HOME") == null, "the environment names a folder");
    Path chosen = folder.resolve("chosen");
    String home = System.setProperty("user.home", folder.resolve("home").toString());
    try {
      System.setProperty(NativeCache.PROPERTY, chosen.toString());
      assertEquals(chosen, NativeCache.current().unpack(resources).getParent());
      System.setProperty(NativeCache.PROPERTY, " ");
      Path usual = Path.of(System.getProperty("user.home"));
      if (!System.getProperty("os.name").startsWith("Mac")) {
        usual = usual.resolve(".cache/colonnade");
      }
      assertTrue(NativeCache.current().unpack(resources).startsWith(usual));
    } finally {
      System.setProperty("user.home", home);
      System.clearProperty(NativeCache.PROPERTY);
    }
  }

  @Test
  void noFolderCanBeMadeOnAWayThatIsNotThere() {
    assertFalse(NativeCache.canBeMade(Path.of("missing-" + System.nanoTime())));
    assertTrue(NativeCache.canBeMade(folder.resolve("missing").resolve("further")));
  }

  @Test
  void refusesAResourceThatChangesWhileItIsRead() throws IOException {
    URL changing =
        URL.of(
            URI.create("memory:/libone.so"),
            new URLStreamHandler() {
              private byte opened;

              @Override
              protected URLConnection openConnection(URL url) {
                opened++;
                return new URLConnection(url) {
                  @Override
                  public void connect() {}

                  @Override
                  public InputStream getInputStream() {
                    return new ByteArrayInputStream(new byte[] {opened});
                  }
                };
              }
            });
    resources = Map.of("libone.so", changing);
    assertRefused("memory:/libone.so changed while it was read");
    assertNoFileIn(root);
  }

  @Test
  void leavesAloneAFolderInPlaceOfTheLibrary() throws IOException {
    Path file = cache.unpack(resources).resolve("libone.so");
    Files.delete(file);
    Files.createDirectories(file.resolve("within"));
    assertThrows(IOException.class, () -> cache.unpack(resources));
    assertTrue(Files.isDirectory(file.resolve("within")));
    assertNoFileIn(root);
  }

  private static void assertNoFileIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      assertEquals(List.of(), files.filter(Files::isRegularFile).toList());
    }
  }

  @Test
  void liesInAFolderForTemporaryFilesWhereTheUserHasNoHome() throws IOException {
    assumePosix();
    String own = "/tmp/colonnade-" + Posix.effectiveUserId();
    // What Java says of a user whose number has no name; and what a user may set.
    for (String home : List.of("?", "", "relative")) {
      assertEquals(own, usualRoot("Linux", home, Map.of()));
      assertEquals(own, usualRoot("Mac OS X", home, Map.of()));
    }
    IOException refusal =
        assertThrows(
            IOException.class,
            () -> NativeCache.usualRoot("Linux", "?", "tmp", Map.of(), folder -> true));
    assertEquals(
        "the user has no home folder (user.home is ?), and java.io.tmpdir is tmp",
        refusal.getMessage());
  }

  @Test
  void liesInAFolderForTemporaryFilesWhereTheHomeIsNone() throws IOException {
    assumePosix();
    // As user nobody has it, and as a container may: missing, closed, or a file.
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Path file = Files.createFile(folder.resolve("file"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-x------"));
    Predicate<Path> underFolder = made -> made.startsWith(folder) && NativeCache.canBeMade(made);
    String own = "/tmp/colonnade-" + Posix.effectiveUserId();
    for (Path home : List.of(Path.of("/nonexistent"), file)) {
      assertEquals(own, usualRoot(home, underFolder));
    }
    if (Posix.effectiveUserId() != 0) { // Who may write everywhere.
      assertEquals(own, usualRoot(closed, underFolder));
    }
    Path missing = folder.resolve("missing");
    assertEquals(missing + "/.cache/colonnade", usualRoot(missing, underFolder));
    // Without another place, the message tells what is wrong with the usual one.
    assertEquals(
        Path.of("/nonexistent/.cache/colonnade"),
        NativeCache.usualRoot("Linux", "/nonexistent", "tmp", Map.of(), underFolder));
  }

  private static String usualRoot(Path home, Predicate<Path> canBeMade) throws IOException {
    return NativeCache.usualRoot("Linux", home.toString(), "/tmp", Map.of(), canBeMade).toString();
  }

  private static String usualRoot(String os, String home, Map<String, String> environment)
      throws IOException {
    return NativeCache.usualRoot(os, home, "/tmp", environment, folder -> true).toString();
  }

  private void assertRefused(String reason) {
    IOException refusal = assertThrows(IOException.class, () -> cache.unpack(resources));
    assertTrue(refusal.getMessage().contains(reason), refusal::getMessage);
    assertFalse(Files.exists(root.resolve("libone.so")));
  }

  private static void assumePosix() {
    assumeTrue(
        Path.of("").getFileSystem().supportedFileAttributeViews().contains("unix"),
        "this file system has no owners and permissions");
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
