// The vector kernels of Intrinsic: what BLAS does not have.
//
// Each exists for float (suffix _f32) and double (suffix _f64). What they compute is written where they
// are called by name, in the Swift protocols of IntrinsicMath/Kernels. For every function:
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

#define IK_DECLARE(REAL, S)                                                                          \
  /* ---- elementwise.c ---- */                                                                      \
  void ik_activate_##S(int32_t activation, double p, ptrdiff_t n, const REAL *y, REAL *a,            \
                       REAL *_Nullable r);                                                           \
  void ik_exp_##S(ptrdiff_t n, const REAL *x, REAL *out);                                            \
  void ik_log_##S(ptrdiff_t n, const REAL *x, REAL *out);                                            \
  void ik_multiply_##S(ptrdiff_t n, const REAL *x, const REAL *y, REAL *out);                        \
  void ik_multiply_squared_##S(ptrdiff_t n, const REAL *r, const REAL *m, REAL *out);                \
  void ik_square_##S(ptrdiff_t n, const REAL *x, REAL *out);                                         \
  void ik_square_root_##S(ptrdiff_t n, const REAL *x, REAL *out);                                    \
  void ik_add_to_diagonal_##S(ptrdiff_t n, REAL value, REAL *a, ptrdiff_t ld);                       \
  void ik_add_constant_##S(ptrdiff_t n, REAL value, REAL *out);                                      \
  void ik_shrinkage_##S(ptrdiff_t n, REAL s, REAL *out);                                             \
  void ik_mirror_lower_##S(ptrdiff_t n, REAL *a, ptrdiff_t ld);                                      \
  void ik_gather_##S(ptrdiff_t n, const int32_t *index, const REAL *x, REAL *out);                   \
  void ik_add_row_means_##S(ptrdiff_t rows, ptrdiff_t cols, REAL scale, REAL *c);                    \
  void ik_copy_columns_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *x, ptrdiff_t ldx, REAL *out); \
  void ik_gather_samples_##S(ptrdiff_t n, ptrdiff_t count, const int32_t *samples, const REAL *x,    \
                             REAL *out);                                                             \
  REAL ik_multiply_adds_256_##S(ptrdiff_t n);                                                        \
  REAL ik_multiply_adds_512_##S(ptrdiff_t n);                                                        \
  void ik_scaled_square_##S(ptrdiff_t n, REAL scale, const REAL *r, int32_t accumulate, REAL *out);  \
  void ik_add_scaled_##S(ptrdiff_t n, const REAL *x, REAL alpha, const REAL *y, REAL *out);          \
  void ik_scale_add_##S(ptrdiff_t n, REAL alpha, const REAL *x, REAL beta, REAL *out);               \
  void ik_from_double_##S(ptrdiff_t n, const double *x, REAL *out);                                  \
  void ik_to_double_##S(ptrdiff_t n, const REAL *x, double *out);                                    \
  void ik_fill_##S(ptrdiff_t n, REAL value, REAL *out);                                              \
  REAL ik_sum_##S(ptrdiff_t n, const REAL *x);                                                       \
  ptrdiff_t ik_zeros_##S(ptrdiff_t n, const REAL *x);                                                \
  REAL ik_dot_##S(ptrdiff_t n, const REAL *x, const REAL *y);                                        \
  ptrdiff_t ik_first_not_finite_##S(ptrdiff_t n, const REAL *x);                                     \
  void ik_multiply_repeated_##S(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats, const REAL *r,   \
                                REAL *s);                                                            \
  void ik_multiply_repeated_squares_##S(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats,          \
                                        const REAL *r, REAL *s, int32_t accumulate, REAL *c);        \
  void ik_sum_squares_repeated_##S(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats,               \
                                   const REAL *s, ptrdiff_t lds, int32_t accumulate, REAL *c);       \
  void ik_uniform_##S(uint64_t *state, ptrdiff_t n, REAL *out);                                      \
  void ik_signs_##S(ptrdiff_t n, REAL scale, REAL *out);                                             \
  /* ---- groups.c: P rows of n a group, P × P rows of n for its matrices ---- */                    \
  void ik_group_softmax_##S(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n, const REAL *y, REAL *a,   \
                            REAL *_Nullable r);                                                      \
  void ik_group_radial_##S(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n, const REAL *y, REAL *a,    \
                           REAL *_Nullable r);                                                       \
  void ik_group_reduce_##S(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n, ptrdiff_t repeats,         \
                           const REAL *r, REAL *b);                                                  \
  void ik_group_products_##S(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n, ptrdiff_t repeats,       \
                             const REAL *s, ptrdiff_t lds, REAL *out);                               \
  void ik_group_congruence_##S(ptrdiff_t groups, ptrdiff_t size, ptrdiff_t n, const REAL *r,         \
                               const REAL *phi, REAL *out);                                          \
  void ik_pair_products_##S(ptrdiff_t n, const int32_t *first, const int32_t *second,                \
                            const int32_t *place, const REAL *w, REAL *out);                         \
  /* ---- jets.c: rows of components × n, component after component: value, slopes, Δκ ---- */       \
  void ik_higher_derivatives_##S(int32_t activation, double p, ptrdiff_t n, const REAL *y,           \
                                 const REAL *a, const REAL *r, REAL *second,                         \
                                 REAL *_Nullable third);                                             \
  void ik_jet_activate_##S(ptrdiff_t n, ptrdiff_t slopes, const REAL *_Nullable kappa,               \
                           const REAL *first, const REAL *_Nullable second, const REAL *y,           \
                           REAL *a);                                                                 \
  void ik_jet_mix_##S(ptrdiff_t n, ptrdiff_t slopes, const REAL *kappa, const REAL *second,          \
                      const REAL *third, const REAL *y, REAL *mixed);                                \
  void ik_jet_reduce_##S(ptrdiff_t n, ptrdiff_t slopes, const REAL *_Nullable kappa,                 \
                         const REAL *first, const REAL *_Nullable second,                            \
                         const REAL *_Nullable mixed, const REAL *y, REAL *b);                       \
  void ik_jet_outer_##S(ptrdiff_t rows, const int32_t *row, ptrdiff_t n, ptrdiff_t components,       \
                        const REAL *b, const REAL *a, ptrdiff_t lda, REAL *out, ptrdiff_t ldo);      \
  void ik_sum_components_##S(ptrdiff_t rows, ptrdiff_t n, ptrdiff_t components, const REAL *u,       \
                             REAL *out, ptrdiff_t ldo);                                              \
  /* ---- outputs.c: output models on `units` rows and `batch` contiguous columns ---- */            \
  void ik_square_loss_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, const REAL *t,            \
                          REAL *loss, REAL *b);                                                      \
  void ik_bernoulli_loss_##S(ptrdiff_t units, ptrdiff_t batch, REAL s, const REAL *y,                \
                             const REAL *t, REAL *loss, REAL *signal);                               \
  void ik_bernoulli_modulus_##S(ptrdiff_t n, REAL s, const REAL *y, REAL scale, REAL *out);          \
  void ik_bernoulli_sampled_##S(ptrdiff_t n, REAL s, const REAL *y, const REAL *u, REAL scale,       \
                                REAL *out);                                                          \
  void ik_softmax_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *p, REAL *logsum);       \
  void ik_exponential_loss_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, const REAL *t,       \
                               REAL *loss, REAL *b);                                                 \
  /* ---- classes.c: softmax (p = e^a/S) and spherical (p = a²/S) on units × batch ---- */           \
  void ik_softmax_loss_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a,                          \
                           const int32_t *target, REAL *loss, REAL *b);                              \
  void ik_spherical_loss_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a,                        \
                             const int32_t *target, REAL *loss, REAL *b);                            \
  void ik_spherical_probabilities_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *p);     \
  void ik_softmax_modulus_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *logsum,         \
                              REAL *m);                                                              \
  void ik_spherical_modulus_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *m);           \
  void ik_softmax_factor_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *d, REAL *e,      \
                             REAL *v);                                                               \
  void ik_spherical_factor_##S(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *d, REAL *e,    \
                               REAL *v);                                                             \
  void ik_fisher_columns_##S(ptrdiff_t units, ptrdiff_t batch, ptrdiff_t first, ptrdiff_t count,     \
                             const REAL *d, const REAL *e, const REAL *v, REAL *out);                \
  void ik_softmax_sampled_##S(ptrdiff_t units, ptrdiff_t batch, ptrdiff_t samples, const REAL *a,    \
                              REAL *p, const REAL *u, REAL scale, REAL *out);                        \
  void ik_spherical_sampled_##S(ptrdiff_t units, ptrdiff_t batch, ptrdiff_t samples,                 \
                                const REAL *a, REAL *p, const REAL *u, REAL scale, REAL *out);       \
  /* ---- steps.c ---- */                                                                            \
  void ik_diagonal_solve_##S(ptrdiff_t n, const REAL *g, const REAL *a, REAL factor,                 \
                             REAL epsilon, REAL *out);                                               \
  void ik_root_solve_##S(ptrdiff_t n, const REAL *g, const REAL *a, REAL epsilon, REAL *out);        \
  void ik_adam_##S(ptrdiff_t n, const REAL *g, REAL beta1, REAL beta2, REAL c1, REAL c2,             \
                   REAL epsilon, REAL *m, REAL *v, REAL *out);                                       \
  ptrdiff_t ik_quasi_diagonal_solve_##S(ptrdiff_t units, const int32_t *offsets, const REAL *g,      \
                                        const REAL *a0i, const REAL *aii, REAL factor,               \
                                        REAL epsilon, const REAL *_Nullable shrink, REAL *out);      \
  /* ---- moments.c ---- */                                                                          \
  void ik_kurtosis_update_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *a, REAL keep,              \
                              REAL *reference, REAL *moments, REAL *kurtosis);                       \
  /* ---- normalization.c ---- */                                                                    \
  void ik_row_statistics_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *x,                          \
                             REAL *_Nullable mean, REAL *_Nullable square);                          \
  void ik_unit_squares_##S(ptrdiff_t units, const int32_t *offsets, const REAL *w, REAL *out);       \
  void ik_add_unit_multiples_##S(ptrdiff_t units, const int32_t *offsets, REAL scale,                \
                                 const REAL *factor, const REAL *w, REAL *out);                      \
  void ik_inverse_root_##S(ptrdiff_t n, const REAL *x, REAL *out);                                   \
  void ik_normalize_rows_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *_Nullable mean,             \
                             const REAL *factor, REAL *x, REAL *_Nullable slope);                    \
  void ik_row_products_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *x, const REAL *y,             \
                           REAL *out);                                                               \
  void ik_signal_statistics_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *r, const REAL *z,        \
                                REAL *t, REAL *mean, REAL *product);                                 \
  void ik_subtract_statistics_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *_Nullable mean,        \
                                  REAL alpha, const REAL *z, const REAL *offset,                     \
                                  const REAL *product, REAL *t);                                     \
  /* ---- paths.c ---- */                                                                            \
  void ik_add_signs_##S(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats, const REAL *size,        \
                        const REAL *uniform, int32_t constant, REAL *s);                             \
  void ik_rank_one_##S(ptrdiff_t rows, ptrdiff_t cols, REAL alpha, const REAL *b,                    \
                       const REAL *a, REAL beta, REAL *out, ptrdiff_t ld);                           \
  void ik_add_bias_products_##S(ptrdiff_t units, const int32_t *offsets, const REAL *v, REAL *out);  \
  void ik_subtract_squares_##S(ptrdiff_t n, REAL weight, const REAL *squares, REAL threshold,        \
                               REAL *out);                                                           \
  /* ---- sparse.c: connections as index lists ---- */                                               \
  void ik_gather_rows_##S(ptrdiff_t n, const int32_t *out_row, const int32_t *offsets,               \
                          const int32_t *in_row, const int32_t *weight, const REAL *w,               \
                          const REAL *x, ptrdiff_t ldx, ptrdiff_t cols, REAL *y, ptrdiff_t ldy,      \
                          int32_t accumulate);                                                       \
  void ik_outer_rows_##S(ptrdiff_t units, const int32_t *offsets, const int32_t *row,                \
                         const REAL *b, ptrdiff_t ldb, const REAL *a, ptrdiff_t lda,                 \
                         ptrdiff_t cols, REAL alpha, REAL beta, REAL *g);                            \
  void ik_outer_rows_moments_##S(ptrdiff_t units, const int32_t *offsets, const int32_t *row,        \
                                 const REAL *c, ptrdiff_t ldc, const REAL *a, ptrdiff_t lda,         \
                                 ptrdiff_t cols, REAL alpha, REAL beta, REAL *_Nullable first,       \
                                 REAL *second);                                                      \
  void ik_per_sample_rows_##S(ptrdiff_t units, const int32_t *offsets, const int32_t *row,           \
                              const REAL *b, ptrdiff_t ldb, const REAL *a, ptrdiff_t lda,            \
                              ptrdiff_t batch, ptrdiff_t repeats, REAL alpha, REAL *u,               \
                              ptrdiff_t ldu);                                                        \
  void ik_scatter_unit_##S(ptrdiff_t count, const int32_t *row, const REAL *w, const REAL *v,        \
                           ptrdiff_t cols, REAL *y, ptrdiff_t ldy);                                  \
  /* ---- products.c: matrix products of convolutions, moments of dense units ---- */                \
  void ik_term_products_##S(ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t count,                         \
                            const struct ik_term *terms, const REAL *w, ptrdiff_t row_step,          \
                            ptrdiff_t term_step, const REAL *x, int32_t accumulate, REAL *y);        \
  void ik_unit_moments_##S(ptrdiff_t units, ptrdiff_t rows, ptrdiff_t cols, const REAL *c,           \
                           const REAL *a, REAL scale, REAL keep, REAL *_Nullable first,              \
                           REAL *second, ptrdiff_t ld);                                              \
  void ik_add_place_products_##S(ptrdiff_t units, ptrdiff_t cols, ptrdiff_t places, REAL scale,      \
                                 const REAL *b, ptrdiff_t b_step, ptrdiff_t count,                   \
                                 const struct ik_tap *taps, const REAL *x, ptrdiff_t x_step,         \
                                 REAL *g, ptrdiff_t ldg);                                            \
  /* ---- images.c: convolution and pooling ---- */                                                  \
  void ik_add_row_dots_##S(ptrdiff_t rows, ptrdiff_t cols, REAL scale, const REAL *b,                \
                           const REAL *x, REAL *out, ptrdiff_t ldo);                                 \
  void ik_add_position_sums_##S(ptrdiff_t positions, ptrdiff_t step, ptrdiff_t units,                \
                                ptrdiff_t cols, REAL scale, const REAL *b,                           \
                                const REAL *_Nullable one, const REAL *_Nullable a, REAL *out,       \
                                ptrdiff_t ldo);                                                      \
  void ik_gain_rows_##S(ptrdiff_t rows, ptrdiff_t cols, const REAL *_Nullable shift,                 \
                        const REAL *_Nullable gain, ptrdiff_t ldw, const REAL *one,                  \
                        const REAL *x, REAL keep, REAL *out);                                        \
  void ik_add_products_##S(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats, REAL alpha,           \
                           const REAL *b, const REAL *a, REAL *u, ptrdiff_t ldu);                    \
  void ik_select_maximum_##S(ptrdiff_t n, int32_t tap, int32_t first, const REAL *a, REAL *y,        \
                             int32_t *selection);                                                    \
  void ik_add_selected_##S(ptrdiff_t rows, ptrdiff_t batch, ptrdiff_t repeats, int32_t tap,          \
                           const int32_t *selection, const REAL *b, REAL *out);                      \
  /* ---- lanes.c: IK_LANES small unit problems at once ---- */                                      \
  void ik_lane_moments_##S(ptrdiff_t size, const int32_t *row, const int32_t *unit,                  \
                           const REAL *c, ptrdiff_t ldc, const REAL *a, ptrdiff_t lda,               \
                           ptrdiff_t cols, REAL alpha, REAL beta, REAL *m);                          \
  ptrdiff_t ik_lane_solve_##S(ptrdiff_t size, const int32_t *count, const int32_t *start,            \
                              const REAL *m, REAL epsilon, const REAL *g, REAL *out);

IK_DECLARE(float, f32)
IK_DECLARE(double, f64)
#undef IK_DECLARE

#pragma clang assume_nonnull end

#endif
