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

/** Loads OpenBLAS in a JVM of its own, which a hostile library may take down with it. */
final class ForkedJvm {
  private final List<String> properties = new ArrayList<>();
  private final List<String> classPath = new ArrayList<>();
  private final ProcessBuilder builder = new ProcessBuilder();

  ForkedJvm() {
    // Where resources lie, not code sources: a patched module has only one of those.
    classPath.add(root(OpenBlas.class));
    classPath.add(root(LoadOpenBlas.class));
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

  ForkedJvm property(String name, Object value) {
    properties.add("-D" + name + "=" + value);
    return this;
  }

  ForkedJvm environment(String name, String value) {
    builder.environment().put(name, value);
    return this;
  }

  ForkedJvm classPath(Path entry) {
    classPath.add(entry.toString());
    return this;
  }

  /** Starts it; {@link #output} waits for its end. */
  Process start() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-ea");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(properties);
    command.add("-cp");
    command.add(String.join(File.pathSeparator, classPath));
    command.add(LoadOpenBlas.class.getName());
    return builder.command(command).start();
  }

  String run() throws IOException, InterruptedException {
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
