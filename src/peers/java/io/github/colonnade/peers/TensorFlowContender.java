package io.github.colonnade.peers;

import io.github.colonnade.DType;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.op.nn.Conv2dBackpropFilter;
import org.tensorflow.op.nn.Conv2dBackpropInput;
import org.tensorflow.op.nn.DepthwiseConv2dNative;
import org.tensorflow.op.nn.DepthwiseConv2dNativeBackpropFilter;
import org.tensorflow.op.nn.DepthwiseConv2dNativeBackpropInput;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * TensorFlow: a graph of its operators in NHWC, the layout that its CPU kernels are written for.
 * The operands are fed, since it would fold constants away; feeding copies nothing.
 *
 * @param <T> the element type
 */
final class TensorFlowContender<T extends TNumber> implements Contender {
  private final Problem problem;
  private final Class<T> type;
  private final boolean isDepthwise;
  private final Graph graph = new Graph();
  private final Ops ops = Ops.create(graph);
  private final Map<Operand<T>, Tensor> feeds = new LinkedHashMap<>();
  private final List<Operand<T>> fetches;
  private final Session session;
  private Result result;

  private TensorFlowContender(Problem problem, Class<T> type, int threads) {
    this.problem = problem;
    this.type = type;
    isDepthwise = isDepthwise(problem.layer());
    fetches = problem.pass() == BenchPass.FORWARD ? forward() : backward();
    session =
        new Session(
            graph,
            ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(threads)
                .setInterOpParallelismThreads(1)
                .build());
  }

  static TensorFlowContender<?> open(Problem problem, int threads) {
    return problem.dtype() == DType.F64
        ? new TensorFlowContender<>(problem, TFloat64.class, threads)
        : new TensorFlowContender<>(problem, TFloat32.class, threads);
  }

  /** Only oneDNN, single precision, has gradients of groups and of dilated kernels. */
  static boolean supports(Layer layer, DType dtype, BenchPass pass) {
    return dtype == DType.F32
        || pass == BenchPass.FORWARD
        || isDepthwise(layer)
        || (layer.groups() == 1 && layer.dilation() == 1);
  }

  private static boolean isDepthwise(Layer layer) {
    return layer.groups() > 1 && layer.groups() == layer.c();
  }

  private List<Operand<T>> forward() {
    Operand<T> input = feed(activations(), problem.input());
    Operand<T> weight = feed(filter(), problem.weight());
    Operand<T> bias = feed(Layout.plain(problem.bias().shape()), problem.bias());
    Operand<T> product =
        isDepthwise
            ? ops.nn.depthwiseConv2dNative(
                input,
                weight,
                strides(),
                padding(),
                DepthwiseConv2dNative.explicitPaddings(explicitPaddings()),
                DepthwiseConv2dNative.dilations(dilations()))
            : ops.nn.conv2d(
                input,
                weight,
                strides(),
                padding(),
                Conv2d.explicitPaddings(explicitPaddings()),
                Conv2d.dilations(dilations()));
    return List.of(ops.nn.biasAdd(product, bias));
  }

  private List<Operand<T>> backward() {
    Operand<T> input = feed(activations(), problem.input());
    Operand<T> weight = feed(filter(), problem.weight());
    Operand<T> gradOutput =
        feed(Layout.nchwToNhwc(problem.gradOutput().shape()), problem.gradOutput());
    var inputSizes = ops.constant(activations().sizes());
    var filterSizes = ops.constant(filter().sizes());
    Operand<T> gradInput;
    Operand<T> gradWeights;
    if (isDepthwise) {
      gradInput =
          ops.nn.depthwiseConv2dNativeBackpropInput(
              inputSizes,
              weight,
              gradOutput,
              strides(),
              padding(),
              DepthwiseConv2dNativeBackpropInput.explicitPaddings(explicitPaddings()),
              DepthwiseConv2dNativeBackpropInput.dilations(dilations()));
      gradWeights =
          ops.nn.depthwiseConv2dNativeBackpropFilter(
              input,
              filterSizes,
              gradOutput,
              strides(),
              padding(),
              DepthwiseConv2dNativeBackpropFilter.explicitPaddings(explicitPaddings()),
              DepthwiseConv2dNativeBackpropFilter.dilations(dilations()));
    } else {
      gradInput =
          ops.nn.conv2dBackpropInput(
              inputSizes,
              weight,
              gradOutput,
              strides(),
              padding(),
              Conv2dBackpropInput.explicitPaddings(explicitPaddings()),
              Conv2dBackpropInput.dilations(dilations()));
      gradWeights =
          ops.nn.conv2dBackpropFilter(
              input,
              filterSizes,
              gradOutput,
              strides(),
              padding(),
              Conv2dBackpropFilter.explicitPaddings(explicitPaddings()),
              Conv2dBackpropFilter.dilations(dilations()));
    }
    return List.of(gradInput, gradWeights, ops.nn.biasAddGrad(gradOutput));
  }

