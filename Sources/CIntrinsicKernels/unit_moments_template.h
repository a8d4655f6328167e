// The moments of the activities that units read, weighted by each unit: A_0i = Σ_x c_k a_i and
// A_ii = Σ_x c_k a_i². Part of products.c, for one instruction set and precision.
//
// Samples where c_k is 0 – those where a rectifier is off – are skipped.

#pragma clang assume_nonnull begin

#define PANEL (MOMENT_VECTORS * LANES)

/// Of each block of 2h lanes of `a` and `b` the first halves, or the second ones.
TARGET IK_INLINE VEC NAME(halves)(VEC a, VEC b, const int h, const int second) {
  VEC result;
  UNROLLED for (int l = 0; l < LANES; ++l) {
    int at = (l & ~h) + (second ? h : 0);
    result[l] = l & h ? b[at] : a[at];
  }
  return result;
}

/// v[i][j] becomes v[j][i].
TARGET IK_INLINE void NAME(transpose)(VEC *v) {
#define LEVEL(h)                                                                                   \
  UNROLLED for (int i = 0; i < LANES; ++i) {                                                       \
    if (h < LANES && !(i & h)) {                                                                   \
      VEC a = v[i], b = v[i + h];                                                                  \
      v[i] = NAME(halves)(a, b, h, 0);                                                             \
      v[i + h] = NAME(halves)(a, b, h, 1);                                                         \
    }                                                                                              \
  }
  LEVEL(8)
  LEVEL(4)
  LEVEL(2)
  LEVEL(1)
#undef LEVEL
}

/// Activities of up to PANEL rows, samples × PANEL, and their squares; 0 beyond the rows. There are at
/// least LANES samples.
TARGET static void NAME(pack_panel)(ptrdiff_t rows, ptrdiff_t samples, ptrdiff_t cols,
                                    const REAL *a, REAL *packed, REAL *squares) {
  for (ptrdiff_t i = 0; i < rows; i += LANES) {
    for (ptrdiff_t x = 0; x < samples; x += LANES) {
      ptrdiff_t at = x + LANES <= samples ? x : samples - LANES;
      VEC v[LANES];
      UNROLLED for (int l = 0; l < LANES; ++l) {
        v[l] = i + l < rows ? *(const VEC *)(a + (i + l) * cols + at) : (VEC)(0);
      }
      NAME(transpose)(v);
      UNROLLED for (int l = 0; l < LANES; ++l) {
        *(VEC *)(packed + (at + l) * PANEL + i) = v[l];
        *(VEC *)(squares + (at + l) * PANEL + i) = v[l] * v[l];
      }
    }
  }
}

/// The first lanes of out = scale·sum + keep·out; keep = 0 does not read.
TARGET IK_INLINE void NAME(put_moments)(VEC sum, REAL scale, REAL keep, ptrdiff_t lanes,
                                        REAL *out) {
  if (lanes >= LANES) {
    *(VEC *)out = keep == 0 ? scale * sum : keep * *(VEC *)out + scale * sum;
    return;
  }
  for (ptrdiff_t l = 0; l < lanes; ++l) {
    out[l] = keep == 0 ? scale * sum[l] : keep * out[l] + scale * sum[l];
  }
}

/// V vectors of the moments of one unit over the samples of `mask`, with so many lanes in the last.
TARGET IK_INLINE void NAME(moment_strip)(const int V, uint32_t mask, const REAL *c,
                                         const REAL *packed, const REAL *squares, REAL scale,
                                         REAL keep, ptrdiff_t lanes, REAL *_Nullable first,
                                         REAL *second) {
  VEC sum[MOMENT_VECTORS], square_sum[MOMENT_VECTORS];
  UNROLLED for (int v = 0; v < V; ++v) sum[v] = square_sum[v] = (VEC)(0);
  for (; mask; mask &= mask - 1) {
    int x = __builtin_ctz(mask);
    const REAL *p = packed + x * PANEL, *q = squares + x * PANEL;
    UNROLLED for (int v = 0; v < V; ++v) {
      sum[v] += c[x] * *(const VEC *)(p + v * LANES);
      square_sum[v] += c[x] * *(const VEC *)(q + v * LANES);
    }
  }
  UNROLLED for (int v = 0; v < V; ++v) {
    ptrdiff_t left = v == V - 1 ? lanes : LANES;
    if (first) NAME(put_moments)(sum[v], scale, keep, left, first + v * LANES);
    NAME(put_moments)(square_sum[v], scale, keep, left, second + v * LANES);
  }
}

