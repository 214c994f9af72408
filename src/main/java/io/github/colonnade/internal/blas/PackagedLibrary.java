package io.github.colonnade.internal.blas;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;

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
   * <p>A class loader finds them on the class path, and in a module that is resolved: the folder's
   * name has a hyphen, so it is no package that a module could hide. Nobody requires that module,
   * though, and it requires others that nobody needs: so jars of the module path are looked into.
   */
  static PackagedLibrary find(Platform platform) throws UnusableLibraryException {
    if (platform.packagedFiles().isEmpty()) {
      throw new UnusableLibraryException("no natives are packaged for this platform");
    }
    Map<String, URL> natives = new LinkedHashMap<>();
    for (String file : platform.packagedFiles()) {
      String resource = FOLDER + platform.name() + "/" + file;
      URL url = PackagedLibrary.class.getClassLoader().getResource(resource);
      url = url == null ? onModulePath(resource) : url;
      if (url == null) {
        throw new UnusableLibraryException(
            resource + " is neither on the class path nor on the module path");
      }
      natives.put(file, url);
    }
    return new PackagedLibrary(platform, natives);
  }

  private static URL onModulePath(String resource) {
    String path = System.getProperty("jdk.module.path", "");
    for (String entry : path.split(File.pathSeparator, -1)) {
      File file = new File(entry);
      // An entry is a jar, or a folder of jars.
      File[] jars = file.isFile() ? new File[] {file} : file.listFiles(File::isFile);
      for (File jar : jars == null ? new File[0] : jars) {
        if (jar.getName().endsWith(".jar") && holds(jar, resource)) {
          try {
            return URI.create("jar:" + jar.toURI() + "!/" + resource).toURL();
          } catch (MalformedURLException e) {
            throw new AssertionError("jar is a protocol that every JVM knows", e);
          }
        }
      }
    }
    return null;
  }

  private static boolean holds(File jar, String resource) {
    try (ZipFile zip = new ZipFile(jar)) {
      return zip.getEntry(resource) != null;
    } catch (IOException e) {
      return false; // Whatever else lies there.
    }
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
