// The kernels of lanes.c for one precision: REAL, BITS (integer of its size) and NAME(name).
//
// Vectors are passed by pointer: by value they would cross functions with different vector ABIs
// before inlining.

#pragma clang assume_nonnull begin

typedef REAL NAME(lane_vec) __attribute__((ext_vector_type(IK_LANES), aligned(sizeof(REAL))));
typedef BITS NAME(lane_bits) __attribute__((ext_vector_type(IK_LANES), aligned(sizeof(REAL))));
typedef int32_t NAME(lane_ints) __attribute__((ext_vector_type(IK_LANES), aligned(4)));

#define VEC NAME(lane_vec)
#define MASK NAME(lane_bits)
#define INTS NAME(lane_ints)
#define LOAD(p) (*(const VEC *)(p))
#define STORE(p, v) (*(VEC *)(p) = (v))
/// Lanes of `a` where `mask` is all ones, of `b` where it is 0.
#define SELECT(mask, a, b) ((VEC)(((mask) & (MASK)(a)) | (~(mask) & (MASK)(b))))
#define CACHE_ALIGNED __attribute__((aligned(64)))

// ---- moments: m = alpha·Σ_x c·a_i·a_j + beta·m ----

/// Columns packed at once, transposed in square blocks. The packed columns of the largest problem
/// take half of L1.
#define CHUNK IK_LANES

/// Exchanges, in one step of a transposition, the lanes with bit s of `a` and without it of `b`.
#define EXCHANGE(a, b, S0, S1, S2, S3, S4, S5, S6, S7, K0, K1, K2, K3, K4, K5, K6, K7)  \
  do {                                                                                  \
    const VEC kept = __builtin_shufflevector(a, b, S0, S1, S2, S3, S4, S5, S6, S7);     \
    b = __builtin_shufflevector(a, b, K0, K1, K2, K3, K4, K5, K6, K7);                  \
    a = kept;                                                                           \
  } while (0)
#define EXCHANGE1(a, b) EXCHANGE(a, b, 0, 8, 2, 10, 4, 12, 6, 14, 1, 9, 3, 11, 5, 13, 7, 15)
#define EXCHANGE2(a, b) EXCHANGE(a, b, 0, 1, 8, 9, 4, 5, 12, 13, 2, 3, 10, 11, 6, 7, 14, 15)
#define EXCHANGE4(a, b) EXCHANGE(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15)

/// v[i][j] becomes v[j][i].
IK_INLINE void NAME(transpose)(VEC *v) {
  for (int i = 0; i < 8; i += 2) EXCHANGE1(v[i], v[i + 1]);
  for (int i = 0; i < 8; i += 4) {
    EXCHANGE2(v[i], v[i + 2]);
    EXCHANGE2(v[i + 1], v[i + 3]);
  }
  for (int i = 0; i < 4; i++) EXCHANGE4(v[i], v[i + 4]);
}

/// Lane l's row, or zeros for padding. The index is read as volatile, or the addresses of all lanes
/// are computed in a vector, which is slow to take apart.
IK_INLINE const REAL *NAME(lane_row)(const REAL *rows, ptrdiff_t ld, const int32_t *index,
                                     const int32_t *unit, int l) {
  static const REAL zeros[CHUNK];
  const int32_t at = *(const volatile int32_t *)(index + l);
  return (at | *(const volatile int32_t *)(unit + l)) < 0 ? zeros : rows + at * ld;
}

/// Loads `count` ≤ CHUNK columns of rows index[l], 0 where index[l] or unit[l] is negative and in
/// the columns beyond, and transposes them: out[x] = column x of the lanes' rows.
IK_INLINE void NAME(pack)(const REAL *rows, ptrdiff_t ld, const int32_t *index,
                          const int32_t *unit, ptrdiff_t count, VEC *out) {
  VEC block[IK_LANES];
  if (count == CHUNK) {
    for (int l = 0; l < IK_LANES; l++) block[l] = LOAD(NAME(lane_row)(rows, ld, index, unit, l));
  } else {
    REAL copy[IK_LANES][CHUNK] CACHE_ALIGNED;
#pragma clang loop unroll(disable)
    for (int l = 0; l < IK_LANES; l++) {
      const REAL *row = NAME(lane_row)(rows, ld, index, unit, l);
#pragma clang loop unroll(disable) vectorize(disable)
      for (ptrdiff_t x = 0; x < CHUNK; x++) copy[l][x] = x < count ? row[x] : 0;
    }
    for (int l = 0; l < IK_LANES; l++) block[l] = LOAD(copy[l]);
  }
  NAME(transpose)(block);
  for (int x = 0; x < CHUNK; x++) out[x] = block[x];
}

