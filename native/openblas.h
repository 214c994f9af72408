/* What jextract reads: OpenBLAS's own CBLAS header, as installed. */
#include <cblas.h>
