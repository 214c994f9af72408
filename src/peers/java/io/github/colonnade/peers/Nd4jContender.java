package io.github.colonnade.peers;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J: its native operators on preallocated arrays. */
final class Nd4jContender implements Contender {
  /** Explicit padding, NCHW, weights in OIHW. */
  private static final int[] LAYOUT = {0, 0, 1};

  private final DynamicCustomOp operator;
  private final List<INDArray> outputs = new ArrayList<>();

  Nd4jContender(Problem problem, int threads) {
    Nd4j.getEnvironment().setMaxThreads(threads);
    Nd4j.getEnvironment().setMaxMasterThreads(threads);
    Layer layer = problem.layer();
    boolean isDepthwise = layer.groups() > 1;
    List<INDArray> inputs = new ArrayList<>();
    inputs.add(copy(problem.input()));
    INDArray weight = copy(problem.weight());
    // [1, C, KH, KW]: of one output channel a group, the same elements in the same order.
    long[] weightShape =
        isDepthwise ? new long[] {1, layer.c(), layer.kh(), layer.kw()} : problem.weight().shape();
    inputs.add(weight.reshape(weightShape));
    inputs.add(copy(problem.bias()));
    String name = isDepthwise ? "depthwise_conv2d" : "conv2d";
    if (problem.pass() == BenchPass.FORWARD) {
      outputs.add(create(problem.dtype(), problem.gradOutput().shape()));
    } else {
      name += "_bp";
      inputs.add(copy(problem.gradOutput()));
      outputs.add(create(problem.dtype(), problem.input().shape()));
      outputs.add(create(problem.dtype(), weightShape));
      outputs.add(create(problem.dtype(), problem.bias().shape()));
    }
    operator =
        DynamicCustomOp.builder(name)
            .addInputs(inputs.toArray(INDArray[]::new))
            .addOutputs(outputs.toArray(INDArray[]::new))
            .addIntegerArguments(arguments(layer))
            .build();
  }

  /** It has no grouped convolution but the depthwise one. */
  static boolean supports(Layer layer) {
    return layer.groups() == 1 || (layer.groups() == layer.c() && layer.o() == layer.c());
  }

  private static int[] arguments(Layer layer) {
    long[] geometry = {
      layer.kh(),
      layer.kw(),
      layer.stride(),
      layer.stride(),
      layer.pad(),
      layer.pad(),
      layer.dilation(),
      layer.dilation()
    };
    int[] all = new int[geometry.length + LAYOUT.length];
    for (int i = 0; i < geometry.length; i++) {
      all[i] = Math.toIntExact(geometry[i]);
    }
    System.arraycopy(LAYOUT, 0, all, geometry.length, LAYOUT.length);
    return all;
  }

  private static INDArray create(DType dtype, long... shape) {
    return Nd4j.create(dtype == DType.F64 ? DataType.DOUBLE : DataType.FLOAT, shape, 'c');
  }

  private static INDArray copy(Tensor tensor) {
    INDArray array = create(tensor.dtype(), tensor.shape());
    array
        .data()
        .pointer()
        .asByteBuffer()
        .order(ByteOrder.nativeOrder())
        .put(tensor.segment().asByteBuffer());
    return array;
  }

  @Override
  public void run() {
    Nd4j.getExecutioner().exec(operator);
  }

  @Override
  public List<double[]> results() {
    return outputs.stream().map(array -> array.dup('c').data().asDouble()).toList();
  }

  @Override
  public String version() {
    return Versions.ofArtifact("org.nd4j", "nd4j-api");
  }

  @Override
  public void close() {
    outputs.forEach(INDArray::close);
  }
}
