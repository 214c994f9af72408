package io.github.colonnade.cli.bench;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.Pass;

/**
 * What computing a layer costs at least: the operations of each algorithm, and the memory that
 * every algorithm has to touch.
 *
 * <p>A fused multiply-add is two operations. An addition or a multiplication that is not fused
 * takes as long as one that is, and counts as two as well.
 */
final class LayerWork {
  /**
   * Multiply-adds of Winograd's transforms F(4×4, 3×3) with points in pairs, ±a and ±b: twelve for
   * each line of six inputs, twelve to make four outputs of six products, eight to make six of
   * three weights.
   */
  private static final int WINOGRAD_INPUT = (6 + 6) * 12;

  private static final int WINOGRAD_OUTPUT = (6 + 4) * 12;
  private static final int WINOGRAD_WEIGHTS = (3 + 6) * 8;
  private static final int WINOGRAD_TILE = 4;
  private static final int WINOGRAD_PRODUCTS = 36;

  private final Layer layer;
  private final long outH;
  private final long outW;
  private final long elementBytes;

  LayerWork(Layer layer, Conv2dPlan plan) {
    this.layer = layer;
    outH = plan.outputShape()[2];
    outW = plan.outputShape()[3];
    elementBytes = plan.dtype().byteSize();
  }

  /** Counts the operations of one pass by an algorithm; {@code AUTO} is none. */
  double operations(Pass pass, Algorithm algorithm) {
    if (pass == Pass.BACKWARD_BIAS) {
      return 2.0 * output();
    }
    return switch (algorithm) {
      // Zeros of the padding are multiplied like all others.
      case IM2COL -> 2.0 * output() * layer.depth();
      case WINOGRAD -> winograd(pass);
      case FFT -> fft(pass);
      // Each product of a pixel of the image.
      case DIRECT, REFERENCE -> direct();
      case AUTO -> throw new IllegalArgumentException("auto is not an algorithm");
    };
  }

  /** Counts the operations of the algorithm that has the fewest of all. */
  double leastOperations(Pass pass) {
    double direct = operations(pass, Algorithm.DIRECT);
    return pass != Pass.BACKWARD_BIAS && suitsWinograd()
        ? Math.min(direct, operations(pass, Algorithm.WINOGRAD))
        : direct;
  }

  /** Counts the bytes of the operands, each read or written once. */
  double bytes(Pass pass) {
    double input = rows() * layer.w() * layer.n() * layer.c();
    double weights = (double) layer.o() * layer.depth();
    double elements =
        switch (pass) {
          case FORWARD -> input + weights + layer.o() + output();
          // All of the gradient is written, zeros too.
          case BACKWARD_INPUT ->
              output() + weights + (double) layer.n() * layer.c() * layer.h() * layer.w();
          case BACKWARD_WEIGHTS -> input + output() + weights;
          case BACKWARD_BIAS -> output() + layer.o();
        };
    return elements * elementBytes;
  }

  private double output() {
    return (double) layer.n() * layer.o() * outH * outW;
  }

  /** Counts the pairs of an input channel and an output channel that a sum joins. */
  private double pairs() {
    long inputs = layer.c() / layer.groups();
    return (double) inputs * layer.o();
  }

  private double direct() {
    double taps = (double) taps(outH, layer.h(), layer.kh()) * taps(outW, layer.w(), layer.kw());
    return 2.0 * layer.n() * pairs() * taps;
  }

  /** Counts, along one axis, the pairs of an output and a pixel of the image under its window. */
  private long taps(long out, long size, long kernel) {
    long taps = 0;
    for (long tap = 0; tap < kernel; tap++) {
      long shift = layer.pad() - tap * layer.dilation();
      // The outputs o with 0 ≤ o·stride − shift < size.
      long first = Math.max(0, Math.ceilDiv(shift, layer.stride()));
      long last = Math.min(out - 1, Math.floorDiv(size - 1 + shift, layer.stride()));
      taps += Math.max(0, last - first + 1);
    }
    return taps;
  }

  /** Counts the rows of an image that some window touches; memory is read in whole lines. */
  private double rows() {
    long rows = 0;
    for (long row = 0; row < layer.h(); row++) {
      boolean isTouched = false;
      for (long tap = 0; tap < layer.kh() && !isTouched; tap++) {
        long top = row + layer.pad() - tap * layer.dilation();
        isTouched = top >= 0 && top % layer.stride() == 0 && top / layer.stride() < outH;
      }
      rows += isTouched ? 1 : 0;
    }
    return rows;
  }

  private boolean suitsWinograd() {
    return layer.kh() == 3 && layer.kw() == 3 && layer.stride() == 1;
  }

  private double winograd(Pass pass) {
    double tiles =
        pass == Pass.BACKWARD_INPUT
            ? (double) tiles(layer.h()) * tiles(layer.w())
            : (double) tiles(outH) * tiles(outW);
    double images = layer.n() * tiles;
    // The input's gradient is the same sum with the channels' roles exchanged.
    long from = pass == Pass.BACKWARD_INPUT ? layer.o() : layer.c();
    long to = pass == Pass.BACKWARD_INPUT ? layer.c() : layer.o();
    double pairs = pairs();
    return 2
        * (WINOGRAD_PRODUCTS * images * pairs
            + WINOGRAD_INPUT * images * from
            + WINOGRAD_OUTPUT * images * to
            + WINOGRAD_WEIGHTS * pairs);
  }

  /** Counts transforms and products in square tiles of the size that makes them the fewest. */
  private double fft(Pass pass) {
    boolean gradient = pass == Pass.BACKWARD_INPUT;
    double reachH = (layer.kh() - 1.0) * layer.dilation();
    double reachW = (layer.kw() - 1.0) * layer.dilation();
    double height = gradient ? layer.h() : outH;
    double width = gradient ? layer.w() : outW;
    double least = Double.POSITIVE_INFINITY;
    for (double side = 16; side <= 2048; side *= 2) {
      if (side > reachH && side > reachW) {
        double tiles =
            layer.n() * Math.ceil(height / (side - reachH)) * Math.ceil(width / (side - reachW));
        double points = side * side;
        // Two real tiles share a transform of 5·P·log₂P operations.
        double transform = 5 * points * Math.log(points) / Math.log(2);
        double transforms = tiles / 2 * (layer.c() + layer.o()) + pairs();
        least = Math.min(least, transforms * transform + tiles / 2 * pairs() * 8 * points);
      }
    }
    return least;
  }

  /** Counts tiles along one axis; a dilated layer is as many layers as its dilation. */
  private long tiles(long size) {
    long tiles = 0;
    for (long phase = 0; phase < Math.min(layer.dilation(), size); phase++) {
      tiles += Math.ceilDiv(Math.ceilDiv(size - phase, layer.dilation()), WINOGRAD_TILE);
    }
    return tiles;
  }
}
