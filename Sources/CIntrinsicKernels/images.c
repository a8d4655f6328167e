// Convolution and pooling: what is left beside the products of products.c.

#include <math.h>

#include "intrinsic_kernels.h"
#include "simd.h"

#define IK_BITS 32
#include "images_template.h"
#undef IK_BITS
#define IK_BITS 64
#include "images_template.h"
