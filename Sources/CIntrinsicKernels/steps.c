// Steps: gradients divided by metrics that are diagonal or quasi-diagonal.

#include <math.h>

#include "intrinsic_kernels.h"
#include "simd.h"

#define IK_BITS 32
#include "steps_template.h"
#undef IK_BITS
#define IK_BITS 64
#include "steps_template.h"
