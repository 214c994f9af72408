package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/**
 * The order of the columns in a panel: image by image; where a panel holds several whole images and
 * the kernel several rows, row by row of all of them, {@code (oh, n, ow)}. So what a tap reads of
 * all images is contiguous, since the next row of the kernel reads one row further. Images that a
 * stride of 1 leaves as wide as they are need no such order: what a tap reads of one is contiguous
 * as it lies.
 *
 * @param geometry sizes
 * @param pixels columns of the panel
 */
public record PanelOrder(ConvGeometry geometry, long pixels) {

  /** Returns the images of a panel, of all of which it holds all pixels if they are several. */
  public long images() {
    long plane = geometry.outPlane();
    assert pixels <= plane || pixels % plane == 0;
    return pixels <= plane ? 1 : pixels / plane;
  }

  /** Returns whether the rows of several images lie side by side. */
  public boolean isInterleaved() {
    return geometry.kernelH() > 1 && pixels > geometry.outPlane() && !keepsWidth(geometry);
  }

  /** Returns the columns of a run, which are neighbours in an image too. */
  public long run() {
    return isInterleaved() ? geometry.outW() : pixels / images();
  }

  /** Returns the image of a run, counted from the panel's first. */
  public long image(long run) {
    return isInterleaved() ? run % images() : run;
  }

  /** Returns the first pixel of a run, counted from the first in its image. */
  public long pixel(long run) {
    return isInterleaved() ? run / images() * geometry.outW() : 0;
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
    long run = run();
    for (long done = 0; done < count; ) {
      long index = (first + done) / run;
      long from = (first + done) % run;
      long length = Math.min(run - from, count - done);
      long at = planesIndex + image(index) * step + pixel(index) + from;
      if (toPlanes) {
        Elements.copy(type, panel, panelIndex + done, planes, at, length);
      } else {
        Elements.copy(type, planes, at, panel, panelIndex + done, length);
      }
      done += length;
    }
  }

  /** Returns whether rows of the column matrix are planes shifted. */
  static boolean keepsWidth(ConvGeometry geometry) {
    return geometry.strideH() == 1 && geometry.strideW() == 1 && geometry.outW() == geometry.inW();
  }
}
