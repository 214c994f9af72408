package io.github.colonnade.peers;

import io.github.colonnade.Algorithm;
import io.github.colonnade.DType;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What is compared, in the order of the report's columns. */
enum Library {
  /** This library with loops in Java. */
  COLONNADE("colonnade", "Colonnade"),
  /** This library with the Vector API. */
  COLONNADE_VECTOR("colonnade-vector", "Colonnade, vector"),
  /** This library with weights prepared beforehand, forward, with loops in Java. */
  COLONNADE_PREPARED("colonnade-prepared", "Colonnade, prepared"),
  /** This library without the algorithms that do less arithmetic. */
  COLONNADE_IM2COL("colonnade-im2col", "Colonnade, im2col"),
  /** The bare multiply: what im2col could reach at most. */
  GEMM("gemm", "bare GEMM"),
  PYTORCH("pytorch", "PyTorch"),
  TENSORFLOW("tensorflow", "TensorFlow"),
  ONNX_RUNTIME("onnxruntime", "ONNX Runtime"),
  ND4J("nd4j", "ND4J"),
  C_BASELINE("c-baseline", "C baseline");

  private final String id;
  private final String label;

  Library(String id, String label) {
    this.id = id;
    this.label = label;
  }

  /** Returns its name in results. */
  String id() {
    return id;
  }

  /** Returns its name for people. */
  String label() {
    return label;
  }

  static Optional<Library> find(String id) {
    return Arrays.stream(values()).filter(library -> library.id.equals(id)).findFirst();
  }

  /**
   * Returns whether people would use it in place of Colonnade, which the C baseline is not: then it
   * runs with the settings that suit it best.
   */
  boolean isPeer() {
    return switch (this) {
      case COLONNADE, COLONNADE_VECTOR, COLONNADE_PREPARED, COLONNADE_IM2COL, GEMM, C_BASELINE ->
          false;
      case PYTORCH, TENSORFLOW, ONNX_RUNTIME, ND4J -> true;
    };
  }

  /** Returns whether it is written in Java. */
  boolean isJava() {
    return isAutomatic() || this == COLONNADE_PREPARED || this == COLONNADE_IM2COL;
  }

  /** Returns whether it is Colonnade as its users have it, choosing its algorithms. */
  boolean isAutomatic() {
    return this == COLONNADE || this == COLONNADE_VECTOR;
  }

  /** Returns the options that its JVM needs. */
  List<String> jvmOptions() {
    return this == COLONNADE_VECTOR ? List.of("--add-modules=jdk.incubator.vector") : List.of();
  }

  /** Returns whether it can compute this at all. */
  boolean supports(Layer layer, DType dtype, BenchPass pass) {
    return switch (this) {
      case COLONNADE, COLONNADE_VECTOR, COLONNADE_IM2COL, GEMM, PYTORCH -> true;
      case COLONNADE_PREPARED -> pass == BenchPass.FORWARD;
      case C_BASELINE -> CBaseline.isCompiled();
      case TENSORFLOW -> TensorFlowContender.supports(layer, dtype, pass);
      case ONNX_RUNTIME -> OnnxRuntime.supports(dtype, pass);
      case ND4J -> Nd4jContender.supports(layer);
    };
  }

  /** Prepares a pass in the calling thread, the only one that may use it. */
  Contender open(Problem problem, int threads) {
    return switch (this) {
      case COLONNADE, COLONNADE_VECTOR, COLONNADE_PREPARED, COLONNADE_IM2COL ->
          new ColonnadeContender(
              problem,
              PlanOptions.defaults()
                  .withAlgorithm(this == COLONNADE_IM2COL ? Algorithm.IM2COL : Algorithm.AUTO)
                  .withPreparedWeights(this == COLONNADE_PREPARED)
                  .withThreads(threads));
      case GEMM -> new GemmContender(problem, threads);
      case C_BASELINE -> new CBaseline(problem, threads);
      case PYTORCH -> new PyTorch(problem, threads);
      case TENSORFLOW -> TensorFlowContender.open(problem, threads);
      case ONNX_RUNTIME -> new OnnxRuntime(problem, threads);
      case ND4J -> new Nd4jContender(problem, threads);
    };
  }
}
