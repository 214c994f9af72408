package io.github.colonnade.internal.conv.fft;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The steps of {@link F64RowTransform} by the Vector API, two of radix 2 at a time on four rows:
 * the same operations on each number, half the reads and writes.
 */
final class F64VectorRowTransform {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  private final int length;
  private final double[] cos;
  private final double[] sin;

  /** Takes the roots of a transform. */
  F64VectorRowTransform(double[] cos, double[] sin) {
    this.length = cos.length;
    this.cos = cos;
    this.sin = sin;
  }

  /** Returns whether so many columns are whole vectors. */
  static boolean suits(int columns) {
    return columns % LANES == 0;
  }

  /** Transforms columns of n rows, a power of two. */
  void forward(double[][] re, double[][] im, int first, int n, int columns) {
    if (n < 4) {
      if (n == 2) {
        sums(re[first], re[first + 1], im[first], im[first + 1], columns);
      }
      return;
    }
    int stride = n / 4;
    for (int j = 0; j < stride; j++) {
      apart(re, im, first + j, stride, j, length / n * j, columns);
    }
    for (int part = 0; stride > 1 && part < 4; part++) {
      forward(re, im, first + part * stride, stride, columns);
    }
  }

  /** Transforms columns of n rows back, without the division by n. */
  void inverse(double[][] re, double[][] im, int first, int n, int columns) {
    if (n < 4) {
      if (n == 2) {
        sums(re[first], re[first + 1], im[first], im[first + 1], columns);
      }
      return;
    }
    int stride = n / 4;
    for (int part = 0; stride > 1 && part < 4; part++) {
      inverse(re, im, first + part * stride, stride, columns);
    }
    for (int j = 0; j < stride; j++) {
      together(re, im, first + j, stride, j, length / n * j, columns);
    }
  }

  private void apart(
      double[][] re, double[][] im, int a, int stride, int j, int root, int columns) {
    int b = a + stride;
    int c = b + stride;
    int d = c + stride;
    int next = root + length / 4;
    if (j == 0) {
      apartFirst(re[a], re[b], re[c], re[d], im[a], im[b], im[c], im[d], columns);
    } else if (2 * j == stride) {
      apartMiddle(
          re[a], re[b], re[c], re[d], im[a], im[b], im[c], im[d], cos[root], sin[root], cos[next],
          sin[next], columns);
    } else {
      apart(
          re[a],
          re[b],
          re[c],
          re[d],
          im[a],
          im[b],
          im[c],
          im[d],
          cos[root],
          sin[root],
          cos[next],
          sin[next],
          cos[2 * root],
          sin[2 * root],
          columns);
    }
  }

  private void together(
      double[][] re, double[][] im, int a, int stride, int j, int root, int columns) {
    int b = a + stride;
    int c = b + stride;
    int d = c + stride;
    int next = root + length / 4;
    if (j == 0) {
      togetherFirst(re[a], re[b], re[c], re[d], im[a], im[b], im[c], im[d], columns);
    } else if (2 * j == stride) {
      togetherMiddle(
          re[a], re[b], re[c], re[d], im[a], im[b], im[c], im[d], cos[root], sin[root], cos[next],
          sin[next], columns);
    } else {
      together(
          re[a],
          re[b],
          re[c],
          re[d],
          im[a],
          im[b],
          im[c],
          im[d],
          cos[root],
          sin[root],
          cos[next],
          sin[next],
          cos[2 * root],
          sin[2 * root],
          columns);
    }
  }

  /** A step of radix 2 by the root 1, forward or back. */
  private static void sums(double[] aRe, double[] bRe, double[] aIm, double[] bIm, int columns) {
    for (int i = 0; i < columns; i += LANES) {
      DoubleVector a = DoubleVector.fromArray(SPECIES, aRe, i);
      DoubleVector ai = DoubleVector.fromArray(SPECIES, aIm, i);
      DoubleVector b = DoubleVector.fromArray(SPECIES, bRe, i);
      DoubleVector bi = DoubleVector.fromArray(SPECIES, bIm, i);
      a.add(b).intoArray(aRe, i);
      ai.add(bi).intoArray(aIm, i);
      a.sub(b).intoArray(bRe, i);
      ai.sub(bi).intoArray(bIm, i);
    }
  }

