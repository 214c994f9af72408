/*
 * What jextract reads: OpenBLAS's own CBLAS header, as installed, and a name for the type of each
 * function that is called. Colonnade calls through these types, at addresses that it takes from the
 * one library that it has checked; bindings of the functions themselves would look their names up
 * in whatever the process has loaded.
 */
#include <cblas.h>

typedef void DgemmFunction(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE transA,
                           enum CBLAS_TRANSPOSE transB, blasint m, blasint n, blasint k,
                           double alpha, const double *a, blasint lda, const double *b,
                           blasint ldb, double beta, double *c, blasint ldc);
typedef void SgemmFunction(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE transA,
                           enum CBLAS_TRANSPOSE transB, blasint m, blasint n, blasint k,
                           float alpha, const float *a, blasint lda, const float *b, blasint ldb,
                           float beta, float *c, blasint ldc);
typedef void SetThreadsFunction(int threads);
typedef int GetNumberFunction(void);
typedef char *GetTextFunction(void);

/* Declared again, so that a type that is not the header's own does not compile. */
DgemmFunction cblas_dgemm;
SgemmFunction cblas_sgemm;
SetThreadsFunction openblas_set_num_threads;
GetNumberFunction openblas_get_num_threads;
GetNumberFunction openblas_get_parallel;
GetTextFunction openblas_get_config;
GetTextFunction openblas_get_corename;
