#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/large.h"
#include "base/near.h"
#include "base/num.h"
#include "base/rng.h"
#include "base/tap.h"
#include "base/ulid.h"

static void
test_num__strict(void)
{
	int64_t i = 7;
	uint64_t u = 0;
	double d = 7;

	ok(rai_num_double("1O0", 3, &d) == -1 && d == 7, "a letter in a number is refused");
	ok(rai_num_double("nan", 3, &d) == -1, "nan is not a number here");
	ok(rai_num_double("0x10", 4, &d) == -1, "hex is not a number here");
	ok(rai_num_double("-1.5e3", 6, &d) == 0 && d == -1500, "exponents are read");
	ok(rai_num_double(" 1", 2, &d) == -1, "blanks are refused");
	ok(rai_num_int("12", 2, 0, 10, &i) == -1 && i == 7, "a range is kept");
	ok(rai_num_duration("1m30s", 5, &i) == 0 && i == 90000, "durations add up");
	ok(rai_num_duration("90", 2, &i) == -1, "a duration needs a unit");
	ok(rai_num_rate("10/min", 6, &d) == 0 && d == 10 / 60e3, "a rate, per millisecond");
	ok(rai_num_rate("1.5/s2", 5, &d) == 0 && d == 1.5 / 1e3, "of a text that goes on");
	ok(rai_num_rate("0/s", 3, &d) == -1 && rai_num_rate("5/minute", 8, &d) == -1 &&
		rai_num_rate("5", 1, &d) == -1,
	    "nothing else is one");
	ok(rai_num_size("64K", 3, &u) == 0 && u == 65536, "sizes have units");
}

static void
test_num__format_reads_back(void)
{
	struct rai_rng r = rai_rng_new(1, 2);
	char text[RAI_NUM_TEXT];
	int i, good = 1;

	for (i = 0; i < 10000; i++) {
		double v = (rai_rng_unit(&r) - 0.5) * pow(10, (double)rai_rng_below(&r, 40) - 20);

		rai_num_format(v, text);
		good &= strtod(text, NULL) == v;
	}
	ok(good, "10,000 numbers come back bit-equal");
	for (i = 0, good = 1; i < 20000; i++) {
		double v = ((double)rai_rng_below(&r, 2000000000) - 1e9) /
			   pow(10, (double)rai_rng_below(&r, 12));
		char want[RAI_NUM_TEXT];

		snprintf(want, sizeof(want), "%.15g", v);
		rai_num_format(v, text);
		good &=
		    strtod(text, NULL) == v && (strtod(want, NULL) != v || strcmp(text, want) == 0);
	}
	ok(good, "20,000 decimals are written as %.15g does");
	rai_num_format(0.1, text);
	is_str(text, "0.1", "and short");
	rai_num_format(-1035000, text);
	is_str(text, "-1035000", "a whole number");
	rai_num_format(1e15, text);
	is_str(text, "1e+15", "a large one has an exponent");
	rai_num_format(-0.0, text);
	is_str(text, "-0", "minus zero keeps its sign");
}

static void
test_near__distance(void)
{
	is_int(rai_near_distance("Rooms", "Rooms"), 0, "the same word");
	is_int(rai_near_distance("Romos", "Rooms"), 2, "two letters changed");
	is_int(rai_near_distance("", "abc"), 3, "three letters more");
	ok(rai_near_distance("a", "a word of more than forty bytes is too long") >= RAI_NEAR_LIMIT,
	    "a long word is never near");
}

static void
test_clock__round_trip(void)
{
	char text[RAI_CLOCK_TEXT];
	int64_t ms = 0;

	rai_clock_format(1793261000123, text);
	ok(rai_clock_parse(text, strlen(text), &ms) == 0 && ms == 1793261000123,
	    "format and parse");
	ok(rai_clock_parse("2026-11-23T06:42:23+01:00", 25, &ms) == 0, "an offset is read");
	rai_clock_format(ms, text);
	is_str(text, "2026-11-23T05:42:23Z", "and applied");
	ok(rai_clock_parse("2026-02-29", 10, &ms) == -1, "no 29 February in 2026");
	ok(rai_clock_parse("2026-11-23T06:42", 16, &ms) == -1, "half a time is refused");
	is_int(rai_clock_days(1970, 1, 1), 0, "the epoch is day 0");
	is_int(rai_clock_days(2000, 3, 1), 11017, "1 March 2000");
}

static void
test_hash__vectors(void)
{
	char d[RAI_HASH_DIGEST];
	struct rai_hash *h;

	rai_hash_bytes("abc", 3, d, NULL);
	is_str(d, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "FIPS 180-4 vector");
	h = rai_hash_new_md5();
	rai_hash_add(h, "abc", 3);
	rai_hash_end(h, d);
	is_str(d, "900150983cd24fb0d6963f7d28e17f72", "RFC 1321 vector");
}

