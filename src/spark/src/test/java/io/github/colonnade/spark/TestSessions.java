package io.github.colonnade.spark;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.apache.spark.sql.SparkSession;

/** Sessions of Spark, on this machine. */
final class TestSessions {
  private static final Path TARGET = Path.of(System.getProperty("basedir"), "target");
  private static final List<Path> CLASS_PATH =
      Stream.of(
              System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                  .split(File.pathSeparator, -1))
          .map(Path::of)
          .toList();

  private TestSessions() {}

  /** How executors of their own processes get the library. */
  enum Delivery {
    /** By {@code spark.jars}, as {@code spark-submit --jars}: a class loader of Spark's. */
    JARS,
    /** By {@code spark.executor.extraClassPath}: the class path of the process. */
    CLASS_PATH
  }

  /** Starts a session in this process, which serializes data with Kryo. */
  static SparkSession local() {
    return quiet(SparkSession.builder().master("local[2]"))
        .config("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
        .getOrCreate();
  }

  /** Starts a session of executors that are processes of their own, with one core each. */
  static SparkSession cluster(int executors, Delivery delivery) throws IOException {
    makeSparkHome();
    List<String> jars =
        List.of(
            find("colonnade-[0-9].*").toString(),
            System.getProperty("colonnade.spark.jar"),
            find("openblas-.*").toString(),
            testJar().toString());
    return quiet(SparkSession.builder().master("local-cluster[" + executors + ",1,1024]"))
        .config("spark.executor.memory", "512m")
        .config(
            delivery == Delivery.JARS ? "spark.jars" : "spark.executor.extraClassPath",
            String.join(delivery == Delivery.JARS ? "," : File.pathSeparator, jars))
        // Helpers for the library to take, if it took more threads than the task has.
        .config(
            "spark.executor.extraJavaOptions",
            "--enable-native-access=ALL-UNNAMED -Dcolonnade.threads=3 -Dcolonnade.openblas=packaged")
        .getOrCreate();
  }

  private static SparkSession.Builder quiet(SparkSession.Builder builder) {
    return builder
        .appName("colonnade")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.local.dir", TARGET.resolve("spark-local").toString())
        .config("spark.sql.warehouse.dir", TARGET.resolve("spark-warehouse").toString());
  }

  /** Lays Spark's jars where a distribution has them: executors start with these alone. */
  private static void makeSparkHome() throws IOException {
    Path jars = Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    for (Path entry : CLASS_PATH) {
      String name = entry.getFileName().toString();
      if (name.endsWith(".jar") && !name.matches("(colonnade|openblas|junit|surefire).*")) {
        try {
          Files.createSymbolicLink(jars.resolve(name), entry.toAbsolutePath());
        } catch (FileAlreadyExistsException _) {
          // Of an earlier session.
        }
      }
    }
  }

  private static Path find(String name) throws IOException {
    for (Path entry : CLASS_PATH) {
      if (entry.getFileName().toString().matches(name + "\\.jar")) {
        return entry.toRealPath();
      }
    }
    throw new IOException("no " + name + ".jar in " + CLASS_PATH);
  }

  /** Packs the classes of the tests, some of which run in executors. */
  private static Path testJar() throws IOException {
    Path classes = TARGET.resolve("test-classes");
    Path jar = TARGET.resolve("tests.jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file);
        Stream<Path> files = Files.walk(classes)) {
      files
          .filter(Files::isRegularFile)
          .forEach(
              each -> {
                try {
                  out.putNextEntry(
                      new ZipEntry(
                          classes.relativize(each).toString().replace(File.separatorChar, '/')));
                  Files.copy(each, out);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
    return jar;
  }
}
