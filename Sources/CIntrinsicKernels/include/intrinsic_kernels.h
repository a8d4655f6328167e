// The vector kernels of Intrinsic: what BLAS does not have.
//
// Conventions, for every function:
// - Each exists for float (suffix _f32) and double (suffix _f64).
// - Matrices are row-major; a row is a unit, a column is a sample; `ld…` is the distance between rows.
// - Sizes are element counts. Pointers need no particular alignment. Nothing is allocated.
// - `out` may be the same pointer as an input of the same shape unless a comment says otherwise.
// - Results do not depend on the address of the data, only on values and sizes.

#ifndef INTRINSIC_KERNELS_H
#define INTRINSIC_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Activation functions s, numbered as in the Swift enum `Activation`.
enum {
  IK_IDENTITY = 0,
  IK_RELU = 1,            // relu'(0) = 0
  IK_SIGMOID = 2,
  IK_TANH = 3,
  IK_SCALED_TANH = 4,     // 1.7159 tanh(2y/3)
  IK_SOFTPLUS = 5,        // log(1 + e^y), derivative sigmoid(y)
  IK_POSITIVE_POWER = 6,  // [y]₊^p, p ≥ 2
  IK_POWER = 7,           // y^p, p ≥ 2
  IK_GELU = 8,            // y Φ(y), Φ the normal distribution
  IK_SILU = 9,            // y sigmoid(y)
  IK_ELU = 10,            // y for y > 0, e^y − 1 otherwise
  IK_LEAKY_RELU = 11,     // y for y > 0, p y otherwise
  IK_SINE = 12,           // sin(p y)
};

/// Units solved side by side in the lanes of one vector (both precisions).
#define IK_LANES 8

/** One product of a sum: the factors w[w + row·row_step + i·term_step] and the rows row + i of x,
    i < length. */
struct ik_term {
  ptrdiff_t w, row, length;
};

/** One pixel of a window: where the gradient of its weights begins, the first row that the first of
    its places reads, the number of rows read, and the places. */
struct ik_tap {
  ptrdiff_t w, row, length, first, places;
};

/** The columns of all places together that `ik_add_place_products` takes at once. */
#define IK_BLOCK 512

/** Has products.c leave vectors of more than so many bytes unused on this thread, for tests of the
    instruction sets of other processors. */
void ik_limit_vectors(ptrdiff_t bytes);

