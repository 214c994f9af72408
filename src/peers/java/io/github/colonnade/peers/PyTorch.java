package io.github.colonnade.peers;

import ai.djl.engine.Engine;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * PyTorch through the Deep Java Library, without recording gradients. The backward pass is a
 * TorchScript of the operator that autograd calls: through autograd itself, each call would add its
 * gradients to the last one's.
 */
final class PyTorch implements Contender {
  private final Problem problem;
  private final PtNDManager manager;
  private final PtNDArray input;
  private final PtNDArray weight;
  private final PtNDArray bias;
  private final Shape stride;
  private final Shape padding;
  private final Shape dilation;
  private final PtSymbolBlock backward;
  private final IValue[] backwardOperands;
  private PtNDArray output;
  private IValue gradients;

  PyTorch(Problem problem, int threads) {
    this.problem = problem;
    Engine engine = Engine.getEngine("PyTorch");
    JniUtils.setNumThreads(threads);
    // Holds for this thread, which is the one that will call run().
    JniUtils.setGradMode(false);
    manager = (PtNDManager) engine.newBaseManager();
    input = copy(problem.input());
    weight = copy(problem.weight());
    bias = copy(problem.bias());
    Layer layer = problem.layer();
    stride = new Shape(layer.stride(), layer.stride());
    padding = new Shape(layer.pad(), layer.pad());
    dilation = new Shape(layer.dilation(), layer.dilation());
    if (problem.pass() == BenchPass.FORWARD) {
      backward = null;
      backwardOperands = null;
    } else {
      try {
        byte[] script = TorchScript.convolutionBackward(layer);
        backward = JniUtils.loadModule(manager, new ByteArrayInputStream(script), false, false);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      backwardOperands =
          new IValue[] {
            IValue.from(copy(problem.gradOutput())), IValue.from(input), IValue.from(weight)
          };
    }
  }

  private PtNDArray copy(Tensor tensor) {
    return manager.create(
        tensor.segment().asByteBuffer().order(java.nio.ByteOrder.nativeOrder()),
        new Shape(tensor.shape()),
        tensor.dtype() == DType.F64 ? DataType.FLOAT64 : DataType.FLOAT32);
  }

  @Override
  public void run() {
    // Freed first: the allocator then hands out the same memory again.
    release();
    if (problem.pass() == BenchPass.FORWARD) {
      int groups = (int) problem.layer().groups();
      output = JniUtils.convolution(input, weight, bias, stride, padding, dilation, groups);
    } else {
      gradients = IValueUtils.forward(backward, backwardOperands);
    }
  }

  private void release() {
    if (output != null) {
      output.close();
      output = null;
    }
    if (gradients != null) {
      gradients.close();
      gradients = null;
    }
  }

  @Override
  public List<double[]> results() {
    List<double[]> results = new ArrayList<>();
    if (problem.pass() == BenchPass.FORWARD) {
      results.add(toDoubles(output));
    } else {
      for (IValue gradient : gradients.toIValueTuple()) {
        results.add(toDoubles(gradient.toTensor(manager)));
      }
    }
    return results;
  }

  private static double[] toDoubles(PtNDArray array) {
    return array.toType(DataType.FLOAT64, false).toDoubleArray();
  }

  @Override
  public String version() {
    return Engine.getEngine("PyTorch").getVersion();
  }

  @Override
  public void close() {
    release();
    manager.close();
  }
}
