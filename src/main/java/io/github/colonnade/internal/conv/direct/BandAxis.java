package io.github.colonnade.internal.conv.direct;

/**
 * Where the pixels of some indices lie, for each phase of one side of the taps.
 *
 * @param first the first index inside the image, counted from the first of all
 * @param count indices inside
 * @param pixel the pixel of the first
 * @param pitch for rows, elements from one to the next: as few as keep zeros between what taps read
 */
@SuppressWarnings("ArrayRecordComponent") // Tables that nobody compares.
record BandAxis(int[] first, int[] count, int[] pixel, int pitch) {

  /** Returns where whole source rows lie. */
  static BandAxis of(TapAxis axis) {
    int reads = Math.toIntExact(axis.targets() + axis.reach());
    BandAxis all = new BandAxis(axis.source().phases().length);
    all.set(axis.source(), 0, reads);
    int shared = reads;
    for (int phase = 0; phase < all.first.length; phase++) {
      int behind = reads - all.first[phase] - all.count[phase];
      shared = Math.min(shared, Math.min(all.first[phase], behind));
    }
    // The zeros behind a row are those before the next.
    int pitch = Math.max((int) axis.targets(), reads - shared);
    pitch = Math.ceilDiv(pitch, (int) axis.step()) * (int) axis.step();
    return new BandAxis(all.first, all.count, all.pixel, pitch);
  }

  BandAxis(int phases) {
    this(new int[phases], new int[phases], new int[phases], 0);
  }

  /** Moves to some indices. */
  void set(TapAxis.Side side, long from, int indices) {
    for (int phase = 0; phase < first.length; phase++) {
      long inside = side.firstInside(from, from + indices, phase);
      count[phase] = (int) (side.firstBeyond(inside, from + indices, phase) - inside);
      first[phase] = (int) (inside - from);
      pixel[phase] = count[phase] == 0 ? 0 : (int) side.pixel(inside, phase);
    }
  }
}