  private Layout activations() {
    return Layout.nchwToNhwc(problem.input().shape());
  }

  /** OIHW → HWIO; depthwise, the one input channel of O gives way to the one output of C. */
  private Layout filter() {
    long[] shape = problem.weight().shape();
    if (!isDepthwise) {
      return Layout.oihwToHwio(shape);
    }
    long channels = problem.layer().c();
    return Layout.chwToHwc(channels, shape[0] / channels, shape[2], shape[3]);
  }

  private Operand<T> feed(Layout layout, io.github.colonnade.Tensor values) {
    Placeholder<T> placeholder = ops.placeholder(type, Placeholder.shape(Shape.of(layout.shape())));
    TType tensor = Tensor.of(type, Shape.of(layout.shape()));
    if (problem.dtype() == DType.F64) {
      tensor.asRawTensor().data().asDoubles().write(layout.apply(values.toDoubleArray()));
    } else {
      double[] moved = layout.apply(values.toDoubleArray());
      float[] floats = new float[moved.length];
      for (int i = 0; i < moved.length; i++) {
        floats[i] = (float) moved[i];
      }
      tensor.asRawTensor().data().asFloats().write(floats);
    }
    feeds.put(placeholder, tensor);
    return placeholder;
  }

  private List<Long> strides() {
    long stride = problem.layer().stride();
    return List.of(1L, stride, stride, 1L);
  }

  private List<Long> dilations() {
    long dilation = problem.layer().dilation();
    return List.of(1L, dilation, dilation, 1L);
  }

  /** Names what several kernels have fast paths for, where it means the same zeros. */
  private String padding() {
    Layer layer = problem.layer();
    if (layer.pad() == 0) {
      return "VALID";
    }
    boolean keepsSize =
        layer.stride() == 1
            && 2 * layer.pad() == layer.dilation() * (layer.kh() - 1)
            && 2 * layer.pad() == layer.dilation() * (layer.kw() - 1);
    return keepsSize ? "SAME" : "EXPLICIT";
  }

  private List<Long> explicitPaddings() {
    long pad = problem.layer().pad();
    return padding().equals("EXPLICIT") ? List.of(0L, 0L, pad, pad, pad, pad, 0L, 0L) : List.of();
  }

  @Override
  public void run() {
    // Freed first: the allocator then hands out the same memory again.
    release();
    Session.Runner runner = session.runner();
    feeds.forEach(runner::feed);
    fetches.forEach(runner::fetch);
    result = runner.run();
  }

  private void release() {
    if (result != null) {
      result.close();
      result = null;
    }
  }

  @Override
  public List<double[]> results() {
    List<Layout> layouts =
        problem.pass() == BenchPass.FORWARD
            ? List.of(Layout.nchwToNhwc(problem.gradOutput().shape()))
            : List.of(activations(), filter(), Layout.plain(problem.bias().shape()));
    List<double[]> results = new ArrayList<>();
    for (int i = 0; i < layouts.size(); i++) {
      results.add(layouts.get(i).invert(toDoubles(result.get(i))));
    }
    return results;
  }

  private double[] toDoubles(Tensor tensor) {
    var data = tensor.asRawTensor().data();
    if (problem.dtype() == DType.F64) {
      double[] values = new double[Math.toIntExact(tensor.shape().size())];
      data.asDoubles().read(values);
      return values;
    }
    float[] floats = new float[Math.toIntExact(tensor.shape().size())];
    data.asFloats().read(floats);
    double[] values = new double[floats.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats[i];
    }
    return values;
  }

  @Override
  public String version() {
    return TensorFlow.version();
  }

  @Override
  public void close() {
    release();
    session.close();
    graph.close();
    feeds.values().forEach(Tensor::close);
  }
}
