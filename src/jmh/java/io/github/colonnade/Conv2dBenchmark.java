package io.github.colonnade;

import io.github.colonnade.cli.bench.Layer;
import io.github.colonnade.cli.bench.LayerTable;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Every pass of the public layers. */
public class Conv2dBenchmark extends OperatorBenchmark {
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

  /** How it is computed. */
  @Param("AUTO")
  public Algorithm algorithm;

  private Conv2dPlan plan;
  private Tensor input;
  private Tensor weight;
  private Tensor bias;
  private Tensor output;
  private Tensor gradOutput;
  private Tensor gradInput;
  private Tensor gradWeights;
  private Tensor gradBias;

  @Override
  protected void prepare() throws IOException {
    Layer chosen =
        LayerTable.publicSet().layers().stream()
            .filter(candidate -> candidate.name().equals(layer))
            .findFirst()
            .orElseThrow();
    PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm).withThreads(threads);
    plan = chosen.conv2d(options).plan(dtype, chosen.inputShape());
    input = random(chosen.inputShape());
    weight = random(chosen.weightShape());
    bias = random(chosen.o());
    gradOutput = random(plan.outputShape());
    output = zeros(plan.outputShape());
    gradInput = zeros(chosen.inputShape());
    gradWeights = zeros(chosen.weightShape());
    gradBias = zeros(chosen.o());
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
