#ifndef RAI_BASE_POWER5_H
#define RAI_BASE_POWER5_H

#include <stdint.h>

/* 5^0 to 5^27: all powers of five below 2^64. */
#define RAI_POWERS5 28
extern const uint64_t rai_power5[RAI_POWERS5];

#endif
