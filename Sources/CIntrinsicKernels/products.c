// The matrix products of convolutions: sums of small products whose operands are windows of the
// parameters and of an image, held in registers from the first term to the last. And the moments of
// dense units, which skip the samples where a unit is off.
//
// Each instruction set has tiles that fill its registers; the widest whose vectors fit the columns
// is chosen at each call.

#include "intrinsic_kernels.h"
#include "simd.h"

#pragma clang fp contract(fast)

#define JOIN(a, b, c) a##_##b##_##c
#define EXPANDED(a, b, c) JOIN(a, b, c)
#define NAME(name) EXPANDED(name, PRECISION, SET)

/// Samples of moments at once, so few that a panel of activities and squares stays in L1, and one bit
/// stands for each.
#define MOMENT_SAMPLES 32
/// Units whose bits are kept at once.
#define MOMENT_UNITS 1024

// Tiles of ROWS × VECTORS vectors for products, of UNITS × CHANNELS for outer products, and twice
// MOMENT_VECTORS for moments.
#if defined(__linux__) && defined(__x86_64__)
#define SET v4
#define TARGET __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define BYTES 64
#define ROWS 6
#define VECTORS 4
#define UNITS 4
#define CHANNELS 4
#define MOMENT_VECTORS 8
#include "products_template.h"

#define SET v3
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define BYTES 32
#define ROWS 4
#define VECTORS 3
#define UNITS 4
#define CHANNELS 2
#define MOMENT_VECTORS 6
#include "products_template.h"

/// Longer vectors are not used on this thread.
static _Thread_local ptrdiff_t widest = 64;
#define USABLE(set, vector, bytes)                                                                 \
  (bytes >= vector && widest >= vector && __builtin_cpu_supports("x86-64-" #set))
#define DISPATCH(function, bytes, ...)                                                             \
  do {                                                                                             \
    if (USABLE(v4, 64, bytes)) {                                                                   \
      function##_v4(__VA_ARGS__);                                                                  \
    } else if (USABLE(v3, 32, bytes)) {                                                            \
      function##_v3(__VA_ARGS__);                                                                  \
    } else {                                                                                       \
      function##_base(__VA_ARGS__);                                                                \
    }                                                                                              \
  } while (0)

void ik_limit_vectors(ptrdiff_t bytes) { widest = bytes; }
#else
#define DISPATCH(function, bytes, ...) function##_base(__VA_ARGS__)
void ik_limit_vectors(ptrdiff_t bytes) {}
#endif

#define SET base
#define TARGET
#define BYTES 16
#if defined(__aarch64__)
#define ROWS 6
#define VECTORS 4
#define UNITS 4
#define CHANNELS 4
#define MOMENT_VECTORS 8
#else
#define ROWS 4
#define VECTORS 2
#define UNITS 4
#define CHANNELS 2
#define MOMENT_VECTORS 6
#endif
#include "products_template.h"

#undef NAME
#define REAL float
#define NAME(name) name##_f32
#include "narrow_products_template.h"
#undef REAL
#undef NAME
#define REAL double
#define NAME(name) name##_f64
#include "narrow_products_template.h"
#undef REAL
#undef NAME

#define DEFINE(REAL, S)                                                                            \
  void ik_term_products_##S(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t count,                       \
                            const struct ik_term *terms, const REAL *w, ptrdiff_t row_step,        \
                            ptrdiff_t term_step, const REAL *x, int32_t accumulate, REAL *y) {     \
    ptrdiff_t bytes = cols * (ptrdiff_t)sizeof(REAL);                                              \
    if (bytes < 16) {                                                                              \
      narrow_term_products_##S(rows, cols, count, terms, w, row_step, term_step, x, accumulate,    \
                               y);                                                                 \
    } else {                                                                                       \
      DISPATCH(term_products_##S, bytes, rows, cols, count, terms, w, row_step, term_step, x,      \
               accumulate, y);                                                                     \
    }                                                                                              \
  }                                                                                                \
  void ik_add_place_products_##S(ptrdiff_t units, ptrdiff_t cols, ptrdiff_t places, REAL scale,    \
                                 const REAL *b, ptrdiff_t b_step, ptrdiff_t count,                 \
                                 const struct ik_tap *taps, const REAL *x, ptrdiff_t x_step,       \
                                 REAL *g, ptrdiff_t ldg) {                                         \
    ptrdiff_t bytes = cols * (ptrdiff_t)sizeof(REAL);                                              \
    if (bytes < 16) {                                                                              \
      add_narrow_place_products_##S(units, cols, scale, b, b_step, count, taps, x, x_step, g,      \
                                    ldg);                                                          \
    } else {                                                                                       \
      DISPATCH(add_place_products_##S, bytes, units, cols, places, scale, b, b_step, count, taps,  \
               x, x_step, g, ldg);                                                                 \
    }                                                                                              \
  }                                                                                                \
  void ik_unit_moments_##S(ptrdiff_t units, ptrdiff_t rows, ptrdiff_t cols, const REAL *c,         \
                           const REAL *a, REAL scale, REAL keep, REAL *_Nullable first,            \
                           REAL *second, ptrdiff_t ld) {                                           \
    ptrdiff_t bytes = cols * (ptrdiff_t)sizeof(REAL);                                              \
    DISPATCH(unit_moments_##S, bytes, units, rows, cols, c, a, scale, keep, first, second, ld);    \
  }
DEFINE(float, f32)
DEFINE(double, f64)
