#ifndef RAI_TABLE_DATE_H
#define RAI_TABLE_DATE_H

#include <stddef.h>

/*
 * A day as text -> days since 1970-01-01 (proleptic Gregorian).  ISO: 2017-03-04, also with a time
 * behind it (RFC 3339; the time is dropped).  Day first: d/m/yyyy, d-m-yyyy or d.m.yyyy, padded or
 * not.  Years 1000 to 9999.  0, or -1 and *days is left alone.
 */
int rai_date_iso(const char *s, size_t len, double *days);
int rai_date_day_first(const char *s, size_t len, double *days);

#endif
