// The functions of classes.c in one precision. Columns are samples; `target` is a class a column.

/// S[x] = Σ_k a[k][x]².
IK_INLINE void NAME(column_squares)(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *s) {
  for (ptrdiff_t x = 0; x < batch; ++x) s[x] = 0;
  for (ptrdiff_t k = 0; k < units; ++k) {
    for (ptrdiff_t x = 0; x < batch; ++x) s[x] += a[k * batch + x] * a[k * batch + x];
  }
}

IK_CLONES void NAME(softmax_loss)(ptrdiff_t units, ptrdiff_t batch, const REAL *a,
                                  const int32_t *target, REAL *loss, REAL *b) {
  NAME(softmax)(units, batch, a, b, loss);
  for (ptrdiff_t i = 0; i < units * batch; ++i) b[i] = -b[i];
  for (ptrdiff_t x = 0; x < batch; ++x) {
    ptrdiff_t i = target[x] * batch + x;
    loss[x] -= a[i];
    b[i] += 1;
  }
}

IK_CLONES void NAME(spherical_loss)(ptrdiff_t units, ptrdiff_t batch, const REAL *a,
                                    const int32_t *target, REAL *loss, REAL *b) {
  NAME(column_squares)(units, batch, a, loss);
  for (ptrdiff_t k = 0; k < units; ++k) {
    for (ptrdiff_t x = 0; x < batch; ++x) b[k * batch + x] = -2 * a[k * batch + x] / loss[x];
  }
  for (ptrdiff_t x = 0; x < batch; ++x) {
    REAL y = a[target[x] * batch + x];
    b[target[x] * batch + x] += 2 / y;
    loss[x] = LOG(loss[x]) - LOG(y * y);
  }
}

IK_CLONES void NAME(spherical_probabilities)(ptrdiff_t units, ptrdiff_t batch, const REAL *a,
                                             REAL *p) {
  for (ptrdiff_t x = 0; x < batch; ++x) {
    REAL s = 0;
    for (ptrdiff_t k = 0; k < units; ++k) s += a[k * batch + x] * a[k * batch + x];
    for (ptrdiff_t k = 0; k < units; ++k) p[k * batch + x] = a[k * batch + x] * a[k * batch + x] / s;
  }
}

/// p_k(1 − p_k) in place. For the largest p, 1 − p is the sum of the others, which keeps its
/// relative accuracy where p rounds to 1.
IK_INLINE void NAME(class_variance)(ptrdiff_t units, ptrdiff_t batch, REAL *p) {
  for (ptrdiff_t x = 0; x < batch; ++x) {
    ptrdiff_t largest = 0;
    for (ptrdiff_t k = 1; k < units; ++k) {
      if (p[k * batch + x] > p[largest * batch + x]) largest = k;
    }
    REAL others = 0;
    for (ptrdiff_t k = 0; k < units; ++k) {
      REAL q = p[k * batch + x];
      if (k != largest) {
        others += q;
        p[k * batch + x] = q * (1 - q);
      }
    }
    p[largest * batch + x] *= others;
  }
}

IK_CLONES void NAME(softmax_modulus)(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *logsum,
                                     REAL *m) {
  NAME(softmax)(units, batch, a, m, logsum);
  NAME(class_variance)(units, batch, m);
}

IK_CLONES void NAME(spherical_modulus)(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *m) {
  for (ptrdiff_t x = 0; x < batch; ++x) {
    REAL s = 0;
    for (ptrdiff_t k = 0; k < units; ++k) s += a[k * batch + x] * a[k * batch + x];
    for (ptrdiff_t k = 0; k < units; ++k) {
      REAL others = 0;
      for (ptrdiff_t j = 0; j < units; ++j) {
        if (j != k) others += a[j * batch + x] * a[j * batch + x];
      }
      m[k * batch + x] = 4 * others / (s * s);
    }
  }
}

/// Softmax: d = √p, e = √p, v = p.
IK_CLONES void NAME(softmax_factor)(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *d,
                                    REAL *e, REAL *v) {
  NAME(softmax)(units, batch, a, v, d);
  for (ptrdiff_t i = 0; i < units * batch; ++i) d[i] = e[i] = SQRT(v[i]);
}

