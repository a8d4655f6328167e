// Jets: activities with their derivatives with respect to the inputs, component after component.

#include <math.h>

#include "intrinsic_kernels.h"
#include "simd.h"

#define IK_BITS 32
#include "jets_template.h"
#undef IK_BITS
#define IK_BITS 64
#include "jets_template.h"
