// The functions of products.c for one instruction set: SET, TARGET, BYTES of a vector, ROWS,
// VECTORS, UNITS, CHANNELS, MOMENT_VECTORS. Includes itself once for each precision.

#ifndef PRECISION
#define PRECISION f32
#define REAL float
#include "products_template.h"
#undef PRECISION
#undef REAL
#define PRECISION f64
#define REAL double
#include "products_template.h"
#undef PRECISION
#undef REAL
#undef SET
#undef TARGET
#undef BYTES
#undef ROWS
#undef VECTORS
#undef UNITS
#undef CHANNELS
#undef MOMENT_VECTORS
#else

#undef LANES
#undef VEC
#define LANES (BYTES / (ptrdiff_t)sizeof(REAL))
#define VEC NAME(product_vec)
typedef REAL VEC __attribute__((ext_vector_type(BYTES / sizeof(REAL)), aligned(sizeof(REAL))));

#define UNROLLED _Pragma("clang loop unroll(full)")

/// U rows × V vectors of y = Σ_t W_t X_t (+ y). The last vector starts at column `last`, and only its
/// lanes from `first` on are written.
TARGET IK_INLINE void NAME(product_tile)(const int U, const int V, ptrdiff_t cols, ptrdiff_t count,
                                         const struct ik_term *terms, const REAL *w,
                                         ptrdiff_t row_step, ptrdiff_t term_step, const REAL *x,
                                         int32_t accumulate, ptrdiff_t last, ptrdiff_t first,
                                         REAL *y) {
#define COLUMN(v) (v == V - 1 ? last : v * LANES)
  VEC sum[ROWS][VECTORS];
  UNROLLED for (int u = 0; u < U; ++u) {
    UNROLLED for (int v = 0; v < V; ++v) {
      sum[u][v] = accumulate ? *(const VEC *)(y + u * cols + COLUMN(v)) : (VEC)(0);
    }
  }
  for (ptrdiff_t t = 0; t < count; ++t) {
    // Rows from the fourth on have an address of their own: all factors then are a pointer and once
    // or twice the step.
    const REAL *factor = w + terms[t].w, *fourth = factor + 3 * row_step;
    const REAL *row = x + terms[t].row * cols;
    for (ptrdiff_t i = terms[t].length; i > 0; --i) {
      VEC r[VECTORS];
      UNROLLED for (int v = 0; v < V; ++v) r[v] = *(const VEC *)(row + COLUMN(v));
      UNROLLED for (int u = 0; u < U; ++u) {
        VEC f = (VEC)((u < 3 ? factor : fourth)[(u % 3) * row_step]);
        UNROLLED for (int v = 0; v < V; ++v) sum[u][v] += f * r[v];
      }
      factor += term_step;
      fourth += term_step;
      row += cols;
    }
  }
  UNROLLED for (int u = 0; u < U; ++u) {
    UNROLLED for (int v = 0; v < V; ++v) {
      REAL *out = y + u * cols + COLUMN(v);
      if (first > 0 && v == V - 1) {
        for (ptrdiff_t l = first; l < LANES; ++l) out[l] = sum[u][v][l];
      } else {
        *(VEC *)out = sum[u][v];
      }
    }
  }
#undef COLUMN
}

/// All rows of V vectors.
TARGET IK_INLINE void NAME(product_strip)(const int V, ptrdiff_t rows, ptrdiff_t cols,
                                          ptrdiff_t count, const struct ik_term *terms,
                                          const REAL *w, ptrdiff_t row_step, ptrdiff_t term_step,
                                          const REAL *x, int32_t accumulate, ptrdiff_t last,
                                          ptrdiff_t first, REAL *y) {
  ptrdiff_t k = 0;
#define TILES(U)                                                                                   \
  for (; k + U <= rows; k += U) {                                                                  \
    NAME(product_tile)(U, V, cols, count, terms, w + k * row_step, row_step, term_step, x,         \
                       accumulate, last, first, y + k * cols);                                        \
  }
  TILES(ROWS)
#if ROWS > 4
  TILES(4)
#endif
  TILES(2)
  TILES(1)
#undef TILES
}