/// Adds Σ over the packed columns of c·a_i·a_j for `rows` (1 or 2) rows from i on, which keep their
/// c·a_i in registers, and j ≤ i; then, of two rows, the second one's diagonal entry. The m before
/// is scaled by beta where both dimensions are in `keep`, and overwritten elsewhere.
IK_INLINE void NAME(add_rows)(const int rows, ptrdiff_t i, const VEC *c, const VEC *p,
                              const MASK *keep, REAL beta, REAL *m) {
  REAL *low = m + TRIANGLE(i) * IK_LANES, *high = low + (i + 1) * IK_LANES;
  const MASK low_keep = keep[i], high_keep = keep[i + rows - 1];
  VEC ca[CHUNK], cb[CHUNK], b;
  for (int x = 0; x < CHUNK; x++) {
    ca[x] = c[x] * p[i * CHUNK + x];
    if (rows == 2) cb[x] = c[x] * p[(i + 1) * CHUNK + x];
  }
  for (ptrdiff_t j = 0; j <= i; j++, p += CHUNK, low += IK_LANES, high += IK_LANES) {
    VEC a = ca[0] * p[0];
    if (rows == 2) b = cb[0] * p[0];
    for (int x = 1; x < CHUNK; x++) {
      a += ca[x] * p[x];
      if (rows == 2) b += cb[x] * p[x];
    }
    STORE(low, a + beta * (VEC)(low_keep & keep[j] & (MASK)LOAD(low)));
    if (rows == 2) STORE(high, b + beta * (VEC)(high_keep & keep[j] & (MASK)LOAD(high)));
  }
  if (rows == 1) return;
  b = cb[0] * p[0];
  for (int x = 1; x < CHUNK; x++) b += cb[x] * p[x];
  STORE(high, b + beta * (VEC)(high_keep & (MASK)LOAD(high)));
}

IK_CLONES
void NAME(ik_lane_moments)(ptrdiff_t size, const int32_t *row, const int32_t *unit, const REAL *c,
                           ptrdiff_t ldc, const REAL *a, ptrdiff_t lda, ptrdiff_t cols, REAL alpha,
                           REAL beta, REAL *m) {
  VEC p[MAX_SIZE * CHUNK] CACHE_ALIGNED;
  VEC pc[CHUNK] CACHE_ALIGNED;
  MASK keep[MAX_SIZE] CACHE_ALIGNED;
  const INTS units = *(const INTS *)unit;
  for (ptrdiff_t x = 0; x < cols || x == 0; x += CHUNK) {
    const ptrdiff_t count = cols - x < CHUNK ? cols - x : CHUNK;
    const REAL scale = x == 0 ? beta : 1;
    NAME(pack)(c + x, ldc, unit, unit, count, pc);
    for (int q = 0; q < CHUNK; q++) pc[q] *= alpha;
    for (ptrdiff_t i = 0; i < size; i++) {
      const INTS signs = units | *(const INTS *)(row + i * IK_LANES);
      keep[i] = __builtin_convertvector((signs >= 0) & -(scale != 0), MASK);
      NAME(pack)(a + x, lda, row + i * IK_LANES, unit, count, p + i * CHUNK);
    }
    ptrdiff_t i = 0;
    for (; i + 2 <= size; i += 2) NAME(add_rows)(2, i, pc, p, keep, scale, m);
    if (i < size) NAME(add_rows)(1, i, pc, p, keep, scale, m);
  }
}

// ---- solve: (m + εI) x = g by square-root-free Cholesky, m + ε = L D Lᵀ, D the pivots ----
//
// The factor is kept as u = L D below the diagonal, with D and 1/D apart. The right-hand side is
// eliminated along with the matrix, y = L⁻¹ g, so that x_j = (y_j − Σ_i>j u_ij x_i)/d_j is left.

typedef struct {
  ptrdiff_t size;
  const int32_t *count, *start;
  const REAL *m;
  REAL epsilon;
  MASK real[MAX_SIZE] CACHE_ALIGNED;  // lanes in which dimension i exists, else it is an identity
  VEC y[MAX_SIZE] CACHE_ALIGNED;      // right-hand side, then solution
  VEC pivot[MAX_SIZE] CACHE_ALIGNED;
  VEC inverse[MAX_SIZE] CACHE_ALIGNED;
} NAME(system);

/// Lanes whose matrix is all zero (padding included).
IK_INLINE void NAME(zero_lanes)(const NAME(system) *s, MASK *zero) {
  MASK seen = 0;
#pragma clang loop unroll(disable)
  for (ptrdiff_t t = 0; t < TRIANGLE(s->size); t++) seen |= LOAD(s->m + t * IK_LANES) != 0;
  *zero = ~seen;
}

