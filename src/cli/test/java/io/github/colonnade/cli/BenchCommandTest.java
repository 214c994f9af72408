package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.colonnade.DType;
import io.github.colonnade.OpenBlas;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.cli.bench.Layer;
import io.github.colonnade.cli.bench.LayerSet;
import io.github.colonnade.cli.bench.LayerTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    assertEquals(List.of("machine", "openblas", "kernels", "results"), List.copyOf(json.keySet()));
    assertEquals("portable", json.get("kernels").getAsString());
    assertFalse(cli.out().contains("total"), cli.out());
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
  void timesPreparedWeights() throws IOException {
    Path layers = folder.resolve("layers.csv");
    Files.writeString(
        layers,
        """
        name,n,c,h,w,o,kh,kw,stride,pad,dilation,groups
        transformed,1,4,8,8,4,3,3,1,1,1,1
        """);
    Cli cli =
        Cli.runHastily("bench", "--layers", layers, "--prepared", "--algorithm", "winograd")
            .requireDone();
    assertTrue(cli.out().contains("random inputs, prepared weights"), cli.out());
    assertTrue(cli.out().contains("transformed    f64   winograd"), cli.out());
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
    LayerSet set = LayerTable.publicSet();

    assertFalse(set.isCounted());
    assertEquals(15, set.layers().size());
    assertEquals("vgg1_1", set.layers().get(0).name());
    assertEquals(128, set.layers().get(11).groups());
  }

  /** By the papers: convolutions, and 10⁶ products of one image. */
  @ParameterizedTest
  @CsvSource({"resnet50, 53, 4087", "vgg16, 13, 15347", "mobilenetv2, 52, 299", "unet, 19, 45949"})
  void carriesWholeNetworks(String name, long convolutions, double megaProducts)
      throws IOException {
    LayerSet network = LayerTable.network(name).withImages(1);

    assertTrue(network.isCounted());
    long count = 0;
    double products = 0;
    for (Layer layer : network.layers()) {
      count += layer.count();
      var plan =
          layer.conv2d(PlanOptions.defaults().withThreads(1)).plan(DType.F32, layer.inputShape());
      products += layer.count() * plan.flops() / 2;
    }
    assertEquals(convolutions, count);
    assertEquals(megaProducts, products / 1e6, 0.5);
  }

  @Test
  void knowsTheNetworksByTheirNames() throws IOException {
    Path file = folder.resolve("o.json");

    Cli cli =
        Cli.runHastily("bench", "--network", "MobileNetV2", "--batch", 1, "--json", file)
            .requireDone();

    assertTrue(cli.out().contains("mobilenetv2_30"), cli.out());
    assertEquals(30, json(file).getAsJsonArray("results").size());
  }

  @Test
  void sumsLayersByTheirCount() throws IOException {
    Path layers = folder.resolve("layers.csv");
    Files.writeString(
        layers,
        """
        name,n,c,h,w,o,kh,kw,stride,pad,dilation,groups,count
        once,1,1,8,8,1,3,3,1,1,1,1,1
        often,1,1,9,9,1,3,3,1,1,1,1,1000
        """);
    Path file = folder.resolve("o.json");

    Cli cli = Cli.runHastily("bench", "--layers", layers, "--json", file).requireDone();

    JsonObject json = json(file);
    assertEquals(
        List.of("machine", "openblas", "kernels", "results", "total"), List.copyOf(json.keySet()));
    JsonObject total = json.getAsJsonObject("total");
    assertEquals(List.of("ms", "gemm_ms"), List.copyOf(total.keySet()));
    JsonObject once = json.getAsJsonArray("results").get(0).getAsJsonObject();
    JsonObject often = json.getAsJsonArray("results").get(1).getAsJsonObject();
    for (String key : List.of("ms", "gemm_ms")) {
      double sum = once.get(key).getAsDouble() + 1000 * often.get(key).getAsDouble();
      assertEquals(sum, total.get(key).getAsDouble(), 1e-9 * sum, key);
    }
    String line = cli.out().lines().filter(each -> each.startsWith("total ")).findFirst().get();
    String ms = String.format(Locale.ROOT, "%.4f", total.get("ms").getAsDouble());
    assertTrue(line.contains(" " + ms + " "), line);
  }

  @Test
  void takesAnotherNumberOfImages() throws IOException {
    Path layers = folder.resolve("layers.csv");
    Files.writeString(
        layers, "name,n,c,h,w,o,kh,kw,stride,pad,dilation,groups\ntiny,1,1,8,8,1,3,3,1,1,1,1\n");
    Path file = folder.resolve("o.json");

    Cli.runHastily("bench", "--layers", layers, "--batch", 5, "--json", file).requireDone();

    JsonObject tiny = json(file).getAsJsonArray("results").get(0).getAsJsonObject();
    double flops = tiny.get("gflops").getAsDouble() * tiny.get("ms").getAsDouble() * 1e6;
    assertEquals(5 * 64 * 9 * 2, flops, 1e-6);
  }

  @ParameterizedTest
  @CsvSource({"f64, 8, forward", "f32, 4, backward"})
  void tellsTheShareOfTheLimit(String dtype, int bytes, String pass) throws IOException {
    Path layers = folder.resolve("layers.csv");
    Files.writeString(
        layers, "name,n,c,h,w,o,kh,kw,stride,pad,dilation,groups\nedge,1,8,64,64,1,1,1,1,0,1,1\n");
    Path file = folder.resolve("o.json");

    Cli cli =
        Cli.runHastily(
                "bench",
                "--limit",
                "--layers",
                layers,
                "--dtype",
                dtype,
                "--pass",
                pass,
                "--json",
                file)
            .requireDone();

    assertTrue(cli.out().contains("ratio  limit  least"), cli.out());
    JsonObject json = json(file);
    JsonObject limit = json.getAsJsonObject("limit");
    assertEquals(List.of("gflops", "gbytes_per_second"), List.copyOf(limit.keySet()));
    double perSecond = 1e9 * limit.get("gflops").getAsDouble();
    double bytesPerSecond = 1e9 * limit.get("gbytes_per_second").getAsDouble();
    int plane = 64 * 64;
    double most = 0;
    if (pass.equals("forward")) {
      most = most(2.0 * 8 * plane / perSecond, bytes * (9.0 * plane + 9) / bytesPerSecond);
    } else {
      // Of the input, of the weights, and of the bias.
      most += most(2.0 * 8 * plane / perSecond, bytes * (9.0 * plane + 8) / bytesPerSecond);
      most += most(2.0 * 8 * plane / perSecond, bytes * (9.0 * plane + 8) / bytesPerSecond);
      most += most(2.0 * plane / perSecond, bytes * (plane + 1.0) / bytesPerSecond);
    }
    JsonObject edge = json.getAsJsonArray("results").get(0).getAsJsonObject();
    assertEquals(1e3 * most, edge.get("limit_ms").getAsDouble(), 1e-9 * most);
    assertEquals(1e3 * most, edge.get("least_limit_ms").getAsDouble(), 1e-9 * most);
  }

  private static double most(double operations, double memory) {
    return Math.max(operations, memory);
  }

  private static JsonObject json(Path file) throws IOException {
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }
}
