#include "base/near.h"

#include <string.h>

enum { MAX_WORD = 40 };

/* One row of the table at a time. */
size_t
rai_near_distance(const char *a, const char *b)
{
	size_t row[MAX_WORD + 1], n = strlen(a), m = strlen(b), i, j, diagonal, up;

	if (n > MAX_WORD || m > MAX_WORD)
		return MAX_WORD;
	for (j = 0; j <= m; j++)
		row[j] = j;
	for (i = 1; i <= n; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= m; j++) {
			up = row[j];
			row[j] = diagonal + (a[i - 1] != b[j - 1]);
			if (up + 1 < row[j])
				row[j] = up + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			diagonal = up;
		}
	}
	return row[m];
}