/// Fills `real` and `y` for `dimensions` ≥ size dimensions.
IK_INLINE void NAME(load_right)(ptrdiff_t dimensions, const REAL *g, NAME(system) *s) {
  MASK zero = 0;
  if (s->epsilon == 0) NAME(zero_lanes)(s, &zero);
  const MASK counts = __builtin_convertvector(*(const INTS *)s->count, MASK) & ~zero;
  REAL *values = (REAL *)s->y;
  for (int l = 0; l < IK_LANES; l++)
#pragma clang loop unroll(disable) vectorize(disable)
    for (ptrdiff_t i = 0; i < s->count[l]; i++) values[i * IK_LANES + l] = g[s->start[l] + i];
#pragma clang loop unroll(disable)
  for (ptrdiff_t i = 0; i < dimensions; i++) {
    s->real[i] = counts > (MASK)(BITS)i;
    s->y[i] = (VEC)(s->real[i] & (MASK)s->y[i]);
  }
}

IK_INLINE void NAME(store_solution)(const NAME(system) *s, REAL *out) {
  const REAL *values = (const REAL *)s->y;
  for (int l = 0; l < IK_LANES; l++)
#pragma clang loop unroll(disable) vectorize(disable)
    for (ptrdiff_t i = 0; i < s->count[l]; i++) out[s->start[l] + i] = values[i * IK_LANES + l];
}

/// Up to SMALL dimensions: everything unrolled and in registers.
#define SMALL 6

IK_INLINE void NAME(solve_small)(NAME(system) *s) {
  VEC u[TRIANGLE(SMALL)], y[SMALL], inverse[SMALL];
#pragma clang loop unroll(full)
  for (int i = 0; i < SMALL; i++) {
    const REAL *row = s->m + TRIANGLE(i) * IK_LANES;
#pragma clang loop unroll(full)
    for (int j = 0; j < i; j++) u[TRIANGLE(i) + j] = i < s->size ? LOAD(row + j * IK_LANES) : 0;
    u[TRIANGLE(i) + i] = 1;
    if (i < s->size)
      u[TRIANGLE(i) + i] = SELECT(s->real[i], LOAD(row + i * IK_LANES) + s->epsilon, (VEC)1);
    y[i] = s->y[i];
  }
#pragma clang loop unroll(full)
  for (int j = 0; j < SMALL; j++) {
    s->pivot[j] = u[TRIANGLE(j) + j];
    inverse[j] = 1 / u[TRIANGLE(j) + j];
#pragma clang loop unroll(full)
    for (int i = j + 1; i < SMALL; i++) {
      const VEC l = u[TRIANGLE(i) + j] * inverse[j];
      y[i] -= l * y[j];
#pragma clang loop unroll(full)
      for (int k = j + 1; k <= i; k++) u[TRIANGLE(i) + k] -= l * u[TRIANGLE(k) + j];
    }
  }
#pragma clang loop unroll(full)
  for (int i = SMALL - 1; i >= 0; i--) {
    y[i] *= inverse[i];
    s->y[i] = y[i];
#pragma clang loop unroll(full)
    for (int k = 0; k < i; k++) y[k] -= u[TRIANGLE(i) + k] * y[i];
  }
}

/// Vectors before the 2 × 2 tile (i, k) of a triangle of tiles.
#define TILE(i, k) (4 * (TRIANGLE(i) + (k)))

/// The triangle in 2 × 2 tiles starts as m + ε, with an identity for padding.
IK_INLINE void NAME(load_tiles)(const NAME(system) *s, VEC *u) {
  const REAL *m = s->m;
  for (ptrdiff_t i = 0; i < s->size; i++) {
    VEC *tile = u + TILE(i / 2, 0) + i % 2 * 2;
    for (ptrdiff_t k = 0; k < (i + 1) / 2; k++, tile += 4, m += 2 * IK_LANES) {
      tile[0] = LOAD(m);
      tile[1] = LOAD(m + IK_LANES);
    }
    VEC *diagonal = i % 2 == 0 ? tile : tile - 3;
    if (i % 2 == 0) {
      *diagonal = LOAD(m);
      diagonal[1] = 0;
      m += IK_LANES;
    }
    *diagonal = SELECT(s->real[i], *diagonal + s->epsilon, (VEC)1);
  }
  if (s->size % 2 == 0) return;
  VEC *row = u + TILE(s->size / 2, 0);
#pragma clang loop unroll(disable)
  for (ptrdiff_t k = 0; k <= s->size / 2; k++) row[4 * k + 2] = row[4 * k + 3] = 0;
  row[s->size / 2 * 4 + 3] = 1;
}

