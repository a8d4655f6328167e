// The functions of jets.c in one precision.

#include "vector_math_template.h"

#pragma clang assume_nonnull begin

// The loop's elements are independent, whatever the pointers.
#undef IK_ELEMENTS
#define IK_ELEMENTS _Pragma("clang loop vectorize(assume_safety)")

/// y^p for p ≥ 0, by repeated squaring.
IK_INLINE VEC NAME(natural_power)(VEC y, int32_t p) {
  VEC result = 1, square = y;
  for (uint32_t left = (uint32_t)p; left != 0; left >>= 1) {
    if (left & 1) result *= square;
    square *= square;
  }
  return result;
}

/// s″ and s‴ of y^p.
IK_INLINE VEC NAME(power_derivatives)(VEC y, int32_t p, VEC *third) {
  REAL factor = (REAL)p * (REAL)(p - 1);
  *third = p > 2 ? NAME(natural_power)(y, p - 3) * (factor * (REAL)(p - 2)) : (VEC)0;
  return NAME(natural_power)(y, p - 2) * factor;
}

/// s″ and s‴ from y, a = s(y) and r = s′(y).
IK_INLINE VEC NAME(higher_derivatives)(int32_t kind, double p, VEC y, VEC a, VEC r, VEC *third) {
  switch (kind) {
    case IK_TANH:
      *third = (a * a * 4 - r * 2) * r;
      return a * r * -2;
    case IK_SCALED_TANH: {
      const REAL rate = (REAL)(2.0 / 3);
      VEC t = a * (REAL)(1 / 1.7159);
      *third = r * (t * t * 6 - 2) * (rate * rate);
      return t * r * (-2 * rate);
    }
    case IK_SIGMOID: {
      VEC tilt = 1 - a * 2;
      *third = (tilt * tilt - r * 2) * r;
      return tilt * r;
    }
    case IK_SOFTPLUS: {
      VEC second = r * (1 - r);
      *third = second * (1 - r * 2);
      return second;
    }
    case IK_SINE: {
      const REAL square = (REAL)(p * p);
      *third = r * -square;
      return a * -square;
    }
    case IK_SILU: {
      // With the sigmoid σ, s″ = σ′ (2 + y (1 − 2σ)).
      VEC e = NAME(exp_decay)(y), d = e + 1;
      VEC slope = e / (d * d);
      VEC tilt = 1 - (y < 0 ? e : (VEC)1) / d * 2;
      *third = slope * (tilt * (3 + y * tilt) - y * slope * 2);
      return slope * (y * tilt + 2);
    }
    case IK_GELU: {
      // With the normal density φ, s″ = φ (2 − y²).
      VEC square = y * y;
      VEC density = NAME(exp)(square * (REAL)-0.5) * (REAL)0.39894228040143267794;
      *third = density * (square - 4) * y;
      return density * (2 - square);
    }
    case IK_POSITIVE_POWER: {
      VEC second = NAME(power_derivatives)(y <= 0 ? (VEC)0 : y, (int32_t)p, third);
      *third = y <= 0 ? (VEC)0 : *third;
      return y <= 0 ? (VEC)0 : second;
    }
    case IK_POWER: return NAME(power_derivatives)(y, (int32_t)p, third);
    default: *third = 0; return (VEC)0;
  }
}

IK_INLINE void NAME(derivatives_of_kind)(int32_t kind, double p, ptrdiff_t n, const REAL *y,
                                         const REAL *a, const REAL *r, REAL *second,
                                         REAL *_Nullable third) {
  for (ptrdiff_t i = 0; i < n; i += LANES) {
    VEC rest;
    VEC value = NAME(higher_derivatives)(kind, p, NAME(load)(y + i, n - i), NAME(load)(a + i, n - i),
                                         NAME(load)(r + i, n - i), &rest);
    NAME(store)(second + i, n - i, value);
    if (third) NAME(store)(third + i, n - i, rest);
  }
}

IK_CLONES void NAME(ik_higher_derivatives)(int32_t kind, double p, ptrdiff_t n, const REAL *y,
                                           const REAL *a, const REAL *r, REAL *second,
                                           REAL *_Nullable third) {
  if (kind == IK_TANH) {
    NAME(derivatives_of_kind)(IK_TANH, p, n, y, a, r, second, third);
  } else {
    NAME(derivatives_of_kind)(kind, p, n, y, a, r, second, third);
  }
}

IK_CLONES void NAME(ik_jet_activate)(ptrdiff_t n, ptrdiff_t slopes, const REAL *_Nullable kappa,
                                     const REAL *first, const REAL *_Nullable second, const REAL *y,
                                     REAL *a) {
  for (ptrdiff_t d = 1; d <= slopes; ++d) {
    IK_ELEMENTS
    for (ptrdiff_t x = 0; x < n; ++x) a[d * n + x] = first[x] * y[d * n + x];
  }
  if (!kappa) return;
  const REAL *last = y + (slopes + 1) * n;
  REAL *out = a + (slopes + 1) * n;
  IK_ELEMENTS
  for (ptrdiff_t x = 0; x < n; ++x) out[x] = first[x] * last[x];
  for (ptrdiff_t d = 1; d <= slopes; ++d) {
    const REAL factor = kappa[d - 1];
    if (factor == 0) continue;
    const REAL *slope = y + d * n;
    IK_ELEMENTS
    for (ptrdiff_t x = 0; x < n; ++x) out[x] += second[x] * (factor * slope[x] * slope[x]);
  }
}

