#ifndef RAI_CI_FUZZ_H
#define RAI_CI_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * A fuzz target is one function with libFuzzer's name; it checks a property and aborts when the
 * property fails.  Built plainly, the main below feeds it the files named on the command line, so
 * that the corpus is a regression test; built with clang -fsanitize=fuzzer -DRAI_LIBFUZZER it is
 * a fuzzer.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifndef RAI_LIBFUZZER
int
main(int argc, char **argv)
{
	static uint8_t data[1 << 20];
	size_t n;
	FILE *f;
	int i;

	for (i = 1; i < argc; i++) {
		f = fopen(argv[i], "rb");
		if (f == NULL) {
			perror(argv[i]);
			return 2;
		}
		n = fread(data, 1, sizeof(data), f);
		fclose(f);
		/* an exact copy, so that reading past the end is seen by the sanitizer */
		uint8_t *copy = malloc(n > 0 ? n : 1);

		if (copy == NULL)
			return 2;
		for (size_t k = 0; k < n; k++)
			copy[k] = data[k];
		LLVMFuzzerTestOneInput(copy, n);
		free(copy);
	}
	printf("%d inputs\n", argc - 1);
	return 0;
}
#endif

#endif