static void
test_ulid__form(void)
{
	char a[RAI_ULID_TEXT], b[RAI_ULID_TEXT];
	unsigned char zero[10] = {0};
	/* what a base 32 decoder makes of its last 16 letters */
	const unsigned char spec[10] = {0xd6, 0x76, 0x4c, 0x61, 0xef, 0xb9, 0x93, 0x02, 0xbd, 0x5b};
	const unsigned char letters[10] = {
	    0x08, 0x86, 0x42, 0x98, 0xe8, 0x4a, 0x96, 0xc6, 0xb9, 0xf0};
	const unsigned char others[10] = {
	    0x8c, 0xa7, 0x4a, 0xda, 0xf8, 0xce, 0xb7, 0xce, 0xfb, 0xe0};
	unsigned char all[10];

	memset(all, 0xff, sizeof(all));
	rai_ulid_from(1469922850259, zero, a);
	is_str(a, "01ARZ3NDEK0000000000000000" + 0, "the time part is the spec's example");
	rai_ulid_from(1469922850259, spec, a);
	is_str(a, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "the whole is the spec's example");
	rai_ulid_from(INT64_C(0xffffffffffff), all, a);
	is_str(a, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "the largest is the spec's");
	rai_ulid_from(0, letters, a);
	is_str(a, "00000000000123456789ABCDEFG" + 1, "half of the letters in their order");
	rai_ulid_from(0, others, a);
	is_str(a, "0000000000HJKMNPQRSTVWXYZ0", "the other half");
	rai_ulid_named(5, "x", 1, a);
	rai_ulid_named(5, "x", 1, b);
	is_str(a, b, "a named ULID is a function of its name");
	ok(rai_ulid_valid(a, strlen(a)), "and valid");
	rai_ulid_new(5, b);
	ok(strcmp(a, b) != 0, "a new one is new");
}

static void
test_large__begins_at_a_large_page(void)
{
	const size_t n = ((size_t)5 << 20) + 17;
	char *p = rai_large_map(n), *q = rai_large_map(17);

	if (ok(p != NULL && q != NULL, "memory")) {
		is_int(
		    (long)((uintptr_t)p % ((size_t)2 << 20)), 0, "begins where a large page does");
		ok(p[0] == 0 && p[n - 1] == 0 && q[16] == 0, "and is of zeros");
		p[n - 1] = q[16] = 1;
		ok(munmap(p, n) == 0 && munmap(q, 17) == 0, "and is given back");
	}
}

static void
test_buf__ceiling(void)
{
	struct rai_buf b = RAI_BUF_INIT(5);
	struct rai_err err = RAI_ERR_INIT;

	rai_buf_str(&b, "hello");
	ok(rai_buf_check(&b, "b", &err) == 0, "up to max fits");
	rai_buf_char(&b, '!');
	ok(rai_buf_check(&b, "b", &err) == -1 && err.code == RAI_EINPUT, "past max is an error");
	is_str(b.ptr, "hello", "and nothing is half-written");
	rai_buf_free(&b);
	rai_buf_init(&b, 100);
	rai_buf_word(&b, "a/b_c-1.csv");
	rai_buf_char(&b, ' ');
	rai_buf_word(&b, "it's $(here)");
	rai_buf_char(&b, ' ');
	rai_buf_word(&b, "");
	is_str(b.ptr, "a/b_c-1.csv 'it'\\''s $(here)' ''", "words of a shell");
	rai_buf_free(&b);
}

static void
test_file__no_device_is_replaced(void)
{
	char folder[] = "/tmp/rai-file.XXXXXX", text[8] = "";
	struct rai_err err = RAI_ERR_INIT;
	struct stat st;
	char *pipe;
	int fd = -1;

	if (!ok(mkdtemp(folder) != NULL && (pipe = rai_file_join(folder, "pipe")) != NULL,
		"a folder"))
		return;
	ok(mkfifo(pipe, 0600) == 0 && (fd = open(pipe, O_RDWR)) >= 0, "a pipe in it");
	ok(rai_file_write(pipe, "hello", 5, 0644, &err) == 0, "can be written to");
	ok(stat(pipe, &st) == 0 && S_ISFIFO(st.st_mode), "and is still a pipe");
	ok(read(fd, text, 5) == 5 && strcmp(text, "hello") == 0, "through which the text went");
	close(fd);
	free(pipe);
	ok(rai_file_write(folder, "x", 1, 0644, &err) == -1, "a folder is no place for a file");
	ok(rai_file_remove_tree(folder, &err) == 0, "all of it goes again");
}

int
main(void)
{
	test_file__no_device_is_replaced();
	test_num__strict();
	test_num__format_reads_back();
	test_near__distance();
	test_clock__round_trip();
	test_hash__vectors();
	test_ulid__form();
	test_large__begins_at_a_large_page();
	test_buf__ceiling();
	return tap_done();
}
