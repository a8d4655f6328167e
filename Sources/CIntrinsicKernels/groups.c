// Groups of units whose activity is a vector: nonlinearities and products with their Jacobians.

#include <math.h>

#include "intrinsic_kernels.h"
#include "simd.h"

#define IK_BITS 32
#include "groups_template.h"
#undef IK_BITS
#define IK_BITS 64
#include "groups_template.h"
