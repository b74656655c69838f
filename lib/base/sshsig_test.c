#include "base/sshsig.h"

#include <stdlib.h>
#include <string.h>

#include "base/tap.h"

/* Made by OpenSSH 9.2: printf 'a model' | ssh-keygen -Y sign -n rai-model [-O hashalg=sha256]. */
static const char good[] =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgGgjyBh4EGUOv8GfffHNMrbQxuG\n"
    "xxTwgfEgQBcJwYUXIAAAAJcmFpLW1vZGVsAAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1l\n"
    "ZDI1NTE5AAAAQNg8rAE/DRfbHPe4VE0/3NjCB75wy+4J0MkaN4fFG4ujcU3BWO4hHaqFtR\n"
    "xKeT2K1nN2dOR85//iwtjFvvkgxwA=\n"
    "-----END SSH SIGNATURE-----\n";
static const char short_hash[] =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgGgjyBh4EGUOv8GfffHNMrbQxuG\n"
    "xxTwgfEgQBcJwYUXIAAAAJcmFpLW1vZGVsAAAAAAAAAAZzaGEyNTYAAABTAAAAC3NzaC1l\n"
    "ZDI1NTE5AAAAQFbC4Np9j4pG09aAb1EJpFelC2i2BqGAgSNRAmlN0oRODMHoQF1z730ya5\n"
    "yYQkIGEN9+68f1DXaiKVHB3LuBZAA=\n"
    "-----END SSH SIGNATURE-----\n";

/* The same with -n file, and with an ECDSA key. */
static const char other_space[] =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgGgjyBh4EGUOv8GfffHNMrbQxuG\n"
    "xxTwgfEgQBcJwYUXIAAAAEZmlsZQAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQyNTUx\n"
    "OQAAAECXJEl0zvS5Jh9l2ifeh6nfZg/8x+G1B2niRscCS1kJxGEKwrbIoKDfeivhgzMWg4\n"
    "8kKQzE4yRGfzYN+WWmXtYI\n"
    "-----END SSH SIGNATURE-----\n";
static const char other_kind[] =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAAGgAAAATZWNkc2Etc2hhMi1uaXN0cDI1NgAAAAhuaXN0cDI1NgAAAE\n"
    "EETuz2H4iFxmvzndx+O4M/iu9K252nh8qQAhn7xipMhrDI1PuIZnxo4/PJV9NeRKuP8IYQ\n"
    "+mcVTaCJPZWKv9kj8AAAAAlyYWktbW9kZWwAAAAAAAAABnNoYTUxMgAAAGUAAAATZWNkc2\n"
    "Etc2hhMi1uaXN0cDI1NgAAAEoAAAAhALRKv3l2v3gumhkbk+UMhQV7harK2ZVGNXyqlRk/\n"
    "MIuwAAAAIQC5bIxXCupsKyzi6wo8T1EFIVhDLEVQsqhMIZU1SKcjfQ==\n"
    "-----END SSH SIGNATURE-----\n";

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBoI8gYeBBlDr/Bn33xzTK20MbhscU8IHxIEAXCcGFFy"
#define OTHER "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHn6T3Kmyey1TwkGEjhH4BWH5p8fH9y1rgAEGM6ew8jo"
#define MESSAGE "a model"

static struct rai_err err;
static char who[RAI_SSHSIG_WHO];

static int
check(const char *signature, const char *signers)
{
	return rai_sshsig_check(
	    signature, signers, "rai-model", MESSAGE, strlen(MESSAGE), who, &err);
}

static void
test_sshsig__signers(void)
{
	is_int(check(good, "release@example.com " KEY " test\n"), 0, "a signer");
	is_str(who, "release@example.com", "by name");
	is_int(check(short_hash, "# who may\n\n\"a b\" " OTHER "\na,b\t" KEY), 0, "among others");
	is_str(who, "a,b", "the names are those of the line");
	is_int(check(good, "a namespaces=\"git,rai-*\" " KEY), 0, "allowed for this namespace");
	is_int(check(good, "a namespaces=\"git\" " KEY), -1, "allowed for another");
	is_str(err.msg, "signed with a key that is not an allowed signer's", "is not allowed");
	is_int(check(good, "a namespaces=\"!rai-model,*\" " KEY), -1, "an exception");
	is_int(check(good, "a cert-authority " KEY), -1, "an authority's line grants nothing");
	is_int(check(good, "a namespaces=\"rai-model\",valid-before=\"20200101\" " KEY), -1,
	    "nor does one with a time");
	is_int(check(good, "a valid-before=\"20200101\" " KEY), -1, "whatever the time");
	is_int(check(good, "a " OTHER), -1, "another key");
	is_int(check(good, "a #" KEY), -1, "a comment");
	is_int(check(good, ""), -1, "nobody");
	is_int(check(good, KEY), -1, "a key without a name");
	is_int(check(good, "a"), -1, "a name without a key");
	is_int(check(good, "a \"" KEY), -1, "an open quote");
}

static void
test_sshsig__signatures(void)
{
	static const char signers[] = "a " KEY;

	is_int(rai_sshsig_check(good, signers, "rai-model", "a modem", 7, who, &err), -1,
	    "another message");
	is_str(err.msg, "the signature is not of these bytes", "it says");
	is_int(check(other_space, signers), -1, "another namespace");
	is_str(err.msg, "signed for the namespace \"file\", not for \"rai-model\"", "it says");
	is_int(check(other_kind, signers), -1, "another kind of key");
	is_str(err.msg, "the key is no ssh-ed25519 key, and no other is taken", "it says");
	is_int(check("", signers), -1, "nothing");
	is_str(err.msg, "not an SSH signature (ssh-keygen -Y sign)", "it says");
	is_int(check("-----BEGIN SSH SIGNATURE-----END SSH SIGNATURE-----", signers), -1,
	    "an end within the beginning");
}

/* No beginning of a signature is one, nor is one with another letter in its place. */
static void
test_sshsig__damaged(void)
{
	static const char signers[] = "a " KEY;
	size_t n = strlen(good), from = strlen("-----BEGIN SSH SIGNATURE-----\n"), i, taken = 0;
	char *text = malloc(n + 1);

	for (i = 0; i + 2 < n; i++) {
		memcpy(text, good, i);
		text[i] = '\0';
		taken += check(text, signers) == 0;
	}
	/* the last letter before the end has bits that mean nothing */
	for (i = from; i + strlen("A=\n-----END SSH SIGNATURE-----\n") < n; i++) {
		memcpy(text, good, n + 1);
		text[i] = text[i] == 'A' ? 'B' : 'A';
		taken += good[i] != '\n' && check(text, signers) == 0;
	}
	is_int((long)taken, 0, "none is taken");
	free(text);
}

int
main(void)
{
	test_sshsig__signers();
	test_sshsig__signatures();
	test_sshsig__damaged();
	return tap_done();
}