  /** Two steps forward: by {@code w1} and {@code w2}, then by {@code w3}. */
  private static void apart(
      double[] aRe,
      double[] bRe,
      double[] cRe,
      double[] dRe,
      double[] aIm,
      double[] bIm,
      double[] cIm,
      double[] dIm,
      double w1Re,
      double w1Im,
      double w2Re,
      double w2Im,
      double w3Re,
      double w3Im,
      int columns) {
    DoubleVector w1X = DoubleVector.broadcast(SPECIES, w1Re);
    DoubleVector w1Y = DoubleVector.broadcast(SPECIES, w1Im);
    DoubleVector w1Minus = DoubleVector.broadcast(SPECIES, -w1Im);
    DoubleVector w2X = DoubleVector.broadcast(SPECIES, w2Re);
    DoubleVector w2Y = DoubleVector.broadcast(SPECIES, w2Im);
    DoubleVector w2Minus = DoubleVector.broadcast(SPECIES, -w2Im);
    DoubleVector w3X = DoubleVector.broadcast(SPECIES, w3Re);
    DoubleVector w3Y = DoubleVector.broadcast(SPECIES, w3Im);
    DoubleVector w3Minus = DoubleVector.broadcast(SPECIES, -w3Im);
    for (int i = 0; i < columns; i += LANES) {
      DoubleVector a = DoubleVector.fromArray(SPECIES, aRe, i);
      DoubleVector ai = DoubleVector.fromArray(SPECIES, aIm, i);
      DoubleVector b = DoubleVector.fromArray(SPECIES, bRe, i);
      DoubleVector bi = DoubleVector.fromArray(SPECIES, bIm, i);
      DoubleVector c = DoubleVector.fromArray(SPECIES, cRe, i);
      DoubleVector ci = DoubleVector.fromArray(SPECIES, cIm, i);
      DoubleVector d = DoubleVector.fromArray(SPECIES, dRe, i);
      DoubleVector di = DoubleVector.fromArray(SPECIES, dIm, i);
      DoubleVector e = a.add(c);
      DoubleVector ei = ai.add(ci);
      DoubleVector f = b.add(d);
      DoubleVector fi = bi.add(di);
      DoubleVector p = a.sub(c);
      DoubleVector pi = ai.sub(ci);
      DoubleVector g = p.fma(w1X, pi.mul(w1Minus));
      DoubleVector gi = p.fma(w1Y, pi.mul(w1X));
      DoubleVector q = b.sub(d);
      DoubleVector qi = bi.sub(di);
      DoubleVector h = q.fma(w2X, qi.mul(w2Minus));
      DoubleVector hi = q.fma(w2Y, qi.mul(w2X));
      e.add(f).intoArray(aRe, i);
      ei.add(fi).intoArray(aIm, i);
      g.add(h).intoArray(cRe, i);
      gi.add(hi).intoArray(cIm, i);
      DoubleVector r = e.sub(f);
      DoubleVector ri = ei.sub(fi);
      r.fma(w3X, ri.mul(w3Minus)).intoArray(bRe, i);
      r.fma(w3Y, ri.mul(w3X)).intoArray(bIm, i);
      DoubleVector s = g.sub(h);
      DoubleVector si = gi.sub(hi);
      s.fma(w3X, si.mul(w3Minus)).intoArray(dRe, i);
      s.fma(w3Y, si.mul(w3X)).intoArray(dIm, i);
    }
  }

