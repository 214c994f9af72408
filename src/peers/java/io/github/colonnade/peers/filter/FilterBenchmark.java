package io.github.colonnade.peers.filter;

import io.github.colonnade.DType;
import io.github.colonnade.PlanOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Times filters of whole images in turns, and appends a line for each to a table of commas: medians
 * of milliseconds on the clock and of the process's processors, and of their ratios to OpenCV's in
 * the same turn, above 1 where the library is faster. What each computes is compared with the
 * definition first.
 */
public final class FilterBenchmark {
  private static final String HEADER =
      "library,kernels,image,channels,height,width,dtype,kernel,separable,threads,"
          + "ms,cpu_ms,of_opencv,cpu_of_opencv";

  /** A filter that takes longer than this is timed twice alone. */
  private static final double LONG_SECONDS = 2;

  private static final double SECONDS = Double.parseDouble(seconds());

  private FilterBenchmark() {}

  private static String seconds() {
    return System.getProperty("colonnade.bench.seconds", "0.6");
  }

  /** Who filters. */
  private enum Library {
    OPENCV,
    COLONNADE,
    BOOFCV;

    /** BoofCV takes 20 seconds for 31×31 taps of a plane. */
    private static final int MOST_BOOFCV_TAPS = 11;

    /** BoofCV once is enough, beside portable kernels. */
    boolean suits(FilterCase filter) {
      return this != BOOFCV
          || (PlanOptions.kernels().equals("portable")
              && (filter.separable() || filter.kernel() <= MOST_BOOFCV_TAPS));
    }

    FilterContender open(FilterCase filter, double[] pixels, double[] taps, int threads) {
      return switch (this) {
        case OPENCV -> new OpenCvFilter(filter, pixels, taps, threads);
        case COLONNADE -> new ColonnadeFilter(filter, pixels, taps, threads);
        case BOOFCV -> new BoofCvFilter(filter, pixels, taps, threads);
      };
    }
  }

  /** One call. */
  private record Time(double ms, double cpuMs) {}

  /**
   * Runs all cases whose label contains every word.
   *
   * @param arguments the table, threads, then words
   */
  public static void main(String[] arguments) throws IOException {
    Path table = Path.of(arguments[0]);
    int threads = Integer.parseInt(arguments[1]);
    List<String> words = List.of(arguments).subList(2, arguments.length);
    if (!Files.exists(table)) {
      append(table, HEADER);
    }
    for (FilterCase filter : FilterCase.all()) {
      List<String> label = List.of(filter.label().split(" "));
      if (label.containsAll(words)) {
        compare(table, filter, threads);
      }
    }
  }

  private static void compare(Path table, FilterCase filter, int threads) throws IOException {
    double[] pixels = filter.pixels();
    double[] taps = filter.taps();
    List<Library> libraries =
        Arrays.stream(Library.values()).filter(library -> library.suits(filter)).toList();
    Map<Library, FilterContender> contenders = new EnumMap<>(Library.class);
    Map<Library, List<Time>> times = new EnumMap<>(Library.class);
    try {
      for (Library library : libraries) {
        contenders.put(library, library.open(filter, pixels, taps, threads));
        times.put(library, new ArrayList<>());
      }
      for (Map.Entry<Library, FilterContender> each : contenders.entrySet()) {
        warmUp(each.getValue());
        requireRight(each.getKey(), filter, pixels, taps, each.getValue());
      }
      takeTurns(contenders, times);
    } finally {
      contenders.values().forEach(FilterContender::close);
    }
    List<Time> base = times.get(Library.OPENCV);
    for (Library library : libraries) {
      String line = line(library, filter, threads, times.get(library), base);
      append(table, line);
      System.out.println(line);
    }
  }

  /** Calls until the JVM has had time to compile what is called. */
  private static void warmUp(FilterContender contender) {
    long end = System.nanoTime() + (long) (SECONDS * 1e9);
    do {
      contender.run();
    } while (System.nanoTime() < end);
  }

  private static void takeTurns(
      Map<Library, FilterContender> contenders, Map<Library, List<Time>> times) {
    long end = System.nanoTime() + (long) (SECONDS * 1e9 * contenders.size());
    boolean isLong = false;
    for (int turn = 0; turn < 5 || System.nanoTime() < end; turn++) {
      if (isLong && turn == 2) {
        break;
      }
      for (Map.Entry<Library, FilterContender> each : contenders.entrySet()) {
        Time time = time(each.getValue());
        isLong |= time.ms > LONG_SECONDS * 1e3;
        times.get(each.getKey()).add(time);
      }
    }
    // In the first turns caches and clocks settle.
    times.values().forEach(list -> list.subList(0, list.size() / 3).clear());
  }

  private static Time time(FilterContender contender) {
    long cpu = ProcessTime.nanos();
    long start = System.nanoTime();
    contender.run();
    long end = System.nanoTime();
    return new Time((end - start) / 1e6, (ProcessTime.nanos() - cpu) / 1e6);
  }

  private static void requireRight(
      Library library,
      FilterCase filter,
      double[] pixels,
      double[] taps,
      FilterContender contender) {
    double bound = filter.dtype() == DType.F64 ? 1e-13 : 2e-6;
    for (int i = 0; i < 200; i++) {
      int channel = i % filter.channels();
      int row = filter.kernel() + i * 7;
      int column = filter.kernel() + i * 11;
      double expected = filter.expected(pixels, taps, channel, row, column);
      double actual = contender.result(channel, row, column);
      if (!(Math.abs(expected - actual) <= bound)) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "%s, %s: pixel %d, %d, %d is %s, must be %s within %s",
                library,
                filter.label(),
                channel,
                row,
                column,
                actual,
                expected,
                bound));
      }
    }
  }

  private static String line(
      Library library, FilterCase filter, int threads, List<Time> times, List<Time> base) {
    int turns = times.size();
    double[] ms = new double[turns];
    double[] cpu = new double[turns];
    double[] ratios = new double[turns];
    double[] cpuRatios = new double[turns];
    for (int i = 0; i < turns; i++) {
      ms[i] = times.get(i).ms;
      cpu[i] = times.get(i).cpuMs;
      ratios[i] = base.get(i).ms / ms[i];
      cpuRatios[i] = base.get(i).cpuMs / cpu[i];
    }
    return String.format(
        Locale.ROOT,
        "%s,%s,%s,%d,%d,%d,%s,%d,%s,%d,%.2f,%.2f,%.3f,%.3f",
        library.name().toLowerCase(Locale.ROOT),
        library == Library.COLONNADE ? PlanOptions.kernels() : "",
        filter.image(),
        filter.channels(),
        filter.height(),
        filter.width(),
        filter.dtype().name().toLowerCase(Locale.ROOT),
        filter.kernel(),
        filter.separable(),
        threads,
        median(ms),
        median(cpu),
        median(ratios),
        median(cpuRatios));
  }

  private static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static void append(Path table, String line) throws IOException {
    Files.writeString(
        table,
        line + "\n",
        StandardCharsets.UTF_8,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }
}
