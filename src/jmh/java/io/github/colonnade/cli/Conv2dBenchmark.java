package io.github.colonnade.cli;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Every pass of the public layers, operands and outputs allocated beforehand. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED"})
public class Conv2dBenchmark {
  /** Name of a layer of the public set. */
  @Param({
    "vgg1_1",
    "vgg1_2",
    "resnet_c1",
    "res2_3x3",
    "res3_3x3",
    "res4_3x3",
    "res5_3x3",
    "res2_1x1",
    "res3_down",
    "photo_5x5",
    "lenet1",
    "mobilenet_dw",
    "resnext_g32",
    "deeplab_d2",
    "tiny"
  })
  public String layer;

  /** Element type. */
  @Param({"F64", "F32"})
  public DType dtype;

  /** How it is computed. */
  @Param("AUTO")
  public Algorithm algorithm;

  /** Threads at most. */
  @Param("2")
  public int threads;

  private Arena arena;
  private Conv2dPlan plan;
  private Tensor input;
  private Tensor weight;
  private Tensor bias;
  private Tensor output;
  private Tensor gradOutput;
  private Tensor gradInput;
  private Tensor gradWeights;
  private Tensor gradBias;

  /** Allocates and fills the operands. */
  @Setup(Level.Trial)
  public void setUp() throws IOException {
    Layer chosen =
        LayerTable.publicSet().stream()
            .filter(candidate -> candidate.name().equals(layer))
            .findFirst()
            .orElseThrow();
    PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm).withThreads(threads);
    plan = chosen.conv2d(options).plan(dtype, chosen.inputShape());
    arena = Arena.ofShared();
    SplittableRandom random = new SplittableRandom(1);
    input = random(random, chosen.inputShape());
    weight = random(random, chosen.weightShape());
    bias = random(random, chosen.o());
    gradOutput = random(random, plan.outputShape());
    output = Tensor.allocate(arena, dtype, plan.outputShape());
    gradInput = Tensor.allocate(arena, dtype, chosen.inputShape());
    gradWeights = Tensor.allocate(arena, dtype, chosen.weightShape());
    gradBias = Tensor.allocate(arena, dtype, chosen.o());
  }

  private Tensor random(SplittableRandom random, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, random.nextDouble(-1, 1));
    }
    return tensor;
  }

  /** Frees the operands. */
  @TearDown(Level.Trial)
  public void tearDown() {
    arena.close();
  }

  /** The output. */
  @Benchmark
  public Tensor forward() {
    plan.forward(input, weight, bias, output);
    return output;
  }

  /** The input's gradient. */
  @Benchmark
  public Tensor backwardInput() {
    plan.backwardInput(gradOutput, weight, gradInput);
    return gradInput;
  }

  /** The weights' gradient. */
  @Benchmark
  public Tensor backwardWeights() {
    plan.backwardWeights(input, gradOutput, gradWeights);
    return gradWeights;
  }

  /** The bias's gradient. */
  @Benchmark
  public Tensor backwardBias() {
    plan.backwardBias(gradOutput, gradBias);
    return gradBias;
  }
}
