package io.github.colonnade.internal.conv.winograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SideTilesTest {
  @ParameterizedTest
  @CsvSource({"0, 1, 0", "16, 1, 4", "17, 1, 5", "33, 2, 9", "65, 4, 17", "34, 2, 10", "5, 9, 5"})
  void areNoMoreThanEachConvolutionNeeds(long size, long dilation, long tiles) {
    assertEquals(tiles, SideTiles.of(size, dilation).tiles());
  }

  @Test
  void coverEveryPixelOnce() {
    for (int size = 0; size <= 50; size++) {
      for (int dilation = 1; dilation <= 15; dilation++) {
        SideTiles side = SideTiles.of(size, dilation);
        int[] covered = new int[size];
        for (long tile = 0; tile < side.tiles(); tile++) {
          int first = Math.toIntExact(side.first(tile));
          assertTrue(first < size, side::toString);
          int end = Math.min(size, first + WinogradTransform.OUTPUTS * dilation);
          for (int pixel = first; pixel < end; pixel += dilation) {
            covered[pixel]++;
          }
        }
        assertTrue(Arrays.stream(covered).allMatch(times -> times == 1), side::toString);
      }
    }
  }

  @Test
  void followOneAnotherInTheirConvolution() {
    for (int size = 1; size <= 50; size++) {
      for (int dilation = 1; dilation <= 15; dilation++) {
        SideTiles side = SideTiles.of(size, dilation);
        long tile = 0;
        while (tile < side.tiles()) {
          long run = side.following(tile);
          assertTrue(run >= side.least() && run <= side.most(), side::toString);
          for (long i = 1; i < run; i++) {
            assertEquals(run - i, side.following(tile + i));
            assertEquals(
                side.first(tile) + i * WinogradTransform.OUTPUTS * dilation, side.first(tile + i));
          }
          tile += run;
        }
        assertEquals(side.tiles(), tile);
      }
    }
  }
}
