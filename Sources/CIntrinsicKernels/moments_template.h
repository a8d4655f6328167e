// The functions of moments.c in one precision.

/// Means of the first four powers of a − reference over one row.
IK_INLINE void NAME(powers)(ptrdiff_t cols, const REAL *a, REAL reference, REAL *mean) {
#pragma clang fp reassociate(on) contract(fast)
  REAL s1 = 0, s2 = 0, s3 = 0, s4 = 0;
  for (ptrdiff_t x = 0; x < cols; ++x) {
    REAL t = a[x] - reference, t2 = t * t;
    s1 += t;
    s2 += t2;
    s3 += t2 * t;
    s4 += t2 * t2;
  }
  mean[0] = s1 / cols;
  mean[1] = s2 / cols;
  mean[2] = s3 / cols;
  mean[3] = s4 / cols;
}

/// Central moments from raw ones: κ = μ₄/μ₂², 1 (its least value) where nothing varies.
IK_INLINE REAL NAME(kurtosis)(const REAL *m) {
  REAL variance = m[1] - m[0] * m[0];
  REAL fourth = m[3] - 4 * m[0] * m[2] + 6 * m[0] * m[0] * m[1] - 3 * m[0] * m[0] * m[0] * m[0];
  REAL kurtosis = fourth / (variance * variance);
  return kurtosis > 1 ? kurtosis : 1;
}

IK_CLONES void NAME(kurtosis_update)(ptrdiff_t rows, ptrdiff_t cols, const REAL *a, REAL keep,
                                     REAL *reference, REAL *moments, REAL *kurtosis) {
  for (ptrdiff_t k = 0; k < rows; ++k, a += cols, moments += 4) {
    REAL fresh[4];
    if (keep == 0) {
      NAME(powers)(cols, a, 0, fresh);
      reference[k] = fresh[0];
    }
    NAME(powers)(cols, a, reference[k], fresh);
    for (int p = 0; p < 4; ++p) {
      moments[p] = keep == 0 ? fresh[p] : keep * moments[p] + (1 - keep) * fresh[p];
    }
    kurtosis[k] = NAME(kurtosis)(moments);
  }
}
