// The kernels of sparse.c for one precision: REAL, BITS (integer of its size), NAME(name), and
// WIDTH, the elements in one 64-byte vector.
//
// Vectors are passed by pointer: by value they would cross functions with different vector ABIs
// before inlining.

#pragma clang assume_nonnull begin

typedef REAL NAME(vec) __attribute__((ext_vector_type(WIDTH), aligned(sizeof(REAL))));
typedef BITS NAME(bits) __attribute__((ext_vector_type(WIDTH), aligned(sizeof(REAL))));

#define VEC NAME(vec)
#define MASK NAME(bits)
#define LOAD(p) (*(const VEC *)(p))
#define STORE(p, v) (*(VEC *)(p) = (v))
/// Lanes of `a` where `mask` is all ones, of `b` where it is 0.
#define SELECT(mask, a, b) ((VEC)(((mask) & (MASK)(a)) | (~(mask) & (MASK)(b))))

/// Lanes i ≥ first. A last partial vector of columns is handled as the last WIDTH columns, of which
/// the first ones were handled already; this mask keeps only the new ones.
IK_INLINE void NAME(lanes_from)(ptrdiff_t first, MASK *mask) {
#if WIDTH == 16
  const MASK index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#else
  const MASK index = {0, 1, 2, 3, 4, 5, 6, 7};
#endif
  *mask = index >= (MASK)(BITS)first;
}

// ---- gather: y[out] = Σ w·x[in] ----

typedef struct {
  ptrdiff_t n;
  const int32_t *out_row, *offsets, *in_row, *weight;
  const REAL *w;
  int32_t accumulate;
} NAME(gather);

/// `vectors` vectors of columns from x and y on, for every row: one sum a vector in registers, one
/// broadcast weight an entry. With `fresh`, only those lanes of y change.
IK_INLINE void NAME(gather_block)(const int vectors, const NAME(gather) *list,
                                  const MASK *_Nullable fresh, const REAL *x, ptrdiff_t ldx,
                                  REAL *y, ptrdiff_t ldy) {
  for (ptrdiff_t k = 0; k < list->n; k++) {
    REAL *out = y + list->out_row[k] * ldy;
    VEC sum[8];
    for (int v = 0; v < vectors; v++) sum[v] = list->accumulate ? LOAD(out + v * WIDTH) : (VEC)0;
    const ptrdiff_t end = list->offsets[k + 1];
#pragma clang loop unroll(disable)
    for (ptrdiff_t e = list->offsets[k]; e < end; e++) {
      const REAL f = list->w[list->weight[e]];
      const REAL *in = x + list->in_row[e] * ldx;
      for (int v = 0; v < vectors; v++) sum[v] += f * LOAD(in + v * WIDTH);
    }
    if (fresh) sum[0] = SELECT(*fresh, sum[0], LOAD(out));
    for (int v = 0; v < vectors; v++) STORE(out + v * WIDTH, sum[v]);
  }
}

/// Fewer columns than one vector: a scalar pass over the entries for each.
IK_INLINE void NAME(gather_column)(const NAME(gather) *list, const REAL *x,
                                   ptrdiff_t ldx, REAL *y, ptrdiff_t ldy) {
  for (ptrdiff_t k = 0; k < list->n; k++) {
    REAL *out = y + list->out_row[k] * ldy;
    REAL sum = list->accumulate ? *out : 0;
    for (ptrdiff_t e = list->offsets[k]; e < list->offsets[k + 1]; e++) {
      const REAL f = list->w[list->weight[e]];
      sum += f * x[list->in_row[e] * ldx];
    }
    *out = sum;
  }
}

