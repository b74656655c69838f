#ifndef RAI_BASE_SSHSIG_H
#define RAI_BASE_SSHSIG_H

#include <stddef.h>

#include "base/err.h"

/*
 * Signatures that "ssh-keygen -Y sign -n NAMESPACE" makes of a file (OpenSSH's PROTOCOL.sshsig),
 * checked against a file of allowed signers (ssh-keygen(1)).  Keys are Ed25519.
 *
 * Of a line of allowed signers counts the key and the option namespaces, if it is there, as a list
 * of patterns.  A line with another option (an authority, a span of time) grants nothing here.
 */
enum { RAI_SSHSIG_WHO = 128 };

/*
 * Was the message, n bytes at p, signed for this namespace by one of the signers?  signature and
 * signers are the texts of the two files, NUL-terminated.  0: yes, and who gets the principals of
 * the signer's line (cut, if need be); -1: no, err says why.
 */
int rai_sshsig_check(const char *signature, const char *signers, const char *space, const void *p,
    size_t n, char who[RAI_SSHSIG_WHO], struct rai_err *err);

#endif
