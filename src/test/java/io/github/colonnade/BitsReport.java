package io.github.colonnade;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Prints what a change of the code must leave as it is: for layers of networks and awkward
 * geometries, each pass, type and algorithm, what the plan explains and a hash of the result's
 * bits. Run by {@code scripts/bits.sh} before and after, on one machine; the bits depend on it.
 */
final class BitsReport {
  /** The loops of the definition take too long on larger layers. */
  private static final double MOST_REFERENCE_FLOPS = 2e7;

  private static final DType[] TYPES = {DType.F64, DType.F32};

  private BitsReport() {}

  /**
   * Prints the report.
   *
   * @param args a file of layers as {@code bench --layers} reads it
   */
  public static void main(String[] args) {
    System.out.println("kernels " + PlanOptions.kernels());
    for (String line : lines(Path.of(args[0]))) {
      String[] fields = line.split(",", -1);
      long[] v = Arrays.stream(fields).skip(1).limit(11).mapToLong(Long::parseLong).toArray();
      ConvCase layer =
          ConvCase.of(v[0], v[1], v[2], v[3], v[4], v[5], v[6])
              .stride(v[7], v[7])
              .padding(Padding.of(v[8]))
              .dilation(v[9], v[9])
              .groups(v[10]);
      report(fields[0], layer);
    }
    ConvCase.named().forEach(BitsReport::report);
    ConvTransposeCase.named().forEach(BitsReport::reportTransposed);
  }

  private static List<String> lines(Path layers) {
    try {
      return Files.readAllLines(layers).stream()
          .filter(line -> !line.isBlank() && !line.startsWith("#") && !line.startsWith("name,"))
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static void report(String name, ConvCase drawn) {
    for (DType dtype : TYPES) {
      for (Algorithm algorithm : Algorithm.values()) {
        try {
          report(name, drawn.conv().plan(options(algorithm), dtype, drawn.inputShape()), algorithm);
        } catch (IllegalArgumentException unsuited) {
          print(name, dtype, algorithm, unsuited.getMessage(), List.of());
        }
      }
    }
  }

  private static void reportTransposed(String name, ConvTransposeCase drawn) {
    for (DType dtype : TYPES) {
      for (Algorithm algorithm : Algorithms.suiting(drawn)) {
        ConvPlan plan = drawn.conv().plan(options(algorithm), dtype, drawn.inputShape());
        report("transposed " + name, plan, algorithm);
      }
    }
  }

  private static void report(String name, ConvPlan plan, Algorithm asked) {
    if (asked != Algorithm.REFERENCE || plan.flops() <= MOST_REFERENCE_FLOPS) {
      print(name, plan.dtype(), asked, plan.explain(), hashes(plan));
    }
  }

  private static List<String> hashes(ConvPlan plan) {
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(7);
      DType dtype = plan.dtype();
      long channels = plan.outputShape()[1];
      Tensor input = random(arena, random, dtype, plan.inputShape());
      Tensor weight = random(arena, random, dtype, plan.weightShape());
      Tensor bias = random(arena, random, dtype, channels);
      Tensor gradOutput = random(arena, random, dtype, plan.outputShape());
      Tensor output = Tensor.allocate(arena, dtype, plan.outputShape());
      Tensor gradInput = Tensor.allocate(arena, dtype, plan.inputShape());
      Tensor gradWeights = Tensor.allocate(arena, dtype, plan.weightShape());
      Tensor gradBias = Tensor.allocate(arena, dtype, channels);
      plan.forward(input, weight, bias, output);
      plan.backwardInput(gradOutput, weight, gradInput);
      plan.backwardWeights(input, gradOutput, gradWeights);
      plan.backwardBias(gradOutput, gradBias);
      return hashes(output, gradInput, gradWeights, gradBias);
    }
  }

  private static PlanOptions options(Algorithm algorithm) {
    return PlanOptions.defaults().withThreads(2).withAlgorithm(algorithm);
  }

  private static Tensor random(Arena arena, SplittableRandom random, DType dtype, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, random.nextDouble(-1, 1));
    }
    return tensor;
  }

  private static List<String> hashes(Tensor... results) {
    List<String> hashes = new ArrayList<>();
    for (Tensor result : results) {
      try {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(result.segment().asByteBuffer());
        hashes.add(HexFormat.of().formatHex(digest.digest(), 0, 8));
      } catch (NoSuchAlgorithmException impossible) {
        throw new AssertionError(impossible);
      }
    }
    return hashes;
  }

  private static void print(
      String name, DType dtype, Algorithm algorithm, String explained, List<String> hashes) {
    System.out.println(name + " " + dtype + " " + algorithm + " " + String.join(" ", hashes));
    explained.lines().forEach(line -> System.out.println("  " + line));
  }
}