/// All columns, in blocks of 8, 4, 2 and 1 vectors and a last overlapping vector. The blocks are
/// the outer loop, so that a block of x stays in cache while the rows gather from it.
IK_INLINE void NAME(gather_columns)(const NAME(gather) *list, const REAL *x,
                                    ptrdiff_t ldx, ptrdiff_t cols, REAL *y, ptrdiff_t ldy) {
  ptrdiff_t c = 0;
  if (cols < WIDTH) {
    for (; c < cols; c++) NAME(gather_column)(list, x + c, ldx, y + c, ldy);
    return;
  }
  for (; cols - c >= 8 * WIDTH; c += 8 * WIDTH)
    NAME(gather_block)(8, list, NULL, x + c, ldx, y + c, ldy);
  if (cols - c >= 4 * WIDTH) {
    NAME(gather_block)(4, list, NULL, x + c, ldx, y + c, ldy);
    c += 4 * WIDTH;
  }
  if (cols - c >= 2 * WIDTH) {
    NAME(gather_block)(2, list, NULL, x + c, ldx, y + c, ldy);
    c += 2 * WIDTH;
  }
  if (cols - c >= WIDTH) {
    NAME(gather_block)(1, list, NULL, x + c, ldx, y + c, ldy);
    c += WIDTH;
  }
  if (c < cols) {
    MASK fresh;
    NAME(lanes_from)(WIDTH - (cols - c), &fresh);
    c = cols - WIDTH;
    NAME(gather_block)(1, list, &fresh, x + c, ldx, y + c, ldy);
  }
}

IK_CLONES
void NAME(ik_gather_rows)(ptrdiff_t n, const int32_t *out_row, const int32_t *offsets,
                          const int32_t *in_row, const int32_t *weight, const REAL *w,
                          const REAL *x, ptrdiff_t ldx, ptrdiff_t cols, REAL *y,
                          ptrdiff_t ldy, int32_t accumulate) {
  const NAME(gather) list = {n, out_row, offsets, in_row, weight, w, accumulate};
  NAME(gather_columns)(&list, x, ldx, cols, y, ldy);
}

// ---- outer products: g[e] = Σ_x b[k][x]·a[row[e]][x], and the same with a² ----

/// Entries whose sums over columns wait as vectors for their horizontal reduction.
#define PENDING 64

typedef struct {
  ptrdiff_t units;
  const int32_t *offsets, *row;
  const REAL *b;
  ptrdiff_t ldb;
  const REAL *a;
  ptrdiff_t lda, cols;
  REAL alpha, beta;
  REAL *_Nullable first;
  REAL *_Nullable second;
} NAME(outer);

/// first += b·a and second += b·a², for those wanted.
IK_INLINE void NAME(add_moments)(const int wants_first, const int wants_second, const VEC *b,
                                 const REAL *a, VEC *first, VEC *second) {
  const VEC values = LOAD(a), product = *b * values;
  if (wants_first) *first += product;
  if (wants_second) *second += product * values;
}

/// The column sums of `count` entries when the columns are exactly `vectors` vectors: b stays in
/// registers.
IK_INLINE void NAME(sum_exact)(const int vectors, const int wants_first, const int wants_second,
                               const NAME(outer) *job, const REAL *b, const int32_t *row,
                               ptrdiff_t count, VEC *first, VEC *second) {
  VEC kept[2];
  for (int v = 0; v < vectors; v++) kept[v] = LOAD(b + v * WIDTH);
  for (ptrdiff_t t = 0; t < count; t++) {
    const REAL *a = job->a + row[t] * job->lda;
    VEC sum = 0, square = 0;
    for (int v = 0; v < vectors; v++)
      NAME(add_moments)(wants_first, wants_second, &kept[v], a + v * WIDTH, &sum, &square);
    if (wants_first) first[t] = sum;
    if (wants_second) second[t] = square;
  }
}

/// The column sums of `entries` entries for any cols ≥ WIDTH, in `chains` independent sums each, so
/// that entries × chains sums hide the latency of the additions. `last` holds the last WIDTH values
/// of b with 0 where the vectors before covered them.
IK_INLINE void NAME(sum_entries)(const int entries, const int chains, const int wants_first,
                                 const int wants_second, const NAME(outer) *job, const REAL *b,
                                 const VEC *last, const int32_t *row, VEC *first, VEC *second) {
  const REAL *a[4];
  VEC sum[8], square[8];
  for (int t = 0; t < entries; t++) a[t] = job->a + row[t] * job->lda;
  for (int i = 0; i < entries * chains; i++) sum[i] = square[i] = 0;
  ptrdiff_t x = 0;
  for (; x + chains * WIDTH <= job->cols; x += chains * WIDTH)
    for (int u = 0; u < chains; u++) {
      const VEC values = LOAD(b + x + u * WIDTH);
      for (int t = 0; t < entries; t++)
        NAME(add_moments)(wants_first, wants_second, &values, a[t] + x + u * WIDTH,
                          &sum[t * chains + u], &square[t * chains + u]);
    }
  for (; x + WIDTH <= job->cols; x += WIDTH) {
    const VEC values = LOAD(b + x);
    for (int t = 0; t < entries; t++)
      NAME(add_moments)(wants_first, wants_second, &values, a[t] + x, &sum[t * chains],
                        &square[t * chains]);
  }
  if (x < job->cols)
    for (int t = 0; t < entries; t++)
      NAME(add_moments)(wants_first, wants_second, last, a[t] + job->cols - WIDTH,
                        &sum[t * chains], &square[t * chains]);
  for (int t = 0; t < entries; t++) {
    for (int u = 1; u < chains; u++) {
      sum[t * chains] += sum[t * chains + u];
      square[t * chains] += square[t * chains + u];
    }
    if (wants_first) first[t] = sum[t * chains];
    if (wants_second) second[t] = square[t * chains];
  }
}

