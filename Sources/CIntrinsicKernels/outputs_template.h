// The functions of outputs.c in one precision.

#include "vector_math_template.h"

/// The exponential in the loss of an element: e^−|V|, V = s·y, or e^(−ty).
IK_INLINE VEC NAME(loss_exponential)(int kind, REAL s, VEC y, VEC t) {
  return kind == BERNOULLI_LOSS ? NAME(exp_decay)(y * s) : NAME(exp)(-t * y);
}

/// ln(1 + e^−|V|) + max(V, 0) − tV, and s(t − p) with p = sigmoid(V).
IK_INLINE VEC NAME(bernoulli_term)(REAL s, VEC y, VEC t, VEC e, VEC *signal) {
  VEC v = y * s;
  VEC p = (v < 0 ? e : (VEC)1) / (e + 1);
  *signal = (t - p) * s;
  return NAME(log1p_unit)(e) + ((v < 0 ? (VEC)0 : v) - t * v);
}

/// The loss of an element with exponential e, and its signal.
IK_INLINE VEC NAME(loss_term)(int kind, REAL s, VEC y, VEC t, VEC e, VEC *signal) {
  if (kind == BERNOULLI_LOSS) return NAME(bernoulli_term)(s, y, t, e, signal);
  *signal = kind == SQUARE_LOSS ? t - y : t * e;
  return kind == SQUARE_LOSS ? *signal * *signal * (REAL)0.5 : e;
}

/// The losses and signals of n ≤ LOSS_BLOCK elements. The exponentials have a loop of their own:
/// more elements are then in progress at once than with the long chain of both.
IK_INLINE void NAME(loss_terms)(int kind, REAL s, ptrdiff_t n, const REAL *y, const REAL *t,
                                REAL *terms, REAL *signal) {
  if (kind != SQUARE_LOSS) {
    for (ptrdiff_t i = 0; i < n; i += LANES) {
      VEC a = NAME(load)(y + i, n - i);
      *(VEC *)(terms + i) = NAME(loss_exponential)(kind, s, a, NAME(load)(t + i, n - i));
    }
  }
  for (ptrdiff_t i = 0; i < n; i += LANES) {
    VEC b, a = NAME(load)(y + i, n - i), e = kind == SQUARE_LOSS ? a : *(VEC *)(terms + i);
    *(VEC *)(terms + i) = NAME(loss_term)(kind, s, a, NAME(load)(t + i, n - i), e, &b);
    NAME(store)(signal + i, n - i, b);
  }
}

/// Adds `rows` rows of `width` terms to the sums of their columns.
IK_INLINE void NAME(add_rows)(ptrdiff_t rows, ptrdiff_t width, const REAL *terms, REAL *sums) {
  ptrdiff_t x = 0;
  for (; x + LANES <= width; x += LANES) {
    VEC sum = *(VEC *)(sums + x);
    for (ptrdiff_t k = 0; k < rows; ++k) sum += *(const VEC *)(terms + k * width + x);
    *(VEC *)(sums + x) = sum;
  }
  for (; x < width; ++x) {
    REAL sum = sums[x];
    for (ptrdiff_t k = 0; k < rows; ++k) sum += terms[k * width + x];
    sums[x] = sum;
  }
}

/// One kind of loss, known to the compiler. The elements are taken in storage order, whole rows or
/// a part of one at a time, so that few vectors are not full however small the batch is.
IK_INLINE void NAME(column_losses)(int kind, REAL s, ptrdiff_t units, ptrdiff_t batch,
                                   const REAL *y, const REAL *t, REAL *loss, REAL *signal) {
  for (ptrdiff_t x = 0; x < batch; ++x) loss[x] = 0;
  if (batch <= 0) return;
  REAL terms[LOSS_BLOCK];
  const ptrdiff_t whole = LOSS_BLOCK / batch;
  ptrdiff_t column = 0, row = 0;
  while (row < units) {
    ptrdiff_t rows = 1, width = batch - column < LOSS_BLOCK ? batch - column : LOSS_BLOCK;
    if (whole > 0) rows = units - row < whole ? units - row : whole;
    const ptrdiff_t n = rows * width;
    NAME(loss_terms)(kind, s, n, y, t, terms, signal);
    NAME(add_rows)(rows, width, terms, loss + column);
    y += n;
    t += n;
    signal += n;
    column += width;
    if (column == batch) {
      column = 0;
      row += rows;
    }
  }
}

IK_CLONES void NAME(ik_square_loss)(ptrdiff_t units, ptrdiff_t batch, const REAL *a,
                                    const REAL *t, REAL *loss, REAL *b) {
  NAME(column_losses)(SQUARE_LOSS, 1, units, batch, a, t, loss, b);
}

