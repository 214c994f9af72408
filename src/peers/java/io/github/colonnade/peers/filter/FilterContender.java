package io.github.colonnade.peers.filter;

/** A library's own way to filter one image, which lies in its memory and layout. */
interface FilterContender extends AutoCloseable {
  /** Filters once. */
  void run();

  /** Returns one element of what the last {@link #run} computed. */
  double result(int channel, int row, int column);

  /** Frees everything. */
  @Override
  void close();
}
