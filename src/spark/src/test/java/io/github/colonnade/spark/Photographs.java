package io.github.colonnade.spark;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.RandomFill;
import io.github.colonnade.Tensor;
import io.github.colonnade.image.Channels;
import io.github.colonnade.image.ImageOptions;
import io.github.colonnade.image.Images;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A folder of photographs, a filter and a convolution, and what the library makes of them. */
final class Photographs {
  /** Sharpens red, green and blue, each by itself. */
  static final ConvSpec FILTER = filter();

  static final ConvSpec CONVOLUTION =
      spec(Conv2d.builder(3, 5, 3, 3).stride(2).padding(1).build(), DType.F32, 1);

  private static final Path EXAMPLES =
      Path.of(System.getProperty("basedir"), "../cli/resources/io/github/colonnade/cli/images");

  private Photographs() {}

  private static ConvSpec filter() {
    float[] sharpen = {0, -1, 0, -1, 5, -1, 0, -1, 0};
    float[] weight = new float[3 * sharpen.length];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = sharpen[i % sharpen.length];
    }
    return ConvSpec.of(
        Conv2d.builder(3, 3, 3, 3).groups(3).padding(1).build(),
        Tensor.of(weight, 3, 1, 3, 3),
        null);
  }

  /** Returns a convolution of random weights and bias. */
  static ConvSpec spec(Conv2d conv, DType dtype, long seed) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor weight = Tensor.allocate(arena, dtype, conv.weightShape());
      Tensor bias = Tensor.allocate(arena, dtype, conv.outChannels());
      RandomFill random = RandomFill.seeded(seed);
      random.uniform(weight, -1, 1);
      random.uniform(bias, -1, 1);
      return ConvSpec.of(conv, weight, bias);
    }
  }

  /** Writes a folder of two photographs and some small pictures, of several sizes and channels. */
  static Path write(Path folder) throws IOException {
    for (String name : List.of("camera.png", "chelsea.png")) {
      Files.copy(EXAMPLES.resolve(name), folder.resolve(name));
    }
    try (Arena arena = Arena.ofConfined()) {
      for (int i = 0; i < 7; i++) {
        Tensor picture = Tensor.allocate(arena, DType.F64, 1, i % 4 + 1, 20 + i / 3, 31);
        RandomFill.seeded(i).uniform(picture, 0, 1);
        Images.write(folder.resolve("small-" + i + ".png"), picture);
      }
    }
    return folder;
  }

  static Dataset<Row> load(SparkSession spark, Path folder) {
    return spark.read().format("binaryFile").load(folder.toString()).select("path", "content");
  }

  /** Convolves the photographs twice, on Spark. */
  static Dataset<Row> convolve(Dataset<Row> photographs) {
    Dataset<Row> filtered = SparkConv.forward(photographs, FILTER, "content", "content", 1);
    return SparkConv.forward(filtered, CONVOLUTION, "content", "features", 1).drop("content");
  }

  /** Convolves the files of a folder twice, in this process: by name, shape and values. */
  static Map<String, String> convolve(Path folder) throws IOException {
    Map<String, String> results = new TreeMap<>();
    ImageOptions options = ImageOptions.defaults().withChannels(Channels.RGB);
    try (Arena arena = Arena.ofConfined();
        Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Tensor picture = Images.read(file, arena, DType.F32, options);
        Tensor features = forward(arena, CONVOLUTION, forward(arena, FILTER, picture));
        results.put(file.getFileName().toString(), Bits.of(features.reshape(image(features))));
      }
    }
    return results;
  }

  private static long[] image(Tensor tensor) {
    return new long[] {tensor.size(1), tensor.size(2), tensor.size(3)};
  }

  static Tensor forward(Arena arena, ConvSpec spec, Tensor input) {
    return spec.conv().forward(arena, input, spec.weight(), spec.bias());
  }

  /** Returns the results of Spark as {@link #convolve(Path)} has them. */
  static Map<String, String> results(Dataset<Row> convolved) {
    Map<String, String> results = new TreeMap<>();
    for (Row row : convolved.select("path", "features").collectAsList()) {
      String path = row.getString(0);
      results.put(path.substring(path.lastIndexOf('/') + 1), Bits.of(row.getStruct(1)));
    }
    return results;
  }
}
