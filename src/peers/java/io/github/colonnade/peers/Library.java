package io.github.colonnade.peers;

import io.github.colonnade.Algorithm;
import io.github.colonnade.DType;
import io.github.colonnade.cli.Layer;
import io.github.colonnade.cli.Pass;
import java.util.Arrays;
import java.util.Optional;

/** What is compared. */
enum Library {
  COLONNADE("colonnade"),
  /** This library without the algorithms that do less arithmetic. */
  COLONNADE_IM2COL("colonnade-im2col"),
  /** The bare multiply: what im2col could reach at most. */
  GEMM("gemm"),
  C_BASELINE("c-baseline"),
  PYTORCH("pytorch"),
  TENSORFLOW("tensorflow"),
  ONNX_RUNTIME("onnxruntime"),
  ND4J("nd4j");

  private final String id;

  Library(String id) {
    this.id = id;
  }

  /** Returns its name in results. */
  String id() {
    return id;
  }

  static Optional<Library> find(String id) {
    return Arrays.stream(values()).filter(library -> library.id.equals(id)).findFirst();
  }

  /** Tells whether others wrote it: then it runs with the settings that suit it best. */
  boolean isPeer() {
    return switch (this) {
      case COLONNADE, COLONNADE_IM2COL, GEMM, C_BASELINE -> false;
      case PYTORCH, TENSORFLOW, ONNX_RUNTIME, ND4J -> true;
    };
  }

  /** Tells whether it is written in Java. */
  boolean isJava() {
    return this == COLONNADE || this == COLONNADE_IM2COL;
  }

  /** Tells whether it can compute this at all. */
  boolean supports(Layer layer, DType dtype, Pass pass) {
    return switch (this) {
      case COLONNADE, COLONNADE_IM2COL, GEMM, PYTORCH -> true;
      case C_BASELINE -> CBaseline.isCompiled();
      case TENSORFLOW -> TensorFlowContender.supports(layer, dtype, pass);
      case ONNX_RUNTIME -> OnnxRuntime.supports(dtype, pass);
      case ND4J -> Nd4jContender.supports(layer);
    };
  }

  /** Prepares a pass in the calling thread, the only one that may use it. */
  Contender open(Problem problem, int threads) {
    return switch (this) {
      case COLONNADE -> new ColonnadeContender(problem, Algorithm.AUTO, threads);
      case COLONNADE_IM2COL -> new ColonnadeContender(problem, Algorithm.IM2COL, threads);
      case GEMM -> new GemmContender(problem, threads);
      case C_BASELINE -> new CBaseline(problem, threads);
      case PYTORCH -> new PyTorch(problem, threads);
      case TENSORFLOW -> TensorFlowContender.open(problem, threads);
      case ONNX_RUNTIME -> new OnnxRuntime(problem, threads);
      case ND4J -> new Nd4jContender(problem, threads);
    };
  }
}
