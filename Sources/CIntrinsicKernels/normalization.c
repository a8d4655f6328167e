// Normalization of units: statistics over samples, norms of weights, and the way back.

#include <math.h>

#include "intrinsic_kernels.h"
#include "simd.h"

#define IK_BITS 32
#include "normalization_template.h"
#undef IK_BITS
#define IK_BITS 64
#include "normalization_template.h"
