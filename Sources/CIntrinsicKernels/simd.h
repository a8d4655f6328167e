// Compilation of one function for several instruction sets, chosen when the program starts.
// A cloned function hands over at once to an IK_INLINE one, which takes the clone's instruction
// set: vectors as arguments are only accepted between functions of equal attributes.
#pragma once

#if defined(__linux__) && defined(__x86_64__)
#define IK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define IK_CLONES
#endif

#define IK_INLINE static inline __attribute__((always_inline))

// Vector arguments of inlined functions have no calling convention to warn about.
#pragma clang diagnostic ignored "-Wpsabi"
