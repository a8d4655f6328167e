// The functions of paths.c in one precision.

#include "vector_math_template.h"

#pragma clang assume_nonnull begin

#undef IK_ELEMENTS
#define IK_ELEMENTS _Pragma("clang loop vectorize(assume_safety)")

IK_CLONES void NAME(ik_add_signs)(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats,
                                  const REAL *size, const REAL *uniform, int32_t constant,
                                  REAL *s) {
  for (ptrdiff_t k = 0; k < rows; ++k) {
    for (ptrdiff_t q = 0; q < repeats; ++q, s += batch) {
      if (constant) {
        REAL value = uniform[k * repeats + q] < (REAL)0.5 ? -size[k] : size[k];
        IK_ELEMENTS
        for (ptrdiff_t x = 0; x < batch; ++x) s[x] += value;
        continue;
      }
      const REAL *u = uniform + (k * repeats + q) * batch;
      IK_ELEMENTS
      for (ptrdiff_t x = 0; x < batch; ++x) s[x] += u[x] < (REAL)0.5 ? -size[k] : size[k];
    }
  }
}

IK_CLONES void NAME(ik_rank_one)(ptrdiff_t rows, ptrdiff_t cols, REAL alpha, const REAL *b,
                                 const REAL *a, REAL beta, REAL *out, ptrdiff_t ld) {
  for (ptrdiff_t k = 0; k < rows; ++k, out += ld) {
    REAL factor = alpha * b[k];
    if (beta == 0) {
      IK_ELEMENTS
      for (ptrdiff_t i = 0; i < cols; ++i) out[i] = factor * a[i];
    } else {
      IK_ELEMENTS
      for (ptrdiff_t i = 0; i < cols; ++i) out[i] = factor * a[i] + beta * out[i];
    }
  }
}

IK_CLONES void NAME(ik_add_bias_products)(ptrdiff_t units, const int32_t *offsets, const REAL *v,
                                          REAL *out) {
  for (ptrdiff_t k = 0; k < units; ++k) {
    // A layer without parameters may be the last, with nothing behind it.
    if (offsets[k] == offsets[k + 1]) continue;
    REAL bias = v[offsets[k]];
    IK_ELEMENTS
    for (ptrdiff_t i = offsets[k]; i < offsets[k + 1]; ++i) out[i] += bias * v[i];
  }
}

IK_CLONES void NAME(ik_subtract_squares)(ptrdiff_t n, REAL weight, const REAL *squares,
                                         REAL threshold, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) {
    REAL part = weight * squares[i], rest = out[i] - part;
    out[i] = rest <= threshold * part ? 0 : rest;
  }
}

#pragma clang assume_nonnull end