/** Tells the processor that the thread waits for another. */
static inline void ik_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#define IK_DECLARE(REAL, S)                                                                        \
  /* ---- elementwise.c ---- */                                                                    \
  /** a = s(y), and r = s'(y) unless `r` is NULL. `a` may equal `y`. `power` is p for the powers. */\
  void ik_activate_##S(int32_t activation, double p, ptrdiff_t n, const REAL *y, REAL *a,      \
                       REAL *_Nullable r);                                                         \
  void ik_exp_##S(ptrdiff_t n, const REAL *x, REAL *out);                                          \
  void ik_log_##S(ptrdiff_t n, const REAL *x, REAL *out);                                          \
  /** out = x ∘ y */                                                                               \
  void ik_multiply_##S(ptrdiff_t n, const REAL *x, const REAL *y, REAL *out);                      \
  /** out = r² ∘ m */                                                                              \
  void ik_multiply_squared_##S(ptrdiff_t n, const REAL *r, const REAL *m, REAL *out);              \
  /** out = x² */                                                                                  \
  void ik_square_##S(ptrdiff_t n, const REAL *x, REAL *out);                                       \
  /** out = √x */                                                                                  \
  void ik_square_root_##S(ptrdiff_t n, const REAL *x, REAL *out);                                  \
  /** a[i·ld + i] += value for i < n. */                                                           \
  void ik_add_to_diagonal_##S(ptrdiff_t n, REAL value, REAL *a, ptrdiff_t ld);                     \
  /** out += value */                                                                              \
  void ik_add_constant_##S(ptrdiff_t n, REAL value, REAL *out);                                    \
  /** out = 1/(1 + s·out) */                                                                       \
  void ik_shrinkage_##S(ptrdiff_t n, REAL s, REAL *out);                                           \
  /** a[j·ld + i] = a[i·ld + j] for j < i < n. */                                                 \
  void ik_mirror_lower_##S(ptrdiff_t n, REAL *a, ptrdiff_t ld);                                    \
  /** out[e] = x[index[e]] */                                                                      \
  void ik_gather_##S(ptrdiff_t n, const int32_t *index, const REAL *x, REAL *out);                 \
  /** c[k][x] += scale·mean over x of c[k], for rows of `cols`. */                                 \
  void ik_add_row_means_##S(ptrdiff_t rows, ptrdiff_t cols, REAL scale, REAL *c);                  \
  /** out[k] = the first `cols` of each row of x, rows of `ldx` and `cols`. */                     \
  void ik_copy_columns_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *x, ptrdiff_t ldx, REAL *out);\
  /** out[i][j] = x[samples[j]][i], for x in rows of n and out in rows of `count`. */                \
  void ik_gather_samples_##S(ptrdiff_t n, ptrdiff_t count, const int32_t *samples, const REAL *x,    \
                             REAL *out);                                                             \
  /** n multiply-adds in each of 12 vectors of 256 and 512 bits, to measure the speed of the processor. */ \
  REAL ik_multiply_adds_256_##S(ptrdiff_t n);                                                  \
  REAL ik_multiply_adds_512_##S(ptrdiff_t n);                                                  \
  /** out = scale·r² (+ out if accumulate). */                                                     \
  void ik_scaled_square_##S(ptrdiff_t n, REAL scale, const REAL *r, int32_t accumulate, REAL *out);\
  /** out = x + alpha·y */                                                                         \
  void ik_add_scaled_##S(ptrdiff_t n, const REAL *x, REAL alpha, const REAL *y, REAL *out);        \
  /** out = alpha·x + beta·out; beta = 0 overwrites (also NaN). */                                  \
  void ik_scale_add_##S(ptrdiff_t n, REAL alpha, const REAL *x, REAL beta, REAL *out);             \
  /** out = x, where x or out is in double precision. */                                           \
  void ik_from_double_##S(ptrdiff_t n, const double *x, REAL *out);                                \
  void ik_to_double_##S(ptrdiff_t n, const REAL *x, double *out);                                  \
  void ik_fill_##S(ptrdiff_t n, REAL value, REAL *out);                                            \
  REAL ik_sum_##S(ptrdiff_t n, const REAL *x);                                                     \
  /** The number of elements that are 0. */                                                        \
  ptrdiff_t ik_zeros_##S(ptrdiff_t n, const REAL *x);                                              \
  REAL ik_dot_##S(ptrdiff_t n, const REAL *x, const REAL *y);                                      \
  /** Index of the first element that is NaN or infinite, or -1. */                                \
  ptrdiff_t ik_first_not_finite_##S(ptrdiff_t n, const REAL *x);                                   \
  /** s[k][q·batch + x] *= r[k][x] for `repeats` blocks q in each of `rows` rows (in place). */     \
  void ik_multiply_repeated_##S(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats, const REAL *r,  \
                                REAL *s);                                                          \
  /** The same, and c[k][x] = Σ_q of the squares of the products (+ c[k][x] if accumulate). */     \
  void ik_multiply_repeated_squares_##S(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats,        \
                                        const REAL *r, REAL *s, int32_t accumulate, REAL *c);      \
  /** c[k][x] = Σ_q s[k][q·batch + x]² (+ c[k][x] if accumulate); s has row stride `lds`. */         \
  void ik_sum_squares_repeated_##S(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats,             \
                                   const REAL *s, ptrdiff_t lds, int32_t accumulate, REAL *c);     \
  /** Tiles the 4×8 xoshiro256+ generators in `state`; out is uniform on [0, 1). */                 \
  void ik_uniform_##S(uint64_t *state, ptrdiff_t n, REAL *out);                                    \
  /** out = ±scale, the sign of out − ½: random signs from uniforms. */                            \
  void ik_signs_##S(ptrdiff_t n, REAL scale, REAL *out);                                           \
                                                                                                   \
  /* ---- jets.c: rows of components × n, component after component: value, slopes, Δκ ---- */     \
  /** s″ and, unless NULL, s‴ from y, a = s(y) and r = s′(y). */                                    \
  void ik_higher_derivatives_##S(int32_t activation, double p, ptrdiff_t n, const REAL *y,         \
                                 const REAL *a, const REAL *r, REAL *second,                       \
                                 REAL *_Nullable third);                                           \
  /** The slopes s′ y^d and, unless κ is NULL, s′ y^Δ + s″ Σ_d κ_d (y^d)² of a; a^0 is left. */      \
  void ik_jet_activate_##S(ptrdiff_t n, ptrdiff_t slopes, const REAL *_Nullable kappa,             \
                           const REAL *first, const REAL *_Nullable second, const REAL *y,         \
                           REAL *a);                                                               \
  /** mixed = ∂a^Δ/∂y^0 = s″ y^Δ + s‴ Σ_d κ_d (y^d)². */                                            \
  void ik_jet_mix_##S(ptrdiff_t n, ptrdiff_t slopes, const REAL *kappa, const REAL *second,        \
                      const REAL *third, const REAL *y, REAL *mixed);                              \
  /** b ← Rᵀ b with R = ∂a/∂y; s″ may be NULL without slopes, κ and mixed without Δκ. */            \
  void ik_jet_reduce_##S(ptrdiff_t n, ptrdiff_t slopes, const REAL *_Nullable kappa,               \
                         const REAL *first, const REAL *_Nullable second,                          \
                         const REAL *_Nullable mixed, const REAL *y, REAL *b);                     \
  /** out[e][x] = Σ_c b[c·n + x] a[row[e]][c·n + x], for out in rows of ldo. */                      \
  void ik_jet_outer_##S(ptrdiff_t rows, const int32_t *row, ptrdiff_t n, ptrdiff_t components,     \
                        const REAL *b, const REAL *a, ptrdiff_t lda, REAL *out, ptrdiff_t ldo);    \
  /** out[e][x] = Σ_c u[e][c·n + x], for out in rows of ldo. */                                     \
  void ik_sum_components_##S(ptrdiff_t rows, ptrdiff_t n, ptrdiff_t components, const REAL *u,     \
                             REAL *out, ptrdiff_t ldo);                                            \
                                                                                                   \
  /* ---- outputs.c: output models on `units` rows and `batch` contiguous columns ---- */          \
  /* `loss` has one entry a column and is overwritten; signals are −∂loss/∂. */                     \
  /** loss = ½Σ(t−a)², b = t−a. */                                                                  \
  void ik_square_loss_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, const REAL *t,          \
                          REAL *loss, REAL *b);                                                    \
  /** Bernoulli with p = sigmoid(s·y), y the pre-activations: loss = −Σ t ln p + (1−t) ln(1−p)      \
      computed as log1p(e^−|V|) + max(V,0) − tV; signal (with respect to y) = s(t−p). */            \
  void ik_bernoulli_loss_##S(ptrdiff_t units, ptrdiff_t batch, REAL s, const REAL *y,              \
                             const REAL *t, REAL *loss, REAL *signal);                             \
  /** out = scale·(s² p(1−p)), p(1−p) = e/(1+e)², e = exp(−|s·y|): accurate at saturation. */       \
  void ik_bernoulli_modulus_##S(ptrdiff_t n, REAL s, const REAL *y, REAL scale, REAL *out);        \
  /** out = scale·s·((u < p) − p), the signal of a target drawn from the model with uniforms u. */  \
  void ik_bernoulli_sampled_##S(ptrdiff_t n, REAL s, const REAL *y, const REAL *u, REAL scale,     \
                                REAL *out);                                                        \
  /** p = softmax over the rows of each column, logsum[x] = ln Σ e^a, both shifted by the maximum   \
      so that nothing overflows. p may equal a. */                                                 \
  void ik_softmax_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *p, REAL *logsum);     \
  /** loss = Σ exp(−t a), b = t exp(−t a). */                                                      \
  void ik_exponential_loss_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, const REAL *t,     \
                               REAL *loss, REAL *b);                                               \
                                                                                                   \
  /* ---- classes.c: softmax (p = e^a/S) and spherical (p = a²/S) on units × batch ---- */          \
  /** loss = −ln p_target, b = −∂loss/∂a. */                                                        \
  void ik_softmax_loss_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a,                        \
                           const int32_t *target, REAL *loss, REAL *b);                            \
  void ik_spherical_loss_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a,                      \
                             const int32_t *target, REAL *loss, REAL *b);                          \
  void ik_spherical_probabilities_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *p);   \
  /** The diagonal of the Fisher matrix on a; `logsum` is scratch of batch scalars. */              \
  void ik_softmax_modulus_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *logsum,       \
                              REAL *m);                                                            \
  void ik_spherical_modulus_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *m);         \
  /** Vectors d, e, v for which L_kq = d_q [k = q] − e_q v_k has L Lᵀ = the Fisher matrix on a. */  \
  void ik_softmax_factor_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *d, REAL *e,    \
                             REAL *v);                                                             \
  void ik_spherical_factor_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *d, REAL *e,  \
                               REAL *v);                                                           \
  /** out[k][q·batch + x] = L_k,first+q(x) for q < count. */                                        \
  void ik_fisher_columns_##S(ptrdiff_t units, ptrdiff_t batch, ptrdiff_t first, ptrdiff_t count,   \
                             const REAL *d, const REAL *e, const REAL *v, REAL *out);              \
  /** out[k][q·batch + x] = scale·b_k(y) for a class y drawn with the uniform u[q·batch + x]; `p` is \
      scratch of (units + 1)·batch scalars. */                                                     \
  void ik_softmax_sampled_##S(ptrdiff_t units, ptrdiff_t batch, ptrdiff_t samples, const REAL *a,  \
                              REAL *p, const REAL *u, REAL scale, REAL *out);                      \
  void ik_spherical_sampled_##S(ptrdiff_t units, ptrdiff_t batch, ptrdiff_t samples,               \
                                const REAL *a, REAL *p, const REAL *u, REAL scale, REAL *out);     \
                                                                                                   \
  /* ---- steps.c ---- */                                                                          \
  /** out = g/(factor·a + epsilon), 0 where the denominator is 0. */                               \
  void ik_diagonal_solve_##S(ptrdiff_t n, const REAL *g, const REAL *a, REAL factor,               \
                             REAL epsilon, REAL *out);                                             \
  /** out = g/(√a + epsilon), 0 where the denominator is 0. */                                      \
  void ik_root_solve_##S(ptrdiff_t n, const REAL *g, const REAL *a, REAL epsilon, REAL *out);      \
  /** Adam: m = β1 m + (1−β1) g; v = β2 v + (1−β2) g²; out = (m·c1)/(√(v·c2) + epsilon). */         \
  void ik_adam_##S(ptrdiff_t n, const REAL *g, REAL beta1, REAL beta2, REAL c1, REAL c2,           \
                   REAL epsilon, REAL *m, REAL *v, REAL *out);                                     \
  /** Quasi-diagonal solve (Ollivier 2015, eqs 22–23) for `units` units, unit k owning the entries \
      offsets[k] ..< offsets[k+1], bias first. With the given a0i and aii times `factor`, then     \
      a00 = aii[first] + ε, aii = aii[i] + ε:                                                      \
        out_i = (g_i a00 − g_0 a0i_i)/(aii a00 − a0i_i²),  out_0 = g_0/a00 − Σ_i (a0i_i/a00) out_i.\
      Each out_i is first multiplied by shrink_i unless `shrink` is NULL. An entry whose determinant\
      is ≤ 16u·aii·a00 (u = machine epsilon; an input without variance) steps by 0, and so does a  \
      bias with a00 = 0, beside which the entries step by g_i/aii (0 where aii is 0). a0i[first] is\
      ignored. Returns the number of entries set to zero that way. */                              \
  ptrdiff_t ik_quasi_diagonal_solve_##S(ptrdiff_t units, const int32_t *offsets, const REAL *g,    \
                                        const REAL *a0i, const REAL *aii, REAL factor,             \
                                        REAL epsilon, const REAL *_Nullable shrink, REAL *out);    \
                                                                                                   \
  /* ---- moments.c ---- */                                                                        \
  /** The kurtosis of each row from running means of the powers 1–4 of a − reference (4 for each row\
      in `moments`): moments = keep·moments + (1 − keep)·means of these columns. keep = 0 starts   \
      anew, with the means as references, which spares cancellation. 1 where nothing varies. */    \
  void ik_kurtosis_update_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *a, REAL keep,            \
                              REAL *reference, REAL *moments, REAL *kurtosis);                     \
                                                                                                   \
  /* ---- normalization.c ---- */                                                                  \
  /** mean[k] = the mean of row k, square[k] = the mean of (x − mean[k])², or of x² if `mean` is NULL.\
      `square` may be NULL. */                                                                     \
  void ik_row_statistics_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *x,                        \
                             REAL *_Nullable mean, REAL *_Nullable square);                        \
  /** out[k] = Σ_i w[i]² over the entries i of each unit, offsets[k] ..< offsets[k+1]. */          \
  void ik_unit_squares_##S(ptrdiff_t units, const int32_t *offsets, const REAL *w, REAL *out);     \
  /** out[i] += scale·factor[k]·w[i] for the entries i of each unit k. */                          \
  void ik_add_unit_multiples_##S(ptrdiff_t units, const int32_t *offsets, REAL scale,              \
                                 const REAL *factor, const REAL *w, REAL *out);                    \
  /** out = 1/√x. */                                                                               \
  void ik_inverse_root_##S(ptrdiff_t n, const REAL *x, REAL *out);                                 \
  /** x = (x − mean[k])·factor[k] in row k, without mean if it is NULL, and slope = factor[k] unless\
      `slope` is NULL. */                                                                          \
  void ik_normalize_rows_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *_Nullable mean,           \
                             const REAL *factor, REAL *x, REAL *_Nullable slope);                  \
  /** out[k] = the mean of x·y over row k. */                                                      \
  void ik_row_products_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *x, const REAL *y,           \
                           REAL *out);                                                             \
  /** t = r·t in row k, with its mean and that of t·z. */                                          \
  void ik_signal_statistics_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *r, const REAL *z,      \
                                REAL *t, REAL *mean, REAL *product);                               \
  /** t −= mean[k] (none if NULL) + alpha·product[k]·(z − offset[k]) in row k. */                  \
  void ik_subtract_statistics_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *_Nullable mean,      \
                                  REAL alpha, const REAL *z, const REAL *offset,                   \
                                  const REAL *product, REAL *t);                                   \
                                                                                                   \
  /* ---- paths.c ---- */                                                                          \
  /** s[k][q·batch + x] += ±size[k], positive where the uniform number is ≥ ½: one for each (k, q, x)\
      or, if `constant`, one for each (k, q). */                                                   \
  void ik_add_signs_##S(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats, const REAL *size,      \
                        const REAL *uniform, int32_t constant, REAL *s);                           \
  /** out = alpha·b aᵀ + beta·out, rows × cols. beta = 0 overwrites (also NaN). */                 \
  void ik_rank_one_##S(ptrdiff_t rows, ptrdiff_t cols, REAL alpha, const REAL *b,                  \
                       const REAL *a, REAL beta, REAL *out, ptrdiff_t ld);                         \
  /** out[i] += v[first]·v[i] for the entries i of each unit, offsets[k] ..< offsets[k+1]. */      \
  void ik_add_bias_products_##S(ptrdiff_t units, const int32_t *offsets, const REAL *v, REAL *out);\
  /** out −= weight·squares, 0 where the rest is ≤ threshold·weight·squares: E[t²] − E[t]² where t \
      does not vary. */                                                                            \
  void ik_subtract_squares_##S(ptrdiff_t n, REAL weight, const REAL *squares, REAL threshold,      \
                               REAL *out);                                                         \
                                                                                                   \
  /* ---- sparse.c: connections as index lists ---- */                                             \
  /** For k < n: y[out_row[k]] = Σ_e w[weight[e]]·x[in_row[e]] over offsets[k] ≤ e < offsets[k+1]  \
      (+ y if accumulate). Serves apply (in_row = incoming units) and its transpose (in_row =      \
      outgoing units). x and y do not overlap in the rows used. */                                 \
  void ik_gather_rows_##S(ptrdiff_t n, const int32_t *out_row, const int32_t *offsets,             \
                          const int32_t *in_row, const int32_t *weight, const REAL *w,             \
                          const REAL *x, ptrdiff_t ldx, ptrdiff_t cols, REAL *y, ptrdiff_t ldy,    \
                          int32_t accumulate);                                                     \
  /** g[e] = alpha·Σ_x b[k][x]·a[row[e]][x] + beta·g[e] for unit k's entries e. beta = 0 overwrites \
      (also NaN). */                                                                               \
  void ik_outer_rows_##S(ptrdiff_t units, const int32_t *offsets, const int32_t *row,              \
                         const REAL *b, ptrdiff_t ldb, const REAL *a, ptrdiff_t lda,               \
                         ptrdiff_t cols, REAL alpha, REAL beta, REAL *g);                          \
  /** second[e] likewise with a², and first[e] with a unless `first` is NULL: one pass over a. */   \
  void ik_outer_rows_moments_##S(ptrdiff_t units, const int32_t *offsets, const int32_t *row,      \
                                 const REAL *c, ptrdiff_t ldc, const REAL *a, ptrdiff_t lda,       \
                                 ptrdiff_t cols, REAL alpha, REAL beta, REAL *_Nullable first,     \
                                 REAL *second);                                                    \
  /** u[e][q·batch + x] = alpha·b[k][q·batch + x]·a[row[e]][x]: the outer product before its sum. */ \
  void ik_per_sample_rows_##S(ptrdiff_t units, const int32_t *offsets, const int32_t *row,         \
                              const REAL *b, ptrdiff_t ldb, const REAL *a, ptrdiff_t lda,          \
                              ptrdiff_t batch, ptrdiff_t repeats, REAL alpha, REAL *u,             \
                              ptrdiff_t ldu);                                                      \
  /** y[row[e]][x] = w[e]·v[x] for e < count, x < cols (x from 0 at y). */                          \
  void ik_scatter_unit_##S(ptrdiff_t count, const int32_t *row, const REAL *w, const REAL *v,      \
                           ptrdiff_t cols, REAL *y, ptrdiff_t ldy);                                \
                                                                                                   \
  /* ---- products.c: matrix products of convolutions, moments of dense units ---- */              \
  /** y[k] = Σ_t Σ_i w[w_t + k·row_step + i·term_step]·x[row_t + i] (+ y[k] if accumulate),        \
      k < rows, rows of `cols`; 0 without terms. */                                                \
  void ik_term_products_##S(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t count,                       \
                            const struct ik_term *terms, const REAL *w, ptrdiff_t row_step,        \
                            ptrdiff_t term_step, const REAL *x, int32_t accumulate, REAL *y);      \
  /** second[k·ld + i] = scale·Σ_x c[k][x]·a[i][x]² + keep·second[k·ld + i] and, unless NULL,       \
      first[k·ld + i] likewise with a[i][x], k < units, i < rows, for c and a of at least 16 bytes  \
      a row. keep = 0 does not read. Products with c = 0 are skipped, whatever a is. */            \
  void ik_unit_moments_##S(ptrdiff_t units, ptrdiff_t rows, ptrdiff_t cols, const REAL *c,         \
                           const REAL *a, REAL scale, REAL keep, REAL *_Nullable first,            \
                           REAL *second, ptrdiff_t ld);                                            \
  /** For every tap g[w + k·ldg + j] += scale·Σ_p Σ_c b[(first + p)·b_step + k·cols + c]           \
      · x[p·x_step + (row + j)·cols + c], k < units, j < length, p < tap's places, c < cols.       \
      `places` are all that b has, with places·cols ≤ IK_BLOCK, or 1. */                           \
  void ik_add_place_products_##S(ptrdiff_t units, ptrdiff_t cols, ptrdiff_t places, REAL scale,    \
                                 const REAL *b, ptrdiff_t b_step, ptrdiff_t count,                 \
                                 const struct ik_tap *taps, const REAL *x, ptrdiff_t x_step,       \
                                 REAL *g, ptrdiff_t ldg);                                          \
                                                                                                   \
  /* ---- images.c: convolution and pooling ---- */                                                 \
  /** out[k·ldo] += scale·Σ_j b[k][j]·x[j]. */                                                      \
  void ik_add_row_dots_##S(ptrdiff_t rows, ptrdiff_t cols, REAL scale, const REAL *b,              \
                           const REAL *x, REAL *out, ptrdiff_t ldo);                               \
  /** With rows b[p·step + k·cols…] of unit k at position p, and a likewise:                       \
      out[k·ldo] += scale·Σ_p Σ_j b[j]·one[j] unless `one` is NULL, and                            \
      out[k·ldo + ldo − 1] += scale·Σ_p Σ_j b[j]·a[j] unless `a` is NULL. */                       \
  void ik_add_position_sums_##S(ptrdiff_t positions, ptrdiff_t step, ptrdiff_t units,              \
                                ptrdiff_t cols, REAL scale, const REAL *b,                         \
                                const REAL *_Nullable one, const REAL *_Nullable a, REAL *out,     \
                                ptrdiff_t ldo);                                                    \
  /** out[k][j] = shift[k·ldw]·one[j] + gain[k·ldw]·x[k][j] + keep·out[k][j], without shift, or with \
      gain 1, where they are NULL; keep = 0 overwrites (also NaN). */                              \
  void ik_gain_rows_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *_Nullable shift,               \
                        const REAL *_Nullable gain, ptrdiff_t ldw, const REAL *one,                \
                        const REAL *x, REAL keep, REAL *out);                                      \
  /** u[e][q·batch + x] += alpha·b[q·batch + x]·a[e][x], a in rows of `batch`. */                   \
  void ik_add_products_##S(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats, REAL alpha,         \
                           const REAL *b, const REAL *a, REAL *u, ptrdiff_t ldu);                  \
  /** y = max(y, a), with selection = tap where a wins (greater, or not a number); all of a if      \
      `first`. */                                                                                  \
  void ik_select_maximum_##S(ptrdiff_t n, int32_t tap, int32_t first, const REAL *a, REAL *y,      \
                             int32_t *selection);                                                  \
  /** out[k][q·batch + x] += b[k][q·batch + x] where selection[k][x] = tap. */                      \
  void ik_add_selected_##S(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats, int32_t tap,        \
                           const int32_t *selection, const REAL *b, REAL *out);                    \
                                                                                                   \
  /* ---- lanes.c: IK_LANES small unit problems at once ---- */                                     \
  /** Unit matrices in lanes: entry (i, j), j ≤ i, of lane l at m[(i(i+1)/2 + j)·8 + l].            \
      m = alpha·Σ_x c[unit[l]][x]·a[row[i·8 + l]][x]·a[row[j·8 + l]][x] + beta·m.                   \
      row = −1 or unit = −1 marks padding, whose entries become 0. size ≤ 64. */                    \
  void ik_lane_moments_##S(ptrdiff_t size, const int32_t *row, const int32_t *unit,                \
                           const REAL *c, ptrdiff_t ldc, const REAL *a, ptrdiff_t lda,             \
                           ptrdiff_t cols, REAL alpha, REAL beta, REAL *m);                        \
  /** Solves (m + εI) x = g in each lane by Cholesky. Lane l has count[l] ≤ size entries, its g and  \
      x start at g[start[l]], out[start[l]]; count 0 is padding. A lane whose matrix is all zero     \
      with ε = 0 gets x = 0. Returns −1, or lane·65536 + pivot of the first pivot that is not a     \
      positive finite number (then out is unspecified). size ≤ 64. */                               \
  ptrdiff_t ik_lane_solve_##S(ptrdiff_t size, const int32_t *count, const int32_t *start,          \
                              const REAL *m, REAL epsilon, const REAL *g, REAL *out);

IK_DECLARE(float, f32)
IK_DECLARE(double, f64)
#undef IK_DECLARE

#pragma clang assume_nonnull end

#endif
