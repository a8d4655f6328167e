// The functions of elementwise.c in one precision.

#include "vector_math_template.h"

#pragma clang assume_nonnull begin

// The loop's elements are independent, whatever the pointers.
#undef IK_ELEMENTS
#define IK_ELEMENTS _Pragma("clang loop vectorize(assume_safety)")

/// sigmoid(y) = 1/(1+e) for y ≥ 0, e/(1+e) otherwise, and its slope e/(1+e)², e = exp(−|y|):
/// both keep their relative accuracy at saturation.
IK_INLINE VEC NAME(sigmoid)(VEC y, VEC *slope) {
  VEC e = NAME(exp_decay)(y), d = e + 1;
  *slope = e / (d * d);
  return (y < 0 ? e : (VEC)1) / d;
}

/// tanh(½ rate·y) = −sgn(y) m/(1+e) and 1 − tanh² = 4e/(1+e)², with e = exp(−rate·|y|) and
/// m = e − 1 computed without cancellation. 4m and 4e are formed, so that 4e does not become 0
/// before it is subnormal itself.
IK_INLINE VEC NAME(tanh_of)(VEC y, REAL rate, REAL high, REAL low, VEC *slope) {
  NAME(decay) decay = NAME(decay_of)(y, rate, high, low, 2);
  VEC m = decay.scale * decay.rest + (decay.scale - 4);
  VEC e = decay.scale * decay.rest + decay.scale, d = e + 4;
  *slope = e * 16 / (d * d);
  const BIT_INTEGER sign = (BIT_INTEGER)1 << (IK_BITS - 1);
  return (VEC)((BITS)(m / d) ^ (~(BITS)y & sign));
}

/// 1.7159 tanh(2y/3) and its slope.
IK_INLINE VEC NAME(scaled_tanh)(VEC y, VEC *slope) {
  const REAL rate = (REAL)(4.0 / 3);
  VEC value = NAME(tanh_of)(y, rate, LN2_3_4_HIGH, LN2_3_4_LOW, slope);
  *slope *= (REAL)(1.7159 * 2 / 3);
  return value * (REAL)1.7159;
}

/// ln(1 + e^y) = max(y, 0) + ln(1 + e^−|y|), and its slope sigmoid(y).
IK_INLINE VEC NAME(softplus)(VEC y, VEC *slope) {
  VEC e = NAME(exp_decay)(y);
  *slope = (y < 0 ? e : (VEC)1) / (e + 1);
  return (y < 0 ? (VEC)0 : y) + NAME(log1p_unit)(e);
}

/// max(y, 0) and its slope; both are NaN where y is.
IK_INLINE VEC NAME(relu)(VEC y, VEC *slope) {
  VEC positive = y <= 0 ? (VEC)0 : y;
  *slope = y > 0 ? (VEC)1 : positive;
  return positive;
}

/// y^p and its slope p·y^(p−1), for p ≥ 1, by repeated squaring.
IK_INLINE VEC NAME(power)(VEC y, int32_t p, VEC *slope) {
  VEC result = 1, square = y;
  for (uint32_t left = (uint32_t)p - 1; left != 0; left >>= 1) {
    if (left & 1) result *= square;
    square *= square;
  }
  *slope = result * (REAL)p;
  return result * y;
}

/// y sigmoid(y) and its slope.
IK_INLINE VEC NAME(silu)(VEC y, VEC *slope) {
  VEC rise, value = NAME(sigmoid)(y, &rise);
  *slope = value + y * rise;
  return y * value;
}

/// y for y > 0 and e^y − 1 otherwise, without cancellation near 0.
IK_INLINE VEC NAME(elu)(VEC y, VEC *slope) {
  VEC e = NAME(exp)(y > 0 ? (VEC)0 : y);
  VEC near = NAME(exp_rest)(y > (REAL)-0.34 ? (y > 0 ? (VEC)0 : y) : (VEC)0);
  *slope = y > 0 ? (VEC)1 : e;
  return y > 0 ? y : (y > (REAL)-0.34 ? near : e - 1);
}