/// All rows of `width` vectors, of which the last overlaps the one before by so many columns.
TARGET IK_INLINE void NAME(strip)(ptrdiff_t width, ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t count,
                                  const struct ik_term *terms, const REAL *w, ptrdiff_t row_step,
                                  ptrdiff_t term_step, const REAL *x, int32_t accumulate,
                                  ptrdiff_t overlap, REAL *y) {
#define STRIP(V)                                                                                   \
  NAME(product_strip)(V, rows, cols, count, terms, w, row_step, term_step, x, accumulate,          \
                      (V - 1) * LANES - overlap, overlap, y)
  if (width == 1) {
    STRIP(1);
  } else if (width == 2) {
    STRIP(2);
#if VECTORS == 4
  } else if (width == 3) {
    STRIP(3);
#endif
  } else {
    STRIP(VECTORS);
  }
#undef STRIP
}

TARGET static void NAME(term_products)(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t count,
                                       const struct ik_term *terms, const REAL *w,
                                       ptrdiff_t row_step, ptrdiff_t term_step, const REAL *x,
                                       int32_t accumulate, REAL *y) {
  // A vector that is not full ends with the columns, and only what is new of it is kept.
  ptrdiff_t vectors = (cols + LANES - 1) / LANES, overlap = vectors * LANES - cols;
  for (ptrdiff_t v = 0; v < vectors;) {
    ptrdiff_t left = vectors - v, j = v * LANES;
    // The last two strips are of nearly the same width.
    ptrdiff_t width = left >= 2 * VECTORS ? VECTORS : left > VECTORS ? (left + 1) / 2 : left;
    v += width;
    if (v < vectors || overlap == 0) {
      NAME(strip)(width, rows, cols, count, terms, w, row_step, term_step, x + j, accumulate, 0,
                  y + j);
    } else {
      NAME(strip)(width, rows, cols, count, terms, w, row_step, term_step, x + j, accumulate,
                  overlap, y + j);
    }
  }
}

/// Of each block of 2h lanes the sum of its halves: that of `a` in the first half, that of `b` in the
/// second.
TARGET IK_INLINE VEC NAME(half_sums)(VEC a, VEC b, const int h) {
  VEC first, second;
  UNROLLED for (int l = 0; l < LANES; ++l) {
    int at = l / (2 * h) * (2 * h) + l % h;
    first[l] = l % (2 * h) < h ? a[at] : b[at];
    second[l] = l % (2 * h) < h ? a[at + h] : b[at + h];
  }
  return first + second;
}

/// The totals of LANES vectors, each in the lane of its number; the vectors are lost.
TARGET IK_INLINE VEC NAME(totals)(VEC *v) {
#define LEVEL(h)                                                                                   \
  UNROLLED for (int i = 0; i < h && h < LANES; ++i) v[i] = NAME(half_sums)(v[i], v[i + h], h)
  LEVEL(8);
  LEVEL(4);
  LEVEL(2);
  LEVEL(1);
#undef LEVEL
  return v[0];
}

/// The signals of U units at all places side by side: a vector of each in turn.
/// The last vector of a place ends with the columns and holds 0 where the one before has been.
TARGET IK_INLINE void NAME(pack)(const int U, ptrdiff_t cols, ptrdiff_t first, ptrdiff_t end,
                                 ptrdiff_t places, const REAL *b, ptrdiff_t b_step, VEC *out) {
  for (ptrdiff_t p = 0; p < places; ++p, b += b_step) {
    for (ptrdiff_t c = first; c < end; c += LANES) {
      ptrdiff_t at = c + LANES <= cols ? c : cols - LANES;
      UNROLLED for (int u = 0; u < U; ++u, ++out) {
        *out = *(const VEC *)(b + u * cols + at);
        for (ptrdiff_t l = 0; l < c - at; ++l) (*out)[l] = 0;
      }
    }
  }
}

