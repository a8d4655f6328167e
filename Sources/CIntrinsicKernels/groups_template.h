// The functions of groups.c in one precision.

#include "vector_math_template.h"

#pragma clang assume_nonnull begin

/// The softmax of each group, and unless r is NULL its Jacobian R_cd = a_c (δ_cd − a_d).
IK_INLINE void NAME(group_softmax)(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n, const REAL *y,
                                   REAL *a, REAL *_Nullable r) {
  for (ptrdiff_t g = 0; g < groups; ++g, y += size * n, a += size * n) {
    for (ptrdiff_t x = 0; x < n; x += LANES) {
      VEC top = NAME(load)(y + x, n - x), sum = 0;
      for (ptrdiff_t c = 1; c < size; ++c) {
        VEC value = NAME(load)(y + c * n + x, n - x);
        top = value > top ? value : top;
      }
      for (ptrdiff_t c = 0; c < size; ++c) {
        VEC e = NAME(exp)(NAME(load)(y + c * n + x, n - x) - top);
        NAME(store)(a + c * n + x, n - x, e);
        sum += e;
      }
      for (ptrdiff_t c = 0; c < size; ++c) {
        NAME(store)(a + c * n + x, n - x, NAME(load)(a + c * n + x, n - x) / sum);
      }
      if (!r) continue;
      REAL *rows = r + g * size * size * n + x;
      for (ptrdiff_t c = 0; c < size; ++c) {
        VEC value = NAME(load)(a + c * n + x, n - x);
        for (ptrdiff_t d = 0; d < size; ++d) {
          VEC other = NAME(load)(a + d * n + x, n - x);
          NAME(store)(rows + (c * size + d) * n, n - x, value * ((c == d ? 1 : 0) - other));
        }
      }
    }
  }
}

IK_CLONES void NAME(ik_group_softmax)(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n, const REAL *y,
                                      REAL *a, REAL *_Nullable r) {
  NAME(group_softmax)(groups, size, n, y, a, r);
}

/// tanh ρ and its slope for ρ ≥ 0, with e^(−2ρ) − 1 where that is small.
IK_INLINE VEC NAME(tanh_of_length)(VEC length, VEC *slope) {
  VEC twice = length * -2, e = NAME(exp)(twice);
  VEC rest = NAME(exp_rest)(twice > (REAL)-0.34 ? twice : (VEC)0), d = e + 1;
  *slope = e * 4 / (d * d);
  return (twice > (REAL)-0.34 ? -rest : 1 - e) / d;
}

/// tanh(ρ)/ρ for small s = ρ².
IK_INLINE VEC NAME(radial_ratio)(VEC s) {
  static const REAL c[] = {(REAL)(-17.0 / 315), (REAL)(2.0 / 15), (REAL)(-1.0 / 3), 1};
  return NAME(polynomial)(s, c, 4);
}

/// tanh′(ρ) − tanh(ρ)/ρ for small s = ρ².
IK_INLINE VEC NAME(radial_bend)(VEC s) {
  static const REAL c[] = {(REAL)(496.0 / 2835), (REAL)(-34.0 / 105), (REAL)(8.0 / 15),
                           (REAL)(-2.0 / 3), 0};
  return NAME(polynomial)(s, c, 5);
}

/// The radial tanh of each group, a = tanh(ρ) u with y = ρ u, and unless r is NULL its Jacobian
/// R = tanh(ρ)/ρ Id + (tanh′(ρ) − tanh(ρ)/ρ) u uᵀ.
IK_INLINE void NAME(group_radial)(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n, const REAL *y,
                                  REAL *a, REAL *_Nullable r) {
  // Below it the difference in R is that of its series, above it that of its terms.
  const REAL small = IK_BITS == 32 ? (REAL)0.03 : (REAL)0.001;
  for (ptrdiff_t g = 0; g < groups; ++g, y += size * n, a += size * n) {
    for (ptrdiff_t x = 0; x < n; x += LANES) {
      VEC top = 0, sum = 0;
      for (ptrdiff_t c = 0; c < size; ++c) {
        VEC value = NAME(load)(y + c * n + x, n - x), magnitude = value < 0 ? -value : value;
        // NaN wins.
        top = magnitude <= top ? top : magnitude;
      }
      VEC scale = top > 0 ? top : (VEC)1;
      for (ptrdiff_t c = 0; c < size; ++c) {
        VEC part = NAME(load)(y + c * n + x, n - x) / scale;
        sum += part * part;
      }
      VEC length = top == 0 ? top : scale * __builtin_elementwise_sqrt(sum), slope;
      VEC value = NAME(tanh_of_length)(length, &slope);
      VEC inverse = 1 / (length == 0 ? (VEC)1 : length);
      if (r) {
        VEC s = length * length;
        MASK near = s < small;
        VEC ratio = near ? NAME(radial_ratio)(s) : value * inverse;
        VEC bend = near ? NAME(radial_bend)(s) : slope - ratio;
        REAL *rows = r + g * size * size * n + x;
        for (ptrdiff_t c = 0; c < size; ++c) {
          VEC u = NAME(load)(y + c * n + x, n - x) * inverse;
          for (ptrdiff_t d = 0; d < size; ++d) {
            VEC v = NAME(load)(y + d * n + x, n - x) * inverse;
            NAME(store)(rows + (c * size + d) * n, n - x, bend * u * v + (c == d ? ratio : (VEC)0));
          }
        }
      }
      for (ptrdiff_t c = 0; c < size; ++c) {
        NAME(store)(a + c * n + x, n - x, value * (NAME(load)(y + c * n + x, n - x) * inverse));
      }
    }
  }
}

