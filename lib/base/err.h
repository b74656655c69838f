#ifndef RAI_BASE_ERR_H
#define RAI_BASE_ERR_H

/*
 * One error: filled once where it happens, passed up, printed once by the program.
 * msg is complete, printable and nothing to free; it is untouched on success.
 * Library functions return 0 for success, -1 for failure with err filled,
 * and a positive 1 where the answer can be "no".
 */
enum rai_code {
	RAI_OK,
	RAI_EINPUT,   /* usage, input or configuration: a person must change something */
	RAI_ESYS,     /* this machine: no memory, disk full, permission */
	RAI_ENET,     /* outside: the same call may work later */
	RAI_ECONFLICT /* someone was faster: fetch and try again */
};

#define RAI_ERR_MAX 512

struct rai_err {
	enum rai_code code;
	char msg[RAI_ERR_MAX];
};

#define RAI_ERR_INIT       \
	{                  \
		RAI_OK, "" \
	}

/* Fills err (which may be NULL) and returns -1. */
int rai_fail(struct rai_err *err, enum rai_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "fmt: " before the message already in err, keeps its code, returns -1. */
int rai_wrap(struct rai_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "what: strerror(errno)" as RAI_ESYS; reads errno first.  Returns -1. */
int rai_fail_errno(struct rai_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The one message for an allocation that failed.  Returns -1. */
int rai_fail_memory(struct rai_err *err);

#endif
