package io.github.colonnade.internal.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.OpenBlas;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs a main class in a JVM of its own, which a hostile library or a stray access may end. */
public final class ForkedJvm {
  private final Class<?> main;
  private final List<String> options = new ArrayList<>();
  private final List<String> classPath = new ArrayList<>();
  private final List<String> shell = new ArrayList<>();
  private final List<String> arguments = new ArrayList<>();
  private final ProcessBuilder builder = new ProcessBuilder();
  // Set where the tests are watched, empty elsewhere: see the profile "coverage".
  private final String agent = System.getProperty("colonnade.tests.agent", "");
  private String nativeAccess = "--enable-native-access=ALL-UNNAMED";

  /** Loads OpenBLAS. */
  ForkedJvm() {
    this(LoadOpenBlas.class);
  }

  /** Runs {@code main}, which sees this library and the tests, and what {@link #classPath} adds. */
  public ForkedJvm(Class<?> main) {
    this.main = main;
    // Where resources lie, not code sources: a patched module has only one of those.
    classPath.add(root(OpenBlas.class));
    classPath.add(root(ForkedJvm.class));
    builder.environment().remove("OPENBLAS_CORETYPE");
    builder.environment().remove("OMP_NUM_THREADS");
    builder.redirectErrorStream(true);
  }

  /** The jar of natives for this platform, where the tests' class path has it. */
  static Optional<Path> nativesJar() {
    Platform platform = Platform.current();
    String resource = "org/bytedeco/openblas/" + platform.name() + "/" + platform.packagedLibrary();
    URL url = ForkedJvm.class.getClassLoader().getResource(resource);
    return Optional.ofNullable(url)
        .map(URL::toString)
        .map(jar -> Path.of(URI.create(jar.substring("jar:".length(), jar.indexOf("!/")))));
  }

  /** Returns the resources of the packaged library on every platform. */
  public static List<String> packagedFiles() {
    List<String> files = new ArrayList<>();
    for (String os : List.of("Linux", "Mac OS X", "Windows")) {
      for (String cpu : List.of("amd64", "aarch64")) {
        Platform platform = Platform.of(os, cpu);
        for (String file : platform.packagedFiles()) {
          files.add("org/bytedeco/openblas/" + platform.name() + "/" + file);
        }
      }
    }
    return files;
  }

  /** Adds the libraries that the tests themselves see. */
  public ForkedJvm testLibraries() {
    classPath.add(System.getProperty("java.class.path"));
    return this;
  }

  /** Sets a system property. */
  public ForkedJvm property(String name, Object value) {
    return option("-D" + name + "=" + value);
  }

  /** Adds an option of the JVM. */
  public ForkedJvm option(String option) {
    options.add(option);
    return this;
  }

  /** Limits the addresses that it may use, on systems that have such a limit. */
  public ForkedJvm mebibytes(long most) {
    shell.addAll(List.of("sh", "-c", "ulimit -v " + (most << 10) + " && exec \"$@\"", "sh"));
    return this;
  }

  /** Denies all calls to native functions. */
  public ForkedJvm withoutNativeAccess() {
    nativeAccess = "--illegal-native-access=deny";
    return this;
  }

  /** Sets a variable of the environment. */
  public ForkedJvm environment(String name, String value) {
    builder.environment().put(name, value);
    return this;
  }

  ForkedJvm classPath(Path entry) {
    classPath.add(entry.toString());
    return this;
  }

  /** Adds an argument of the program. */
  public ForkedJvm argument(Object argument) {
    arguments.add(argument.toString());
    return this;
  }

  /** Starts it; {@link #output} waits for its end. */
  public Process start() throws IOException {
    List<String> command = new ArrayList<>(shell);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-ea");
    if (!agent.isEmpty()) {
      command.add(agent);
    }
    command.add(nativeAccess);
    command.addAll(options);
    command.add("-cp");
    command.add(String.join(File.pathSeparator, classPath));
    command.add(main.getName());
    command.addAll(arguments);
    return builder.command(command).start();
  }

  /** Runs it to its end, which must be a good one, and returns what it printed. */
  public String run() throws IOException, InterruptedException {
    return output(start());
  }

  static String output(Process process) throws IOException, InterruptedException {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  private static String root(Class<?> type) {
    String name = type.getName().replace('.', '/') + ".class";
    String url = type.getResource("/" + name).toString();
    return Path.of(URI.create(url.substring(0, url.length() - name.length()))).toString();
  }
}
