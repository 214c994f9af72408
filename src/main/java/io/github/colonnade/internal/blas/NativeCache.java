package io.github.colonnade.internal.blas;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The user's own folder of libraries unpacked from jars, since the dynamic linker opens files only.
 *
 * <p>What is loaded runs as the user, so nobody else may be able to write it: the folder must be
 * the user's, closed to others, and every file's SHA-256 is compared with the jar's before each
 * load. JVMs that unpack at the same time each write a file of their own and rename it into place.
 */
final class NativeCache {
  static final String PROPERTY = "colonnade.cache";

  private static final Set<PosixFilePermission> WRITABLE_BY_OTHERS =
      Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private final Path root;

  NativeCache(Path root) {
    this.root = root.toAbsolutePath();
  }

  /** The cache that the system property names, or the platform's usual place. */
  static NativeCache current() {
    String chosen = System.getProperty(PROPERTY, "");
    return new NativeCache(
        chosen.isBlank()
            ? usualRoot(
                System.getProperty("os.name"), System.getProperty("user.home"), System.getenv())
            : Path.of(chosen));
  }

  static Path usualRoot(String osName, String home, Map<String, String> environment) {
    String os = osName.toLowerCase(Locale.ROOT);
    if (os.startsWith("windows")) {
      String local = environment.getOrDefault("LOCALAPPDATA", home + "\\AppData\\Local");
      return Path.of(local, "colonnade");
    }
    if (os.startsWith("mac")) {
      return Path.of(home, "Library", "Caches", "colonnade");
    }
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    // The XDG specification says to ignore relative paths.
    return xdg.startsWith("/") ? Path.of(xdg, "colonnade") : Path.of(home, ".cache", "colonnade");
  }

  /**
   * Unpacks files that belong together into one folder, named by their contents.
   *
   * @param resources where each file's bytes are, by file name
   * @return the folder; its files are verified, and present under their names
   * @throws IOException if the cache cannot be written, or others can write it
   */
  Path unpack(Map<String, URL> resources) throws IOException {
    Map<String, byte[]> digests = new LinkedHashMap<>();
    MessageDigest all = sha256();
    for (Map.Entry<String, URL> resource : resources.entrySet()) {
      byte[] digest = digest(resource.getValue().openStream(), OutputStream.nullOutputStream());
      digests.put(resource.getKey(), digest);
      all.update(resource.getKey().getBytes(StandardCharsets.UTF_8));
      all.update(digest);
    }
    Path folder = root.resolve(HexFormat.of().formatHex(all.digest()));
    createClosed(root);
    createClosed(folder);
    for (Map.Entry<String, byte[]> wanted : digests.entrySet()) {
      Path file = folder.resolve(wanted.getKey());
      if (!holds(file, wanted.getValue())) {
        replace(file, resources.get(wanted.getKey()), wanted.getValue());
      }
    }
    return folder;
  }

  private static void createClosed(Path folder) throws IOException {
    boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(folder.getParent());
      try {
        if (posix) {
          Files.createDirectory(
              folder,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
          // On Windows the user's profile is closed to other users by inheritance.
          Files.createDirectory(folder);
        }
      } catch (FileAlreadyExistsException e) {
        // Another JVM was faster; the folder's owner is checked below.
      }
    }
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(folder + " is not a folder of its own (a link or a file)");
    }
    if (posix) {
      requireClosed(folder);
    }
  }

  private static void requireClosed(Path folder) throws IOException {
    int owner = (int) Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    if (owner != Posix.effectiveUserId()) {
      throw new IOException(
          "%s belongs to user %d, this process runs as %d"
              .formatted(folder, owner, Posix.effectiveUserId()));
    }
    Set<PosixFilePermission> permissions =
        Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
    if (permissions.stream().anyMatch(WRITABLE_BY_OTHERS::contains)) {
      throw new IOException(
          "%s can be written by others (%s)"
              .formatted(folder, PosixFilePermissions.toString(permissions)));
    }
  }

  private static boolean holds(Path file, byte[] digest) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && MessageDigest.isEqual(
            digest, digest(Files.newInputStream(file), OutputStream.nullOutputStream()));
  }

  private static void replace(Path file, URL resource, byte[] digest) throws IOException {
    Path temporary = Files.createTempFile(file.getParent(), file.getFileName() + ".", ".tmp");
    try {
      byte[] written;
      try (OutputStream out = Files.newOutputStream(temporary)) {
        written = digest(resource.openStream(), out);
      }
      if (!MessageDigest.isEqual(digest, written)) {
        throw new IOException(resource + " changed while it was read");
      }
      move(temporary, file, digest);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void move(Path temporary, Path file, byte[] digest) throws IOException {
    try {
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // Windows refuses to replace a library in use: then another JVM has put it there.
      if (!holds(file, digest)) {
        throw e;
      }
    }
  }

  /** Copies {@code in} to {@code out}, closes {@code in}, and returns the SHA-256 of its bytes. */
  private static byte[] digest(InputStream in, OutputStream out) throws IOException {
    MessageDigest sha256 = sha256();
    try (DigestInputStream digesting = new DigestInputStream(in, sha256)) {
      digesting.transferTo(out);
    }
    return sha256.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
