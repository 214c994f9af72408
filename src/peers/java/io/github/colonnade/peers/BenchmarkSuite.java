package io.github.colonnade.peers;

import io.github.colonnade.cli.files.NewFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Measures this library and others, and writes the figures as JSON. */
@Command(
    name = "bench.sh",
    description = "Time this library and others.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class BenchmarkSuite implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "quick|full",
      description = "A few layers in a few minutes, or everything; quick if left out.")
  private Mode mode = Mode.QUICK;

  @Option(
      names = "--output",
      paramLabel = "FILE.json",
      required = true,
      description = "Where the figures go, after each one.")
  private Path output;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of every library; one for each processor if left out.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--suite",
      paramLabel = "NAME",
      description = "Only layers, batch, size or threads; may be repeated.")
  private Set<Suite> suites = EnumSet.allOf(Suite.class);

  @Option(names = "--layer", paramLabel = "NAME", description = "Only this one; may be repeated.")
  private List<String> layers = new ArrayList<>();

  @Option(
      names = "--library",
      paramLabel = "NAME",
      converter = LibraryConverter.class,
      description = "Only this one; may be repeated.")
  private Set<Library> libraries = EnumSet.allOf(Library.class);

  @Option(
      names = "--kernels",
      paramLabel = "portable|vector",
      description = "vector adds the Vector API to Colonnade's JVM; portable if left out.")
  private Kernels kernels = Kernels.PORTABLE;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "For logs and for what the libraries unpack; target/peers-work if left out.")
  private Path work = Path.of("target", "peers-work");

  @Spec private CommandSpec spec;

  /** What computes besides OpenBLAS. */
  private enum Kernels {
    PORTABLE,
    VECTOR
  }

  /** Reads {@code --library}. */
  static final class LibraryConverter implements ITypeConverter<Library> {
    @Override
    public Library convert(String text) {
      return Library.find(text)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "is '"
                          + text
                          + "', must be one of "
                          + String.join(
                              ", ",
                              EnumSet.allOf(Library.class).stream().map(Library::id).toList())));
    }
  }

  /** Runs it. Exit code 2: a mistake in the arguments; 1: a trial failed, others are written. */
  public static void main(String[] args) {
    // Keeps the class path off the command line: ONNX Runtime 1.29 crashes where that is long.
    System.setProperty("jmh.separateClasspathJAR", "true");
    CommandLine command = new CommandLine(new BenchmarkSuite());
    command.setCaseInsensitiveEnumValuesAllowed(true);
    command.setParameterExceptionHandler(
        (mistake, arguments) -> {
          mistake.getCommandLine().getErr().println("bench.sh: " + mistake.getMessage());
          return CommandLine.ExitCode.USAGE;
        });
    command.setExecutionExceptionHandler(
        (failure, line, parsed) -> {
          line.getErr().println("bench.sh: " + failure.getMessage());
          return CommandLine.ExitCode.SOFTWARE;
        });
    System.exit(command.execute(args));
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<Trial> trials = trials();
    NewFile.requireWritable(output);
    TrialRunner runner = new TrialRunner(mode, jvmOptions(), work, threads);
    ResultFile results = new ResultFile(output, mode);
    int failures = 0;
    int done = 0;
    for (Trial trial : trials) {
      done++;
      try {
        Timing timing = runner.run(trial);
        results.add(timing);
        out.printf(
            Locale.ROOT,
            "[%d/%d] %-50s %10.4f ms %8.1f GFLOP/s%n",
            done,
            trials.size(),
            trial.name(),
            timing.ms(),
            timing.gflops());
        out.flush();
      } catch (IOException failed) {
        failures++;
        err.printf("bench.sh: %s: %s (%s)%n", trial.name(), failed.getMessage(), runner.log(trial));
        err.flush();
      }
    }
    return failures == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  private List<Trial> trials() throws IOException {
    if (threads < 1) {
      throw mistake("--threads: is " + threads + ", must be at least 1");
    }
    for (String layer : layers) {
      if (Layers.find(layer).isEmpty()) {
        throw mistake("--layer: there is no layer '" + layer + "'");
      }
    }
    List<Trial> trials = new ArrayList<>();
    for (Suite suite : suites) {
      for (Trial trial : suite.trials(mode, threads, !layers.isEmpty())) {
        if (libraries.contains(trial.library())
            && (layers.isEmpty() || layers.contains(trial.layer().name()))) {
          trials.add(trial);
        }
      }
    }
    if (trials.isEmpty()) {
      throw mistake("no trial is left by these options");
    }
    return trials;
  }

  private ParameterException mistake(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private List<String> jvmOptions() throws IOException {
    Path unpacked = Files.createDirectories(work.resolve("unpacked")).toAbsolutePath();
    List<String> options =
        new ArrayList<>(
            List.of(
                "--enable-native-access=ALL-UNNAMED",
                // Protocol buffers and ND4J use sun.misc.Unsafe.
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-Dslf4j.internal.verbosity=ERROR",
                "-Djava.io.tmpdir=" + unpacked,
                "-Dorg.bytedeco.javacpp.cachedir=" + unpacked.resolve("javacpp"),
                // JavaCPP counts what the libraries allocate and would stop them at the heap's
                // size.
                "-Dorg.bytedeco.javacpp.maxbytes=0",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-DDJL_CACHE_DIR=" + unpacked.resolve("djl"),
                "-DENGINE_CACHE_DIR=" + unpacked.resolve("djl"),
                "-Dai.djl.offline=true",
                "-DOPT_OUT_TRACKING=true"));
    String baseline = System.getProperty(CBaseline.FOLDER);
    if (baseline != null) {
      options.add("-D" + CBaseline.FOLDER + "=" + baseline);
    }
    if (kernels == Kernels.VECTOR) {
      options.add("--add-modules=jdk.incubator.vector");
    }
    return options;
  }
}
