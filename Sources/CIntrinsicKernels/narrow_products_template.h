// The functions of products.c for fewer columns than the shortest vector has lanes, often a single
// one: vectors go along rows, factors or channels instead.

#undef IK_ELEMENTS
#define IK_ELEMENTS _Pragma("clang loop vectorize(assume_safety)")

IK_INLINE void NAME(add_narrow_terms)(ptrdiff_t rows, const ptrdiff_t cols, ptrdiff_t count,
                                      const struct ik_term *terms, const REAL *w,
                                      ptrdiff_t row_step, ptrdiff_t term_step, const REAL *x,
                                      REAL *y) {
#pragma clang fp reassociate(on)
  for (ptrdiff_t t = 0; t < count; ++t) {
    const REAL *factors = w + terms[t].w;
    for (ptrdiff_t c = 0; c < cols; ++c) {
      const REAL *column = x + terms[t].row * cols + c;
      if (row_step == 1) {
        for (ptrdiff_t i = 0; i < terms[t].length; ++i) {
          const REAL *f = factors + i * term_step;
          REAL v = column[i * cols];
          IK_ELEMENTS
          for (ptrdiff_t k = 0; k < rows; ++k) y[k * cols + c] += f[k] * v;
        }
      } else {
        for (ptrdiff_t k = 0; k < rows; ++k) {
          const REAL *f = factors + k * row_step;
          REAL sum = 0;
          if (term_step == 1) {
            for (ptrdiff_t i = 0; i < terms[t].length; ++i) sum += f[i] * column[i * cols];
          } else {
            for (ptrdiff_t i = 0; i < terms[t].length; ++i) {
              sum += f[i * term_step] * column[i * cols];
            }
          }
          y[k * cols + c] += sum;
        }
      }
    }
  }
}

IK_CLONES static void NAME(narrow_term_products)(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t count,
                                                 const struct ik_term *terms, const REAL *w,
                                                 ptrdiff_t row_step, ptrdiff_t term_step,
                                                 const REAL *x, int32_t accumulate, REAL *y) {
  if (!accumulate) {
    for (ptrdiff_t e = 0; e < rows * cols; ++e) y[e] = 0;
  }
  // The usual number of columns is known when the loops are compiled.
  if (cols == 1) {
    NAME(add_narrow_terms)(rows, 1, count, terms, w, row_step, term_step, x, y);
  } else {
    NAME(add_narrow_terms)(rows, cols, count, terms, w, row_step, term_step, x, y);
  }
}

IK_INLINE void NAME(add_narrow_places)(ptrdiff_t units, const ptrdiff_t cols, REAL scale,
                                       const REAL *b, ptrdiff_t b_step, ptrdiff_t count,
                                       const struct ik_tap *taps, const REAL *x, ptrdiff_t x_step,
                                       REAL *g, ptrdiff_t ldg) {
  for (ptrdiff_t t = 0; t < count; ++t) {
    for (ptrdiff_t k = 0; k < units; ++k) {
      REAL *out = g + taps[t].w + k * ldg;
      for (ptrdiff_t p = 0; p < taps[t].places; ++p) {
        for (ptrdiff_t c = 0; c < cols; ++c) {
          REAL s = scale * b[(taps[t].first + p) * b_step + k * cols + c];
          const REAL *rows = x + taps[t].row * cols + p * x_step + c;
          IK_ELEMENTS
          for (ptrdiff_t j = 0; j < taps[t].length; ++j) out[j] += s * rows[j * cols];
        }
      }
    }
  }
}

IK_CLONES static void NAME(add_narrow_place_products)(ptrdiff_t units, ptrdiff_t cols, REAL scale,
                                                      const REAL *b, ptrdiff_t b_step,
                                                      ptrdiff_t count, const struct ik_tap *taps,
                                                      const REAL *x, ptrdiff_t x_step, REAL *g,
                                                      ptrdiff_t ldg) {
  if (cols == 1) {
    NAME(add_narrow_places)(units, 1, scale, b, b_step, count, taps, x, x_step, g, ldg);
  } else {
    NAME(add_narrow_places)(units, cols, scale, b, b_step, count, taps, x, x_step, g, ldg);
  }
}
