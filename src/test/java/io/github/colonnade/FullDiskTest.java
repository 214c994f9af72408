package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.image.Images;
import io.github.colonnade.internal.blas.ForkedJvm;
import io.github.colonnade.internal.memory.ForeignCall;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where a file grows no further, every writer says so and names it, the file that was there is as
 * it was, and nothing lies beside it. The limit is the process's own; a full disk fails the same
 * calls of the system.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class FullDiskTest {
  private static final String OLD = "what was there";

  @TempDir private Path folder;

  /** From the first byte on, and in the middle. */
  @ParameterizedTest
  @ValueSource(longs = {0, 100_000})
  void writersLeaveTheOldFileAlone(long mostBytes) throws Exception {
    List<String> names = Writing.WRITERS.keySet().stream().sorted().toList();
    for (String name : names) {
      Files.writeString(folder.resolve(name), OLD);
    }

    String output =
        new ForkedJvm(Writing.class).testLibraries().argument(folder).argument(mostBytes).run();

    for (String name : names) {
      boolean fits = name.equals("tuning.txt") && mostBytes > 0;
      String told = output.lines().filter(line -> line.startsWith(name)).findAny().orElse(output);
      assertTrue(
          fits ? told.endsWith(" written") : told.contains(folder.resolve(name) + ": "), told);
      assertEquals(fits, !Files.readString(folder.resolve(name)).equals(OLD), told);
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(names, files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  /** What the forked JVM runs. */
  static final class Writing {
    /** Writes more than may be written. */
    private interface Writer {
      void write(Path file, Tensor tensor) throws IOException;
    }

    private static final Map<String, Writer> WRITERS =
        Map.of(
            "array.npy",
            Npy::write,
            "stored.npz",
            (file, tensor) -> Npz.write(file, Map.of("x", tensor)),
            "compressed.npz",
            (file, tensor) -> Npz.writeCompressed(file, Map.of("x", tensor)),
            "mapped.npy",
            (file, tensor) -> {
              try (NpyOutput output = Npy.create(file, tensor.dtype(), tensor.shape())) {
                output.commit();
              }
            },
            "image.png",
            Images::write,
            "tuning.txt",
            (file, tensor) -> Tuning.create().save(file));

    private static final int RLIMIT_FSIZE = 1;

    private Writing() {}

    /** Prints what became of each file in the folder, none of which may have so many bytes. */
    public static void main(String[] arguments) {
      // Loaded while it may be: a file in memory is a file.
      OpenBlas.info();
      try (Arena arena = Arena.ofConfined()) {
        SplittableRandom random = new SplittableRandom(1);
        Tensor noise = Tensor.allocate(arena, DType.F64, 3, 300, 300);
        for (long i = 0; i < noise.elementCount(); i++) {
          noise.set(i, random.nextDouble());
        }
        limitFiles(arena, Long.parseLong(arguments[1]));
        WRITERS.forEach(
            (name, writer) -> {
              try {
                writer.write(Path.of(arguments[0], name), noise);
                System.out.println(name + " written");
              } catch (IOException e) {
                System.out.println(name + " " + e.getMessage());
              }
            });
      }
    }

    private static void limitFiles(Arena arena, long bytes) {
      MemorySegment limits = arena.allocateFrom(ValueLayout.JAVA_LONG, bytes, bytes);
      Object failed =
          ForeignCall.call(
              ForeignCall.find("setrlimit"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS),
              RLIMIT_FSIZE,
              limits);
      if (!failed.equals(0)) {
        throw new AssertionError("setrlimit");
      }
    }
  }
}
