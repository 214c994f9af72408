package io.github.colonnade.cli.plot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Round values along an axis from 0. */
final class Ticks {
  private final double step;
  private final double end;

  private Ticks(double step, double end) {
    this.step = step;
    this.end = end;
  }

  /**
   * Chooses at most {@code most} steps of 1, 2 or 5 times a power of ten that reach {@code
   * greatest}.
   */
  static Ticks to(double greatest, int most) {
    double power = Math.pow(10, Math.floor(Math.log10(greatest / most)));
    for (int factor : new int[] {1, 2, 5, 10}) {
      if (Math.ceil(greatest / (factor * power)) <= most) {
        double step = factor * power;
        return new Ticks(step, step * Math.ceil(greatest / step));
      }
    }
    throw new IllegalArgumentException("greatest: is " + greatest + ", must be positive");
  }

  /** Returns the last of them, which is the axis's end. */
  double end() {
    return end;
  }

  /** Returns all of them, 0 first. */
  List<Double> values() {
    List<Double> values = new ArrayList<>();
    for (int i = 0; i <= Math.rint(end / step); i++) {
      values.add(i * step);
    }
    return values;
  }

  /** Returns a value with as many decimals as the steps need. */
  String label(double value) {
    int decimals = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