/// The moments of one unit and the rows of a panel.
TARGET IK_INLINE void NAME(panel_moments)(ptrdiff_t rows, uint32_t mask, const REAL *c,
                                          const REAL *packed, const REAL *squares, REAL scale,
                                          REAL keep, REAL *_Nullable first, REAL *second) {
#define STRIP(V)                                                                                   \
  NAME(moment_strip)(V, mask, c, packed + i, squares + i, scale, keep,                             \
                     rows - i - (V - 1) * LANES, first ? first + i : NULL, second + i)
  ptrdiff_t i = 0;
  for (; i + PANEL <= rows; i += PANEL) STRIP(MOMENT_VECTORS);
  for (; i + 3 * LANES < rows; i += 4 * LANES) STRIP(4);
  for (; i + LANES < rows; i += 2 * LANES) STRIP(2);
  if (i < rows) STRIP(1);
#undef STRIP
}

TARGET static void NAME(unit_moments)(ptrdiff_t units, ptrdiff_t rows, ptrdiff_t cols,
                                      const REAL *c, const REAL *a, REAL scale, REAL keep,
                                      REAL *_Nullable first, REAL *second, ptrdiff_t ld) {
  REAL packed[MOMENT_SAMPLES * PANEL] __attribute__((aligned(64)));
  REAL squares[MOMENT_SAMPLES * PANEL] __attribute__((aligned(64)));
  uint32_t masks[MOMENT_UNITS];
  ptrdiff_t blocks = (cols + MOMENT_SAMPLES - 1) / MOMENT_SAMPLES;
  for (ptrdiff_t start = 0; start < units; start += MOMENT_UNITS) {
    ptrdiff_t end = start + MOMENT_UNITS < units ? start + MOMENT_UNITS : units;
    for (ptrdiff_t block = 0; block < blocks; ++block) {
      // Blocks of nearly the same size.
      ptrdiff_t x = cols * block / blocks, samples = cols * (block + 1) / blocks - x;
      for (ptrdiff_t k = start; k < end; ++k) {
        uint32_t mask = 0;
        for (ptrdiff_t s = 0; s < samples; ++s) {
          mask |= (uint32_t)(c[k * cols + x + s] != 0) << s;
        }
        masks[k - start] = mask;
      }
      for (ptrdiff_t i = 0; i < rows; i += PANEL) {
        ptrdiff_t width = rows - i < PANEL ? rows - i : PANEL;
        NAME(pack_panel)(width, samples, cols, a + i * cols + x, packed, squares);
        for (ptrdiff_t k = start; k < end; ++k) {
          REAL *own = first ? first + k * ld + i : NULL, *own_second = second + k * ld + i;
          // The processor does not foresee steps from row to row.
          for (ptrdiff_t p = ld; k + 1 < end && p < ld + width; p += 64 / (ptrdiff_t)sizeof(REAL)) {
            if (own) __builtin_prefetch(own + p, 1);
            __builtin_prefetch(own_second + p, 1);
          }
          NAME(panel_moments)(width, masks[k - start], c + k * cols + x, packed, squares, scale,
                              block == 0 ? keep : 1, own, own_second);
        }
      }
    }
  }
}

#undef PANEL

#pragma clang assume_nonnull end
