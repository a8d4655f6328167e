// Vectors of one precision and the transcendental functions on them, to within 3 units in the last
// place. A file includes this with IK_BITS = 32 and again with IK_BITS = 64.

#undef REAL
#undef INTEGER
#undef BIT_INTEGER
#undef LANES
#undef NAME
#undef FRACTION_BITS
#undef EXPONENT_BIAS
#undef SMALLEST_NORMAL
#undef LN2_HIGH
#undef LN2_LOW
#undef LN2_3_4_HIGH
#undef LN2_3_4_LOW

// The constants HIGH are rounded to so few bits that their products with exponents are exact;
// LOW is the remainder. 3_4 stands for ¾ ln 2.
#if IK_BITS == 32
#define REAL float
#define INTEGER int32_t
#define BIT_INTEGER uint32_t
#define LANES 16
#define NAME(name) name##_f32
#define FRACTION_BITS 23
#define EXPONENT_BIAS 127
#define SMALLEST_NORMAL 0x1p-126f
#define LN2_HIGH 0x1.62e4p-1f
#define LN2_LOW 0x1.7f7d1cp-20f
#define LN2_3_4_HIGH 0x1.0a2cp-1f
#define LN2_3_4_LOW -0x1.b8188ap-18f
#else
#define REAL double
#define INTEGER int64_t
#define BIT_INTEGER uint64_t
#define LANES 8
#define NAME(name) name##_f64
#define FRACTION_BITS 52
#define EXPONENT_BIAS 1023
#define SMALLEST_NORMAL 0x1p-1022
#define LN2_HIGH 0x1.62e42fefa4p-1
#define LN2_LOW -0x1.8432a1b0e2634p-43
#define LN2_3_4_HIGH 0x1.0a2b23f3bap-1
#define LN2_3_4_LOW 0x1.6e6d035dab1adp-42
#endif

#undef VEC
#undef BITS
#undef MASK
#undef LOG2_E
#undef ROUNDER
#define VEC NAME(vec)
#define BITS NAME(bits)
#define MASK NAME(mask)
#define LOG2_E ((REAL)0x1.71547652b82fep+0)
// x + ROUNDER has the integer nearest to x in its last bits.
#define ROUNDER ((REAL)1.5 * ((BIT_INTEGER)1 << FRACTION_BITS))

typedef REAL VEC __attribute__((ext_vector_type(LANES), aligned(sizeof(REAL))));
typedef BIT_INTEGER BITS __attribute__((ext_vector_type(LANES)));
typedef INTEGER MASK __attribute__((ext_vector_type(LANES)));

#if IK_BITS == 32
static const MASK NAME(lane_numbers) = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#else
static const MASK NAME(lane_numbers) = {0, 1, 2, 3, 4, 5, 6, 7};
#endif

/// The first `count` elements at `p`, and 0 for the rest of the vector.
IK_INLINE VEC NAME(load)(const REAL *p, ptrdiff_t count) {
  if (count >= LANES) return *(const VEC *)p;
  REAL part[LANES];
#pragma clang loop vectorize_width(LANES) unroll(disable)
  for (int i = 0; i < LANES; ++i) part[i] = i < count ? p[i] : 0;
  return *(const VEC *)part;
}

/// Writes the first `count` elements of `x`.
IK_INLINE void NAME(store)(REAL *p, ptrdiff_t count, VEC x) {
  if (count >= LANES) {
    *(VEC *)p = x;
    return;
  }
  REAL part[LANES];
  *(VEC *)part = x;
#pragma clang loop vectorize(assume_safety) vectorize_width(LANES) unroll(disable)
  for (int i = 0; i < LANES; ++i) {
    if (i < count) p[i] = part[i];
  }
}

/// The sum of the elements, by halves.
IK_INLINE REAL NAME(total)(VEC x) {
  __auto_type half = x.lo + x.hi;
  __auto_type quarter = half.lo + half.hi;
#if LANES == 16
  __auto_type eighth = quarter.lo + quarter.hi;
  return eighth.x + eighth.y;
#else
  return quarter.x + quarter.y;
#endif
}

/// A polynomial whose coefficients start with the highest power; even and odd powers apart, because
/// the latency of one long chain would bound the speed.
IK_INLINE VEC NAME(polynomial)(VEC x, const REAL *c, int count) {
  VEC square = x * x, p = c[0], q = c[1];
#pragma clang loop unroll(full)
  for (int i = 2; i < count; ++i) {
    VEC next = p * square + c[i];
    p = q;
    q = next;
  }
  return p * x + q;
}

/// e^r − 1 for |r| ≤ ½ ln 2, as r + r² Q(r) so that r, exact, carries the leading digits.
IK_INLINE VEC NAME(exp_rest)(VEC r) {
#if IK_BITS == 32
  static const REAL c[] = {0x1.6d10fep-10f, 0x1.120b64p-7f, 0x1.55551ap-5f, 0x1.5554dep-3f, 0.5f};
#else
  static const REAL c[] = {
    0x1.af38a0d2d9620p-26, 0x1.28917e2c43a66p-22, 0x1.71de0db21e27fp-19, 0x1.a019b9133a48ap-16,
    0x1.a01a01a7c327ap-13, 0x1.6c16c1788a49bp-10, 0x1.11111111109b4p-7,  0x1.5555555553d67p-5,
    0x1.5555555555556p-3,  0x1.0000000000001p-1};
#endif
  return r * r * NAME(polynomial)(r, c, sizeof c / sizeof c[0]) + r;
}