/// y for y > 0 and p y otherwise; the slope is NaN where y is.
IK_INLINE VEC NAME(leaky_relu)(VEC y, REAL p, VEC *slope) {
  *slope = y > 0 ? (VEC)1 : (y <= 0 ? (VEC)p : y);
  return y > 0 ? y : y * p;
}

/// y Φ(y) and Φ(y) + y φ(y); the error function is that of the C library, element by element.
IK_INLINE VEC NAME(gelu)(VEC y, VEC *slope) {
  VEC distribution;
  for (int i = 0; i < LANES; ++i) {
    distribution[i] = (REAL)(0.5 * erfc(-(double)y[i] * 0.70710678118654752440));
  }
  *slope = distribution + y * NAME(exp)(y * y * (REAL)-0.5) * (REAL)0.39894228040143267794;
  return y * distribution;
}

/// sin(p y) and p cos(p y), of the C library, element by element.
IK_INLINE VEC NAME(sine)(VEC y, double p, VEC *slope) {
  VEC value;
  for (int i = 0; i < LANES; ++i) {
    value[i] = (REAL)sin(p * (double)y[i]);
    (*slope)[i] = (REAL)(p * cos(p * (double)y[i]));
  }
  return value;
}

IK_INLINE VEC NAME(activation)(int32_t kind, double p, VEC y, VEC *slope) {
  const int32_t power = (int32_t)p;
  switch (kind) {
    case IK_RELU: return NAME(relu)(y, slope);
    case IK_SIGMOID: return NAME(sigmoid)(y, slope);
    case IK_TANH: return NAME(tanh_of)(y, 2, LN2_HIGH / 2, LN2_LOW / 2, slope);
    case IK_SCALED_TANH: return NAME(scaled_tanh)(y, slope);
    case IK_SOFTPLUS: return NAME(softplus)(y, slope);
    case IK_POSITIVE_POWER: return NAME(power)(y <= 0 ? (VEC)0 : y, power, slope);
    case IK_POWER: return NAME(power)(y, power, slope);
    case IK_GELU: return NAME(gelu)(y, slope);
    case IK_SILU: return NAME(silu)(y, slope);
    case IK_ELU: return NAME(elu)(y, slope);
    case IK_LEAKY_RELU: return NAME(leaky_relu)(y, (REAL)p, slope);
    case IK_SINE: return NAME(sine)(y, p, slope);
    default: *slope = 1; return y;
  }
}

/// One activation, known to the compiler, on all elements.
IK_INLINE void NAME(activate_kind)(int32_t kind, double p, ptrdiff_t n, const REAL *y,
                                   REAL *a, REAL *r) {
  for (ptrdiff_t i = 0; i < n; i += LANES) {
    VEC slope;
    VEC value = NAME(activation)(kind, p, NAME(load)(y + i, n - i), &slope);
    NAME(store)(a + i, n - i, value);
    if (r) NAME(store)(r + i, n - i, slope);
  }
}

IK_INLINE void NAME(activate)(int32_t activation, double p, ptrdiff_t n, const REAL *y,
                              REAL *a, REAL *r) {
  switch (activation) {
    case IK_RELU: NAME(activate_kind)(IK_RELU, p, n, y, a, r); break;
    case IK_SIGMOID: NAME(activate_kind)(IK_SIGMOID, p, n, y, a, r); break;
    case IK_TANH: NAME(activate_kind)(IK_TANH, p, n, y, a, r); break;
    case IK_SCALED_TANH: NAME(activate_kind)(IK_SCALED_TANH, p, n, y, a, r); break;
    case IK_SOFTPLUS: NAME(activate_kind)(IK_SOFTPLUS, p, n, y, a, r); break;
    case IK_POSITIVE_POWER: NAME(activate_kind)(IK_POSITIVE_POWER, p, n, y, a, r); break;
    case IK_POWER: NAME(activate_kind)(IK_POWER, p, n, y, a, r); break;
    case IK_GELU: NAME(activate_kind)(IK_GELU, p, n, y, a, r); break;
    case IK_SILU: NAME(activate_kind)(IK_SILU, p, n, y, a, r); break;
    case IK_ELU: NAME(activate_kind)(IK_ELU, p, n, y, a, r); break;
    case IK_LEAKY_RELU: NAME(activate_kind)(IK_LEAKY_RELU, p, n, y, a, r); break;
    case IK_SINE: NAME(activate_kind)(IK_SINE, p, n, y, a, r); break;
    default: NAME(activate_kind)(IK_IDENTITY, p, n, y, a, r); break;
  }
}

