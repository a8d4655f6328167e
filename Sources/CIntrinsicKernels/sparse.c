// Connections as index lists: sparse apply and transpose, and sparse outer products.
#include "intrinsic_kernels.h"
#include "simd.h"

#pragma clang fp contract(fast)

#define REAL float
#define BITS int32_t
#define NAME(name) name##_f32
#define WIDTH 16
#include "sparse_template.h"
#undef REAL
#undef BITS
#undef NAME
#undef WIDTH

#define REAL double
#define BITS int64_t
#define NAME(name) name##_f64
#define WIDTH 8
#include "sparse_template.h"
