package io.github.colonnade.internal.parallel;

import io.github.colonnade.PlanOptions;

/** What {@link ThreadLimitTest} runs: a program that sets the property itself. */
final class LateThreads {
  private LateThreads() {}

  /** Prints the threads of plans and of a call: as set, after another setting, and by option. */
  public static void main(String[] arguments) {
    System.setProperty("colonnade.threads", "3");
    print(PlanOptions.defaults());
    System.setProperty("colonnade.threads", "5");
    print(PlanOptions.defaults());
    print(PlanOptions.defaults().withThreads(2));
    print(PlanOptions.defaults().withThreads(7));
  }

  private static void print(PlanOptions options) {
    TileTask task = new RangeTask(100, 1, (from, to) -> {});
    int crew = Workers.hire(task, options.threads());
    Workers.dismiss(crew);
    System.out.println(options.threads() + " " + crew);
  }
}