/// e^x = 2^k e^r with k the integer nearest to x/ln 2; 2^k enters through the exponent bits.
/// Subnormal results become 0.
IK_INLINE VEC NAME(exp)(VEC x) {
#if IK_BITS == 32
  const REAL lowest = -0x1.5d589ep+6f, highest = 0x1.62e42ep+6f;
#else
  const REAL lowest = -0x1.6232bdd7abcd2p+9, highest = 0x1.62e42fefa39efp+9;
#endif
  VEC shifted = x * LOG2_E + ROUNDER;
  VEC k = shifted - ROUNDER;
  VEC value = NAME(exp_rest)((x - k * LN2_HIGH) - k * LN2_LOW) + 1;
  value = (VEC)((BITS)value + ((BITS)shifted << FRACTION_BITS));
  value = x < lowest ? (VEC)0 : value;
  return x <= highest ? value : x + (REAL)INFINITY;
}

/// 2^binades e^(−rate·|y|) = scale·(1 + rest): `scale` is a power of two, or 0 where the result is
/// subnormal.
typedef struct {
  VEC scale, rest;
} NAME(decay);

/// The multiples of ln 2/rate = high + low are taken off |y| itself: no product rate·|y| rounds,
/// so that the relative error stays small far out.
IK_INLINE NAME(decay) NAME(decay_of)(VEC y, REAL rate, REAL high, REAL low, int binades) {
  // The first power of two whose exponent bits are 0.
  const REAL limit = -((REAL)0.25 + (EXPONENT_BIAS + binades)) * (high + low);
  const REAL rounder = ROUNDER + (EXPONENT_BIAS + binades);
  VEC x = (VEC)((BITS)y | (BIT_INTEGER)1 << (IK_BITS - 1));
  x = x < limit ? (VEC)limit : x;
  VEC shifted = x * (rate * LOG2_E) + rounder;
  VEC k = shifted - rounder;
  NAME(decay) result;
  result.scale = (VEC)((BITS)shifted << FRACTION_BITS);
  result.rest = NAME(exp_rest)(((x - k * high) - k * low) * rate);
  return result;
}

/// e^−|y|
IK_INLINE VEC NAME(exp_decay)(VEC y) {
  NAME(decay) d = NAME(decay_of)(y, 1, LN2_HIGH, LN2_LOW, 0);
  return d.scale * d.rest + d.scale;
}

/// ln x = k ln 2 + ln(1 + f) with √½ ≤ 1 + f < √2, and with q = f/(2+f),
/// ln(1 + f) = 2 atanh q = f − f²/2 + q (f²/2 + q² P(q²)), where f is exact.
IK_INLINE VEC NAME(log)(VEC x) {
#if IK_BITS == 32
  static const REAL c[] = {0x1.2ee656p-2f, 0x1.997c2ep-2f, 0x1.55555cp-1f};
  const BIT_INTEGER one = 0x3f800000, root_half = 0x3f3504f3;
#else
  static const REAL c[] = {
    0x1.2b5900de53b32p-3, 0x1.39fe51a7c18f9p-3, 0x1.7462b51cb66b1p-3, 0x1.c71c62e3f11e6p-3,
    0x1.2492492df281ap-2, 0x1.99999999952d7p-2, 0x1.5555555555558p-1};
  const BIT_INTEGER one = 0x3ff0000000000000, root_half = 0x3fe6a09e667f3bcd;
#endif
  const BIT_INTEGER unit = (BIT_INTEGER)1 << FRACTION_BITS;
  // A number in [unit, 2 unit) whose last bits are the integer sought.
  const BIT_INTEGER integer = (BIT_INTEGER)(EXPONENT_BIAS + FRACTION_BITS) << FRACTION_BITS;
  MASK tiny = x < SMALLEST_NORMAL;
  BITS bits = (BITS)(tiny ? x * (REAL)unit : x) + (one - root_half);
  VEC k = (VEC)(bits >> FRACTION_BITS | integer) - (REAL)(unit + EXPONENT_BIAS);
  k = tiny ? k - FRACTION_BITS : k;
  VEC f = (VEC)((bits & (unit - 1)) + root_half) - 1;
  VEC q = f / (f + 2), z = q * q, half = f * f * (REAL)0.5;
  VEC tail = q * (z * NAME(polynomial)(z, c, sizeof c / sizeof c[0]) + half) + k * LN2_LOW;
  VEC value = k * LN2_HIGH - ((half - tail) - f);
  VEC special = x < 0 ? (VEC)(REAL)NAN : x;
  special = x == 0 ? -(VEC)(REAL)INFINITY : special;
  return (MASK)(x > 0) & (MASK)(x < (REAL)INFINITY) ? value : special;
}

/// ln(1 + e) for 0 ≤ e ≤ 1: with q = e/(2+e), 2 atanh q = e − q (e − q² P(q²)), where e is exact.
IK_INLINE VEC NAME(log1p_unit)(VEC e) {
#if IK_BITS == 32
  static const REAL c[] = {0x1.12f598p-2f, 0x1.21249ap-2f, 0x1.99ad6cp-2f, 0x1.55554cp-1f};
#else
  static const REAL c[] = {
    0x1.4b0a26c5f2aefp-3, 0x1.687a6e7c95176p-4, 0x1.eb905e8575054p-4, 0x1.10ac75dc602b1p-3,
    0x1.3b18b294bebf9p-3, 0x1.745cf0b0e03bdp-3, 0x1.c71c727143318p-3, 0x1.24924923d44c6p-2,
    0x1.999999999a3ddp-2, 0x1.5555555555555p-1};
#endif
  VEC q = e / (e + 2), z = q * q;
  return e - q * (e - z * NAME(polynomial)(z, c, sizeof c / sizeof c[0]));
}
