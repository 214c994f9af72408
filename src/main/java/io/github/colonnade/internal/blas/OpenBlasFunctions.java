package io.github.colonnade.internal.blas;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.memory.ForeignCall;
import io.github.colonnade.internal.openblas.DgemmFunction;
import io.github.colonnade.internal.openblas.GetNumberFunction;
import io.github.colonnade.internal.openblas.SetThreadsFunction;
import io.github.colonnade.internal.openblas.SgemmFunction;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The functions of the library that was loaded, as constants, which C2 inlines. The loader
 * initialises this class; before, nothing may touch it.
 */
final class OpenBlasFunctions {
  static final MethodHandle DGEMM = link("cblas_dgemm", DgemmFunction.descriptor());
  static final MethodHandle SGEMM = link("cblas_sgemm", SgemmFunction.descriptor());

  private static final boolean OPENMP =
      new OpenBlasProbe(OpenBlasLoader.library()).threading().equals("openmp");
  private static final MethodHandle GET_THREADS =
      OPENMP ? link(OpenBlasProbe.GET_OPENMP_THREADS, GetNumberFunction.descriptor()) : null;
  private static final MethodHandle SET_THREADS =
      OPENMP ? link(OpenBlasProbe.SET_OPENMP_THREADS, SetThreadsFunction.descriptor()) : null;

  // What OpenBLAS's own functions call for a buffer: not in its headers, but the same in all
  // releases. Null where a build does not export it.
  private static final MethodHandle ALLOCATE =
      linkIfThere("blas_memory_alloc", FunctionDescriptor.of(JAVA_LONG, JAVA_INT));
  private static final MethodHandle FREE =
      linkIfThere("blas_memory_free", FunctionDescriptor.ofVoid(JAVA_LONG));

  private OpenBlasFunctions() {}

  private static MethodHandle link(String function, FunctionDescriptor descriptor) {
    // The bare address: what goes with it would cost each call something, and the loader holds it.
    long address = OpenBlasLoader.library().findOrThrow(function).address();
    return ForeignCall.link(MemorySegment.ofAddress(address), descriptor);
  }

  private static MethodHandle linkIfThere(String function, FunctionDescriptor descriptor) {
    return OpenBlasLoader.library().find(function).isPresent() ? link(function, descriptor) : null;
  }

  /**
   * Makes a multiply of the calling thread run on that thread alone. Builds with OpenMP go by a
   * setting of the calling thread, which others may have changed; the rest have been told once.
   *
   * @return what {@link #restoreThreads} takes
   */
  static int useOneThread() {
    if (!OPENMP) {
      return 1;
    }
    try {
      int threads = (int) GET_THREADS.invokeExact();
      if (threads != 1) {
        SET_THREADS.invokeExact(1);
      }
      return threads;
    } catch (Throwable e) {
      throw ForeignCall.unexpected(e);
    }
  }

  /** Puts back what {@link #useOneThread} found. */
  static void restoreThreads(int threads) {
    if (threads != 1) {
      try {
        SET_THREADS.invokeExact(threads);
      } catch (Throwable e) {
        throw ForeignCall.unexpected(e);
      }
    }
  }

  /**
   * Makes OpenBLAS have so many buffers, which it then keeps. No thread may multiply meanwhile. A
   * build that does not export what it takes allocates them when it is called.
   */
  static void allocateBuffers(int count) {
    if (ALLOCATE == null || FREE == null) {
      return;
    }
    long[] buffers = new long[count];
    int allocated = 0;
    try {
      try {
        while (allocated < count) {
          buffers[allocated] = (long) ALLOCATE.invokeExact(0);
          allocated++;
        }
      } finally {
        for (int i = 0; i < allocated; i++) {
          FREE.invokeExact(buffers[i]);
        }
      }
    } catch (Throwable e) {
      throw ForeignCall.unexpected(e);
    }
  }
}
