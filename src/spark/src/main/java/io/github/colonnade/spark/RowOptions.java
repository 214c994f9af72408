package io.github.colonnade.spark;

import io.github.colonnade.image.ImageOptions;
import java.io.Serializable;

/**
 * How rows become batches of images, and what becomes of a row that fails: one whose image is null,
 * no picture, damaged, of other channels than the convolution's, or smaller than its kernel.
 *
 * @param batch the most rows that are computed at once: those that follow each other in a partition
 *     and have images of one shape. A task needs memory for all their images and results.
 * @param errorColumn null if a row that fails shall fail the job; else the column that shall say
 *     why, null in all other rows. If there is such a column already, rows with an error keep it
 *     and are not computed, so that several operations can follow each other.
 * @param nameColumn the column that messages name a row by; null for {@code path}, as the format
 *     {@code binaryFile} has it, or where there is none the numbers of partition and row
 * @param white the number that stands for white where pictures are read: 1, or 255 where weights
 *     were trained on bytes
 * @param maxPixels how many pixels a picture may have, as {@link ImageOptions#maxPixels}
 */
public record RowOptions(
    int batch, String errorColumn, String nameColumn, double white, long maxPixels)
    implements Serializable {
  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if {@code batch} is below 1, {@code white} not positive and
   *     finite, or {@code maxPixels} below 1 or above {@link ImageOptions#MOST_PIXELS}
   */
  public RowOptions {
    if (batch < 1) {
      throw new IllegalArgumentException("batch: is " + batch + ", must be at least 1");
    }
    ImageOptions.defaults().withWhite(white).withMaxPixels(maxPixels);
  }

  /**
   * Returns the usual options: a row that fails fails the job, white is 1, pictures have any size.
   *
   * @param batch the most rows that are computed at once
   * @return options
   * @throws IllegalArgumentException if it is below 1
   */
  public static RowOptions ofBatch(int batch) {
    return new RowOptions(batch, null, null, 1, ImageOptions.MOST_PIXELS);
  }

  /**
   * Has rows that fail carry the reason.
   *
   * @param chosen the column that says it, or null if such a row shall fail the job
   * @return these options with it
   */
  public RowOptions withErrorColumn(String chosen) {
    return new RowOptions(batch, chosen, nameColumn, white, maxPixels);
  }

  /**
   * Chooses what messages name a row by.
   *
   * @param chosen a column of any type that can be printed, or null
   * @return these options with it
   */
  public RowOptions withNameColumn(String chosen) {
    return new RowOptions(batch, errorColumn, chosen, white, maxPixels);
  }

  /**
   * Chooses what white is.
   *
   * @param chosen a positive number
   * @return these options with it
   * @throws IllegalArgumentException if it is not positive and finite
   */
  public RowOptions withWhite(double chosen) {
    return new RowOptions(batch, errorColumn, nameColumn, chosen, maxPixels);
  }

  /**
   * Chooses how many pixels a picture may have.
   *
   * @param chosen from 1 to {@link ImageOptions#MOST_PIXELS}
   * @return these options with it
   * @throws IllegalArgumentException if it is out of range
   */
  public RowOptions withMaxPixels(long chosen) {
    return new RowOptions(batch, errorColumn, nameColumn, white, chosen);
  }
}