IK_CLONES void NAME(ik_activate)(int32_t activation, double p, ptrdiff_t n, const REAL *y,
                                 REAL *a, REAL *_Nullable r) {
  NAME(activate)(activation, p, n, y, a, r);
}

void NAME(ik_mirror_lower)(ptrdiff_t n, REAL *a, ptrdiff_t ld) {
  // Tiles, so that neither rows nor columns leave the cache.
  enum { TILE = 32 };
  for (ptrdiff_t row = 0; row < n; row += TILE) {
    ptrdiff_t end = row + TILE < n ? row + TILE : n;
    for (ptrdiff_t column = 0; column <= row; column += TILE) {
      for (ptrdiff_t i = row; i < end; ++i) {
        ptrdiff_t last = column + TILE < i ? column + TILE : i;
        for (ptrdiff_t j = column; j < last; ++j) a[j * ld + i] = a[i * ld + j];
      }
    }
  }
}

IK_INLINE void NAME(exp_all)(ptrdiff_t n, const REAL *x, REAL *out) {
  for (ptrdiff_t i = 0; i < n; i += LANES) {
    NAME(store)(out + i, n - i, NAME(exp)(NAME(load)(x + i, n - i)));
  }
}

IK_CLONES void NAME(ik_exp)(ptrdiff_t n, const REAL *x, REAL *out) { NAME(exp_all)(n, x, out); }

IK_INLINE void NAME(log_all)(ptrdiff_t n, const REAL *x, REAL *out) {
  for (ptrdiff_t i = 0; i < n; i += LANES) {
    NAME(store)(out + i, n - i, NAME(log)(NAME(load)(x + i, n - i)));
  }
}

IK_CLONES void NAME(ik_log)(ptrdiff_t n, const REAL *x, REAL *out) { NAME(log_all)(n, x, out); }

IK_CLONES void NAME(ik_multiply)(ptrdiff_t n, const REAL *x, const REAL *y, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = x[i] * y[i];
}

IK_CLONES void NAME(ik_multiply_squared)(ptrdiff_t n, const REAL *r, const REAL *m, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = r[i] * r[i] * m[i];
}

IK_CLONES void NAME(ik_square)(ptrdiff_t n, const REAL *x, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = x[i] * x[i];
}

IK_CLONES void NAME(ik_square_root)(ptrdiff_t n, const REAL *x, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = __builtin_elementwise_sqrt(x[i]);
}

void NAME(ik_add_to_diagonal)(ptrdiff_t n, REAL value, REAL *a, ptrdiff_t ld) {
  for (ptrdiff_t i = 0; i < n; ++i) a[i * ld + i] += value;
}

IK_CLONES void NAME(ik_add_constant)(ptrdiff_t n, REAL value, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] += value;
}

IK_CLONES void NAME(ik_shrinkage)(ptrdiff_t n, REAL s, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = 1 / (1 + s * out[i]);
}

IK_CLONES void NAME(ik_signs)(ptrdiff_t n, REAL scale, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = out[i] < (REAL)0.5 ? -scale : scale;
}

IK_CLONES void NAME(ik_gather)(ptrdiff_t n, const int32_t *index, const REAL *x, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = x[index[i]];
}

IK_CLONES void NAME(ik_add_row_means)(ptrdiff_t rows, ptrdiff_t cols, REAL scale, REAL *c) {
  for (ptrdiff_t k = 0; k < rows; ++k, c += cols) {
#pragma clang fp reassociate(on)
    REAL sum = 0;
    for (ptrdiff_t x = 0; x < cols; ++x) sum += c[x];
    REAL floor = scale * sum / cols;
    for (ptrdiff_t x = 0; x < cols; ++x) c[x] += floor;
  }
}

void NAME(ik_copy_columns)(ptrdiff_t rows, ptrdiff_t cols, const REAL *x, ptrdiff_t ldx,
                           REAL *out) {
  for (ptrdiff_t k = 0; k < rows; ++k) {
    memcpy(out + k * cols, x + k * ldx, (size_t)cols * sizeof(REAL));
  }
}

