package io.github.colonnade;

import io.github.colonnade.internal.conv.AlgorithmChoice;
import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Algorithms chosen by measurement instead of by rule, for plans made with {@link
 * PlanOptions#withTuning} and {@link Algorithm#AUTO}: as FFTW's planner and cuDNN's benchmark mode
 * do.
 *
 * <p>A tuning that measures times, when a plan is made, every algorithm that can compute a pass
 * within the plan's options, and keeps the fastest. That takes half a second for each pass, longer
 * if a call takes more than some hundredths of one, and native memory for operands of the plan's
 * shapes meanwhile; making the plan throws what a call would, such as {@link UnsatisfiedLinkError}
 * or {@link OutOfMemoryError}. Each problem (pass, shapes, type, scratch memory allowed, {@code
 * exact}, threads) is measured once, one at a time in the whole process; a later plan finds the
 * choice. Nothing else should run meanwhile. The definition's loops are timed for tiny shapes
 * alone, and a pass that only one algorithm can compute, or that has nothing to compute, is not
 * timed.
 *
 * <p>What was measured can be {@linkplain #save saved} and {@linkplain #load loaded}, so that a
 * program has the same algorithms, and so the same bits, in every run. A tuning that is loaded is
 * pinned: it measures nothing. What it lacks is chosen as {@link Algorithm#AUTO} does.
 *
 * <p>Safe to share between threads. A plan keeps its algorithms, whatever is measured later.
 *
 * {@snippet file="io/github/colonnade/examples/ChooseAlgorithm.java" region="tuning"}
 */
public final class Tuning {
  /** Held while something is timed: two at once would time each other. */
  private static final Object STOPWATCH = new Object();

  private final boolean measures;
  private final ConcurrentMap<TunedProblem, ConvAlgorithm> choices;

  private Tuning(boolean measures, Map<TunedProblem, ConvAlgorithm> choices) {
    this.measures = measures;
    this.choices = new ConcurrentHashMap<>(choices);
  }

  /** {@return a tuning without any choices, which measures what plans need} */
  public static Tuning create() {
    return new Tuning(/* measures= */ true, Map.of());
  }

  /**
   * Loads what {@link #save} wrote with this version of the library, OpenBLAS of this version and
   * for this core, and this kind of kernels ({@link PlanOptions#kernels}).
   *
   * @param path a regular file of at most 16 MiB
   * @return a pinned tuning, which measures nothing; see {@link #withMeasuring}
   * @throws TuningFormatException if the file was measured with anything else, or is no such file,
   *     incomplete or changed: nothing of it is used, and one line says where it differs in what
   * @throws IOException if the file is missing or cannot be read
   * @throws UnsatisfiedLinkError if there is no usable OpenBLAS
   */
  public static Tuning load(Path path) throws IOException {
    Objects.requireNonNull(path, "path");
    return new Tuning(/* measures= */ false, TuningFile.read(path));
  }

  /**
   * Saves all choices made so far. The file appears at once, as {@link Npy#write(Path, Tensor)}
   * makes it: complete, or the one before. It is text of UTF-8, guarded by a checksum and not meant
   * to be edited.
   *
   * @param path the file to create or replace
   * @throws IOException if it cannot be written
   * @throws UnsatisfiedLinkError if there is no usable OpenBLAS
   */
  public void save(Path path) throws IOException {
    Objects.requireNonNull(path, "path");
    TuningFile.write(path, Map.copyOf(choices));
  }

  /**
   * Returns a copy with the choices made so far, of which later ones are independent.
   *
   * @param measures whether it measures what it lacks, or never changes
   * @return another tuning
   */
  public Tuning withMeasuring(boolean measures) {
    return new Tuning(measures, choices);
  }

  /** {@return whether it measures what it lacks when a plan is made} */
  public boolean measures() {
    return measures;
  }

  /** {@return the number of choices made so far} */
  public int size() {
    return choices.size();
  }

  /** Returns the algorithm for a problem, or null where AUTO is to choose. */
  @Nullable ConvAlgorithm choose(ConvProblem problem, PlanOptions options) {
    TunedProblem key = TunedProblem.of(problem, options);
    ConvAlgorithm choice = choices.get(key);
    if (choice != null || !measures) {
      return choice;
    }
    List<ConvAlgorithm> candidates = AlgorithmChoice.worthTiming(key.problem(), options.exact());
    if (candidates.size() < 2) {
      return null;
    }
    synchronized (STOPWATCH) {
      choice = choices.get(key);
      if (choice == null) {
        choice = AlgorithmTimer.fastest(key, candidates);
        if (choice != null) {
          choices.put(key, choice);
        }
      }
      return choice;
    }
  }

  /** Returns such as {@code Tuning[12 choices, measures]}. */
  @Override
  public String toString() {
    return "Tuning[" + size() + " choices, " + (measures ? "measures" : "pinned") + "]";
  }
}
