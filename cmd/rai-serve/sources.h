#ifndef RAI_SERVE_SOURCES_H
#define RAI_SERVE_SOURCES_H

#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/cli.h"
#include "serve/app.h"

/*
 * Where the served models come from: one file per --model [NAME=]FILE, with release.json and its
 * signature beside it, and what those files were when they were read last.
 */
enum { SOURCE_FILES = 3 };

struct stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec written, changed;
};

/* Of the model file at path and what lies beside it, as they are now. */
void sources_stamps(const char *path, struct stamp out[SOURCE_FILES]);
int sources_same(const struct stamp a[SOURCE_FILES], const struct stamp b[SOURCE_FILES]);

struct source {
	char *name;         /* given, or that in the first model file */
	char *path;         /* of the model file */
	const char *digest; /* that it must have, or NULL */
	struct stamp read[SOURCE_FILES], seen[SOURCE_FILES];
};

struct sources {
	struct source *source;
	size_t n;
	const char *release;  /* the version of the only model, or NULL: release.json says */
	const char *signers;  /* path of allowed signers, or NULL: nobody need have signed */
	pthread_mutex_t lock; /* held while a model is read */
	struct rai_serve_app *app;
	struct rai_cli *cli;
};

/* What stands behind "NAME=", or NULL: there is no name in front. */
const char *sources_behind_name(const char *text);

/* From the values of --model and --digest, which must outlive s. */
int sources_init(struct sources *s, const struct rai_opt_list *models,
    const struct rai_opt_list *digests, const char *release, struct rai_err *err);
void sources_release(struct sources *s);

/* Has the model of this name a digest that its file must have? */
int sources_is_pinned(const struct sources *s, const char *name);

/* All models, in the order given; the caller frees *out, and drops or hands over what is in it. */
int sources_open(struct sources *s, struct rai_serve_model **out, struct rai_err *err);
void sources_drop(const struct rai_serve_model *m, size_t n);

/*
 * Reads one model again, from path or (NULL) from where it came, and hands it to the app; says so.
 * On failure nothing has changed.
 */
int sources_read(struct sources *s, const char *name, const char *path, struct rai_err *err);

/* Reads those whose files have changed, and tells what came of it; of the others, that they have
 * not.
 */
void sources_reload(struct sources *s);

/*
 * The same of those whose files have changed and then stayed as they are since the last call: who
 * copies a file in place is waited for.
 */
void sources_watch(struct sources *s);

#endif
