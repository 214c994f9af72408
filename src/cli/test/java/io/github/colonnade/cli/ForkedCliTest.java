package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Surroundings that no test can give itself: a locale, a small heap, a signal. */
class ForkedCliTest {
  @TempDir private Path folder;

  @Test
  void aNameBeyondTheLocaleIsToldWithTheWayOut() throws Exception {
    assumePosix();
    assumeTrue(System.getProperty("sun.jnu.encoding").equals("UTF-8"));

    for (List<String> arguments :
        List.of(
            List.of("im2col", "--kernel", "1", "--output", "o.npy", "--input", "\u00fc.npy"),
            List.of("filter", "\u00fc.png", "--kernel", "box", "-o", "o.png"),
            List.of("filter", "x.png", "--kernel", "\u00fc.npy", "-o", folder + "/o.png"),
            List.of("bench", "--layers", "\u00fc.csv"))) {
      Cli cli = new ForkedCli().environment("LC_ALL", "POSIX").run(arguments.toArray());

      cli.requireMistake("does not have: set LC_ALL=C.UTF-8");
      cli.requireMistake("ANSI_X3.4-1968 (sun.jnu.encoding)");
    }
  }

  @Test
  void aFolderBeyondTheLocaleIsToldWithTheWayOut() throws Exception {
    assumePosix();
    assumeTrue(System.getProperty("sun.jnu.encoding").equals("UTF-8"));
    Path x = Cli.save(folder.resolve("x.npy"), new double[1], 1, 1, 1, 1);

    new ForkedCli()
        .environment("LC_ALL", "POSIX")
        .folder(Files.createDirectory(folder.resolve("\u00fc")))
        .run("im2col", "--kernel", 1, "--input", x, "--output", "o.npy")
        .requireMistake("o.npy: the current folder has a name with letters that the encoding");
  }

  @Test
  void aHeapThatIsTooSmallIsToldWithTheWayOut() throws Exception {
    BufferedImage image = new BufferedImage(4000, 4000, BufferedImage.TYPE_3BYTE_BGR);
    Path file = folder.resolve("i.png");
    ImageIO.write(image, "png", file.toFile());

    Cli cli =
        new ForkedCli()
            .option("-Xmx40m")
            .run("filter", file, "--kernel", "box", "-o", folder.resolve("o.png"));

    assertEquals(1, cli.code(), cli.err());
    assertEquals(1, cli.err().lines().count(), cli.err());
    assertTrue(cli.err().contains("not enough memory: Java heap space"), cli.err());
    assertTrue(cli.err().contains("COLONNADE_JAVA_OPTS=-Xmx1g"), cli.err());
    assertEquals(List.of("i.png"), Cli.filesIn(folder));
  }

  @Test
  void vectorKernelsNeedTheirModule() throws Exception {
    Path layers = folder.resolve("layers.csv");
    Files.writeString(
        layers, "name,n,c,h,w,o,kh,kw,stride,pad,dilation,groups\ntiny,1,1,8,8,1,3,3,1,1,1,1\n");
    String seconds = "-Dcolonnade.bench.seconds=0.001";

    new ForkedCli()
        .run("bench", "--layers", layers, "--kernels", "vector", "--json", folder.resolve("o.json"))
        .requireMistake(
            "--kernels: is vector, for which the JVM must be started with"
                + " --add-modules=jdk.incubator.vector");
    assertEquals(List.of("layers.csv"), Cli.filesIn(folder));
    for (String kernels : List.of("vector", "portable")) {
      Cli cli =
          new ForkedCli()
              .option("--add-modules=jdk.incubator.vector")
              .option(seconds)
              .run("bench", "--layers", layers, "--kernels", kernels);

      assertEquals(0, cli.code(), cli.err());
      assertTrue(cli.out().contains("forward pass, " + kernels + " kernels"), cli.out());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "HUP"})
  void aSignalWhileAnArrayIsWrittenLeavesNothing(String signal) throws Exception {
    ForkedCli.assumeEndsAt(signal);
    Path x = Cli.save(folder.resolve("x.npy"), new double[16], 1, 1, 4, 4);
    // Half a gigabyte of output, of which the first bytes are enough.
    Process process =
        new ForkedCli()
            .start(
                Main.class,
                "im2col",
                "--input",
                x,
                "--kernel",
                1,
                "--padding",
                4000,
                "--output",
                folder.resolve("o.npy"));
    while (process.isAlive() && Cli.filesIn(folder).size() == 1) {
      Thread.sleep(1);
    }
    ForkedCli.end(process, signal);

    assertEquals(List.of("x.npy"), Cli.filesIn(folder));
  }

  private static void assumePosix() {
    assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
  }
}
