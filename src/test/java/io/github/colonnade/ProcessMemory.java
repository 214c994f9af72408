package io.github.colonnade;

import io.github.colonnade.internal.memory.Kept;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What this process keeps for the program that it runs, in KiB, as Linux and the JVM tell: without
 * compiled code and the C library's heap, where the JVM's compilers have their memory, which grow
 * for as long as there is something to compile.
 *
 * @param objects on the Java heap, that are reached
 * @param arenas memory of arenas and direct buffers
 * @param mapped any other: scratch memory, OpenBLAS's buffers, stacks, what the JVM keeps of
 *     classes
 */
record ProcessMemory(long objects, long arenas, long mapped) {
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");
  private static final Pattern ARENAS = Pattern.compile("- +Other \\(reserved=(\\d+)KB");

  /**
   * Measures, after the library has dropped what it keeps for the next call. The JVM must track its
   * native memory ({@code -XX:NativeMemoryTracking=summary}), and the C library have one heap
   * ({@code MALLOC_ARENA_MAX=1}).
   */
  static ProcessMemory measure() throws IOException, InterruptedException {
    Kept.drop();
    System.gc();
    Runtime heap = Runtime.getRuntime();
    return new ProcessMemory(
        (heap.totalMemory() - heap.freeMemory()) >> 10, arenaKibibytes(), mappedKibibytes());
  }

  private static long arenaKibibytes() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(ProcessHandle.current().pid()),
                "VM.native_memory",
                "summary")
            .redirectErrorStream(true)
            .start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    Matcher other = ARENAS.matcher(told);
    if (!told.contains("Native Memory Tracking")) {
      throw new AssertionError(told);
    }
    return other.find() ? Long.parseLong(other.group(1)) : 0;
  }

  private static long mappedKibibytes() throws IOException {
    if (!Files.exists(MAPPINGS)) {
      return 0;
    }
    long kibibytes = 0;
    boolean counts = false;
    for (String line : Files.readAllLines(MAPPINGS)) {
      String[] words = line.split(" +", -1);
      if (words[0].equals("Rss:")) {
        kibibytes += counts ? Long.parseLong(words[1]) : 0;
      } else if (!words[0].endsWith(":")) {
        // Nothing but compiled code is both written and run.
        counts = !words[1].startsWith("rwx") && !line.endsWith("[heap]");
      }
    }
    return kibibytes;
  }

  /** Returns how much more this is, of all kinds. */
  long since(ProcessMemory before) {
    return objects - before.objects + arenas - before.arenas + mapped - before.mapped;
  }
}
