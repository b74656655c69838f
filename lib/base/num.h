#ifndef RAI_BASE_NUM_H
#define RAI_BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Strict numbers from text and back: the whole text must be the number, in the C locale,
 * without surrounding blanks, and in range.  Each parser returns 0, or -1 and leaves *out alone.
 */
int rai_num_double(const char *s, size_t len, double *out); /* finite decimal numbers only */

/*
 * The same for text behind which there is more memory: the 16 bytes at s may be read, whatever len
 * is.  Sooner.
 */
int rai_num_double_in(const char *s, size_t len, double *out);
int rai_num_int(const char *s, size_t len, int64_t min, int64_t max, int64_t *out);

/* "250ms", "15s", "2m", "6h", "90d", also sums ("1m30s"); a bare "0" is allowed.  Milliseconds. */
int rai_num_duration(const char *s, size_t len, int64_t *out_ms);

/* "10/min", "1.5/s" ("s", "min", "h", "d"): above 0, at most 10^9 in the unit.  Per millisecond. */
int rai_num_rate(const char *s, size_t len, double *out_per_ms);

/* "4096", "64K", "10M", "2G" (powers of 1024).  Bytes. */
int rai_num_size(const char *s, size_t len, uint64_t *out);

/* The shortest of %.15g, %.16g, %.17g that reads back to the same bits; v must be finite. */
#define RAI_NUM_TEXT 32
int rai_num_format(double v, char out[RAI_NUM_TEXT]); /* returns the length */

#endif
