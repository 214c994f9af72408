package io.github.colonnade;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
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

/** How operators are timed: operands and outputs are allocated beforehand. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED"})
public abstract class OperatorBenchmark {
  /** Element type. */
  @Param({"F64", "F32"})
  public DType dtype;

  /** Threads at most. */
  @Param("2")
  public int threads;

  private Arena arena;
  private SplittableRandom random;

  /** For benchmarks of one operator each. */
  protected OperatorBenchmark() {}

  /** Allocates and fills the operands. */
  @Setup(Level.Trial)
  public final void setUp() throws IOException {
    arena = Arena.ofShared();
    random = new SplittableRandom(1);
    prepare();
  }

  /** Makes the operator, its operands and its outputs. */
  protected abstract void prepare() throws IOException;

  /** Frees the operands. */
  @TearDown(Level.Trial)
  public final void tearDown() {
    arena.close();
  }

  /** Allocates an operand of values from -1 to 1. */
  protected final Tensor random(long... shape) {
    Tensor tensor = zeros(shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, random.nextDouble(-1, 1));
    }
    return tensor;
  }

  /** Allocates an output. */
  protected final Tensor zeros(long... shape) {
    return Tensor.allocate(arena, dtype, shape);
  }

  /** Allocates an output of indices. */
  protected final Tensor indices(long... shape) {
    return Tensor.allocate(arena, DType.I64, shape);
  }
}
