package io.github.colonnade.readers;

import io.github.colonnade.cli.bench.LayerTable;

/** Tables of layers as comma-separated lines. */
public final class CsvTarget {
  private CsvTarget() {}

  public static void fuzzerTestOneInput(byte[] bytes) {
    FuzzedFile.read("x.csv", bytes, LayerTable::read);
  }
}
