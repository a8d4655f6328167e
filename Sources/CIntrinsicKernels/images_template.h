// The functions of images.c in one precision.

#include "vector_math_template.h"

#pragma clang assume_nonnull begin

#undef IK_ELEMENTS
#define IK_ELEMENTS _Pragma("clang loop vectorize(assume_safety)")

IK_INLINE void NAME(add_row_dots)(ptrdiff_t rows, ptrdiff_t cols, REAL scale, const REAL *b,
                                  const REAL *x, REAL *out, ptrdiff_t ldo) {
  for (ptrdiff_t k = 0; k < rows; ++k, b += cols) {
    VEC sum = 0;
    for (ptrdiff_t j = 0; j < cols; j += LANES) {
      sum += NAME(load)(b + j, cols - j) * NAME(load)(x + j, cols - j);
    }
    out[k * ldo] += scale * NAME(total)(sum);
  }
}

IK_CLONES void NAME(ik_add_row_dots)(ptrdiff_t rows, ptrdiff_t cols, REAL scale, const REAL *b,
                                     const REAL *x, REAL *out, ptrdiff_t ldo) {
  NAME(add_row_dots)(rows, cols, scale, b, x, out, ldo);
}

/// Units whose sums are kept as vectors, so that lanes are added up once for all positions.
#undef UNITS_AT_ONCE
#define UNITS_AT_ONCE 32

IK_INLINE void NAME(add_position_sums)(ptrdiff_t positions, ptrdiff_t step, ptrdiff_t units,
                                       ptrdiff_t cols, REAL scale, const REAL *b,
                                       const REAL *_Nullable one, const REAL *_Nullable a,
                                       REAL *out, ptrdiff_t ldo) {
  for (ptrdiff_t first = 0; first < units; first += UNITS_AT_ONCE) {
    ptrdiff_t count = units - first < UNITS_AT_ONCE ? units - first : UNITS_AT_ONCE;
    VEC shifts[UNITS_AT_ONCE], gains[UNITS_AT_ONCE];
    for (ptrdiff_t k = 0; k < count; ++k) shifts[k] = gains[k] = 0;
    for (ptrdiff_t p = 0; p < positions; ++p) {
      ptrdiff_t at = p * step + first * cols;
      for (ptrdiff_t k = 0; k < count; ++k, at += cols) {
        VEC shift = 0, gain = 0;
        for (ptrdiff_t j = 0; j < cols; j += LANES) {
          VEC s = NAME(load)(b + at + j, cols - j);
          if (one) shift += s * NAME(load)(one + j, cols - j);
          if (a) gain += s * NAME(load)(a + at + j, cols - j);
        }
        shifts[k] += shift;
        gains[k] += gain;
      }
    }
    for (ptrdiff_t k = 0; k < count; ++k) {
      REAL *own = out + (first + k) * ldo;
      if (one) own[0] += scale * NAME(total)(shifts[k]);
      if (a) own[ldo - 1] += scale * NAME(total)(gains[k]);
    }
  }
}

IK_CLONES void NAME(ik_add_position_sums)(ptrdiff_t positions, ptrdiff_t step, ptrdiff_t units,
                                          ptrdiff_t cols, REAL scale, const REAL *b,
                                          const REAL *_Nullable one, const REAL *_Nullable a,
                                          REAL *out, ptrdiff_t ldo) {
  NAME(add_position_sums)(positions, step, units, cols, scale, b, one, a, out, ldo);
}

IK_CLONES void NAME(ik_gain_rows)(ptrdiff_t rows, ptrdiff_t cols, const REAL *_Nullable shift,
                                  const REAL *_Nullable gain, ptrdiff_t ldw, const REAL *one,
                                  const REAL *x, REAL keep, REAL *out) {
  for (ptrdiff_t k = 0; k < rows; ++k, x += cols, out += cols) {
    REAL b = shift ? shift[k * ldw] : 0, g = gain ? gain[k * ldw] : 1;
    if (keep == 0) {
      IK_ELEMENTS
      for (ptrdiff_t j = 0; j < cols; ++j) out[j] = b * one[j] + g * x[j];
    } else {
      IK_ELEMENTS
      for (ptrdiff_t j = 0; j < cols; ++j) out[j] = b * one[j] + g * x[j] + keep * out[j];
    }
  }
}

IK_CLONES void NAME(ik_add_products)(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats, REAL alpha,
                                     const REAL *b, const REAL *a, REAL *u, ptrdiff_t ldu) {
  for (ptrdiff_t e = 0; e < rows; ++e, a += batch) {
    for (ptrdiff_t q = 0; q < repeats; ++q) {
      const REAL *s = b + q * batch;
      REAL *out = u + e * ldu + q * batch;
      IK_ELEMENTS
      for (ptrdiff_t x = 0; x < batch; ++x) out[x] += alpha * s[x] * a[x];
    }
  }
}

IK_CLONES void NAME(ik_select_maximum)(ptrdiff_t n, int32_t tap, int32_t first, const REAL *a,
                                       REAL *y, int32_t *selection) {
  if (first) {
    IK_ELEMENTS
    for (ptrdiff_t i = 0; i < n; ++i) {
      y[i] = a[i];
      selection[i] = tap;
    }
    return;
  }
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) {
    // What is not a number stays, so that it is noticed.
    int32_t wins = (a[i] > y[i]) | (a[i] != a[i]);
    y[i] = wins ? a[i] : y[i];
    selection[i] = wins ? tap : selection[i];
  }
}

IK_CLONES void NAME(ik_add_selected)(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats,
                                     int32_t tap, const int32_t *selection, const REAL *b,
                                     REAL *out) {
  for (ptrdiff_t k = 0; k < rows; ++k, selection += batch) {
    for (ptrdiff_t q = 0; q < repeats; ++q, b += batch, out += batch) {
      IK_ELEMENTS
      for (ptrdiff_t x = 0; x < batch; ++x) out[x] += selection[x] == tap ? b[x] : 0;
    }
  }
}

#pragma clang assume_nonnull end
