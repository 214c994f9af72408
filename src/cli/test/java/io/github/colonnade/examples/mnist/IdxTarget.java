package io.github.colonnade.examples.mnist;

import io.github.colonnade.readers.FuzzedFile;

/** IDX files, gzipped or not, of images and of labels. */
public final class IdxTarget {
  private IdxTarget() {}

  public static void fuzzerTestOneInput(byte[] bytes) {
    for (int rank : new int[] {1, 3}) {
      FuzzedFile.read("x.idx", bytes, file -> IdxFile.read(file, rank));
    }
  }
}
