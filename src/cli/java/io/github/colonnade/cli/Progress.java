package io.github.colonnade.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * A bar on standard error for work that takes longer than a second, and only where a person watches
 * a terminal: logs stay clean.
 */
final class Progress implements AutoCloseable {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MOST_COLUMNS = 80;

  private final String task;
  private final long steps;
  private final boolean shown;
  private final long start = System.nanoTime();
  private ProgressBar bar;
  private long done;

  private Progress(String task, long steps, boolean shown) {
    this.task = task;
    this.steps = steps;
    this.shown = shown;
  }

  /** Starts a task of a number of steps. */
  static Progress of(String task, long steps) {
    return new Progress(task, steps, errorsGoToTerminal());
  }

  /** Counts one step as done. */
  void step() {
    step("");
  }

  /** Counts one step as done; {@code state} stands behind the bar. */
  void step(String state) {
    done++;
    if (bar == null && shown && done < steps && System.nanoTime() - start > PATIENCE_NANOS) {
      bar = open();
    }
    if (bar != null) {
      bar.setExtraMessage(state);
      bar.stepTo(done);
    }
  }

  /** Removes the bar. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      System.err.print("\r" + " ".repeat(MOST_COLUMNS - 1) + "\r");
      System.err.flush();
    }
  }

  private ProgressBar open() {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(steps)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(200)
        // Not the library's own: it would open the terminal through native code.
        .setConsumer(new DelegatingProgressBarConsumer(Progress::draw, MOST_COLUMNS - 1))
        .build();
  }

  private static void draw(String line) {
    System.err.print("\r" + line.strip());
    System.err.flush();
  }

  private static boolean errorsGoToTerminal() {
    Path descriptor = Path.of("/dev/fd/2");
    try {
      if (Files.isSymbolicLink(descriptor)) {
        String device = Files.readSymbolicLink(descriptor).toString();
        return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
      }
    } catch (IOException | SecurityException unknown) {
      return false;
    }
    // Which console a JDK has by default differs from release to release: it may be null.
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }
}
