package app;

final class Check {
  private Check() {}

  static void equal(Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError("expected " + expected + ", is " + actual);
    }
  }

  static void equal(double expected, double actual) {
    equal((Object) expected, actual);
  }
}
