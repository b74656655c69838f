#include "model/boost_masks.h"

#include <string.h>

#include "base/rng.h"
#include "base/tap.h"

enum { MOST = 11, STRIDE = 5 * RAI_BOOST_MASKS_LANES, GUARD = RAI_BOOST_MASKS_LANES };

/* Words of which most bits are set, as those of masks are: what is left is neither all nor none. */
static void
draw(struct rai_rng *rng, uint32_t *word, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		word[i] = ~(UINT32_C(1) << rai_rng_below(rng, 32));
}

/* Every number of arrays and of lanes, against ANDs of one word after the other. */
static void
test_and__every_way(enum rai_walk_way way, const char *name)
{
	static uint32_t from[MOST][STRIDE], first[STRIDE + GUARD], got[STRIDE + GUARD],
	    want[STRIDE + GUARD];
	const uint32_t *with[MOST];
	struct rai_rng rng = rai_rng_new(11, 0);
	size_t stride, n, i, k, wrong = 0;

	draw(&rng, first, STRIDE + GUARD);
	for (k = 0; k < MOST; k++) {
		draw(&rng, from[k], STRIDE);
		with[k] = from[k];
	}
	for (stride = RAI_BOOST_MASKS_LANES; stride <= STRIDE; stride += RAI_BOOST_MASKS_LANES)
		for (n = 0; n <= MOST; n++) {
			memcpy(got, first, sizeof(got));
			memcpy(want, first, sizeof(want));
			for (k = 0; k < n; k++)
				for (i = 0; i < stride; i++)
					want[i] &= from[k][i];
			if (rai_boost_masks_and_by(way, got, stride, with, n) != 0) {
				ok(1, "# SKIP this processor lacks it");
				return;
			}
			wrong += memcmp(got, want, sizeof(got)) != 0;
		}
	is_int((long long)wrong, 0, name);
}

int
main(void)
{
	test_and__every_way(RAI_WALK_PLAIN, "plain");
	test_and__every_way(RAI_WALK_AVX2, "AVX2");
	test_and__every_way(RAI_WALK_AVX512, "AVX-512");
	return tap_done();
}
