package io.github.colonnade.internal.blas;

import java.net.URL;
import java.util.LinkedHashMap;
import java.util.Map;

/** The natives in {@code org.bytedeco:openblas}, as resources of the class or module path. */
final class PackagedNatives {
  private static final String FOLDER = "org/bytedeco/openblas/";

  private PackagedNatives() {}

  /**
   * Finds the files of a platform, each after those that it needs.
   *
   * <p>A class loader finds them on the module path too: the folder's name has a hyphen, so it is
   * no package that a module could hide. The module must be resolved, though; nobody requires it.
   */
  static Map<String, URL> find(Platform platform) throws UnusableLibraryException {
    if (platform.packagedFiles().isEmpty()) {
      throw new UnusableLibraryException("no natives are packaged for this platform");
    }
    Map<String, URL> natives = new LinkedHashMap<>();
    for (String file : platform.packagedFiles()) {
      String resource = FOLDER + platform.name() + "/" + file;
      URL url = PackagedNatives.class.getClassLoader().getResource(resource);
      if (url == null) {
        throw new UnusableLibraryException(
            resource + " is not on the class path, nor in a resolved module");
      }
      natives.put(file, url);
    }
    return natives;
  }
}
