package io.github.colonnade.internal.blas;

import java.io.File;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Where to find OpenBLAS on one operating system and CPU.
 *
 * @param name bytedeco's name for the platform, which is its classifier and its resource folder
 * @param packagedFiles the natives in {@code org.bytedeco:openblas}, each after those that it needs
 * @param libraryNames names to look up with the dynamic linker, or file names on Windows
 * @param folders where packages install OpenBLAS outside the dynamic linker's view
 */
record Platform(
    String name, List<String> packagedFiles, List<String> libraryNames, List<String> folders) {

  private static final List<String> LINUX_NAMES =
      // Fedora's libopenblas.so.0 is its sequential build; libopenblasp is the one with pthreads.
      List.of("libopenblas.so.0", "libopenblasp.so.0", "libopenblas.so");

  static Platform current() {
    return of(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static Platform of(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String cpu =
        switch (osArch.toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64", "arm64" -> "arm64";
          default -> osArch;
        };
    if (os.startsWith("windows")) {
      return windows(cpu);
    }
    return os.startsWith("mac") ? macos(cpu) : linux(cpu);
  }

  private static Platform linux(String cpu) {
    List<String> natives =
        switch (cpu) {
          case "x86_64" ->
              List.of("libquadmath.so.0", "libgcc_s.so.1", "libgfortran.so.5", "libopenblas.so.0");
          case "arm64" -> List.of("libgcc_s.so.1", "libgfortran.so.5", "libopenblas.so.0");
          default -> List.of();
        };
    String debian = "/usr/lib/" + (cpu.equals("arm64") ? "aarch64" : cpu) + "-linux-gnu";
    return new Platform(
        "linux-" + cpu,
        natives,
        LINUX_NAMES,
        List.of(
            debian + "/openblas-pthread",
            debian,
            "/usr/lib64",
            "/usr/lib",
            "/usr/local/lib64",
            "/usr/local/lib",
            "/opt/OpenBLAS/lib"));
  }

  private static Platform macos(String cpu) {
    List<String> natives =
        cpu.equals("x86_64")
            ? List.of(
                "libquadmath.0.dylib",
                "libgcc_s.1.1.dylib",
                "libgfortran.5.dylib",
                "libopenblas.0.dylib")
            : List.of("libopenblas.0.dylib");
    return new Platform(
        "macosx-" + cpu,
        natives,
        List.of("libopenblas.dylib", "libopenblas.0.dylib"),
        // Homebrew keeps OpenBLAS out of its lib folder, beside Apple's own BLAS; then MacPorts.
        List.of("/opt/homebrew/opt/openblas/lib", "/usr/local/opt/openblas/lib", "/opt/local/lib"));
  }

  private static Platform windows(String cpu) {
    return new Platform(
        "windows-" + cpu,
        cpu.equals("x86_64") ? List.of("libopenblas.dll") : List.of(),
        List.of("libopenblas.dll", "openblas.dll"),
        absoluteFolders(System.getenv("PATH")));
  }

  /** Returns the folders of Windows' PATH whose meaning does not change with the working folder. */
  static List<String> absoluteFolders(String path) {
    return path == null
        ? List.of()
        : Stream.of(path.split(";"))
            .filter(folder -> NativeCache.isAbsolute(folder, /* windows= */ true))
            .toList();
  }

  /** OpenBLAS itself among the packaged files. */
  String packagedLibrary() {
    return packagedFiles.get(packagedFiles.size() - 1);
  }

  /** The libraries found in the folders, best first. */
  List<String> files() {
    return folders.stream()
        .flatMap(folder -> libraryNames.stream().map(name -> new File(folder, name)))
        .filter(File::isFile)
        .map(File::getPath)
        .toList();
  }

  boolean isWindows() {
    return name.startsWith("windows-");
  }

  boolean isLinux() {
    return name.startsWith("linux-");
  }

  boolean isX86() {
    return name.endsWith("-x86_64");
  }

  /** Returns the number that ELF files have for the CPU, or 0 if it is none of the usual ones. */
  int elfMachine() {
    return isX86() ? 62 : name.endsWith("-arm64") ? 183 : 0;
  }
}
