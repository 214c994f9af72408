package io.github.colonnade.peers;

/** How thoroughly to measure. */
enum Mode {
  /** One network, to see that everything works. */
  QUICK(3, 0.04, 0.05, 0.25, 2.5),
  /** Everything. */
  FULL(5, 0.1, 0.2, 0.6, 4);

  private final int rounds;
  private final double turn;
  private final double warmup;
  private final double compilation;
  private final double firstCompilation;

  Mode(int rounds, double turn, double warmup, double compilation, double firstCompilation) {
    this.rounds = rounds;
    this.turn = turn;
    this.warmup = warmup;
    this.compilation = compilation;
    this.firstCompilation = firstCompilation;
  }

  /** Returns how often each library has its turn. */
  int rounds() {
    return rounds;
  }

  /** Returns how many seconds of calls a turn has; at least one call. */
  double turn() {
    return turn;
  }

  /**
   * Returns how many seconds a library runs before it is timed: this one is compiled meanwhile, on
   * the processors that it runs on, where the others' code is ready.
   *
   * @param isFirst whether this pass and type are new to the library's JVM
   */
  double warmup(Library library, boolean isFirst) {
    if (!library.isJava()) {
      return warmup;
    }
    return isFirst ? firstCompilation : compilation;
  }
}
