package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/**
 * The order of the columns in a panel: image by image, or, where that is faster, row by row of
 * several whole images, {@code (oh, n, ow)}. So what a tap reads of all images is contiguous, since
 * the next row of the kernel reads one row further, but rows of results are copied one by one.
 * Images that a stride of 1 leaves as wide as they are need no such order: what a tap reads of one
 * is contiguous as it lies.
 */
public final class PanelOrder {
  /**
   * What gathering a channel's lines of one image costs, in copies of what one tap reads. In
   * batches of 64 images, kernels of 3×3 and 5×5, rows side by side took 0.75 to 1 of the time
   * where this says so, and 1 to 1.8 where not (AMD Zen 5, family 26 model 2).
   */
  private static final long GATHERING = 25;

  private final long pixels;
  private final long images;
  private final long run;
  private final boolean interleaved;

  /**
   * Makes the order of a panel.
   *
   * @param geometry sizes
   * @param pixels columns of the panel: some of an image, or all of several
   */
  public PanelOrder(ConvGeometry geometry, long pixels) {
    this.pixels = pixels;
    long plane = geometry.outPlane();
    boolean several = plane > 0 && pixels > plane;
    assert !several || pixels % plane == 0;
    images = several ? pixels / plane : 1;
    interleaved = images > 1 && interleaves(geometry);
    run = interleaved ? geometry.outW() : Math.max(1, pixels / images);
  }

  private static boolean interleaves(ConvGeometry geometry) {
    double rows = (double) geometry.groupOutChannels() * geometry.outH();
    double copies = (double) geometry.groupInChannels() * (geometry.kernelPlane() + GATHERING);
    return geometry.kernelH() > 1 && !keepsWidth(geometry) && rows <= copies;
  }

  /** Returns the columns of the panel. */
  public long pixels() {
    return pixels;
  }

  /** Returns the images of a panel, of all of which it holds all pixels if they are several. */
  public long images() {
    return images;
  }

  /** Returns whether the rows of several images lie side by side. */
  public boolean isInterleaved() {
    return interleaved;
  }

  /** Returns the columns of a run, which are neighbours in an image too. */
  public long run() {
    return run;
  }

  /** Returns the image of a run, counted from the panel's first. */
  public long image(long index) {
    return interleaved ? index % images : index;
  }

  /** Returns the first pixel of a run, counted from the first in its image. */
  public long pixel(long index) {
    return interleaved ? index / images * run : 0;
  }

  /**
   * Copies some columns of one row of a panel to the planes of its images.
   *
   * @param type element type
   * @param panel holds the row. Not modified.
   * @param panelIndex the element of the first column
   * @param first the first column
   * @param count how many columns
   * @param planes receives a plane, or part of one, of each image
   * @param planesIndex what the first column of the panel is copied to
   * @param step elements from one image to the next
   */
  public void toPlanes(
      ElementType type,
      MemorySegment panel,
      long panelIndex,
      long first,
      long count,
      MemorySegment planes,
      long planesIndex,
      long step) {
    copy(type, true, panel, panelIndex, first, count, planes, planesIndex, step);
  }

  /** Copies planes of the images to one row of a panel: the reverse of {@link #toPlanes}. */
  public void fromPlanes(
      ElementType type,
      MemorySegment planes,
      long planesIndex,
      long step,
      MemorySegment panel,
      long panelIndex) {
    copy(type, false, panel, panelIndex, 0, pixels, planes, planesIndex, step);
  }

  private void copy(
      ElementType type,
      boolean toPlanes,
      MemorySegment panel,
      long panelIndex,
      long first,
      long count,
      MemorySegment planes,
      long planesIndex,
      long step) {
    long index = first / run;
    long from = first % run;
    long image = image(index);
    long pixel = pixel(index);
    for (long done = 0; done < count; ) {
      long length = Math.min(run - from, count - done);
      long at = planesIndex + image * step + pixel + from;
      if (toPlanes) {
        Elements.copy(type, panel, panelIndex + done, planes, at, length);
      } else {
        Elements.copy(type, planes, at, panel, panelIndex + done, length);
      }
      done += length;
      from = 0;
      if (++image == images) {
        image = 0;
        pixel += run;
      }
    }
  }

  /** Returns whether rows of the column matrix are planes shifted. */
  static boolean keepsWidth(ConvGeometry geometry) {
    return geometry.strideH() == 1 && geometry.strideW() == 1 && geometry.outW() == geometry.inW();
  }
}
