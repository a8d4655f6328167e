// Small symmetric problems of several units side by side, one in each lane of a vector.
#include "intrinsic_kernels.h"
#include "simd.h"

#pragma clang fp contract(fast)

/// The largest unit problem.
#define MAX_SIZE 64
#define TRIANGLE(i) ((i) * ((i) + 1) / 2)

#define REAL float
#define BITS int32_t
#define NAME(name) name##_f32
#include "lanes_template.h"
#undef REAL
#undef BITS
#undef NAME

#define REAL double
#define BITS int64_t
#define NAME(name) name##_f64
#include "lanes_template.h"
