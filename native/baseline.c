/*
 * The baseline of the benchmarks: convolution as one writes it in C with a BLAS. One image at a
 * time, the whole image lowered to columns (im2col), one GEMM for each group, the bias beside it.
 *
 * Compiled once with -DREAL=double and once with -DREAL=float. Nothing is linked: the caller passes
 * cblas_dgemm or cblas_sgemm, so that the baseline multiplies with the very OpenBLAS that it is
 * compared with.
 */
#include <stdint.h>
#include <string.h>

#ifndef REAL
#error "compile with -DREAL=double or -DREAL=float"
#endif

enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };

typedef void gemm_function(int order, int trans_a, int trans_b, int m, int n, int k, REAL alpha,
                           const REAL *a, int lda, const REAL *b, int ldb, REAL beta, REAL *c,
                           int ldc);

/* Eleven sizes as layers.csv names them, then those of the output. */
struct convolution {
  int64_t n, c, h, w, o, kh, kw, stride, pad, dilation, groups, oh, ow;
};

const char *baseline_compiler(void) { return __VERSION__; }

static int is_pointwise(const struct convolution *g) {
  return g->kh == 1 && g->kw == 1 && g->stride == 1 && g->pad == 0;
}

/* [C, H, W] -> [C * KH * KW, OH * OW] */
static void im2col(const struct convolution *g, const REAL *image, REAL *columns) {
  for (int64_t c = 0; c < g->c; c++) {
    const REAL *plane = image + c * g->h * g->w;
    for (int64_t kh = 0; kh < g->kh; kh++) {
      for (int64_t kw = 0; kw < g->kw; kw++) {
        for (int64_t oh = 0; oh < g->oh; oh++) {
          int64_t ih = oh * g->stride - g->pad + kh * g->dilation;
          if (ih < 0 || ih >= g->h) {
            memset(columns, 0, g->ow * sizeof(REAL));
            columns += g->ow;
            continue;
          }
          const REAL *row = plane + ih * g->w;
          for (int64_t ow = 0; ow < g->ow; ow++) {
            int64_t iw = ow * g->stride - g->pad + kw * g->dilation;
            *columns++ = iw < 0 || iw >= g->w ? 0 : row[iw];
          }
        }
      }
    }
  }
}

/* [C * KH * KW, OH * OW] -> [C, H, W], summed */
static void col2im(const struct convolution *g, const REAL *columns, REAL *image) {
  memset(image, 0, g->c * g->h * g->w * sizeof(REAL));
  for (int64_t c = 0; c < g->c; c++) {
    REAL *plane = image + c * g->h * g->w;
    for (int64_t kh = 0; kh < g->kh; kh++) {
      for (int64_t kw = 0; kw < g->kw; kw++) {
        for (int64_t oh = 0; oh < g->oh; oh++) {
          int64_t ih = oh * g->stride - g->pad + kh * g->dilation;
          if (ih < 0 || ih >= g->h) {
            columns += g->ow;
            continue;
          }
          REAL *row = plane + ih * g->w;
          for (int64_t ow = 0; ow < g->ow; ow++) {
            int64_t iw = ow * g->stride - g->pad + kw * g->dilation;
            if (iw >= 0 && iw < g->w) {
              row[iw] += *columns;
            }
            columns++;
          }
        }
      }
    }
  }
}

/* columns: scratch memory for one image, C * KH * KW * OH * OW elements */
void baseline_forward(const struct convolution *g, gemm_function *gemm, const REAL *input,
                      const REAL *weight, const REAL *bias, REAL *columns, REAL *output) {
  int64_t outputs = g->o / g->groups;
  int64_t depth = g->c / g->groups * g->kh * g->kw;
  int64_t pixels = g->oh * g->ow;
  for (int64_t n = 0; n < g->n; n++) {
    const REAL *image = input + n * g->c * g->h * g->w;
    const REAL *lowered = image;
    if (!is_pointwise(g)) {
      im2col(g, image, columns);
      lowered = columns;
    }
    REAL *result = output + n * g->o * pixels;
    for (int64_t o = 0; o < g->o; o++) {
      for (int64_t p = 0; p < pixels; p++) {
        result[o * pixels + p] = bias[o];
      }
    }
    for (int64_t group = 0; group < g->groups; group++) {
      gemm(ROW_MAJOR, NO_TRANS, NO_TRANS, outputs, pixels, depth, 1,
           weight + group * outputs * depth, depth, lowered + group * depth * pixels, pixels, 1,
           result + group * outputs * pixels, pixels);
    }
  }
}

void baseline_backward(const struct convolution *g, gemm_function *gemm, const REAL *input,
                       const REAL *weight, const REAL *grad_output, REAL *columns,
                       REAL *grad_input, REAL *grad_weights, REAL *grad_bias) {
  int64_t outputs = g->o / g->groups;
  int64_t depth = g->c / g->groups * g->kh * g->kw;
  int64_t pixels = g->oh * g->ow;
  memset(grad_weights, 0, g->o * depth * sizeof(REAL));
  memset(grad_bias, 0, g->o * sizeof(REAL));
  for (int64_t n = 0; n < g->n; n++) {
    const REAL *image = input + n * g->c * g->h * g->w;
    REAL *grad_image = grad_input + n * g->c * g->h * g->w;
    const REAL *grad = grad_output + n * g->o * pixels;

    REAL *grad_lowered = is_pointwise(g) ? grad_image : columns;
    for (int64_t group = 0; group < g->groups; group++) {
      gemm(ROW_MAJOR, TRANS, NO_TRANS, depth, pixels, outputs, 1,
           weight + group * outputs * depth, depth, grad + group * outputs * pixels, pixels, 0,
           grad_lowered + group * depth * pixels, pixels);
    }
    if (!is_pointwise(g)) {
      col2im(g, columns, grad_image);
    }

    const REAL *lowered = image;
    if (!is_pointwise(g)) {
      im2col(g, image, columns);
      lowered = columns;
    }
    for (int64_t group = 0; group < g->groups; group++) {
      gemm(ROW_MAJOR, NO_TRANS, TRANS, outputs, depth, pixels, 1,
           grad + group * outputs * pixels, pixels, lowered + group * depth * pixels, pixels, 1,
           grad_weights + group * outputs * depth, depth);
    }

    for (int64_t o = 0; o < g->o; o++) {
      REAL sum = 0;
      for (int64_t p = 0; p < pixels; p++) {
        sum += grad[o * pixels + p];
      }
      grad_bias[o] += sum;
    }
  }
}
