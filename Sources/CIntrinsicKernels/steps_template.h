// The functions of steps.c in one precision.

#include "vector_math_template.h"

#pragma clang assume_nonnull begin

// The loop's elements are independent, whatever the pointers.
#undef IK_ELEMENTS
#define IK_ELEMENTS _Pragma("clang loop vectorize(assume_safety)")

#define IK_CHAINS 12

// Twelve chains of multiply-adds that wait for nothing but themselves, enough for the latency of two units.
#define IK_MULTIPLY_ADDS(BYTES)                                                                    \
  _Pragma("clang fp contract(fast)") typedef REAL chain __attribute__((vector_size(BYTES)));       \
  chain chains[IK_CHAINS], factor = (chain){0} + (REAL)0.999, term = (chain){0} + (REAL)0.001;     \
  for (int k = 0; k < IK_CHAINS; ++k) chains[k] = (chain){0} + (REAL)k;                            \
  for (ptrdiff_t r = 0; r < n; ++r) {                                                              \
    _Pragma("clang loop unroll(full)") for (int k = 0; k < IK_CHAINS; ++k)                         \
      chains[k] = chains[k] * factor + term;                                                       \
  }                                                                                                \
  REAL sum = 0;                                                                                    \
  for (int k = 0; k < IK_CHAINS; ++k)                                                              \
    for (int i = 0; i < (int)(BYTES / sizeof(REAL)); ++i) sum += chains[k][i];                     \
  return sum;

IK_CLONES REAL NAME(ik_multiply_adds_256)(ptrdiff_t n) { IK_MULTIPLY_ADDS(32) }

IK_CLONES REAL NAME(ik_multiply_adds_512)(ptrdiff_t n) { IK_MULTIPLY_ADDS(64) }

#undef IK_MULTIPLY_ADDS
#undef IK_CHAINS

IK_CLONES void NAME(ik_diagonal_solve)(ptrdiff_t n, const REAL *g, const REAL *a, REAL factor,
                                       REAL epsilon, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) {
    REAL denominator = factor * a[i] + epsilon;
    out[i] = denominator == 0 ? 0 : g[i] / denominator;
  }
}

IK_CLONES void NAME(ik_root_solve)(ptrdiff_t n, const REAL *g, const REAL *a, REAL epsilon,
                                   REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) {
    REAL denominator = __builtin_elementwise_sqrt(a[i]) + epsilon;
    out[i] = denominator == 0 ? 0 : g[i] / denominator;
  }
}

IK_CLONES void NAME(ik_adam)(ptrdiff_t n, const REAL *g, REAL beta1, REAL beta2, REAL c1, REAL c2,
                             REAL epsilon, REAL *m, REAL *v, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) {
    REAL first = beta1 * m[i] + (1 - beta1) * g[i];
    REAL second = beta2 * v[i] + (1 - beta2) * (g[i] * g[i]);
    m[i] = first;
    v[i] = second;
    out[i] = first * c1 / (__builtin_elementwise_sqrt(second * c2) + epsilon);
  }
}

/// The entries after the bias of one unit. With ρ = a0i/a00, and numerator and denominator divided
/// by a00 so that no product of two metrics underflows, out = shrink·(g − g0 ρ)/(aii − a0i ρ).
/// Returns Σ ρ out, and subtracts one from a lane of `zeros` for each entry without variance.
IK_INLINE REAL NAME(quasi_entries)(ptrdiff_t n, REAL g0, REAL inverse00, const REAL *g,
                                   const REAL *a0i, const REAL *aii, REAL factor, REAL epsilon,
                                   const REAL *_Nullable shrink, REAL *out, MASK *zeros) {
  const REAL threshold = 16 * (REAL)1 / ((BIT_INTEGER)1 << FRACTION_BITS);
  VEC sum = 0;
  for (ptrdiff_t i = 0; i < n; i += LANES) {
    VEC covariance = NAME(load)(a0i + i, n - i) * factor;
    VEC ratio = covariance * inverse00;
    VEC metric = NAME(load)(aii + i, n - i) * factor + epsilon;
    VEC variance = metric - covariance * ratio;
    MASK flat = variance <= metric * threshold;
    VEC step = (NAME(load)(g + i, n - i) - ratio * g0) / variance;
    step = flat ? (VEC)0 : step;
    if (shrink) step *= NAME(load)(shrink + i, n - i);
    *zeros += flat & (MASK)(NAME(lane_numbers) < (MASK)(INTEGER)(n - i < LANES ? n - i : LANES));
    sum += ratio * step;
    NAME(store)(out + i, n - i, step);
  }
  return NAME(total)(sum);
}

/// A unit whose 1/a00 overflows steps by 0. Returns the entries set to zero.
IK_INLINE ptrdiff_t NAME(quasi_diagonal_solve)(ptrdiff_t units, const int32_t *offsets,
                                               const REAL *g, const REAL *a0i, const REAL *aii,
                                               REAL factor, REAL epsilon,
                                               const REAL *_Nullable shrink, REAL *out) {
  ptrdiff_t count = 0;
  MASK zeros = 0;
  for (ptrdiff_t k = 0; k < units; ++k) {
    ptrdiff_t first = offsets[k], n = offsets[k + 1] - first - 1;
    if (n < 0) continue;
    REAL inverse00 = 1 / (aii[first] * factor + epsilon), g0 = g[first];
    if (aii[first] * factor + epsilon == 0) {
      out[first] = 0;
      for (ptrdiff_t i = first + 1; i <= first + n; ++i) {
        REAL metric = aii[i] * factor + epsilon;
        out[i] = metric == 0 ? 0 : g[i] / metric * (shrink ? shrink[i] : 1);
        count += metric == 0;
      }
      ++count;
      continue;
    }
    if (__builtin_elementwise_abs(inverse00) == (REAL)INFINITY) {
      for (ptrdiff_t i = 0; i <= n; ++i) out[first + i] = 0;
      count += n + 1;
      continue;
    }
    ptrdiff_t i = first + 1;
    REAL sum = NAME(quasi_entries)(n, g0, inverse00, g + i, a0i + i, aii + i, factor, epsilon,
                                   shrink ? shrink + i : NULL, out + i, &zeros);
    out[first] = g0 * inverse00 - sum;
  }
  return count - __builtin_reduce_add(zeros);
}

IK_CLONES ptrdiff_t NAME(ik_quasi_diagonal_solve)(ptrdiff_t units, const int32_t *offsets,
                                                  const REAL *g, const REAL *a0i,
                                                  const REAL *aii, REAL factor, REAL epsilon,
                                                  const REAL *_Nullable shrink, REAL *out) {
  return NAME(quasi_diagonal_solve)(units, offsets, g, a0i, aii, factor, epsilon, shrink, out);
}

#pragma clang assume_nonnull end