IK_CLONES void NAME(ik_jet_mix)(ptrdiff_t n, ptrdiff_t slopes, const REAL *kappa,
                                const REAL *second, const REAL *third, const REAL *y, REAL *mixed) {
  const REAL *last = y + (slopes + 1) * n;
  IK_ELEMENTS
  for (ptrdiff_t x = 0; x < n; ++x) mixed[x] = second[x] * last[x];
  for (ptrdiff_t d = 1; d <= slopes; ++d) {
    const REAL factor = kappa[d - 1];
    if (factor == 0) continue;
    const REAL *slope = y + d * n;
    IK_ELEMENTS
    for (ptrdiff_t x = 0; x < n; ++x) mixed[x] += third[x] * (factor * slope[x] * slope[x]);
  }
}

IK_CLONES void NAME(ik_jet_reduce)(ptrdiff_t n, ptrdiff_t slopes, const REAL *_Nullable kappa,
                                   const REAL *first, const REAL *_Nullable second,
                                   const REAL *_Nullable mixed, const REAL *y, REAL *b) {
  REAL *last = b + (slopes + 1) * n;
  IK_ELEMENTS
  for (ptrdiff_t x = 0; x < n; ++x) b[x] *= first[x];
  if (kappa) {
    IK_ELEMENTS
    for (ptrdiff_t x = 0; x < n; ++x) b[x] += mixed[x] * last[x];
  }
  for (ptrdiff_t d = 1; d <= slopes; ++d) {
    const REAL *slope = y + d * n;
    REAL *own = b + d * n;
    const REAL factor = kappa ? 2 * kappa[d - 1] : 0;
    IK_ELEMENTS
    for (ptrdiff_t x = 0; x < n; ++x) {
      REAL bend = second[x] * slope[x];
      b[x] += bend * own[x];
      own[x] = first[x] * own[x];
      if (kappa) own[x] += factor * bend * last[x];
    }
  }
  if (!kappa) return;
  IK_ELEMENTS
  for (ptrdiff_t x = 0; x < n; ++x) last[x] *= first[x];
}

/// Four components at a time, so that few sums pass through memory.
IK_CLONES void NAME(ik_jet_outer)(ptrdiff_t rows, const int32_t *row, ptrdiff_t n,
                                  ptrdiff_t components, const REAL *b, const REAL *a, ptrdiff_t lda,
                                  REAL *out, ptrdiff_t ldo) {
  for (ptrdiff_t e = 0; e < rows; ++e) {
    const REAL *in = a + row[e] * lda;
    REAL *own = out + e * ldo;
    ptrdiff_t c = 0;
    for (; c + 4 <= components; c += 4) {
      const REAL *a0 = in + c * n, *a1 = a0 + n, *a2 = a1 + n, *a3 = a2 + n;
      const REAL *b0 = b + c * n, *b1 = b0 + n, *b2 = b1 + n, *b3 = b2 + n;
      if (c == 0) {
        IK_ELEMENTS
        for (ptrdiff_t x = 0; x < n; ++x) {
          own[x] = a0[x] * b0[x] + a1[x] * b1[x] + a2[x] * b2[x] + a3[x] * b3[x];
        }
      } else {
        IK_ELEMENTS
        for (ptrdiff_t x = 0; x < n; ++x) {
          own[x] += a0[x] * b0[x] + a1[x] * b1[x] + a2[x] * b2[x] + a3[x] * b3[x];
        }
      }
    }
    for (; c < components; ++c) {
      const REAL *ac = in + c * n, *bc = b + c * n;
      if (c == 0) {
        IK_ELEMENTS
        for (ptrdiff_t x = 0; x < n; ++x) own[x] = ac[x] * bc[x];
      } else {
        IK_ELEMENTS
        for (ptrdiff_t x = 0; x < n; ++x) own[x] += ac[x] * bc[x];
      }
    }
  }
}

IK_CLONES void NAME(ik_sum_components)(ptrdiff_t rows, ptrdiff_t n, ptrdiff_t components,
                                       const REAL *u, REAL *out, ptrdiff_t ldo) {
  for (ptrdiff_t e = 0; e < rows; ++e) {
    const REAL *in = u + e * components * n;
    REAL *own = out + e * ldo;
    IK_ELEMENTS
    for (ptrdiff_t x = 0; x < n; ++x) own[x] = in[x];
    for (ptrdiff_t c = 1; c < components; ++c) {
      IK_ELEMENTS
      for (ptrdiff_t x = 0; x < n; ++x) own[x] += in[c * n + x];
    }
  }
}

#pragma clang assume_nonnull end
