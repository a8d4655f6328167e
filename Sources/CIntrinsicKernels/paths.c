// Data-dependent path geometry: probes, products and covariances.

#include <math.h>

#include "intrinsic_kernels.h"
#include "simd.h"

#define IK_BITS 32
#include "paths_template.h"
#undef IK_BITS
#define IK_BITS 64
#include "paths_template.h"
