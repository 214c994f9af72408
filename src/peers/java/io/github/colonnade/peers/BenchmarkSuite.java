package io.github.colonnade.peers;

import io.github.colonnade.DType;
import io.github.colonnade.cli.bench.LayerTable;
import io.github.colonnade.cli.bench.MachineLimit;
import io.github.colonnade.cli.files.OutputPath;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
  private static final double LIMIT_SECONDS = 0.1;

  @Parameters(
      arity = "0..1",
      paramLabel = "quick|full",
      description = "One network beside PyTorch, or everything; quick if left out.")
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
      description = "Only networks, first, layers, batch, size or threads; may be repeated.")
  private Set<Suite> suites = EnumSet.allOf(Suite.class);

  @Option(
      names = "--network",
      paramLabel = "NAME",
      description = "Of the networks only this one; may be repeated.")
  private List<String> networks = new ArrayList<>();

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Of the networks only with so many images; may be repeated.")
  private List<Long> batches = new ArrayList<>();

  @Option(names = "--layer", paramLabel = "NAME", description = "Only this one; may be repeated.")
  private List<String> layers = new ArrayList<>();

  @Option(
      names = "--library",
      paramLabel = "NAME",
      converter = LibraryConverter.class,
      description = "Only this one; may be repeated.")
  private Set<Library> libraries = EnumSet.allOf(Library.class);

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "For logs and for what the libraries unpack; target/peers-work if left out.")
  private Path work = Path.of("target", "peers-work");

  @Spec private CommandSpec spec;

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
    OutputPath.requireWritable(output);
    ResultFile results = new ResultFile(output, mode);
    for (DType dtype : List.of(DType.F64, DType.F32)) {
      for (int each : new TreeSet<>(List.of(1, threads))) {
        MachineLimit machine = MachineLimit.measure(dtype, each, LIMIT_SECONDS);
        results.add(new ResultFile.Limit(dtype, each, machine));
      }
    }
    int failures = 0;
    int done = 0;
    try (Turns turns = new Turns(mode, System.getProperty("java.class.path"), jvmOptions(), work)) {
      for (List<Trial> group : groups(trials)) {
        Trial first = group.getFirst();
        MachineLimit machine = results.limit(first.dtype(), threads);
        for (Map.Entry<Trial, Turns.Outcome> outcome : turns.run(group, machine).entrySet()) {
          done++;
          Trial trial = outcome.getKey();
          Timing timing = outcome.getValue().timing();
          if (timing == null) {
            failures++;
            err.printf(
                "bench.sh: %s: %s (%s)%n",
                trial.name(),
                outcome.getValue().failure().getMessage(),
                turns.log(trial.library()));
            err.flush();
            continue;
          }
          results.add(timing);
          out.printf(
              Locale.ROOT,
              "[%d/%d] %-60s %10.4f ms %8.1f GFLOP/s%n",
              done,
              trials.size(),
              trial.name(),
              timing.ms(),
              timing.gflops());
          out.flush();
        }
        results.write();
      }
    }
    return failures == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  /** Puts together what is timed in turns. */
  private static List<List<Trial>> groups(List<Trial> trials) {
    List<List<Trial>> groups = new ArrayList<>();
    for (Trial trial : trials) {
      boolean isNew =
          groups.isEmpty()
              || trial.suite() == Suite.FIRST
              || !groups.getLast().getFirst().problem().equals(trial.problem());
      if (isNew) {
        groups.add(new ArrayList<>());
      }
      groups.getLast().add(trial);
    }
    return groups;
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
    for (String network : networks) {
      if (!LayerTable.NETWORKS.contains(network)) {
        throw mistake("--network: is '" + network + "', must be one of " + LayerTable.NETWORKS);
      }
    }
    List<Trial> trials = new ArrayList<>();
    for (Suite suite : suites) {
      trials.addAll(suite.trials(mode, threads));
    }
    trials.removeIf(trial -> !isWanted(trial));
    if (trials.isEmpty()) {
      throw mistake("no trial is left by these options");
    }
    return trials;
  }

  private boolean isWanted(Trial trial) {
    boolean isNetwork = trial.suite() == Suite.NETWORKS;
    return libraries.contains(trial.library())
        && (layers.isEmpty() || layers.contains(trial.layer().name()))
        && (networks.isEmpty() || !isNetwork || networks.contains(trial.network()))
        && (batches.isEmpty() || !isNetwork || batches.contains(trial.layer().n()));
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
    return options;
  }
}
