package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.colonnade.examples.mnist.IdxFiles;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From IDX files to the table, the JSON and the plots. */
class TrainCommandTest {
  private static final List<String> PLOTS =
      List.of("confusion-matrix.png", "filters.png", "loss.png");

  @TempDir private static Path data;
  @TempDir private Path folder;

  @BeforeAll
  static void generate() {
    IdxFiles.dataSet(data, 120, 40);
  }

  @Test
  void trainsAndDraws() throws IOException {
    Path made = folder.resolve("made/here");
    Path json = folder.resolve("o.json");

    Cli cli =
        Cli.run(
                "train",
                "--data",
                data,
                "--epochs",
                4,
                "--batch",
                16,
                "--dtype",
                "f64",
                "--learning-rate",
                0.03,
                "--output-dir",
                made,
                "--json",
                json)
            .requireDone();

    assertEquals(PLOTS, Cli.filesIn(made));
    for (String plot : PLOTS) {
      BufferedImage picture = ImageIO.read(made.resolve(plot).toFile());
      assertTrue(picture.getWidth() >= 1200 && picture.getHeight() >= 500, plot);
      assertTrue(colours(picture) > 20, plot);
      assertTrue(cli.out().contains(plot), cli.out());
    }
    assertTrue(cli.out().contains("120 images to train with and 40 to test with"), cli.out());
    JsonObject written = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertEquals(List.of("epochs"), List.copyOf(written.keySet()));
    JsonArray epochs = written.getAsJsonArray("epochs");
    assertEquals(4, epochs.size());
    for (int i = 0; i < 4; i++) {
      JsonObject epoch = epochs.get(i).getAsJsonObject();
      assertEquals(
          List.of("epoch", "loss", "test_accuracy", "images_per_second"),
          List.copyOf(epoch.keySet()));
      assertEquals(i + 1, epoch.get("epoch").getAsInt());
      assertTrue(epoch.get("images_per_second").getAsDouble() > 0);
    }
    JsonObject first = epochs.get(0).getAsJsonObject();
    JsonObject last = epochs.get(3).getAsJsonObject();
    assertTrue(last.get("loss").getAsDouble() < first.get("loss").getAsDouble());
    assertTrue(last.get("test_accuracy").getAsDouble() > 0.8, last::toString);
  }

  private static int colours(BufferedImage picture) {
    Set<Integer> colours = new HashSet<>();
    for (int y = 0; y < picture.getHeight(); y += 3) {
      for (int x = 0; x < picture.getWidth(); x += 3) {
        colours.add(picture.getRGB(x, y));
      }
    }
    return colours.size();
  }

  @Test
  void theSeedAloneDecides() throws IOException {
    List<String> one = epochs("--threads", 1);

    assertEquals(one, epochs("--threads", 2));
    assertEquals(one, epochs("--seed", 1));
    assertNotEquals(one, epochs("--seed", -2));
  }

