// Output models over classes: softmax (p = e^a/S, S = Σ e^a) and spherical (p = a²/S, S = Σ a²).

#include <math.h>
#include <stdint.h>

#include "intrinsic_kernels.h"
#include "simd.h"

#define REAL float
#define NAME(x) ik_##x##_f32
#define LOG logf
#define SQRT sqrtf
#include "classes_template.h"
#undef REAL
#undef NAME
#undef LOG
#undef SQRT
#define REAL double
#define NAME(x) ik_##x##_f64
#define LOG log
#define SQRT sqrt
#include "classes_template.h"