void NAME(ik_gather_samples)(ptrdiff_t n, ptrdiff_t count, const int32_t *samples, const REAL *x,
                             REAL *out) {
  for (ptrdiff_t first = 0; first < count; first += 16) {
    ptrdiff_t width = count - first < 16 ? count - first : 16;
    for (ptrdiff_t i = 0; i < n; ++i) {
      for (ptrdiff_t j = 0; j < width; ++j) {
        out[i * count + first + j] = x[samples[first + j] * n + i];
      }
    }
  }
}

IK_CLONES void NAME(ik_scaled_square)(ptrdiff_t n, REAL scale, const REAL *r, int32_t accumulate,
                                      REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = scale * r[i] * r[i] + (accumulate ? out[i] : 0);
}

IK_CLONES void NAME(ik_add_scaled)(ptrdiff_t n, const REAL *x, REAL alpha, const REAL *y,
                                   REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = x[i] + alpha * y[i];
}

IK_CLONES void NAME(ik_from_double)(ptrdiff_t n, const double *x, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = (REAL)x[i];
}

IK_CLONES void NAME(ik_to_double)(ptrdiff_t n, const REAL *x, double *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = (double)x[i];
}

IK_CLONES void NAME(ik_scale_add)(ptrdiff_t n, REAL alpha, const REAL *x, REAL beta, REAL *out) {
  if (beta == 0) {
    IK_ELEMENTS
    for (ptrdiff_t i = 0; i < n; ++i) out[i] = alpha * x[i];
    return;
  }
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = alpha * x[i] + beta * out[i];
}

IK_CLONES void NAME(ik_fill)(ptrdiff_t n, REAL value, REAL *out) {
  IK_ELEMENTS
  for (ptrdiff_t i = 0; i < n; ++i) out[i] = value;
}

/// Four vectors of partial sums, in an order that does not depend on the instruction set.
IK_INLINE REAL NAME(sum_all)(ptrdiff_t n, const REAL *x) {
  VEC s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  ptrdiff_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    const VEC *v = (const VEC *)(x + i);
    s0 += v[0];
    s1 += v[1];
    s2 += v[2];
    s3 += v[3];
  }
  for (; i < n; i += LANES) s0 += NAME(load)(x + i, n - i);
  return NAME(total)((s0 + s1) + (s2 + s3));
}

IK_CLONES REAL NAME(ik_sum)(ptrdiff_t n, const REAL *x) { return NAME(sum_all)(n, x); }

IK_CLONES ptrdiff_t NAME(ik_zeros)(ptrdiff_t n, const REAL *x) {
  ptrdiff_t count = 0;
  for (ptrdiff_t i = 0; i < n; ++i) count += x[i] == 0;
  return count;
}

IK_INLINE REAL NAME(dot_all)(ptrdiff_t n, const REAL *x, const REAL *y) {
  VEC s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  ptrdiff_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    const VEC *v = (const VEC *)(x + i), *w = (const VEC *)(y + i);
    s0 += v[0] * w[0];
    s1 += v[1] * w[1];
    s2 += v[2] * w[2];
    s3 += v[3] * w[3];
  }
  for (; i < n; i += LANES) s0 += NAME(load)(x + i, n - i) * NAME(load)(y + i, n - i);
  return NAME(total)((s0 + s1) + (s2 + s3));
}

IK_CLONES REAL NAME(ik_dot)(ptrdiff_t n, const REAL *x, const REAL *y) {
  return NAME(dot_all)(n, x, y);
}

/// Skips blocks in which Σ 0·x is 0: it is NaN if an element is not finite.
IK_INLINE ptrdiff_t NAME(finite_prefix)(ptrdiff_t n, const REAL *x) {
  ptrdiff_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    const VEC *v = (const VEC *)(x + i);
    if (NAME(total)(v[0] * 0 + v[1] * 0 + (v[2] * 0 + v[3] * 0)) != 0) break;
  }
  return i;
}

