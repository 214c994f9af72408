package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.colonnade.OpenBlas;
import io.github.colonnade.cli.bench.Layer;
import io.github.colonnade.cli.bench.LayerTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table and the JSON, whose keys others rely on. */
class BenchCommandTest {
  @TempDir private Path folder;

  @Test
  void writesATableAndJson() throws IOException {
    Path layers = folder.resolve("layers.csv");
    Files.writeString(
        layers,
        """
        # Two small layers.
        name,n,c,h,w,o,kh,kw,stride,pad,dilation,groups
        tiny,1,1,8,8,1,3,3,1,1,1,1
        grouped, 3,4,6,5,2,3,1,2,1,1,2
        """);
    Path file = folder.resolve("o.json");

    Cli cli =
        Cli.runHastily(
                "bench", "--layers", layers, "--dtype", "f32", "--threads", 2, "--json", file)
            .requireDone();

    assertTrue(cli.out().contains("grouped        f32   im2col"), cli.out());
    JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    assertEquals(List.of("machine", "openblas", "results"), List.copyOf(json.keySet()));
    assertEquals(
        OpenBlas.info().core(), json.getAsJsonObject("openblas").get("core").getAsString());
    assertEquals(2, json.getAsJsonArray("results").size());
    JsonObject tiny = json.getAsJsonArray("results").get(0).getAsJsonObject();
    assertEquals(
        List.of(
            "layer",
            "pass",
            "dtype",
            "threads",
            "algorithm",
            "ms",
            "gflops",
            "gemm_ms",
            "workspace_bytes"),
        List.copyOf(tiny.keySet()));
    assertEquals("tiny", tiny.get("layer").getAsString());
    assertEquals("forward", tiny.get("pass").getAsString());
    assertEquals("f32", tiny.get("dtype").getAsString());
    assertEquals(2, tiny.get("threads").getAsInt());
    assertEquals("direct", tiny.get("algorithm").getAsString());
    // 64 outputs of 9 products and sums.
    double flops = tiny.get("gflops").getAsDouble() * tiny.get("ms").getAsDouble() * 1e6;
    assertEquals(64 * 9 * 2, flops, 1e-6);
    assertTrue(tiny.get("gemm_ms").getAsDouble() > 0);
    assertTrue(tiny.get("workspace_bytes").getAsLong() > 0);
  }

  @Test
  void timesAllThreeGradients() throws IOException {
    Path layers = folder.resolve("layers.csv");
    Files.writeString(
        layers, "name,n,c,h,w,o,kh,kw,stride,pad,dilation,groups\ngrouped,3,4,6,5,2,3,1,2,1,1,2\n");
    Path file = folder.resolve("o.json");

    Cli cli =
        Cli.runHastily("bench", "--layers", layers, "--pass", "backward", "--json", file)
            .requireDone();

    assertTrue(cli.out().contains("backward pass"), cli.out());
    JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    JsonObject grouped = json.getAsJsonArray("results").get(0).getAsJsonObject();
    assertEquals("backward", grouped.get("pass").getAsString());
    assertEquals("direct+im2col", grouped.get("algorithm").getAsString());
    // Twice as many as forward: 3 images of 2 channels of 3 x 4 outputs, 6 products and sums each.
    double flops = grouped.get("gflops").getAsDouble() * grouped.get("ms").getAsDouble() * 1e6;
    assertEquals(2 * 3 * 2 * 3 * 4 * 6 * 2, flops, 1e-6);
    assertTrue(grouped.get("gemm_ms").getAsDouble() > 0);
    assertTrue(grouped.get("workspace_bytes").getAsLong() > 0);
  }

  @Test
  void carriesThePublicSet() throws IOException {
    List<Layer> layers = LayerTable.publicSet();

    assertEquals(15, layers.size());
    assertEquals("vgg1_1", layers.get(0).name());
    assertEquals(128, layers.get(11).groups());
  }
}
