package io.github.colonnade.readers;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.github.colonnade.examples.mnist.IdxTarget;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Damaged files of every kind that is read, without the fuzzer of scripts/fuzz-readers.sh. */
class ReaderTargetsTest {
  private static final int MUTATIONS = 1500;

  private static final Map<String, Consumer<byte[]>> TARGETS =
      Map.of(
          "npy", NpyTarget::fuzzerTestOneInput,
          "npz", NpzTarget::fuzzerTestOneInput,
          "tuning", TuningTarget::fuzzerTestOneInput,
          "image", ImageTarget::fuzzerTestOneInput,
          "csv", CsvTarget::fuzzerTestOneInput,
          "idx", IdxTarget::fuzzerTestOneInput);

  @TestFactory
  Stream<DynamicTest> damagedFilesAreReadOrRefused() throws IOException {
    return Seeds.all().entrySet().stream()
        .map(
            reader ->
                DynamicTest.dynamicTest(
                    reader.getKey(),
                    () -> assertReadOrRefused(reader.getKey(), reader.getValue())));
  }

  private static void assertReadOrRefused(String reader, List<byte[]> seeds) {
    Consumer<byte[]> target = TARGETS.get(reader);
    assertNotNull(target, reader);
    seeds.forEach(target);
    SplittableRandom random = new SplittableRandom(31);
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] bytes = mutated(random, seeds.get(random.nextInt(seeds.size())));
      try {
        target.accept(bytes);
      } catch (RuntimeException | Error fault) {
        throw new AssertionError(reader + " of " + HexFormat.of().formatHex(bytes), fault);
      }
    }
  }

  /** Cuts, doubles or overwrites some of a file's bytes. */
  private static byte[] mutated(SplittableRandom random, byte[] seed) {
    byte[] bytes = seed.clone();
    for (int change = random.nextInt(1, 5); change > 0; change--) {
      int at = random.nextInt(Math.max(1, bytes.length));
      switch (random.nextInt(8)) {
        case 0 -> bytes = Arrays.copyOf(bytes, at);
        case 1 -> {
          byte[] longer = Arrays.copyOf(bytes, bytes.length + random.nextInt(1, 20));
          System.arraycopy(
              bytes, at, longer, longer.length - (bytes.length - at), bytes.length - at);
          bytes = longer;
        }
        case 2, 3 -> {
          // A number of four bytes, of either order, at a limit.
          int[] limits = {0, 1, -1, 0x7fffffff, 0x80, 0xffff, Integer.MIN_VALUE};
          int limit = limits[random.nextInt(limits.length)];
          boolean little = random.nextBoolean();
          for (int i = 0; i < 4 && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (limit >>> (8 * (little ? i : 3 - i)));
          }
        }
        default -> {
          if (bytes.length > 0) {
            bytes[at] = (byte) random.nextInt(256);
          }
        }
      }
    }
    return bytes;
  }
}
