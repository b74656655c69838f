#ifndef RAI_SERVE_APP_H
#define RAI_SERVE_APP_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "serve/guard.h"
#include "serve/http.h"
#include "serve/log.h"
#include "stat/sequential.h"
#include "table/schema.h"

/*
 * What is served: routes, predictions, feedback, metrics.  This room knows no model; the program
 * hands it some as the struct below, and may swap each for another while requests run.
 */
enum { RAI_SERVE_VERSION = 128 }; /* a version and its NUL; what is longer is cut in headers */

/* What training says about one column, for people; nothing of it is needed to predict. */
struct rai_serve_reference {
	const int64_t *count;   /* as many as nbin says; NULL: not known */
	const double *quantile; /* nquantile sorted values, of a number */
	size_t nquantile;
};

/* Where a model comes from, for people; what is NULL or NaN is not known. */
struct rai_serve_facts {
	int64_t rows; /* it was trained on; 0: not known */
	const char *data_digest, *config_digest, *code_version, *newest, *split, *seed;
	const char *metrics; /* JSON text {"r2": {"value", "low", "high"}, ...} of the hold-out */
	const struct rai_serve_reference *column; /* as nbin: the prediction is the last */
	struct rai_serve_reference target;        /* quantiles only */
	/* actual less or (ratio) over predicted, of the hold-out: nerror sorted values */
	const double *error;
	size_t nerror;
	int ratio;
};

/* One prediction as parts that its columns add (rai-serve(1), EXPLANATIONS). */
struct rai_serve_explanation {
	const char *scale;  /* of the scores: "value", "log" ... */
	double base, score; /* of the baseline, of the row: base and all parts */
	double *part;       /* the caller's: one per schema column */
};

struct rai_serve_model {
	const struct rai_schema *schema; /* with the target's name, and its classes as levels */
	const char *name, *kind, *version,
	    *digest;      /* "house-price" "forest" "model-v..." "sha256:..." */
	const char *file; /* where it came from; NULL: not from a file */
	size_t nclass;    /* 0: predicts a number; else so many classes, schema->target.level */

	/*
	 * out: the prediction in the target's unit, or a probability for each class; called by many
	 * threads at once.
	 */
	void (*predict)(const void *payload, const struct rai_cell *cells, double *out);

	/* The same of n rows, one behind the other in cells and in out; NULL: row by row. */
	void (*predict_rows)(
	    const void *payload, const struct rai_cell *cells, size_t n, double *out);

	/*
	 * Bins of the reference profile, or NULL: nbin has one number per schema column and one for
	 * the prediction, each counting "missing" and "unseen" as its last two bins.
	 */
	const size_t *nbin;
	size_t (*bin)(const void *payload, size_t col, const struct rai_cell *cell);
	size_t (*bin_prediction)(const void *payload, const double *out);

	const struct rai_serve_facts *facts; /* or NULL */

	/*
	 * Explains output (a class, or 0 of a number) against the baseline row; NULL: this kind of
	 * model is not explained.  *steps bounds the work, and gets less; 1: there were too few.
	 */
	int (*explain)(const void *payload, const struct rai_cell *row,
	    const struct rai_cell *baseline, size_t output, struct rai_serve_explanation *out,
	    size_t *steps, struct rai_err *err);
	const struct rai_cell *typical; /* the baseline where none is given, or NULL */

	void (*release)(void *payload); /* all that is above */
	void *payload;
};

/* How a challenger is tried beside the model of its name. */
enum rai_serve_role {
	RAI_ROLE_CANARY, /* answers a share of the keys */
	RAI_ROLE_SHADOW  /* predicts a share of the rows once more, unseen */
};

struct rai_serve_trial_config {
	enum rai_serve_role role;
	double share;    /* 0 to 1: a canary has neither all nor none, a shadow more than none */
	const char *key; /* canary: a column, or "header:NAME" */
	struct rai_stat_rule rule;
	const char *state; /* folder that keeps the evidence beyond the process, or NULL */
	const struct rai_clock *clock;
	struct rai_serve_log *log, *events;               /* or NULL; stay the caller's */
	void (*warn)(void *payload, const char *message); /* a trial has ended; or NULL */
	void *payload;
};

struct rai_serve_app_config {
	const struct rai_clock *clock;
	struct rai_serve_log *log;       /* or NULL; stays the caller's */
	struct rai_serve_tokens *tokens; /* or NULL: who sends none of them gets 401; not owned */
	size_t max_body;                 /* bytes that a compressed body may unfold to */
	size_t window;           /* pairs of prediction and truth that accuracy looks back on */
	const char *state;       /* the folder where pairs outlive the process, or NULL */
	unsigned lanes;          /* of counters: a power of 2 */
	const char *const *show; /* nshow files of events that the dashboard lists */
	size_t nshow;

	/*
	 * For the admin socket (NULL: it cannot): reads the model that is served as name again,
	 * from file or (NULL) from where it came, and hands it to rai_serve_app_swap().
	 */
	int (*reload)(void *payload, const char *name, const char *file, struct rai_err *err);
	void (*note)(
	    void *payload, const char *message); /* what an operator should know, or NULL */
	void *payload;
};

struct rai_serve_app;

/*
 * Serves n models, each under its name; the first also where a path names none.  The configuration
 * and its strings must outlive the app; the models are taken over, also on failure.
 */
int rai_serve_app_new(const struct rai_serve_app_config *config,
    const struct rai_serve_model *model, size_t n, struct rai_serve_app **out, struct rai_err *err);

/*
 * The next request for the model's name is answered by it.  The one that it replaces stays, so that
 * it can answer again at once; the one before that is released when nobody uses it.  Takes model
 * over, also on failure.
 */
int rai_serve_app_swap(
    struct rai_serve_app *app, const struct rai_serve_model *model, struct rai_err *err);

/*
 * Tries challenger beside the model of its name, in the place of one that was tried beside it
 * before; the same file again goes on as it was.  config outlives the app.  When another model
 * begins to answer for the name, the trial begins anew beside it, or ends with a warning if the two
 * cannot be compared.  Takes challenger over, also on failure.
 */
int rai_serve_app_try(struct rai_serve_app *app, const struct rai_serve_trial_config *config,
    const struct rai_serve_model *challenger, struct rai_err *err);

/* /readyz says 503 from now on. */
void rai_serve_app_drain(struct rai_serve_app *app);

/* The handler for serve/http.h, with what it keeps per connection. */
void rai_serve_app_handle(void *app, const struct rai_serve_request *q, struct rai_serve_reply *r);
extern const size_t rai_serve_app_slot_size;
void rai_serve_app_slot_release(void *slot);
void rai_serve_app_told(void *app, unsigned lane, int status);

void rai_serve_app_free(struct rai_serve_app *app); /* NULL is fine; nobody may be inside */

#endif
