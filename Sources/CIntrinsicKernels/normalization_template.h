// The functions of normalization.c in one precision.

#include "vector_math_template.h"

#pragma clang assume_nonnull begin

#undef IK_ELEMENTS
#define IK_ELEMENTS _Pragma("clang loop vectorize(assume_safety)")

IK_INLINE REAL NAME(row_mean)(ptrdiff_t cols, const REAL *x) {
  VEC sum = 0;
  for (ptrdiff_t i = 0; i < cols; i += LANES) sum += NAME(load)(x + i, cols - i);
  return NAME(total)(sum) / cols;
}

/// The mean is subtracted first, which spares cancellation.
IK_INLINE void NAME(row_statistics)(ptrdiff_t rows, ptrdiff_t cols, const REAL *x,
                                    REAL *_Nullable mean, REAL *_Nullable square) {
  for (ptrdiff_t k = 0; k < rows; ++k, x += cols) {
    REAL centre = mean ? NAME(row_mean)(cols, x) : 0;
    if (mean) mean[k] = centre;
    if (!square) continue;
    VEC sum = 0;
    for (ptrdiff_t i = 0; i < cols; i += LANES) {
      VEC t = NAME(load)(x + i, cols - i) - centre;
      if (i + LANES > cols) {
        t = NAME(lane_numbers) < (MASK)(INTEGER)(cols - i) ? t : (VEC)0;
      }
      sum += t * t;
    }
    square[k] = NAME(total)(sum) / cols;
  }
}

IK_CLONES void NAME(ik_row_statistics)(ptrdiff_t rows, ptrdiff_t cols, const REAL *x,
                                       REAL *_Nullable mean, REAL *_Nullable square) {
  NAME(row_statistics)(rows, cols, x, mean, square);
}

IK_INLINE void NAME(unit_squares)(ptrdiff_t units, const int32_t *offsets, const REAL *w,
                                  REAL *out) {
  for (ptrdiff_t k = 0; k < units; ++k) {
    VEC sum = 0;
    const REAL *x = w + offsets[k];
    ptrdiff_t n = offsets[k + 1] - offsets[k];
    for (ptrdiff_t i = 0; i < n; i += LANES) {
      VEC v = NAME(load)(x + i, n - i);
      sum += v * v;
    }
    out[k] = NAME(total)(sum);
  }
}

IK_CLONES void NAME(ik_unit_squares)(ptrdiff_t units, const int32_t *offsets, const REAL *w,
                                     REAL *out) {
  NAME(unit_squares)(units, offsets, w, out);
}

IK_CLONES void NAME(ik_add_unit_multiples)(ptrdiff_t units, const int32_t *offsets, REAL scale,
                                           const REAL *factor, const REAL *w, REAL *out) {
  for (ptrdiff_t k = 0; k < units; ++k) {
    REAL f = scale * factor[k];
    IK_ELEMENTS
    for (ptrdiff_t i = offsets[k]; i < offsets[k + 1]; ++i) out[i] += f * w[i];
  }
}

IK_CLONES void NAME(ik_inverse_root)(ptrdiff_t n, const REAL *x, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = 1 / __builtin_elementwise_sqrt(x[i]);
}

IK_CLONES void NAME(ik_normalize_rows)(ptrdiff_t rows, ptrdiff_t cols, const REAL *_Nullable mean,
                                       const REAL *factor, REAL *x, REAL *_Nullable slope) {
  for (ptrdiff_t k = 0; k < rows; ++k, x += cols) {
    REAL centre = mean ? mean[k] : 0, f = factor[k];
    IK_ELEMENTS
    for (ptrdiff_t i = 0; i < cols; ++i) x[i] = (x[i] - centre) * f;
    if (!slope) continue;
    REAL *r = slope + k * cols;
    IK_ELEMENTS
    for (ptrdiff_t i = 0; i < cols; ++i) r[i] = f;
  }
}

IK_INLINE void NAME(row_products)(ptrdiff_t rows, ptrdiff_t cols, const REAL *x, const REAL *y,
                                  REAL *out) {
  for (ptrdiff_t k = 0; k < rows; ++k, x += cols, y += cols) {
    VEC sum = 0;
    for (ptrdiff_t i = 0; i < cols; i += LANES) {
      sum += NAME(load)(x + i, cols - i) * NAME(load)(y + i, cols - i);
    }
    out[k] = NAME(total)(sum) / cols;
  }
}

IK_CLONES void NAME(ik_row_products)(ptrdiff_t rows, ptrdiff_t cols, const REAL *x, const REAL *y,
                                     REAL *out) {
  NAME(row_products)(rows, cols, x, y, out);
}

IK_INLINE void NAME(signal_statistics)(ptrdiff_t rows, ptrdiff_t cols, const REAL *r, const REAL *z,
                                       REAL *t, REAL *mean, REAL *product) {
  for (ptrdiff_t k = 0; k < rows; ++k, r += cols, z += cols, t += cols) {
    VEC sum = 0, products = 0;
    for (ptrdiff_t i = 0; i < cols; i += LANES) {
      VEC v = NAME(load)(r + i, cols - i) * NAME(load)(t + i, cols - i);
      NAME(store)(t + i, cols - i, v);
      sum += v;
      products += v * NAME(load)(z + i, cols - i);
    }
    mean[k] = NAME(total)(sum) / cols;
    product[k] = NAME(total)(products) / cols;
  }
}

IK_CLONES void NAME(ik_signal_statistics)(ptrdiff_t rows, ptrdiff_t cols, const REAL *r,
                                          const REAL *z, REAL *t, REAL *mean, REAL *product) {
  NAME(signal_statistics)(rows, cols, r, z, t, mean, product);
}

IK_CLONES void NAME(ik_subtract_statistics)(ptrdiff_t rows, ptrdiff_t cols,
                                            const REAL *_Nullable mean, REAL alpha, const REAL *z,
                                            const REAL *offset, const REAL *product, REAL *t) {
  for (ptrdiff_t k = 0; k < rows; ++k, z += cols, t += cols) {
    REAL slope = alpha * product[k], constant = slope * offset[k] - (mean ? mean[k] : 0);
    IK_ELEMENTS
    for (ptrdiff_t x = 0; x < cols; ++x) t[x] += constant - slope * z[x];
  }
}

#pragma clang assume_nonnull end
