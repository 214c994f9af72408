package io.github.colonnade;

/** A sum of products in twice the working precision (Ogita, Rump &amp; Oishi 2005). */
final class DoubledSum {
  private double sum;
  private double rest;

  void add(double a, double b) {
    double product = a * b;
    double total = sum + product;
    double part = total - sum;
    rest += (sum - (total - part)) + (product - part) + Math.fma(a, b, -product);
    sum = total;
  }

  double value() {
    return sum + rest;
  }
}
