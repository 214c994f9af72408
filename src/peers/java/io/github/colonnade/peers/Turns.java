package io.github.colonnade.peers;

import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.cli.bench.LayerLimit;
import io.github.colonnade.cli.bench.MachineLimit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;

/**
 * Times libraries on the same problem in turns, each in a JVM of its own, so that a machine that
 * gets slower or faster meanwhile does so for all of them.
 */
final class Turns implements AutoCloseable {
  /** Calls of a fresh JVM whose times are told. */
  private static final int FIRST_CALLS = 100;

  private final Mode mode;
  private final String classPath;
  private final List<String> jvmOptions;
  private final Path folder;
  private final Map<Library, WorkerProcess> workers = new EnumMap<>(Library.class);
  private final Set<List<Object>> warm = new HashSet<>();
  private List<Object> session = List.of();

  /**
   * Prepares the folder.
   *
   * @param classPath of every JVM
   * @param jvmOptions further ones for every JVM
   * @param folder for logs
   */
  Turns(Mode mode, String classPath, List<String> jvmOptions, Path folder) throws IOException {
    this.mode = mode;
    this.classPath = classPath;
    this.jvmOptions = List.copyOf(jvmOptions);
    this.folder = Files.createDirectories(folder.toAbsolutePath());
  }

  /** Returns where a library's output goes. */
  Path log(Library library) {
    return folder.resolve(library.id() + ".log");
  }

  /** What became of a trial: a timing or, if that is null, a failure. */
  record Outcome(Timing timing, IOException failure) {}

  /** What a library told of a problem that it has open. */
  private static final class Open {
    private final WorkerProcess worker;
    private final List<String> facts;
    private final List<double[]> millis = new ArrayList<>();

    Open(WorkerProcess worker, List<String> facts) {
      this.worker = worker;
      this.facts = facts;
    }

    double[] sorted() {
      return Timing.sorted(millis.stream().flatMapToDouble(DoubleStream::of).toArray());
    }
  }

  /** A step of one trial. */
  private interface Step {
    void run(Trial trial, Open open) throws IOException;
  }

  /**
   * Measures trials of one problem.
   *
   * @param machine its limit for this type and number of threads
   */
  Map<Trial, Outcome> run(List<Trial> trials, MachineLimit machine) {
    Map<Trial, Outcome> outcomes = new LinkedHashMap<>();
    Map<Trial, Open> opened = new LinkedHashMap<>();
    for (Trial trial : trials) {
      try {
        WorkerProcess worker = worker(trial);
        opened.put(trial, new Open(worker, worker.open(trial)));
      } catch (IOException failed) {
        fail(trial, failed, outcomes);
      }
    }
    if (trials.getFirst().suite() == Suite.FIRST) {
      each(opened, outcomes, (trial, open) -> open.millis.add(open.worker.calls(FIRST_CALLS)));
    } else {
      each(opened, outcomes, (trial, open) -> open.worker.time(warmup(trial)));
      for (int round = 0; round < mode.rounds(); round++) {
        each(opened, outcomes, (trial, open) -> open.millis.add(open.worker.time(mode.turn())));
      }
    }
    each(opened, outcomes, (trial, open) -> open.worker.check());
    each(opened, outcomes, (trial, open) -> open.worker.free());
    opened.forEach(
        (trial, open) -> outcomes.put(trial, new Outcome(timing(trial, open, machine), null)));
    return outcomes;
  }

  private void each(Map<Trial, Open> opened, Map<Trial, Outcome> outcomes, Step step) {
    for (Trial trial : List.copyOf(opened.keySet())) {
      try {
        step.run(trial, opened.get(trial));
      } catch (IOException failed) {
        opened.remove(trial);
        fail(trial, failed, outcomes);
      }
    }
  }

  /** A JVM that failed once is not trusted with more. */
  private void fail(Trial trial, IOException failure, Map<Trial, Outcome> outcomes) {
    outcomes.put(trial, new Outcome(null, failure));
    WorkerProcess worker = workers.remove(trial.library());
    if (worker != null) {
      worker.close();
    }
    warm.removeIf(each -> each.getFirst() == trial.library());
  }

  private double warmup(Trial trial) {
    boolean isFirst = warm.add(List.of(trial.library(), trial.pass(), trial.dtype()));
    return mode.warmup(trial.library(), isFirst);
  }

  private WorkerProcess worker(Trial trial) throws IOException {
    if (!trial.session().equals(session)) {
      close();
      session = trial.session();
    }
    WorkerProcess worker = workers.get(trial.library());
    if (worker == null) {
      worker =
          new WorkerProcess(
              trial.library(), trial.threads(), classPath, jvmOptions, log(trial.library()));
      workers.put(trial.library(), worker);
    }
    return worker;
  }

  private static Timing timing(Trial trial, Open open, MachineLimit machine) {
    Conv2dPlan plan =
        trial
            .layer()
            .conv2d(PlanOptions.defaults().withThreads(trial.threads()))
            .plan(trial.dtype(), trial.layer().inputShape());
    double[] sorted = open.sorted();
    double ms = Timing.percentile(0.5, sorted);
    Map<String, Double> more = new LinkedHashMap<>();
    if (trial.suite() == Suite.FIRST) {
      more.put(BenchmarkResults.FIRST, open.millis.getFirst()[0]);
      more.put(BenchmarkResults.P99, Timing.percentile(0.99, sorted));
    } else if (trial.library().isAutomatic()) {
      LayerLimit limit = LayerLimit.of(trial.layer(), plan, trial.pass(), machine);
      more.put(BenchmarkResults.LIMIT, limit.ms());
      more.put(BenchmarkResults.LEAST_LIMIT, limit.leastMs());
    }
    return new Timing(
        trial,
        open.facts.get(0),
        open.facts.get(1),
        ms,
        Timing.percentile(0.1, sorted),
        Timing.percentile(0.9, sorted),
        trial.pass().flops(plan) / ms / 1e6,
        more);
  }

  /** Ends all JVMs. */
  @Override
  public void close() {
    workers.values().forEach(WorkerProcess::close);
    workers.clear();
    warm.clear();
  }
}