  /** As {@link #apart}, by the roots 1, −i and 1. */
  private static void apartFirst(
      double[] aRe,
      double[] bRe,
      double[] cRe,
      double[] dRe,
      double[] aIm,
      double[] bIm,
      double[] cIm,
      double[] dIm,
      int columns) {
    for (int i = 0; i < columns; i += LANES) {
      DoubleVector a = DoubleVector.fromArray(SPECIES, aRe, i);
      DoubleVector ai = DoubleVector.fromArray(SPECIES, aIm, i);
      DoubleVector b = DoubleVector.fromArray(SPECIES, bRe, i);
      DoubleVector bi = DoubleVector.fromArray(SPECIES, bIm, i);
      DoubleVector c = DoubleVector.fromArray(SPECIES, cRe, i);
      DoubleVector ci = DoubleVector.fromArray(SPECIES, cIm, i);
      DoubleVector d = DoubleVector.fromArray(SPECIES, dRe, i);
      DoubleVector di = DoubleVector.fromArray(SPECIES, dIm, i);
      DoubleVector e = a.add(c);
      DoubleVector ei = ai.add(ci);
      DoubleVector f = b.add(d);
      DoubleVector fi = bi.add(di);
      DoubleVector g = a.sub(c);
      DoubleVector gi = ai.sub(ci);
      DoubleVector h = bi.sub(di);
      DoubleVector hi = d.sub(b);
      e.add(f).intoArray(aRe, i);
      ei.add(fi).intoArray(aIm, i);
      g.add(h).intoArray(cRe, i);
      gi.add(hi).intoArray(cIm, i);
      e.sub(f).intoArray(bRe, i);
      ei.sub(fi).intoArray(bIm, i);
      g.sub(h).intoArray(dRe, i);
      gi.sub(hi).intoArray(dIm, i);
    }
  }

  /** As {@link #apart}, by the third root −i. */
  private static void apartMiddle(
      double[] aRe,
      double[] bRe,
      double[] cRe,
      double[] dRe,
      double[] aIm,
      double[] bIm,
      double[] cIm,
      double[] dIm,
      double w1Re,
      double w1Im,
      double w2Re,
      double w2Im,
      int columns) {
    DoubleVector w1X = DoubleVector.broadcast(SPECIES, w1Re);
    DoubleVector w1Y = DoubleVector.broadcast(SPECIES, w1Im);
    DoubleVector w1Minus = DoubleVector.broadcast(SPECIES, -w1Im);
    DoubleVector w2X = DoubleVector.broadcast(SPECIES, w2Re);
    DoubleVector w2Y = DoubleVector.broadcast(SPECIES, w2Im);
    DoubleVector w2Minus = DoubleVector.broadcast(SPECIES, -w2Im);
    for (int i = 0; i < columns; i += LANES) {
      DoubleVector a = DoubleVector.fromArray(SPECIES, aRe, i);
      DoubleVector ai = DoubleVector.fromArray(SPECIES, aIm, i);
      DoubleVector b = DoubleVector.fromArray(SPECIES, bRe, i);
      DoubleVector bi = DoubleVector.fromArray(SPECIES, bIm, i);
      DoubleVector c = DoubleVector.fromArray(SPECIES, cRe, i);
      DoubleVector ci = DoubleVector.fromArray(SPECIES, cIm, i);
      DoubleVector d = DoubleVector.fromArray(SPECIES, dRe, i);
      DoubleVector di = DoubleVector.fromArray(SPECIES, dIm, i);
      DoubleVector e = a.add(c);
      DoubleVector ei = ai.add(ci);
      DoubleVector f = b.add(d);
      DoubleVector fi = bi.add(di);
      DoubleVector p = a.sub(c);
      DoubleVector pi = ai.sub(ci);
      DoubleVector g = p.fma(w1X, pi.mul(w1Minus));
      DoubleVector gi = p.fma(w1Y, pi.mul(w1X));
      DoubleVector q = b.sub(d);
      DoubleVector qi = bi.sub(di);
      DoubleVector h = q.fma(w2X, qi.mul(w2Minus));
      DoubleVector hi = q.fma(w2Y, qi.mul(w2X));
      e.add(f).intoArray(aRe, i);
      ei.add(fi).intoArray(aIm, i);
      g.add(h).intoArray(cRe, i);
      gi.add(hi).intoArray(cIm, i);
      ei.sub(fi).intoArray(bRe, i);
      f.sub(e).intoArray(bIm, i);
      gi.sub(hi).intoArray(dRe, i);
      h.sub(g).intoArray(dIm, i);
    }
  }

