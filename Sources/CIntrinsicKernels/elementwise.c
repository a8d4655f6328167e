// Activations and other functions of one element at a time, sums, and uniform numbers.

#include <math.h>
#include <string.h>

#include "intrinsic_kernels.h"
#include "simd.h"

typedef uint64_t words __attribute__((ext_vector_type(8), aligned(8)));

/// The next number of eight xoshiro256+ generators; s[w] holds word w of each.
IK_INLINE words next_words(words *s) {
  words result = s[0] + s[3];
  words shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = s[3] << 45 | s[3] >> 19;
  return result;
}

#define IK_BITS 32
#include "elementwise_template.h"
#undef IK_BITS
#define IK_BITS 64
#include "elementwise_template.h"
