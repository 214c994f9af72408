package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.OpenBlas;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job, from the photographs in the jar to the sheet and the table. */
class DemoCommandTest {
  @TempDir private Path folder;

  @Test
  void drawsTheSheetAndPrintsTheTable() throws IOException {
    Path made = folder.resolve("made/here");
    Cli cli = Cli.runHastily("demo", "--output-dir", made).requireDone();

    assertEquals(List.of("contact-sheet.png"), Cli.filesIn(made));
    BufferedImage sheet = ImageIO.read(made.resolve("contact-sheet.png").toFile());
    // Four tiles of 450 with their gutters and margins.
    assertEquals(1984, sheet.getWidth());
    assertTrue(sheet.getHeight() > 1500, () -> "height is " + sheet.getHeight());
    Set<Integer> colours = new HashSet<>();
    for (int x = 0; x < sheet.getWidth(); x += 7) {
      colours.add(sheet.getRGB(x, sheet.getHeight() / 2));
    }
    assertTrue(colours.size() > 50, () -> colours.size() + " colours in a line");
    String out = cli.out();
    assertTrue(out.contains("OpenBLAS " + OpenBlas.info().version()), out);
    assertTrue(out.contains("photo_5x5      f32"), out);
  }
}