  /** Two steps back: by {@code w3}, then by {@code w1} and {@code w2}. */
  private static void together(
      double[] aRe,
      double[] bRe,
      double[] cRe,
      double[] dRe,
      double[] aIm,
      double[] bIm,
      double[] cIm,
      double[] dIm,
      double w1Re,
      double w1Im,
      double w2Re,
      double w2Im,
      double w3Re,
      double w3Im,
      int columns) {
    DoubleVector w1X = DoubleVector.broadcast(SPECIES, w1Re);
    DoubleVector w1Y = DoubleVector.broadcast(SPECIES, w1Im);
    DoubleVector w1Minus = DoubleVector.broadcast(SPECIES, -w1Im);
    DoubleVector w2X = DoubleVector.broadcast(SPECIES, w2Re);
    DoubleVector w2Y = DoubleVector.broadcast(SPECIES, w2Im);
    DoubleVector w2Minus = DoubleVector.broadcast(SPECIES, -w2Im);
    DoubleVector w3X = DoubleVector.broadcast(SPECIES, w3Re);
    DoubleVector w3Y = DoubleVector.broadcast(SPECIES, w3Im);
    DoubleVector w3Minus = DoubleVector.broadcast(SPECIES, -w3Im);
    for (int i = 0; i < columns; i += LANES) {
      DoubleVector a = DoubleVector.fromArray(SPECIES, aRe, i);
      DoubleVector ai = DoubleVector.fromArray(SPECIES, aIm, i);
      DoubleVector b = DoubleVector.fromArray(SPECIES, bRe, i);
      DoubleVector bi = DoubleVector.fromArray(SPECIES, bIm, i);
      DoubleVector c = DoubleVector.fromArray(SPECIES, cRe, i);
      DoubleVector ci = DoubleVector.fromArray(SPECIES, cIm, i);
      DoubleVector d = DoubleVector.fromArray(SPECIES, dRe, i);
      DoubleVector di = DoubleVector.fromArray(SPECIES, dIm, i);
      DoubleVector p = b.fma(w3X, bi.mul(w3Y));
      DoubleVector pi = bi.fma(w3X, b.mul(w3Minus));
      DoubleVector e = a.add(p);
      DoubleVector ei = ai.add(pi);
      DoubleVector f = a.sub(p);
      DoubleVector fi = ai.sub(pi);
      DoubleVector q = d.fma(w3X, di.mul(w3Y));
      DoubleVector qi = di.fma(w3X, d.mul(w3Minus));
      DoubleVector g = c.add(q);
      DoubleVector gi = ci.add(qi);
      DoubleVector h = c.sub(q);
      DoubleVector hi = ci.sub(qi);
      DoubleVector r = g.fma(w1X, gi.mul(w1Y));
      DoubleVector ri = gi.fma(w1X, g.mul(w1Minus));
      e.add(r).intoArray(aRe, i);
      ei.add(ri).intoArray(aIm, i);
      e.sub(r).intoArray(cRe, i);
      ei.sub(ri).intoArray(cIm, i);
      DoubleVector s = h.fma(w2X, hi.mul(w2Y));
      DoubleVector si = hi.fma(w2X, h.mul(w2Minus));
      f.add(s).intoArray(bRe, i);
      fi.add(si).intoArray(bIm, i);
      f.sub(s).intoArray(dRe, i);
      fi.sub(si).intoArray(dIm, i);
    }
  }