IK_CLONES ptrdiff_t NAME(ik_first_not_finite)(ptrdiff_t n, const REAL *x) {
  for (ptrdiff_t i = NAME(finite_prefix)(n, x); i < n; ++i) {
    if (x[i] * 0 != 0) return i;
  }
  return -1;
}

/// The squares are summed from the products while these are in registers.
IK_INLINE void NAME(multiply_repeated)(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats,
                                       const REAL *r, REAL *s, int32_t accumulate,
                                       REAL *_Nullable c) {
  for (ptrdiff_t k = 0; k < rows; ++k, s += repeats * batch, r += batch) {
    for (ptrdiff_t x = 0; x < batch; x += LANES) {
      VEC factor = NAME(load)(r + x, batch - x);
      VEC sum = accumulate ? NAME(load)(c + k * batch + x, batch - x) : (VEC)0;
      for (ptrdiff_t q = 0; q < repeats; ++q) {
        REAL *place = s + q * batch + x;
        VEC product = NAME(load)(place, batch - x) * factor;
        NAME(store)(place, batch - x, product);
        sum += product * product;
      }
      if (c) NAME(store)(c + k * batch + x, batch - x, sum);
    }
  }
}

IK_CLONES void NAME(ik_multiply_repeated)(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats,
                                          const REAL *r, REAL *s) {
  NAME(multiply_repeated)(rows, batch, repeats, r, s, 0, NULL);
}

IK_CLONES void NAME(ik_multiply_repeated_squares)(ptrdiff_t rows, ptrdiff_t batch,
                                                  ptrdiff_t repeats, const REAL *r, REAL *s,
                                                  int32_t accumulate, REAL *c) {
  NAME(multiply_repeated)(rows, batch, repeats, r, s, accumulate, c);
}

IK_INLINE void NAME(sum_squares_repeated)(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats,
                                          const REAL *s, ptrdiff_t lds, int32_t accumulate,
                                          REAL *c) {
  for (ptrdiff_t k = 0; k < rows; ++k, s += lds, c += batch) {
    for (ptrdiff_t x = 0; x < batch; x += LANES) {
      VEC sum = accumulate ? NAME(load)(c + x, batch - x) : (VEC)0;
      for (ptrdiff_t q = 0; q < repeats; ++q) {
        VEC value = NAME(load)(s + q * batch + x, batch - x);
        sum += value * value;
      }
      NAME(store)(c + x, batch - x, sum);
    }
  }
}

IK_CLONES void NAME(ik_sum_squares_repeated)(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats,
                                             const REAL *s, ptrdiff_t lds, int32_t accumulate,
                                             REAL *c) {
  NAME(sum_squares_repeated)(rows, batch, repeats, s, lds, accumulate, c);
}

#undef UNIFORMS
#define UNIFORMS NAME(uniforms)
typedef REAL UNIFORMS __attribute__((ext_vector_type(8), aligned(sizeof(REAL))));

/// The upper bits of x over 2^24 or 2^53, exactly.
IK_INLINE UNIFORMS NAME(uniform_of)(words x) {
#if IK_BITS == 32
  typedef int32_t integers __attribute__((ext_vector_type(8)));
  return __builtin_convertvector(__builtin_convertvector(x >> 40, integers), UNIFORMS) * 0x1p-24f;
#else
  return __builtin_convertvector(x >> 11, UNIFORMS) * 0x1p-53;
#endif
}

IK_INLINE void NAME(uniform_all)(uint64_t *state, ptrdiff_t n, REAL *out) {
  words s[4];
  for (int w = 0; w < 4; ++w) s[w] = ((const words *)state)[w];
  ptrdiff_t i = 0;
  for (; i + 8 <= n; i += 8) *(UNIFORMS *)(out + i) = NAME(uniform_of)(next_words(s));
  if (i < n) {
    UNIFORMS last = NAME(uniform_of)(next_words(s));
    for (int lane = 0; i < n; ++i, ++lane) out[i] = last[lane];
  }
  for (int w = 0; w < 4; ++w) ((words *)state)[w] = s[w];
}

IK_CLONES void NAME(ik_uniform)(uint64_t *state, ptrdiff_t n, REAL *out) {
  NAME(uniform_all)(state, n, out);
}

#pragma clang assume_nonnull end