/// The column sums of `count` entries of one unit for any cols ≥ WIDTH, four entries at a time.
IK_INLINE void NAME(sum_any)(const int wants_first, const int wants_second, const NAME(outer) *job,
                             const REAL *b, const int32_t *row, ptrdiff_t count, VEC *first,
                             VEC *second) {
  MASK fresh;
  NAME(lanes_from)(WIDTH - job->cols % WIDTH, &fresh);
  const VEC last = (VEC)(fresh & (MASK)LOAD(b + job->cols - WIDTH));
  ptrdiff_t t = 0;
  for (; t + 4 <= count; t += 4)
    NAME(sum_entries)(4, 2, wants_first, wants_second, job, b, &last, row + t, first + t,
                      second + t);
  for (; t < count; t++)
    NAME(sum_entries)(1, 4, wants_first, wants_second, job, b, &last, row + t, first + t,
                      second + t);
}

/// One step s of the transposing reduction: lanes without bit s hold the sums of pairs of lanes of
/// a, and lanes with bit s those of b.
#if WIDTH == 16
#define FOLD(a, b, S0, S1, S2, S3, S4, S5, S6, S7, S8, S9, SA, SB, SC, SD, SE, SF, K0, K1, K2, K3, \
             K4, K5, K6, K7, K8, K9, KA, KB, KC, KD, KE, KF)                                       \
  (__builtin_shufflevector(a, b, S0, S1, S2, S3, S4, S5, S6, S7, S8, S9, SA, SB, SC, SD, SE, SF) + \
   __builtin_shufflevector(a, b, K0, K1, K2, K3, K4, K5, K6, K7, K8, K9, KA, KB, KC, KD, KE, KF))
#define FOLD1(a, b)                                                                             \
  FOLD(a, b, 1, 16, 3, 18, 5, 20, 7, 22, 9, 24, 11, 26, 13, 28, 15, 30, 0, 17, 2, 19, 4, 21, 6, \
       23, 8, 25, 10, 27, 12, 29, 14, 31)
#define FOLD2(a, b)                                                                             \
  FOLD(a, b, 2, 3, 16, 17, 6, 7, 20, 21, 10, 11, 24, 25, 14, 15, 28, 29, 0, 1, 18, 19, 4, 5, 22, \
       23, 8, 9, 26, 27, 12, 13, 30, 31)
#define FOLD4(a, b)                                                                              \
  FOLD(a, b, 4, 5, 6, 7, 16, 17, 18, 19, 12, 13, 14, 15, 24, 25, 26, 27, 0, 1, 2, 3, 20, 21, 22, \
       23, 8, 9, 10, 11, 28, 29, 30, 31)
#define FOLD8(a, b)                                                                            \
  FOLD(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, \
       7, 24, 25, 26, 27, 28, 29, 30, 31)
#else
#define FOLD1(a, b)                                            \
  (__builtin_shufflevector(a, b, 1, 8, 3, 10, 5, 12, 7, 14) + \
   __builtin_shufflevector(a, b, 0, 9, 2, 11, 4, 13, 6, 15))
#define FOLD2(a, b)                                            \
  (__builtin_shufflevector(a, b, 2, 3, 8, 9, 6, 7, 12, 13) + \
   __builtin_shufflevector(a, b, 0, 1, 10, 11, 4, 5, 14, 15))