  /** As {@link #together}, by the roots 1, −i and 1. */
  private static void togetherFirst(
      double[] aRe,
      double[] bRe,
      double[] cRe,
      double[] dRe,
      double[] aIm,
      double[] bIm,
      double[] cIm,
      double[] dIm,
      int columns) {
    for (int i = 0; i < columns; i += LANES) {
      DoubleVector a = DoubleVector.fromArray(SPECIES, aRe, i);
      DoubleVector ai = DoubleVector.fromArray(SPECIES, aIm, i);
      DoubleVector b = DoubleVector.fromArray(SPECIES, bRe, i);
      DoubleVector bi = DoubleVector.fromArray(SPECIES, bIm, i);
      DoubleVector c = DoubleVector.fromArray(SPECIES, cRe, i);
      DoubleVector ci = DoubleVector.fromArray(SPECIES, cIm, i);
      DoubleVector d = DoubleVector.fromArray(SPECIES, dRe, i);
      DoubleVector di = DoubleVector.fromArray(SPECIES, dIm, i);
      DoubleVector e = a.add(b);
      DoubleVector ei = ai.add(bi);
      DoubleVector f = a.sub(b);
      DoubleVector fi = ai.sub(bi);
      DoubleVector g = c.add(d);
      DoubleVector gi = ci.add(di);
      DoubleVector h = c.sub(d);
      DoubleVector hi = ci.sub(di);
      e.add(g).intoArray(aRe, i);
      ei.add(gi).intoArray(aIm, i);
      e.sub(g).intoArray(cRe, i);
      ei.sub(gi).intoArray(cIm, i);
      f.sub(hi).intoArray(bRe, i);
      f.add(hi).intoArray(dRe, i);
      fi.add(h).intoArray(bIm, i);
      fi.sub(h).intoArray(dIm, i);
    }
  }

  /** As {@link #together}, by the third root −i. */
  private static void togetherMiddle(
      double[] aRe,
      double[] bRe,
      double[] cRe,
      double[] dRe,
      double[] aIm,
      double[] bIm,
      double[] cIm,
      double[] dIm,
      double w1Re,
      double w1Im,
      double w2Re,
      double w2Im,
      int columns) {
    DoubleVector w1X = DoubleVector.broadcast(SPECIES, w1Re);
    DoubleVector w1Y = DoubleVector.broadcast(SPECIES, w1Im);
    DoubleVector w1Minus = DoubleVector.broadcast(SPECIES, -w1Im);
    DoubleVector w2X = DoubleVector.broadcast(SPECIES, w2Re);
    DoubleVector w2Y = DoubleVector.broadcast(SPECIES, w2Im);
    DoubleVector w2Minus = DoubleVector.broadcast(SPECIES, -w2Im);
    for (int i = 0; i < columns; i += LANES) {
      DoubleVector a = DoubleVector.fromArray(SPECIES, aRe, i);
      DoubleVector ai = DoubleVector.fromArray(SPECIES, aIm, i);
      DoubleVector b = DoubleVector.fromArray(SPECIES, bRe, i);
      DoubleVector bi = DoubleVector.fromArray(SPECIES, bIm, i);
      DoubleVector c = DoubleVector.fromArray(SPECIES, cRe, i);
      DoubleVector ci = DoubleVector.fromArray(SPECIES, cIm, i);
      DoubleVector d = DoubleVector.fromArray(SPECIES, dRe, i);
      DoubleVector di = DoubleVector.fromArray(SPECIES, dIm, i);
      DoubleVector e = a.sub(bi);
      DoubleVector f = a.add(bi);
      DoubleVector ei = ai.add(b);
      DoubleVector fi = ai.sub(b);
      DoubleVector g = c.sub(di);
      DoubleVector h = c.add(di);
      DoubleVector gi = ci.add(d);
      DoubleVector hi = ci.sub(d);
      DoubleVector r = g.fma(w1X, gi.mul(w1Y));
      DoubleVector ri = gi.fma(w1X, g.mul(w1Minus));
      e.add(r).intoArray(aRe, i);
      ei.add(ri).intoArray(aIm, i);
      e.sub(r).intoArray(cRe, i);
      ei.sub(ri).intoArray(cIm, i);
      DoubleVector s = h.fma(w2X, hi.mul(w2Y));
      DoubleVector si = hi.fma(w2X, h.mul(w2Minus));
      f.add(s).intoArray(bRe, i);
      fi.add(si).intoArray(bIm, i);
      f.sub(s).intoArray(dRe, i);
      fi.sub(si).intoArray(dIm, i);
    }
  }
}
