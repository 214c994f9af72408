package io.github.colonnade.internal.conv.fft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Filtering two real tiles at once by transforms gives what the definition gives. */
class FftTileTest {

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1, 8",
    "2, 4",
    "4, 2",
    "8, 8",
    "4, 512",
    "8, 256",
    "16, 16",
    "16, 48",
    "32, 16",
    "48, 64",
    "64, 96",
    "96, 32",
    "128, 48",
    "192, 16",
    "256, 32",
    "16, 384",
    "512, 16",
    "16, 768",
    "1024, 16",
    "16, 1536",
    "2048, 16"
  })
  void filtersAsTheDefinition(int height, int width) {
    for (ElementType type : ElementType.values()) {
      try (Arena arena = Arena.ofConfined()) {
        new Filter(arena, type, new FftSize(height, width, type)).check();
      }
    }
  }

  /** Two tiles, a kernel and its spectrum. */
  private static final class Filter {
    private final ElementType type;
    private final FftSize size;
    private final int kernelH;
    private final int kernelW;
    private final MemorySegment images;
    private final MemorySegment kernel;
    private final MemorySegment spectrum;
    private final MemorySegment line;

    Filter(Arena arena, ElementType type, FftSize size) {
      this.type = type;
      this.size = size;
      kernelH = Math.min(5, Math.ceilDiv(size.height(), 2));
      kernelW = Math.min(7, Math.ceilDiv(size.width(), 2));
      SplittableRandom random = new SplittableRandom(size.points());
      images = random(arena, random, 2 * size.points());
      kernel = random(arena, random, (long) kernelH * kernelW);
      spectrum = arena.allocate(size.spectrumElements() * type.bytes(), 64);
      line = arena.allocate((long) size.width() * type.bytes(), 64);
    }

    private MemorySegment random(Arena arena, SplittableRandom random, long count) {
      MemorySegment values = arena.allocate(count * type.bytes(), 64);
      for (long i = 0; i < count; i++) {
        Elements.set(type, values, i, random.nextDouble(-1, 1));
      }
      return values;
    }

    void check() {
      FftTile tile = FftTile.acquire(size, 4 * size.blocks());
      loadKernel(tile);
      tile.forward(3);
      tile.store(3, spectrum, 0);
      loadImages(tile);
      tile.filter(spectrum, 0, size.width() - kernelW + 1);
      assertFiltered("filter", tile);

      loadImages(tile);
      tile.forward(1);
      tile.zero(2);
      tile.addProduct(1, spectrum, 0, 2);
      tile.inverse(2, size.width() - kernelW + 1);
      assertFiltered("product with a stored spectrum", tile);

      loadKernel(tile);
      tile.forward(3);
      tile.zero(0);
      tile.addProduct(1, 3, 0);
      tile.inverse(0, size.width() - kernelW + 1);
      assertFiltered("product with a spectrum", tile);
      tile.release();
    }

    private void loadKernel(FftTile tile) {
      tile.zeroRows(0, 0, size.height());
      tile.zeroRows(1, 0, size.height());
      for (int i = 0; i < kernelH * kernelW; i++) {
        tile.loadElement(i / kernelW, i % kernelW, kernel, i);
      }
    }

    private void loadImages(FftTile tile) {
      for (int half = 0; half < 2; half++) {
        for (int row = 0; row < size.height(); row++) {
          long index = half * size.points() + (long) row * size.width();
          tile.loadRow(half, row, images, index, 0, size.width());
        }
      }
    }

    private void assertFiltered(String how, FftTile tile) {
      double allowed = type == ElementType.F64 ? 2e-14 : 1e-5;
      for (int half = 0; half < 2; half++) {
        for (int row = 0; row <= size.height() - kernelH; row++) {
          int count = size.width() - kernelW + 1;
          tile.storeRow(half, row, (int) size.points(), null, 0, line, 0, count);
          for (int column = 0; column < count; column++) {
            assertEquals(
                defined(half, row, column),
                Elements.get(type, line, column),
                allowed,
                "%s, %s, %s: %d, %d, %d".formatted(how, type, size, half, row, column));
          }
        }
      }
    }

    private double defined(int half, int row, int column) {
      double sum = 0;
      for (int i = 0; i < kernelH * kernelW; i++) {
        long at = (long) (row + i / kernelW) * size.width() + column + i % kernelW;
        sum +=
            Elements.get(type, kernel, i) * Elements.get(type, images, half * size.points() + at);
      }
      return sum;
    }
  }
}
