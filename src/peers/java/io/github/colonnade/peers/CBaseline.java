package io.github.colonnade.peers;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import io.github.colonnade.internal.blas.OpenBlasLoader;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * native/baseline.c, multiplying with the OpenBLAS that this library loaded: the same copy and
 * kernels, but OpenBLAS's own threads.
 */
// It calls C.
@SuppressWarnings("restricted")
final class CBaseline implements Contender {
  /** Names the folder of what native/baseline.c was compiled to. */
  static final String FOLDER = "colonnade.peers.baseline";

  private final Problem problem;
  private final Arena arena = Arena.ofShared();
  private final String version;
  private final MethodHandle pass;
  private final Object[] arguments;
  private final Tensor output;
  private final Tensor gradInput;
  private final Tensor gradWeights;
  private final Tensor gradBias;

  CBaseline(Problem problem, int threads) {
    this.problem = problem;
    OpenBlasLoader.load();
    SymbolLookup blas = OpenBlasLoader.library();
    call(downcall(blas, "openblas_set_num_threads", JAVA_INT), threads);
    boolean isDouble = problem.dtype() == DType.F64;
    SymbolLookup baseline = SymbolLookup.libraryLookup(file(problem.dtype()), arena);
    version = compiler(baseline);
    output = allocate(problem.gradOutput());
    gradInput = allocate(problem.input());
    gradWeights = allocate(problem.weight());
    gradBias = allocate(problem.bias());
    Layer layer = problem.layer();
    Tensor columns =
        Tensor.allocate(
            arena,
            problem.dtype(),
            layer.c() * layer.kh() * layer.kw(),
            problem.outH() * problem.outW());
    MemorySegment sizes = sizes(layer);
    MemorySegment gemm = blas.findOrThrow(isDouble ? "cblas_dgemm" : "cblas_sgemm");
    String name = problem.pass() == BenchPass.FORWARD ? "baseline_forward" : "baseline_backward";
    List<Tensor> operands =
        problem.pass() == BenchPass.FORWARD
            ? List.of(problem.input(), problem.weight(), problem.bias(), columns, output)
            : List.of(
                problem.input(),
                problem.weight(),
                problem.gradOutput(),
                columns,
                gradInput,
                gradWeights,
                gradBias);
    arguments = new Object[2 + operands.size()];
    arguments[0] = sizes;
    arguments[1] = gemm;
    for (int i = 0; i < operands.size(); i++) {
      arguments[2 + i] = operands.get(i).segment();
    }
    MemoryLayout[] pointers = new MemoryLayout[arguments.length];
    Arrays.fill(pointers, ADDRESS);
    pass = downcall(baseline, name, pointers);
  }

  /** Returns whether it has been compiled: there need not be a C compiler. */
  static boolean isCompiled() {
    return Files.isRegularFile(file(DType.F64)) && Files.isRegularFile(file(DType.F32));
  }

  private static Path file(DType dtype) {
    String folder = System.getProperty(FOLDER, "target/baseline");
    return Path.of(folder, "libbaseline-" + dtype.name().toLowerCase(Locale.ROOT) + ".so")
        .toAbsolutePath();
  }

  private Tensor allocate(Tensor like) {
    return Tensor.allocate(arena, like.dtype(), like.shape());
  }

  private MemorySegment sizes(Layer layer) {
    return arena.allocateFrom(
        JAVA_LONG,
        layer.n(),
        layer.c(),
        layer.h(),
        layer.w(),
        layer.o(),
        layer.kh(),
        layer.kw(),
        layer.stride(),
        layer.pad(),
        layer.dilation(),
        layer.groups(),
        problem.outH(),
        problem.outW());
  }

  private static String compiler(SymbolLookup baseline) {
    MethodHandle compiler =
        Linker.nativeLinker()
            .downcallHandle(
                baseline.findOrThrow("baseline_compiler"), FunctionDescriptor.of(ADDRESS));
    try {
      MemorySegment text = (MemorySegment) compiler.invoke();
      return "gcc " + text.reinterpret(Long.MAX_VALUE).getString(0);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static MethodHandle downcall(
      SymbolLookup library, String name, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(library.findOrThrow(name), FunctionDescriptor.ofVoid(arguments));
  }

  private static void call(MethodHandle function, Object... arguments) {
    try {
      function.invokeWithArguments(arguments);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  @Override
  public void run() {
    call(pass, arguments);
  }

  @Override
  public List<double[]> results() {
    return problem.pass() == BenchPass.FORWARD
        ? List.of(output.toDoubleArray())
        : List.of(gradInput.toDoubleArray(), gradWeights.toDoubleArray(), gradBias.toDoubleArray());
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public void close() {
    arena.close();
  }
}
