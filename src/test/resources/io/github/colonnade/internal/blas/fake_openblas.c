// A library that calls itself OpenBLAS. The tests compile it with one -D for each way of being wrong.
#include <stdlib.h>

#ifndef CONFIG
#define CONFIG "OpenBLAS 0.3.99 DYNAMIC_ARCH Fake MAX_THREADS=64"
#endif
#ifndef PARALLEL
#define PARALLEL 1
#endif

static const char *core = "Prescott";
static int threads = 2;

__attribute__((constructor)) static void choose_core(void) {
  const char *forced = getenv("OPENBLAS_CORETYPE");
  if (forced) core = forced;
}

int gotoblas_PRESCOTT, gotoblas_NEHALEM;

const char *openblas_get_config(void) { return CONFIG; }
const char *openblas_get_corename(void) { return core; }
int openblas_get_parallel(void) { return PARALLEL; }
int openblas_get_num_threads(void) { return threads; }
void openblas_set_num_threads(int n) {
#ifndef IGNORES_THREADS
  threads = n;
#endif
}
#ifdef OMP_THREADS
static __thread int omp_threads = OMP_THREADS;
int omp_get_max_threads(void) { return omp_threads; }
void omp_set_num_threads(int n) { omp_threads = n; }
#endif
#ifdef STRANGER
// What a real library calls by these names inside: here nothing that works.
void *gotoblas;
void *blas_memory_alloc(int position) { return 0; }
#endif

#ifdef MULTIPLIES
#define CBLAS_GEMM(name, real) \
  void name(int order, int transA, int transB, int m, int n, int k, real alpha, const real *a, int lda, \
            const real *b, int ldb, real beta, real *c, int ldc) { \
    for (long i = 0; i < m; i++) { \
      for (long j = 0; j < n; j++) { \
        real sum = 0; \
        for (long l = 0; l < k; l++) { \
          sum += (transA == 111 ? a[i * lda + l] : a[l * lda + i]) * (transB == 111 ? b[l * ldb + j] : b[j * ldb + l]); \
        } \
        c[i * ldc + j] = alpha * sum + (beta == 0 ? 0 : beta * c[i * ldc + j]); \
      } \
    } \
  }
CBLAS_GEMM(cblas_dgemm, double)
CBLAS_GEMM(cblas_sgemm, float)
#elif defined SUFFIX64
void cblas_dgemm64_(void) {}
#else
void cblas_sgemm(void) {}
#endif

#if !defined(SUFFIX64) && !defined(WITHOUT_DGEMM) && !defined(MULTIPLIES)
// Tells by its result how many threads it would use.
void cblas_dgemm(int order, int transA, int transB, int m, int n, int k, double alpha,
                 const double *a, int lda, const double *b, int ldb, double beta, double *c,
                 int ldc) {
#ifdef OMP_THREADS
  c[0] = omp_threads;
#endif
}
#endif
