package io.github.colonnade.internal.blas;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The library in {@code org.bytedeco:openblas}, a resource of the class or module path. On Linux it
 * is opened from memory; elsewhere, and where Linux does not allow that, from a cache.
 *
 * @param natives where the files' bytes are, by file name, each after those that it needs
 */
record PackagedLibrary(Platform platform, Map<String, URL> natives) implements Candidate {
  private static final String FOLDER = "org/bytedeco/openblas/";

  /**
   * Finds the files of a platform.
   *
   * <p>A class loader finds them on the module path too: the folder's name has a hyphen, so it is
   * no package that a module could hide. The module must be resolved, though; nobody requires it.
   */
  static PackagedLibrary find(Platform platform) throws UnusableLibraryException {
    if (platform.packagedFiles().isEmpty()) {
      throw new UnusableLibraryException("no natives are packaged for this platform");
    }
    Map<String, URL> natives = new LinkedHashMap<>();
    for (String file : platform.packagedFiles()) {
      String resource = FOLDER + platform.name() + "/" + file;
      URL url = PackagedLibrary.class.getClassLoader().getResource(resource);
      if (url == null) {
        throw new UnusableLibraryException(
            resource + " is not on the class path, nor in a resolved module");
      }
      natives.put(file, url);
    }
    return new PackagedLibrary(platform, natives);
  }

  URL library() {
    return natives.get(platform.packagedLibrary());
  }

  /** The jar, or what else holds the resource. */
  @Override
  public Path file() {
    try {
      URL holder =
          library().openConnection() instanceof JarURLConnection jar
              ? jar.getJarFileURL()
              : library();
      return Path.of(holder.toURI());
    } catch (IOException
        | URISyntaxException
        | IllegalArgumentException
        | FileSystemNotFoundException e) {
      return Path.of(platform.packagedLibrary());
    }
  }

  @Override
  public NativeLibrary open(MemoryFiles files) throws UnusableLibraryException {
    if (platform.isLinux()) {
      try {
        return open(
            name -> {
              try (InputStream library = natives.get(name).openStream()) {
                return NativeLibrary.openCopy(platform, files, name, library);
              }
            });
      } catch (IOException notFromMemory) {
        // From the cache, then.
      }
    }
    try {
      Path folder = NativeCache.current().unpack(natives);
      return open(name -> NativeLibrary.open(platform, folder.resolve(name).toString()));
    } catch (IOException | InvalidPathException e) {
      throw new UnusableLibraryException(
          "cannot be unpacked: %s (choose another folder with -D%s=FOLDER)"
              .formatted(e, NativeCache.PROPERTY),
          e);
    } catch (UnusableLibraryException e) {
      throw new UnusableLibraryException(
          "%s (if nothing on that file system may be executed, choose another folder with -D%s=FOLDER)"
              .formatted(e.getMessage(), NativeCache.PROPERTY),
          e);
    }
  }

  private interface Opener {
    NativeLibrary open(String name) throws IOException, UnusableLibraryException;
  }

  /**
   * Opens OpenBLAS after what it needs, since its $ORIGIN does not apply to what libgfortran needs.
   */
  private NativeLibrary open(Opener opener) throws IOException, UnusableLibraryException {
    List<NativeLibrary> needed = new ArrayList<>();
    try {
      for (String name : natives.keySet()) {
        if (!name.equals(platform.packagedLibrary())) {
          needed.add(opener.open(name));
        }
      }
      return opener.open(platform.packagedLibrary());
    } finally {
      // OpenBLAS itself holds what it needs.
      needed.forEach(NativeLibrary::close);
    }
  }
}
