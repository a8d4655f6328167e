// Running moments of activities.

#include "intrinsic_kernels.h"
#include "simd.h"

#define REAL float
#define NAME(x) ik_##x##_f32
#include "moments_template.h"
#undef REAL
#undef NAME
#define REAL double
#define NAME(x) ik_##x##_f64
#include "moments_template.h"
