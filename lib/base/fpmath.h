#ifndef RAI_BASE_FPMATH_H
#define RAI_BASE_FPMATH_H

/*
 * exp and log that give the same bits on every machine: only IEEE additions, multiplications and
 * divisions in a fixed order, where the C library may choose its code by CPU.  Everything that
 * reaches a model file or a prediction uses these.
 *
 * Error: below 1 unit in the last place (fpmath_test.c measures 0.8 and 0.6); results below the
 * smallest normal number may be off by one more.
 * Special values as in C11 F.10: exp(-inf) is 0, log(0) is -inf, log(x < 0) and NaN are NaN.
 */
double rai_exp(double x);
double rai_log(double x);

#endif
