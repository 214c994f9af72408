package io.github.colonnade.cli;

/** What to do where there is not enough memory, by the kind that there is too little of. */
final class MemoryAdvice {
  private static final long GIBI = 1L << 30;
  private static final long MEBI = 1L << 20;

  private MemoryAdvice() {}

  /** Returns what was missing and a way out. */
  static String of(OutOfMemoryError thrown) {
    String told = String.valueOf(thrown.getMessage());
    return "not enough memory: " + told + "; " + advice(told);
  }

  private static String advice(String told) {
    if (told.contains("Java heap space") || told.contains("GC overhead limit")) {
      long heap = Runtime.getRuntime().maxMemory();
      return "the heap is of "
          + heap / MEBI
          + " MiB at most, allow it more with COLONNADE_JAVA_OPTS=-Xmx"
          + Math.ceilDiv(2 * heap, GIBI)
          + "g";
    }
    if (told.contains("Requested array size exceeds VM limit")) {
      return "no array of Java's is that large, however large the heap is";
    }
    if (told.contains("direct buffer memory")) {
      return "allow more with COLONNADE_JAVA_OPTS=-XX:MaxDirectMemorySize=SIZE";
    }
    if (told.contains("native thread")) {
      return "use fewer --threads, or allow this user more (ulimit -u)";
    }
    return "this is native memory, beside the heap of Java: -Xmx does not add to it";
  }
}