IK_CLONES void NAME(ik_bernoulli_loss)(ptrdiff_t units, ptrdiff_t batch, REAL s, const REAL *y,
                                       const REAL *t, REAL *loss, REAL *signal) {
  NAME(column_losses)(BERNOULLI_LOSS, s, units, batch, y, t, loss, signal);
}

IK_CLONES void NAME(ik_exponential_loss)(ptrdiff_t units, ptrdiff_t batch, const REAL *a,
                                         const REAL *t, REAL *loss, REAL *b) {
  NAME(column_losses)(EXPONENTIAL_LOSS, 1, units, batch, a, t, loss, b);
}

IK_INLINE void NAME(bernoulli_modulus)(ptrdiff_t n, REAL s, const REAL *y, REAL scale,
                                       REAL *out) {
  const REAL factor = scale * (s * s);
  for (ptrdiff_t i = 0; i < n; i += LANES) {
    VEC e = NAME(exp_decay)(NAME(load)(y + i, n - i) * s);
    NAME(store)(out + i, n - i, e / ((e + 1) * (e + 1)) * factor);
  }
}

IK_CLONES void NAME(ik_bernoulli_modulus)(ptrdiff_t n, REAL s, const REAL *y, REAL scale,
                                          REAL *out) {
  NAME(bernoulli_modulus)(n, s, y, scale, out);
}

IK_INLINE void NAME(bernoulli_sampled)(ptrdiff_t n, REAL s, const REAL *y, const REAL *u,
                                       REAL scale, REAL *out) {
  const REAL factor = scale * s;
  for (ptrdiff_t i = 0; i < n; i += LANES) {
    VEC v = NAME(load)(y + i, n - i) * s;
    VEC e = NAME(exp_decay)(v);
    VEC p = (v < 0 ? e : (VEC)1) / (e + 1);
    VEC target = NAME(load)(u + i, n - i) < p ? (VEC)1 : (VEC)0;
    NAME(store)(out + i, n - i, (target - p) * factor);
  }
}

IK_CLONES void NAME(ik_bernoulli_sampled)(ptrdiff_t n, REAL s, const REAL *y, const REAL *u,
                                          REAL scale, REAL *out) {
  NAME(bernoulli_sampled)(n, s, y, u, scale, out);
}

/// Softmax of `width` ≤ SOFTMAX_COLUMNS columns of a matrix whose rows are `batch` apart.
IK_INLINE void NAME(softmax_columns)(ptrdiff_t units, ptrdiff_t batch, ptrdiff_t width,
                                     const REAL *a, REAL *p, REAL *logsum) {
  VEC highest[SOFTMAX_COLUMNS / LANES], sum[SOFTMAX_COLUMNS / LANES];
  for (ptrdiff_t x = 0; x < width; x += LANES) {
    highest[x / LANES] = -(VEC)(REAL)INFINITY;
    sum[x / LANES] = 0;
  }
  for (ptrdiff_t k = 0; k < units; ++k) {
    for (ptrdiff_t x = 0; x < width; x += LANES) {
      VEC value = NAME(load)(a + k * batch + x, width - x), *top = &highest[x / LANES];
      *top = value > *top ? value : *top;
    }
  }
  for (ptrdiff_t k = 0; k < units; ++k) {
    for (ptrdiff_t x = 0; x < width; x += LANES) {
      VEC value = NAME(load)(a + k * batch + x, width - x);
      value = NAME(exp)(value - highest[x / LANES]);
      sum[x / LANES] += value;
      NAME(store)(p + k * batch + x, width - x, value);
    }
  }
  for (ptrdiff_t x = 0; x < width; x += LANES) {
    VEC *total = &sum[x / LANES];
    NAME(store)(logsum + x, width - x, highest[x / LANES] + NAME(log)(*total));
    *total = 1 / *total;
  }
  for (ptrdiff_t k = 0; k < units; ++k) {
    for (ptrdiff_t x = 0; x < width; x += LANES) {
      REAL *element = p + k * batch + x;
      NAME(store)(element, width - x, NAME(load)(element, width - x) * sum[x / LANES]);
    }
  }
}

IK_INLINE void NAME(softmax)(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *p,
                             REAL *logsum) {
  for (ptrdiff_t x = 0; x < batch; x += SOFTMAX_COLUMNS) {
    ptrdiff_t width = batch - x < SOFTMAX_COLUMNS ? batch - x : SOFTMAX_COLUMNS;
    NAME(softmax_columns)(units, batch, width, a + x, p + x, logsum + x);
  }
}

IK_CLONES void NAME(ik_softmax)(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *p,
                                REAL *logsum) {
  NAME(softmax)(units, batch, a, p, logsum);
}
