package io.github.colonnade.cli.files;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Replaces two files over and over, both by the same text each time, until it is ended. */
public final class ForkedWriter {
  private static final int LINES = 20_000;

  private ForkedWriter() {}

  /** Takes the two files, and a number of milliseconds to exit after if that is wanted. */
  public static void main(String... arguments) throws Exception {
    if (arguments.length > 2) {
      Thread.ofPlatform().start(() -> exitAfter(Long.parseLong(arguments[2])));
    }
    for (int round = 0; true; round++) {
      byte[] text = ("round " + round + "\n").repeat(LINES).getBytes(StandardCharsets.UTF_8);
      try (NewFiles files = new NewFiles()) {
        files.add(Path.of(arguments[0]), out -> out.write(text));
        files.add(Path.of(arguments[1]), out -> out.write(text));
        files.publish();
      }
      System.out.println(round);
    }
  }

  private static void exitAfter(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    System.exit(0);
  }
}
