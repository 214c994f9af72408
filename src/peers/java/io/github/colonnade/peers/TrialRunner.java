package io.github.colonnade.peers;

import io.github.colonnade.PlanOptions;
import io.github.colonnade.cli.bench.BenchPass;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.util.Statistics;

/** Runs trials through JMH, each in a JVM of its own. */
final class TrialRunner {
  /**
   * glibc hands large blocks back to the system when they are freed, so that a library that
   * allocates its results would pay for their pages at every call. These let it keep them.
   */
  private static final List<String> KEEP_MEMORY =
      List.of(
          "MALLOC_ARENA_MAX=1",
          "MALLOC_MMAP_MAX_=0",
          "MALLOC_TRIM_THRESHOLD_=17179869184",
          "MALLOC_TOP_PAD_=268435456");

  private static final Pattern FAILURE =
      Pattern.compile("^[a-z]+(\\.\\w+)+(Exception|Error)\\b|forked VM failed with exit code");

  private final Mode mode;
  private final List<String> jvmOptions;
  private final Path folder;
  private final Path peerJava;

  /**
   * Prepares the folder.
   *
   * @param jvmOptions further ones for every JVM
   * @param folder for logs and for what libraries unpack
   */
  TrialRunner(Mode mode, List<String> jvmOptions, Path folder, int threads) throws IOException {
    this.mode = mode;
    this.jvmOptions = List.copyOf(jvmOptions);
    this.folder = Files.createDirectories(folder.toAbsolutePath());
    peerJava = folder.resolve("peer-java").toAbsolutePath();
    writePeerJava(threads);
  }

  /** JMH starts JVMs with this process's environment, so a script starts them. */
  private void writePeerJava(int threads) throws IOException {
    String script =
        "#!/bin/sh\nexec env OMP_NUM_THREADS="
            + threads
            + " "
            + String.join(" ", KEEP_MEMORY)
            + " '"
            + java()
            + "' \"$@\"\n";
    Files.writeString(peerJava, script);
    if (!peerJava.toFile().setExecutable(true)) {
      throw new IOException(peerJava + ": cannot be made executable");
    }
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Returns where a trial's output goes. */
  Path log(Trial trial) {
    return folder.resolve(trial.name() + ".log");
  }

  /**
   * Measures.
   *
   * @throws IOException if the trial's JVM failed; its log says why
   */
  Timing run(Trial trial) throws IOException {
    Path facts = folder.resolve("facts.properties");
    Files.deleteIfExists(facts);
    List<String> arguments = new ArrayList<>(jvmOptions);
    arguments.add("-D" + PeerBenchmark.FACTS + "=" + facts);
    // Which the library would not exceed, whatever a plan allows.
    arguments.add("-Dcolonnade.threads=" + trial.threads());
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(benchmark(trial.pass())) + "$")
            .param("library", trial.library().id())
            .param("layer", trial.layer().name())
            .param("dtype", trial.dtype().name())
            .param("threads", String.valueOf(trial.threads()))
            .forks(1)
            .warmupIterations(1)
            .warmupTime(mode.warmup(trial.library()))
            .measurementIterations(1)
            .measurementTime(mode.measurement())
            .shouldFailOnError(true)
            .output(log(trial).toString())
            .jvm(trial.library().isPeer() ? peerJava.toString() : java())
            .jvmArgs(arguments.toArray(String[]::new));
    try {
      RunResult result = new Runner(options.build()).runSingle();
      return timing(trial, result.getPrimaryResult().getStatistics(), facts);
    } catch (RunnerException failed) {
      throw new IOException(reason(trial, failed), failed);
    }
  }

  private static String benchmark(BenchPass pass) {
    return PeerBenchmark.class.getName() + "." + pass.name().toLowerCase(Locale.ROOT);
  }

  /** Finds the exception's line in the log; JMH's own message says only that there was one. */
  private String reason(Trial trial, RunnerException failed) throws IOException {
    try (Stream<String> lines = Files.lines(log(trial), StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> FAILURE.matcher(line).find())
          .findFirst()
          .orElse(String.valueOf(failed.getMessage()));
    }
  }

  private static Timing timing(Trial trial, Statistics samples, Path facts) throws IOException {
    Properties told = new Properties();
    try (InputStream in = Files.newInputStream(facts)) {
      told.load(in);
    }
    var plan =
        trial
            .layer()
            .conv2d(PlanOptions.defaults())
            .plan(trial.dtype(), trial.layer().inputShape());
    double ms = samples.getPercentile(50);
    return new Timing(
        trial,
        told.getProperty("version"),
        told.getProperty("algorithm"),
        ms,
        samples.getPercentile(10),
        samples.getPercentile(90),
        trial.pass().flops(plan) / ms / 1e6);
  }
}
