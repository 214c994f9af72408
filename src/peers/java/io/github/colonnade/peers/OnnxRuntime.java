package io.github.colonnade.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import io.github.colonnade.cli.bench.BenchPass;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;

/**
 * ONNX Runtime on a model of one node. The weights are initializers, so that they are packed once;
 * the output is written to the same memory at every call.
 */
final class OnnxRuntime implements Contender {
  private final OrtSession session;
  private final OnnxTensor input;
  private final OnnxTensor output;
  private final FloatBuffer outputValues;
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();

  OnnxRuntime(Problem problem, int threads) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(OnnxModel.convolution(problem), options);
      Tensor result = problem.gradOutput();
      input = tensor(floats(problem.input()), problem.input());
      outputValues =
          java.nio.ByteBuffer.allocateDirect(Math.toIntExact(result.byteSize()))
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      output = tensor(outputValues, result);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  static boolean supports(DType dtype, BenchPass pass) {
    // It infers only, and its CPU provider has no Conv of doubles.
    return dtype == DType.F32 && pass == BenchPass.FORWARD;
  }

  private static FloatBuffer floats(Tensor tensor) {
    return tensor.segment().asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private OnnxTensor tensor(FloatBuffer values, Tensor like) throws OrtException {
    return OnnxTensor.createTensor(environment, values, like.shape());
  }

  @Override
  public void run() {
    try {
      session.run(Map.of(OnnxModel.INPUT, input), Map.of(OnnxModel.OUTPUT, output)).close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public List<double[]> results() {
    double[] values = new double[outputValues.capacity()];
    for (int i = 0; i < values.length; i++) {
      values[i] = outputValues.get(i);
    }
    return List.of(values);
  }

  @Override
  public String version() {
    return environment.getVersion();
  }

  @Override
  public void close() {
    try {
      input.close();
      output.close();
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