#define FOLD4(a, b)                                            \
  (__builtin_shufflevector(a, b, 4, 5, 6, 7, 8, 9, 10, 11) + \
   __builtin_shufflevector(a, b, 0, 1, 2, 3, 12, 13, 14, 15))
#endif

/// Folds 8 vectors by 1, 2 and 4: lane i of the total holds the sum of vector i mod 8 over 8 lanes.
IK_INLINE void NAME(fold_eight)(const VEC *v, VEC *total) {
  const VEC low = FOLD2(FOLD1(v[0], v[1]), FOLD1(v[2], v[3]));
  const VEC high = FOLD2(FOLD1(v[4], v[5]), FOLD1(v[6], v[7]));
  *total = FOLD4(low, high);
}

/// total[i] = Σ over the lanes of v[i], for WIDTH vectors.
IK_INLINE void NAME(fold)(const VEC *v, VEC *total) {
#if WIDTH == 16
  VEC low, high;
  NAME(fold_eight)(v, &low);
  NAME(fold_eight)(v + 8, &high);
  *total = FOLD8(low, high);
#else
  NAME(fold_eight)(v, total);
#endif
}

/// g[i] = alpha·Σ lanes of sums[i] + beta·g[i] for i < count ≤ PENDING.
IK_INLINE void NAME(write_sums)(VEC *sums, ptrdiff_t count, REAL alpha, REAL beta, REAL *g) {
  for (ptrdiff_t i = count; i % WIDTH != 0; i++) sums[i] = 0;
  for (ptrdiff_t i = 0; i < count; i += WIDTH) {
    VEC total, old = 0;
    NAME(fold)(sums + i, &total);
    const ptrdiff_t rest = count - i;
    if (rest >= WIDTH) {
      if (beta != 0) old = LOAD(g + i);
      STORE(g + i, alpha * total + beta * old);
    } else {
#pragma clang loop unroll(disable) vectorize(disable)
      for (ptrdiff_t t = 0; t < rest; t++)
        g[i + t] = alpha * total[t] + (beta != 0 ? beta * g[i + t] : 0);
    }
  }
}

/// The column sums of `count` entries of one unit for any cols ≥ WIDTH.
IK_INLINE void NAME(sum_unit)(const int wants_first, const int wants_second,
                              const NAME(outer) *job, const REAL *b, const int32_t *row,
                              ptrdiff_t count, VEC *first, VEC *second) {
  if (job->cols == WIDTH)
    NAME(sum_exact)(1, wants_first, wants_second, job, b, row, count, first, second);
  else if (job->cols == 2 * WIDTH)
    NAME(sum_exact)(2, wants_first, wants_second, job, b, row, count, first, second);
  else
    NAME(sum_any)(wants_first, wants_second, job, b, row, count, first, second);
}

/// All units, PENDING entries at a time: entries are consecutive, so the reductions run over full
/// groups of WIDTH entries whatever the fan-ins.
IK_INLINE void NAME(outer_units)(const int wants_first, const int wants_second,
                                 const NAME(outer) *job) {
  VEC first[PENDING] __attribute__((aligned(64)));
  VEC second[PENDING] __attribute__((aligned(64)));
  ptrdiff_t k = 0, e = job->offsets[0];
  while (k < job->units) {
    ptrdiff_t filled = 0;
    while (k < job->units && filled < PENDING) {
      const ptrdiff_t left = job->offsets[k + 1] - e, room = PENDING - filled;
      const ptrdiff_t count = left < room ? left : room;
      NAME(sum_unit)(wants_first, wants_second, job, job->b + k * job->ldb, job->row + e, count,
                     first + filled, second + filled);
      filled += count;
      e += count;
      k += count == left;
    }
    const ptrdiff_t begin = e - filled;
    if (wants_first) NAME(write_sums)(first, filled, job->alpha, job->beta, job->first + begin);
    if (wants_second) NAME(write_sums)(second, filled, job->alpha, job->beta, job->second + begin);
  }
}