IK_CLONES void NAME(ik_group_radial)(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n, const REAL *y,
                                     REAL *a, REAL *_Nullable r) {
  NAME(group_radial)(groups, size, n, y, a, r);
}

/// b ← Rᵀ b for `repeats` × n columns of b and n of R.
IK_INLINE void NAME(group_reduce)(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n, ptrdiff_t repeats,
                                  const REAL *r, REAL *b) {
  const ptrdiff_t width = repeats * n;
  VEC sums[size];
  for (ptrdiff_t g = 0; g < groups; ++g, r += size * size * n, b += size * width) {
    for (ptrdiff_t q = 0; q < repeats; ++q) {
      for (ptrdiff_t x = 0; x < n; x += LANES) {
        REAL *column = b + q * n + x;
        for (ptrdiff_t d = 0; d < size; ++d) sums[d] = 0;
        for (ptrdiff_t c = 0; c < size; ++c) {
          VEC signal = NAME(load)(column + c * width, n - x);
          for (ptrdiff_t d = 0; d < size; ++d) {
            sums[d] += NAME(load)(r + (c * size + d) * n + x, n - x) * signal;
          }
        }
        for (ptrdiff_t d = 0; d < size; ++d) NAME(store)(column + d * width, n - x, sums[d]);
      }
    }
  }
}

IK_CLONES void NAME(ik_group_reduce)(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n,
                                     ptrdiff_t repeats, const REAL *r, REAL *b) {
  NAME(group_reduce)(groups, size, n, repeats, r, b);
}

/// C_cd = Σ_q s_c^q s_d^q.
IK_INLINE void NAME(group_products)(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n,
                                    ptrdiff_t repeats, const REAL *s, ptrdiff_t lds, REAL *out) {
  for (ptrdiff_t g = 0; g < groups; ++g, s += size * lds, out += size * size * n) {
    for (ptrdiff_t c = 0; c < size; ++c) {
      for (ptrdiff_t d = 0; d <= c; ++d) {
        for (ptrdiff_t x = 0; x < n; x += LANES) {
          VEC sum = 0;
          for (ptrdiff_t q = 0; q < repeats; ++q) {
            const REAL *column = s + q * n + x;
            sum += NAME(load)(column + c * lds, n - x) * NAME(load)(column + d * lds, n - x);
          }
          NAME(store)(out + (c * size + d) * n + x, n - x, sum);
          NAME(store)(out + (d * size + c) * n + x, n - x, sum);
        }
      }
    }
  }
}

IK_CLONES void NAME(ik_group_products)(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n,
                                       ptrdiff_t repeats, const REAL *s, ptrdiff_t lds, REAL *out) {
  NAME(group_products)(groups, size, n, repeats, s, lds, out);
}

/// C = Rᵀ Φ R; C is not Φ.
IK_INLINE void NAME(group_congruence)(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n, const REAL *r,
                                      const REAL *phi, REAL *out) {
  const ptrdiff_t block = size * size * n;
  VEC product[size];
  for (ptrdiff_t g = 0; g < groups; ++g, r += block, phi += block, out += block) {
    for (ptrdiff_t x = 0; x < n; x += LANES) {
      for (ptrdiff_t d = 0; d < size; ++d) {
        for (ptrdiff_t c = 0; c < size; ++c) {
          VEC sum = 0;
          for (ptrdiff_t e = 0; e < size; ++e) {
            sum += NAME(load)(phi + (c * size + e) * n + x, n - x) *
                   NAME(load)(r + (e * size + d) * n + x, n - x);
          }
          product[c] = sum;
        }
        for (ptrdiff_t b = 0; b < size; ++b) {
          VEC sum = 0;
          for (ptrdiff_t c = 0; c < size; ++c) {
            sum += NAME(load)(r + (c * size + b) * n + x, n - x) * product[c];
          }
          NAME(store)(out + (b * size + d) * n + x, n - x, sum);
        }
      }
    }
  }
}

IK_CLONES void NAME(ik_group_congruence)(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n,
                                         const REAL *r, const REAL *phi, REAL *out) {
  NAME(group_congruence)(groups, size, n, r, phi, out);
}

/// out[place] = w[first] w[second].
IK_CLONES void NAME(ik_pair_products)(ptrdiff_t n, const int32_t *first, const int32_t *second,
                                      const int32_t *place, const REAL *w, REAL *out) {
  for (ptrdiff_t i = 0; i < n; ++i) out[place[i]] = w[first[i]] * w[second[i]];
}

#pragma clang assume_nonnull end
