package io.github.colonnade.internal.blas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.MatrixMultiply;
import io.github.colonnade.OpenBlas;
import io.github.colonnade.Tensor;
import io.github.colonnade.internal.memory.ForeignCall;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What {@link OpenBlasIsolationTest} runs in JVMs of their own. */
@SuppressWarnings("restricted") // It is the stranger that loads libraries.
public final class IsolatedCalls {
  private static final FunctionDescriptor GET = FunctionDescriptor.of(JAVA_INT);
  private static final FunctionDescriptor SET = FunctionDescriptor.ofVoid(JAVA_INT);

  private IsolatedCalls() {}

  /** Runs the scenario that the first argument names; the rest are its own. */
  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "multiply" -> multiply();
      case "load-first" -> {
        System.load(arguments[1]);
        multiply();
      }
      case "load-later" -> {
        multiply();
        System.load(arguments[1]);
      }
      case "settings" -> settings(Path.of(arguments[1]));
      case "beside" -> beside(Path.of(arguments[1]));
      case "class-loaders" -> classLoaders();
      case "unload" -> unload();
      case "interrupted" -> {
        Thread.currentThread().interrupt();
        multiply();
        System.out.println("still interrupted: " + Thread.interrupted());
      }
      case "deep" -> deep();
      case "openmp" -> {
        openMp();
        return;
      }
      case "denied" -> {
        denied();
        return;
      }
      case "callers" -> callers();
      case "starved" -> starved();
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    multiply();
    System.out.println("all right");
  }

  /** Large enough for OpenBLAS to use its buffers and, if it may, threads. */
  static void multiply() {
    int n = 300;
    try (Arena arena = Arena.ofConfined()) {
      for (DType dtype : List.of(DType.F64, DType.F32)) {
        Tensor a = Tensor.allocate(arena, dtype, n, n).fill(2);
        Tensor b = Tensor.allocate(arena, dtype, n, n).fill(3);
        Tensor c = Tensor.allocate(arena, dtype, n, n);
        MatrixMultiply.multiply(a, b, c, 1);
        for (long i = 0; i < c.elementCount(); i++) {
          if (c.get(i) != 6 * n) {
            throw new AssertionError(dtype + ": element " + i + " is " + c.get(i));
          }
        }
      }
    }
  }

  private static void settings(Path file) {
    SymbolLookup theirs = SymbolLookup.libraryLookup(file, Arena.global());
    for (int time = 0; time < 2; time++) {
      ForeignCall.call(theirs.findOrThrow("openblas_set_num_threads"), SET, 8);
      multiply();
      System.out.printf("theirs %s, ours %s%n", threads(theirs), threads(OpenBlasLoader.library()));
    }
  }

  /** Multiplies while somebody else does, in a library of his own and with threads of his own. */
  private static void beside(Path file) throws Exception {
    SymbolLookup theirs = SymbolLookup.libraryLookup(file, Arena.global());
    ForeignCall.call(theirs.findOrThrow("openblas_set_num_threads"), SET, 3);
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      tasks.add(
          () -> {
            for (int time = 0; time < 20; time++) {
              multiply();
            }
            return null;
          });
      tasks.add(
          () -> {
            for (int time = 0; time < 20; time++) {
              multiplyThere(theirs);
            }
            return null;
          });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
      for (Future<Void> task : threads.invokeAll(tasks)) {
        task.get();
      }
    }
    System.out.printf("theirs %s, ours %s%n", threads(theirs), threads(OpenBlasLoader.library()));
  }

  private static void multiplyThere(SymbolLookup library) {
    int n = 300;
    int rowMajor = 101;
    int noTranspose = 111;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = arena.allocateFrom(JAVA_DOUBLE, new double[n * n]);
      MemorySegment c = arena.allocate(a.byteSize(), 64);
      for (int i = 0; i < n * n; i++) {
        a.setAtIndex(JAVA_DOUBLE, i, 2);
      }
      FunctionDescriptor dgemm =
          FunctionDescriptor.ofVoid(
              JAVA_INT,
              JAVA_INT,
              JAVA_INT,
              JAVA_INT,
              JAVA_INT,
              JAVA_INT,
              JAVA_DOUBLE,
              ADDRESS,
              JAVA_INT,
              ADDRESS,
              JAVA_INT,
              JAVA_DOUBLE,
              ADDRESS,
              JAVA_INT);
      MemorySegment function = library.findOrThrow("cblas_dgemm");
      ForeignCall.call(
          function, dgemm, rowMajor, noTranspose, noTranspose, n, n, n, 1.0, a, n, a, n, 0.0, c, n);
      for (int i = 0; i < n * n; i++) {
        if (c.getAtIndex(JAVA_DOUBLE, i) != 4 * n) {
          throw new AssertionError("theirs: element " + i + " is wrong");
        }
      }
    }
  }

  private static Object threads(SymbolLookup library) {
    return ForeignCall.call(library.findOrThrow("openblas_get_num_threads"), GET);
  }

  private static void classLoaders() throws Exception {
    List<ClassLoader> alive = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      alive.add(multiplyInLoaderOfItsOwn());
    }
    System.out.println("loaded by " + alive.size());
  }

  private static ClassLoader multiplyInLoaderOfItsOwn() throws Exception {
    ClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader());
    var multiply = loader.loadClass(IsolatedCalls.class.getName()).getDeclaredMethod("multiply");
    multiply.setAccessible(true);
    multiply.invoke(null);
    return loader;
  }

  private static void unload() throws Exception {
    multiplyInLoaderOfItsOwn();
    System.out.println("copies " + copies());
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (copies() > 0 && System.nanoTime() < deadline) {
      System.gc();
      Thread.sleep(50);
    }
    System.out.println("copies " + copies());
  }

  /** Counts the copies of OpenBLAS that are open, by their code in the memory map. */
  private static long copies() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.contains("memfd:libopenblas") && line.contains(" r-xp "))
        .count();
  }

  private static URL[] classPath() throws MalformedURLException {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    return urls.toArray(new URL[0]);
  }

  /** Loads where the stack is nearly full, and from ever less deep, until there is room enough. */
  @SuppressWarnings("InfiniteRecursion") // Until the stack is full.
  private static boolean deep() {
    boolean done;
    try {
      done = deep();
    } catch (StackOverflowError full) {
      done = false;
    }
    if (!done) {
      try {
        OpenBlas.info();
        done = true;
      } catch (StackOverflowError full) {
        // One level up there is a little more.
      }
    }
    return done;
  }

  private static void openMp() {
    OpenBlas.info();
    MemorySegment setting = OpenBlasLoader.library().findOrThrow("omp_get_max_threads");
    System.out.printf(
        "multiplied by %s threads, left at %s%n", multiplyOnce(), ForeignCall.call(setting, GET));
  }

  private static double multiplyOnce() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor c = Tensor.allocate(arena, DType.F64, 1, 1);
      Tensor one = Tensor.allocate(arena, DType.F64, 1, 1).fill(1);
      MatrixMultiply.multiply(one, one, c, 1);
      return c.get(0);
    }
  }

  private static void denied() {
    Conv2d conv = Conv2d.builder(64, 64, 3, 3).build();
    List<Runnable> calls =
        List.of(
            OpenBlas::info,
            IsolatedCalls::multiply,
            () -> {
              try (Arena arena = Arena.ofShared()) {
                Tensor x = Tensor.allocate(arena, DType.F64, 1, 64, 8, 8);
                Tensor w = Tensor.allocate(arena, DType.F64, 64, 64, 3, 3);
                conv.forward(arena, x, w, null);
              }
            });
    for (int time = 0; time < 2; time++) {
      for (Runnable call : calls) {
        try {
          call.run();
          System.out.println("ran");
        } catch (RuntimeException | Error e) {
          System.out.println(e);
        }
      }
    }
  }

  private static void callers() throws Exception {
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      tasks.add(
          () -> {
            for (int time = 0; time < 5; time++) {
              multiply();
            }
            return null;
          });
    }
    int done = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
      for (Future<Void> task : threads.invokeAll(tasks)) {
        task.get();
        done++;
      }
    }
    System.out.println(done + " callers");
  }

  /** Leaves no address space, calls, and gives it back. */
  private static void starved() {
    List<MemorySegment> taken = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      Tensor.allocate(arena, DType.F64, 1, 1); // Links what allocates.
      MethodHandle malloc =
          ForeignCall.link(ForeignCall.find("malloc"), FunctionDescriptor.of(ADDRESS, JAVA_LONG));
      for (MemorySegment block = take(malloc); block.address() != 0; block = take(malloc)) {
        taken.add(block);
      }
      for (int time = 0; time < 2; time++) {
        try {
          OpenBlas.info();
        } catch (OutOfMemoryError e) {
          System.out.println(e);
        }
      }
    }
    for (MemorySegment block : taken) {
      ForeignCall.call(ForeignCall.find("free"), FunctionDescriptor.ofVoid(ADDRESS), block);
    }
  }

  private static MemorySegment take(MethodHandle malloc) {
    try {
      return (MemorySegment) malloc.invokeExact(160L << 20);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