/// Fewer columns than one vector.
IK_INLINE void NAME(outer_narrow)(const int wants_first, const int wants_second,
                                  const NAME(outer) *job) {
  for (ptrdiff_t k = 0; k < job->units; k++) {
    const REAL *b = job->b + k * job->ldb;
    for (ptrdiff_t e = job->offsets[k]; e < job->offsets[k + 1]; e++) {
      const REAL *a = job->a + job->row[e] * job->lda;
      REAL sum = 0, square = 0;
#pragma clang loop unroll(disable) vectorize(disable)
      for (ptrdiff_t x = 0; x < job->cols; x++) {
        sum += b[x] * a[x];
        square += b[x] * a[x] * a[x];
      }
      sum *= job->alpha;
      square *= job->alpha;
      if (wants_first) job->first[e] = job->beta != 0 ? sum + job->beta * job->first[e] : sum;
      if (wants_second)
        job->second[e] = job->beta != 0 ? square + job->beta * job->second[e] : square;
    }
  }
}

IK_INLINE void NAME(outer_run)(const int wants_first, const int wants_second,
                               const NAME(outer) *job) {
  if (job->cols < WIDTH)
    NAME(outer_narrow)(wants_first, wants_second, job);
  else
    NAME(outer_units)(wants_first, wants_second, job);
}

IK_CLONES
void NAME(ik_outer_rows)(ptrdiff_t units, const int32_t *offsets, const int32_t *row,
                         const REAL *b, ptrdiff_t ldb, const REAL *a, ptrdiff_t lda,
                         ptrdiff_t cols, REAL alpha, REAL beta, REAL *g) {
  const NAME(outer) job = {units, offsets, row, b, ldb, a, lda, cols, alpha, beta, g, NULL};
  NAME(outer_run)(1, 0, &job);
}

IK_CLONES
void NAME(ik_outer_rows_moments)(ptrdiff_t units, const int32_t *offsets, const int32_t *row,
                                 const REAL *c, ptrdiff_t ldc, const REAL *a, ptrdiff_t lda,
                                 ptrdiff_t cols, REAL alpha, REAL beta, REAL *_Nullable first,
                                 REAL *second) {
  const NAME(outer) job = {units, offsets, row,  c,    ldc,   a,
                           lda,   cols,    alpha, beta, first, second};
  if (first)
    NAME(outer_run)(1, 1, &job);
  else
    NAME(outer_run)(0, 1, &job);
}

// ---- the rest ----

/// out[x] = scale·b[x]·a[x] for x < cols; out does not overlap the inputs.
IK_INLINE void NAME(scaled_product)(ptrdiff_t cols, REAL scale, const REAL *b, const REAL *a,
                                    REAL *out) {
  ptrdiff_t x = 0;
  for (; x + WIDTH <= cols; x += WIDTH) STORE(out + x, scale * LOAD(b + x) * LOAD(a + x));
#pragma clang loop unroll(disable) vectorize(disable)
  for (; x < cols; x++) out[x] = scale * b[x] * a[x];
}

IK_CLONES
void NAME(ik_per_sample_rows)(ptrdiff_t units, const int32_t *offsets, const int32_t *row,
                              const REAL *b, ptrdiff_t ldb, const REAL *a, ptrdiff_t lda,
                              ptrdiff_t batch, ptrdiff_t repeats, REAL alpha, REAL *u,
                              ptrdiff_t ldu) {
  for (ptrdiff_t k = 0; k < units; k++)
    for (ptrdiff_t e = offsets[k]; e < offsets[k + 1]; e++)
      for (ptrdiff_t q = 0; q < repeats; q++)
        NAME(scaled_product)(batch, alpha, b + k * ldb + q * batch, a + row[e] * lda,
                             u + e * ldu + q * batch);
}

IK_CLONES
void NAME(ik_scatter_unit)(ptrdiff_t count, const int32_t *row, const REAL *w, const REAL *v,
                           ptrdiff_t cols, REAL *y, ptrdiff_t ldy) {
  for (ptrdiff_t e = 0; e < count; e++) {
    REAL *out = y + row[e] * ldy;
    ptrdiff_t x = 0;
    for (; x + WIDTH <= cols; x += WIDTH) STORE(out + x, w[e] * LOAD(v + x));
#pragma clang loop unroll(disable) vectorize(disable)
    for (; x < cols; x++) out[x] = w[e] * v[x];
  }
}

#undef VEC
#undef MASK
#undef LOAD
#undef STORE
#undef SELECT
#undef PENDING
#undef FOLD
#undef FOLD1
#undef FOLD2
#undef FOLD4
#undef FOLD8

#pragma clang assume_nonnull end
