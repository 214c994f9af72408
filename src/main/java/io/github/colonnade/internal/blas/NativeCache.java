package io.github.colonnade.internal.blas;

import java.io.FileInputStream;
import java.io.FileOutputStream;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The user's own folder of libraries unpacked from jars, where the dynamic linker opens files only.
 *
 * <p>What is loaded runs as the user, so nobody else may be able to write it or put another in its
 * place: the folder must be the user's, closed to others, below folders of the user or of root that
 * others cannot change, and every file's SHA-256 is compared with the jar's before each load. JVMs
 * that unpack at the same time each write a file of their own and rename it into place.
 */
final class NativeCache {
  static final String PROPERTY = "colonnade.cache";

  private static final int ROOT_USER = 0;
  private static final int WRITABLE_BY_OTHERS = 0022; // S_IWGRP and S_IWOTH
  private static final int STICKY = 01000; // S_ISVTX: only a file's owner can rename it

  private final Path root;

  NativeCache(Path root) {
    this.root = root.toAbsolutePath();
  }

  /** The cache that the system property names, or the platform's usual place. */
  static NativeCache current() throws IOException {
    String chosen = System.getProperty(PROPERTY, "");
    return new NativeCache(
        chosen.isBlank()
            ? usualRoot(
                System.getProperty("os.name"),
                System.getProperty("user.home"),
                System.getProperty("java.io.tmpdir"),
                System.getenv(),
                NativeCache::canBeMade)
            : Path.of(chosen));
  }

  /**
   * Returns where a platform's programs keep their caches; or a folder for temporary files where
   * that cannot be, since the user has no home or may not write there, as services and the
   * containers of a cluster often do. Never a path that depends on the working folder, which need
   * not be the user's.
   *
   * @param canBeMade whether a folder is there to be written, or can be made
   */
  static Path usualRoot(
      String osName,
      String home,
      String temporary,
      Map<String, String> environment,
      Predicate<Path> canBeMade)
      throws IOException {
    String os = osName.toLowerCase(Locale.ROOT);
    boolean windows = os.startsWith("windows");
    Path usual = usualRoot(os, windows, home, environment);
    boolean hasTemporary = temporary != null && isAbsolute(temporary, windows);
    if (usual != null && (!hasTemporary || canBeMade.test(usual))) {
      return usual;
    }
    if (!hasTemporary) {
      throw new IOException(
          "the user has no home folder (user.home is %s), and java.io.tmpdir is %s"
              .formatted(home, temporary));
    }
    return Path.of(temporary, "colonnade-" + (windows ? "cache" : Posix.effectiveUserId()));
  }

  /** Returns where programs keep their caches, or null where the user has no home. */
  private static Path usualRoot(
      String os, boolean windows, String home, Map<String, String> environment) {
    String folder = environment.getOrDefault(windows ? "LOCALAPPDATA" : "XDG_CACHE_HOME", "");
    if (!os.startsWith("mac") && isAbsolute(folder, windows)) {
      return Path.of(folder, "colonnade");
    }
    // "?" is what Java says of a user who has none.
    if (home == null || !isAbsolute(home, windows)) {
      return null;
    }
    if (windows) {
      return Path.of(home + "\\AppData\\Local", "colonnade");
    }
    return os.startsWith("mac")
        ? Path.of(home, "Library", "Caches", "colonnade")
        : Path.of(home, ".cache", "colonnade");
  }

  /** Returns whether the nearest folder that is there, on the way to this one, may be written. */
  static boolean canBeMade(Path folder) {
    Path there = folder;
    while (there != null && Files.notExists(there)) {
      there = there.getParent();
    }
    return there != null && Files.isDirectory(there) && Files.isWritable(there);
  }

  static boolean isAbsolute(String path, boolean windows) {
    return windows ? path.matches("(?s)[A-Za-z]:\\\\.*|\\\\\\\\.*") : path.startsWith("/");
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
    // Links on the way, which others may be able to change, are followed once.
    Path folder = createClosed(root).resolve(HexFormat.of().formatHex(all.digest()));
    createClosed(folder);
    for (Map.Entry<String, byte[]> wanted : digests.entrySet()) {
      Path file = folder.resolve(wanted.getKey());
      if (!holds(file, wanted.getValue())) {
        replace(file, resources.get(wanted.getKey()), wanted.getValue());
      }
    }
    return folder;
  }

  /** Makes a folder if there is none, and returns its real path. */
  private static Path createClosed(Path folder) throws IOException {
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
    Path real = folder.toRealPath();
    if (posix) {
      requireClosed(real);
    }
    return real;
  }

  /** Requires that nobody else can write a folder, or put another in the place of one above it. */
  private static void requireClosed(Path folder) throws IOException {
    int owner = owner(folder);
    if (owner != Posix.effectiveUserId()) {
      throw new IOException(
          "%s belongs to user %d, this process runs as %d"
              .formatted(folder, owner, Posix.effectiveUserId()));
    }
    requireNotWritable(folder, mode(folder));
    for (Path above = folder.getParent(); above != null; above = above.getParent()) {
      int ownerAbove = owner(above);
      if (ownerAbove != ROOT_USER && ownerAbove != Posix.effectiveUserId()) {
        throw new IOException(
            "%s, which %s is in, belongs to user %d".formatted(above, folder, ownerAbove));
      }
      int mode = mode(above);
      if ((mode & STICKY) == 0) {
        requireNotWritable(above, mode);
      }
    }
  }

  private static void requireNotWritable(Path folder, int mode) throws IOException {
    if ((mode & WRITABLE_BY_OTHERS) != 0) {
      throw new IOException(
          "%s can be written by others (%s)"
              .formatted(
                  folder,
                  PosixFilePermissions.toString(
                      Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS))));
    }
  }

  private static int owner(Path folder) throws IOException {
    return (int) Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  private static int mode(Path folder) throws IOException {
    return (int) Files.getAttribute(folder, "unix:mode", LinkOption.NOFOLLOW_LINKS);
  }

  private static boolean holds(Path file, byte[] digest) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && MessageDigest.isEqual(
            digest, digest(new FileInputStream(file.toFile()), OutputStream.nullOutputStream()));
  }

  private static void replace(Path file, URL resource, byte[] digest) throws IOException {
    Path temporary = Files.createTempFile(file.getParent(), file.getFileName() + ".", ".tmp");
    try {
      byte[] written;
      try (OutputStream out = new FileOutputStream(temporary.toFile())) {
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