/// Eliminates dimensions 2j and 2j + 1 from the tiles below and to the right of tile (j, j).
IK_INLINE void NAME(eliminate_pair)(ptrdiff_t j, ptrdiff_t tiles, VEC *u, NAME(system) *s) {
  VEC panel[2 * MAX_SIZE] CACHE_ALIGNED;
  const VEC *corner = u + TILE(j, j);
  VEC *y = s->y;
  const VEC d = corner[0], r = 1 / d, ratio = corner[2] * r;
  const VEC d2 = corner[3] - ratio * corner[2], r2 = 1 / d2;
  s->pivot[2 * j] = d;
  s->pivot[2 * j + 1] = d2;
  s->inverse[2 * j] = r;
  s->inverse[2 * j + 1] = r2;
  y[2 * j + 1] -= ratio * y[2 * j];
  const VEC z = y[2 * j] * r, z2 = y[2 * j + 1] * r2;
  for (ptrdiff_t i = j + 1; i < tiles; i++) {
    VEC *side = u + TILE(i, j), *p = panel + 4 * i;
    p[0] = side[0];
    p[1] = side[1] -= ratio * side[0];
    p[2] = side[2];
    p[3] = side[3] -= ratio * side[2];
    y[2 * i] -= z * p[0] + z2 * p[1];
    y[2 * i + 1] -= z * p[2] + z2 * p[3];
    const VEC l0 = p[0] * r, l1 = p[1] * r2, l2 = p[2] * r, l3 = p[3] * r2;
    VEC *rest = u + TILE(i, j + 1);
    const VEC *q = panel + 4 * (j + 1);
#pragma clang loop unroll(disable)
    for (ptrdiff_t k = j + 1; k <= i; k++, rest += 4, q += 4) {
      rest[0] -= l0 * q[0] + l1 * q[1];
      rest[1] -= l0 * q[2] + l1 * q[3];
      rest[2] -= l2 * q[0] + l3 * q[1];
      rest[3] -= l2 * q[2] + l3 * q[3];
    }
  }
}

/// x from y in place, two dimensions at a time, the last first.
IK_INLINE void NAME(substitute_back)(ptrdiff_t tiles, const VEC *u, NAME(system) *s) {
  VEC *y = s->y;
  for (ptrdiff_t i = tiles - 1; i >= 0; i--) {
    const VEC *row = u + TILE(i, 0);
    const VEC x2 = y[2 * i + 1] * s->inverse[2 * i + 1];
    const VEC x = (y[2 * i] - row[4 * i + 2] * x2) * s->inverse[2 * i];
    y[2 * i] = x;
    y[2 * i + 1] = x2;
#pragma clang loop unroll(disable)
    for (ptrdiff_t k = 0; k < i; k++, row += 4) {
      y[2 * k] -= row[0] * x + row[2] * x2;
      y[2 * k + 1] -= row[1] * x + row[3] * x2;
    }
  }
}

/// −1, or lane·65536 + i of the first pivot i that is not a positive finite number.
IK_INLINE ptrdiff_t NAME(check_pivots)(const NAME(system) *s) {
  const REAL infinity = (REAL)__builtin_inf();
  MASK good = -1;
#pragma clang loop unroll(disable)
  for (ptrdiff_t i = 0; i < s->size; i++) good &= (s->pivot[i] > 0) & (s->pivot[i] < infinity);
  if (__builtin_reduce_and(good)) return -1;
  for (ptrdiff_t i = 0; i < s->size; i++)
    for (int l = 0; l < IK_LANES; l++)
      if (!(s->pivot[i][l] > 0 && s->pivot[i][l] < infinity)) return l * 65536 + i;
  return -1;
}

IK_CLONES
ptrdiff_t NAME(ik_lane_solve)(ptrdiff_t size, const int32_t *count, const int32_t *start,
                              const REAL *m, REAL epsilon, const REAL *g, REAL *out) {
  NAME(system) s;
  s.size = size;
  s.count = count;
  s.start = start;
  s.m = m;
  s.epsilon = epsilon;
  if (size <= SMALL) {
    NAME(load_right)(SMALL, g, &s);
    NAME(solve_small)(&s);
  } else {
    const ptrdiff_t tiles = (size + 1) / 2;
    VEC u[TILE(MAX_SIZE / 2, 0)] CACHE_ALIGNED;
    NAME(load_right)(2 * tiles, g, &s);
    NAME(load_tiles)(&s, u);
    for (ptrdiff_t j = 0; j < tiles; j++) NAME(eliminate_pair)(j, tiles, u, &s);
    NAME(substitute_back)(tiles, u, &s);
  }
  NAME(store_solution)(&s, out);
  return NAME(check_pivots)(&s);
}

#undef VEC
#undef MASK
#undef INTS
#undef LOAD
#undef STORE
#undef SELECT
#undef CACHE_ALIGNED
#undef CHUNK
#undef EXCHANGE
#undef EXCHANGE1
#undef EXCHANGE2
#undef EXCHANGE4
#undef SMALL
#undef TILE

#pragma clang assume_nonnull end