  /** Returns loss and accuracy of each epoch, with all digits. */
  private List<String> epochs(Object... options) throws IOException {
    Path json = folder.resolve("o.json");
    List<Object> words =
        new ArrayList<>(List.of("train", "--data", data, "--epochs", 2, "--batch", 50));
    words.addAll(List.of("--json", json, "--output-dir", folder));
    words.addAll(List.of(options));
    Cli.run(words.toArray()).requireDone();
    List<String> epochs = new ArrayList<>();
    for (JsonElement epoch :
        JsonParser.parseString(Files.readString(json)).getAsJsonObject().getAsJsonArray("epochs")) {
      epochs.add(
          epoch.getAsJsonObject().get("loss") + " " + epoch.getAsJsonObject().get("test_accuracy"));
    }
    return epochs;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --epochs 0                     | --epochs: is 0, must be at least 1
          --epochs 2147483648            | --epochs: is 2147483648, must be at most 2147483647
          --batch -1                     | --batch: is -1, must be at least 1
          --batch 121                    | --batch: is 121, there are 120 training images
          --batch many                   | --batch: is 'many', must be a whole number
          --learning-rate 0              | --learning-rate: is 0.0, must be a number above 0
          --learning-rate NaN            | --learning-rate: is NaN, must be a number above 0
          --learning-rate Infinity       | --learning-rate: is Infinity, must be a number above 0
          --learning-rate fast           | --learning-rate: is 'fast', must be a number
          --momentum 1                   | --momentum: is 1.0, must be from 0 to below 1
          --momentum -0.1                | --momentum: is -0.1, must be from 0 to below 1
          --momentum NaN                 | --momentum: is NaN, must be from 0 to below 1
          --dtype i64                    | --dtype: is 'i64', must be one of f64, f32
          --seed one                     | --seed: is 'one', must be a whole number
          --threads 0                    | --threads: is 0, must be at least 1
          --json DIR                     | DIR: is a folder, must be a file
          --json DIR/none/o.json         | DIR/none/o.json: its folder does not exist
          --data DIR                     | DIR: holds none of train-images-idx3-ubyte, train-images-idx3-ubyte.gz,
          --data DIR/none                | DIR/none: no such file or folder
          --data DIR/file                | DIR/file: is a file, must be a folder of IDX files
          --output-dir DIR/file          | --output-dir: DIR/file is a file, must be a folder
          --output-dir DIR/file/below    | DIR/file
          --json DIR/out/loss.png        | --output-dir: is 'DIR/out/loss.png', the file of --json too
          """)
  void mistakesAreTold(String options, String message) throws IOException {
    Files.writeString(folder.resolve("file"), "");
    List<Object> words = new ArrayList<>(List.of("train"));
    if (!options.contains("--data")) {
      words.addAll(List.of("--data", data));
    }
    if (!options.contains("--output-dir")) {
      words.addAll(List.of("--output-dir", folder.resolve("out")));
    }
    words.addAll(List.of(options.replace("DIR", folder.toString()).split(" ")));

    Cli.run(words.toArray()).requireMistake(message.replace("DIR", folder.toString()));

    assertEquals(List.of("file"), Cli.filesIn(folder));
  }

  @Test
  void aLossThatExplodesEndsTheTraining() {
    Cli.run("train", "--data", data, "--learning-rate", 1e30, "--output-dir", folder.resolve("out"))
        .requireMistake("--learning-rate: is 1.0E30, with which the loss became NaN in step 2 of");

    assertEquals(List.of(), Cli.filesIn(folder));
  }

  @Test
  void withoutDataThePackageAndTheOptionAreNamed() {
    assumeTrue(
        !Files.exists(Path.of("/usr/share/datasets/fashion-mnist")),
        "Debian's package dataset-fashion-mnist is installed");

    Cli.run("train", "--output-dir", folder.resolve("out"))
        .requireMistake(
            "/usr/share/datasets/fashion-mnist: is not there: install Debian's package"
                + " dataset-fashion-mnist, or name another folder of IDX files with --data");
    assertEquals(List.of(), Cli.filesIn(folder));
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void aSignalLeavesNothing(String signal) throws Exception {
    ForkedCli.assumeEndsAt(signal);
    Path out = folder.resolve("out").resolve("below");
    Path json = folder.resolve("o.json");
    Process process =
        new ForkedCli()
            .start(
                Main.class,
                "train",
                "--data",
                data,
                "--epochs",
                100_000,
                "--output-dir",
                out,
                "--json",
                json);
    try (BufferedReader table = process.inputReader()) {
      String line = table.readLine();
      while (line != null && !line.startsWith("    2 ")) {
        line = table.readLine();
      }
      assertTrue(line != null, () -> "the training ended");
      ForkedCli.end(process, signal);
    }

    assertEquals(List.of(), Cli.filesIn(folder));
  }
}
