// Output models: losses of the columns of a matrix, and their signals.

#include <math.h>

#include "intrinsic_kernels.h"
#include "simd.h"

enum { SQUARE_LOSS, BERNOULLI_LOSS, EXPONENTIAL_LOSS };

/// Elements whose losses are on the stack before they join the sums of their columns.
enum { LOSS_BLOCK = 256 };

/// Columns whose maxima and sums are on the stack.
enum { SOFTMAX_COLUMNS = 64 };

#define IK_BITS 32
#include "outputs_template.h"
#undef IK_BITS
#define IK_BITS 64
#include "outputs_template.h"