/// Spherical: d = 2/√S, v = a/√S, e = d v.
IK_CLONES void NAME(spherical_factor)(ptrdiff_t units, ptrdiff_t batch, const REAL *a, REAL *d,
                                      REAL *e, REAL *v) {
  for (ptrdiff_t x = 0; x < batch; ++x) {
    REAL s = 0;
    for (ptrdiff_t k = 0; k < units; ++k) s += a[k * batch + x] * a[k * batch + x];
    REAL root = SQRT(s);
    for (ptrdiff_t k = 0; k < units; ++k) {
      ptrdiff_t i = k * batch + x;
      d[i] = 2 / root;
      v[i] = a[i] / root;
      e[i] = d[i] * v[i];
    }
  }
}

IK_CLONES void NAME(fisher_columns)(ptrdiff_t units, ptrdiff_t batch, ptrdiff_t first,
                                    ptrdiff_t count, const REAL *d, const REAL *e, const REAL *v,
                                    REAL *out) {
  for (ptrdiff_t k = 0; k < units; ++k) {
    for (ptrdiff_t q = 0; q < count; ++q) {
      REAL *row = out + (k * count + q) * batch;
      const REAL *eq = e + (first + q) * batch, *dq = d + (first + q) * batch;
      for (ptrdiff_t x = 0; x < batch; ++x) row[x] = -eq[x] * v[k * batch + x];
      if (k != first + q) continue;
      for (ptrdiff_t x = 0; x < batch; ++x) row[x] += dq[x];
    }
  }
}

/// The class whose interval of the cumulated probabilities contains u.
IK_INLINE ptrdiff_t NAME(draw_class)(ptrdiff_t units, ptrdiff_t batch, const REAL *p, REAL u) {
  REAL sum = 0;
  for (ptrdiff_t k = 0; k < units - 1; ++k) {
    sum += p[k * batch];
    if (u < sum) return k;
  }
  return units - 1;
}

IK_CLONES void NAME(softmax_sampled)(ptrdiff_t units, ptrdiff_t batch, ptrdiff_t samples,
                                     const REAL *a, REAL *p, const REAL *u, REAL scale, REAL *out) {
  NAME(softmax)(units, batch, a, p, p + units * batch);
  for (ptrdiff_t k = 0; k < units; ++k) {
    for (ptrdiff_t q = 0; q < samples; ++q) {
      REAL *row = out + (k * samples + q) * batch;
      for (ptrdiff_t x = 0; x < batch; ++x) row[x] = -scale * p[k * batch + x];
    }
  }
  for (ptrdiff_t q = 0; q < samples; ++q) {
    for (ptrdiff_t x = 0; x < batch; ++x) {
      ptrdiff_t y = NAME(draw_class)(units, batch, p + x, u[q * batch + x]);
      out[(y * samples + q) * batch + x] += scale;
    }
  }
}

IK_CLONES void NAME(spherical_sampled)(ptrdiff_t units, ptrdiff_t batch, ptrdiff_t samples,
                                       const REAL *a, REAL *p, const REAL *u, REAL scale,
                                       REAL *out) {
  NAME(column_squares)(units, batch, a, p + units * batch);
  const REAL *s = p + units * batch;
  for (ptrdiff_t k = 0; k < units; ++k) {
    for (ptrdiff_t x = 0; x < batch; ++x) {
      ptrdiff_t i = k * batch + x;
      p[i] = a[i] * a[i] / s[x];
      for (ptrdiff_t q = 0; q < samples; ++q) {
        out[(k * samples + q) * batch + x] = -2 * scale * a[i] / s[x];
      }
    }
  }
  for (ptrdiff_t q = 0; q < samples; ++q) {
    for (ptrdiff_t x = 0; x < batch; ++x) {
      ptrdiff_t y = NAME(draw_class)(units, batch, p + x, u[q * batch + x]);
      out[(y * samples + q) * batch + x] += 2 * scale / a[y * batch + x];
    }
  }
}
