package io.github.colonnade.peers;

import io.github.colonnade.DType;
import io.github.colonnade.cli.bench.BenchPass;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One pass of one layer by one library, whose results are checked before anything is timed. {@link
 * BenchmarkSuite} runs it with the settings that each library wants.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class PeerBenchmark {
  /**
   * Names the file in which the measuring process records what it learnt, for the process that
   * reports.
   */
  static final String FACTS = "colonnade.peers.facts";

  /** The output. */
  @Benchmark
  public void forward(ForwardState state) {
    state.run();
  }

  /** All three gradients. */
  @Benchmark
  public void backward(BackwardState state) {
    state.run();
  }

  /** Prepares {@link #forward}. */
  public static class ForwardState extends PassState {
    /** For JMH. */
    public ForwardState() {
      super(BenchPass.FORWARD);
    }
  }

  /** Prepares {@link #backward}. */
  public static class BackwardState extends PassState {
    /** For JMH. */
    public BackwardState() {
      super(BenchPass.BACKWARD);
    }
  }

  /** What is timed. */
  @State(Scope.Benchmark)
  public abstract static class PassState {
    /** Who computes. */
    @Param("colonnade")
    public String library;

    /** A layer of {@link Layers}. */
    @Param("res3_3x3")
    public String layer;

    /** Element type. */
    @Param("F64")
    public DType dtype;

    /** Threads at most. */
    @Param("2")
    public int threads;

    private final BenchPass pass;
    private Arena arena;
    private Contender contender;

    PassState(BenchPass pass) {
      this.pass = pass;
    }

    /** Prepares the library and compares its results. */
    @Setup(Level.Trial)
    public void setUp() throws IOException {
      arena = Arena.ofShared();
      Library chosen = Library.find(library).orElseThrow();
      Problem problem = Problem.random(arena, Layers.find(layer).orElseThrow(), dtype, pass);
      if (chosen == Library.GEMM) {
        contender = chosen.open(problem, threads);
      } else {
        // Computed before the library is there, which may set OpenBLAS's threads.
        var expected = problem.expected();
        contender = chosen.open(problem, threads);
        contender.run();
        problem.requireEqual(expected, contender.results());
      }
      tellFacts();
    }

    void run() {
      contender.run();
    }

    private void tellFacts() throws IOException {
      String file = System.getProperty(FACTS);
      if (file == null) {
        return;
      }
      Properties facts = new Properties();
      facts.setProperty("version", contender.version());
      contender.algorithm().ifPresent(name -> facts.setProperty("algorithm", name));
      try (OutputStream out = Files.newOutputStream(Path.of(file))) {
        facts.store(out, null);
      }
    }

    /** Frees everything. */
    @TearDown(Level.Trial)
    public void tearDown() {
      contender.close();
      arena.close();
    }
  }
}