/// U units × J channels of g += scale Σ_places b xᵀ.
TARGET IK_INLINE void NAME(place_tile)(const int U, const int J, ptrdiff_t cols, ptrdiff_t first,
                                       ptrdiff_t end, ptrdiff_t places, REAL scale, const VEC *b,
                                       const REAL *x, ptrdiff_t x_step, REAL *g, ptrdiff_t ldg) {
  VEC sum[UNITS][CHANNELS];
  UNROLLED for (int u = 0; u < U; ++u) {
    UNROLLED for (int j = 0; j < J; ++j) sum[u][j] = (VEC)(0);
  }
#define ADD(c)                                                                                     \
  do {                                                                                             \
    UNROLLED for (int j = 0; j < J; ++j) {                                                         \
      VEC r = *(const VEC *)((j < 3 ? x : fourth) + (j % 3) * cols + (c));                          \
      UNROLLED for (int u = 0; u < U; ++u) sum[u][j] += b[u] * r;                                  \
    }                                                                                              \
    b += U;                                                                                        \
  } while (0)
  for (ptrdiff_t p = 0; p < places; ++p, x += x_step) {
    const REAL *fourth = x + 3 * cols;
    ptrdiff_t c = first;
    for (; c + LANES <= end; c += LANES) ADD(c);
    if (c < end) ADD(cols - LANES);
  }
#undef ADD
  REAL totals[UNITS * CHANNELS];
  UNROLLED for (int e = 0; e < U * J; e += LANES) {
    VEC s[LANES];
    UNROLLED for (int i = 0; i < LANES; ++i) {
      s[i] = e + i < U * J ? sum[(e + i) / J][(e + i) % J] : (VEC)(0);
    }
    VEC t = NAME(totals)(s);
    UNROLLED for (int i = 0; i < LANES; ++i) {
      if (e + i < U * J) totals[e + i] = t[i];
    }
  }
  UNROLLED for (int u = 0; u < U; ++u) {
    UNROLLED for (int j = 0; j < J; ++j) g[u * ldg + j] += scale * totals[u * J + j];
  }
}

TARGET static void NAME(add_place_products)(ptrdiff_t units, ptrdiff_t cols, ptrdiff_t places,
                                            REAL scale, const REAL *b, ptrdiff_t b_step,
                                            ptrdiff_t count, const struct ik_tap *taps,
                                            const REAL *x, ptrdiff_t x_step, REAL *g,
                                            ptrdiff_t ldg) {
  // Up to IK_BLOCK columns of all places; up to twice as many with the overlap of last vectors.
  VEC packed[UNITS * 2 * IK_BLOCK / LANES] __attribute__((aligned(64)));
  for (ptrdiff_t first = 0; first < cols; first += IK_BLOCK) {
    ptrdiff_t end = first + IK_BLOCK < cols ? first + IK_BLOCK : cols;
    ptrdiff_t vectors = (end - first + LANES - 1) / LANES, k = 0;
#define TILE(U, J)                                                                                 \
  NAME(place_tile)(U, J, cols, first, end, taps[t].places, scale,                                  \
                   packed + taps[t].first * vectors * U, x + (taps[t].row + j) * cols, x_step,     \
                   g + taps[t].w + k * ldg + j, ldg)
#define TILES(U)                                                                                   \
  for (; k + U <= units; k += U) {                                                                 \
    NAME(pack)(U, cols, first, end, places, b + k * cols, b_step, packed);                         \
    for (ptrdiff_t t = 0; t < count; ++t) {                                                        \
      ptrdiff_t j = 0;                                                                             \
      for (; j + CHANNELS <= taps[t].length; j += CHANNELS) TILE(U, CHANNELS);                     \
      for (; j < taps[t].length; ++j) TILE(U, 1);                                                  \
    }                                                                                              \
  }
    TILES(UNITS)
    TILES(2)
    TILES(1)
#undef TILES
#undef TILE
  }
}

#include "unit_moments_template.h"

#undef UNROLLED
#endif
