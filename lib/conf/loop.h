#ifndef RAI_CONF_LOOP_H
#define RAI_CONF_LOOP_H

#include <stdint.h>

#include "conf/keys.h"
#include "conf/yaml.h"

/*
 * rai.yaml, the declared loop: one file at the root of the user's repository, many models in it.
 * Read strictly (conf/keys.h); the manual of every key is rai.yaml(5).
 * All strings belong to the loop and live until rai_loop_free().
 */
enum rai_task { RAI_TASK_REGRESSION, RAI_TASK_CLASSIFICATION };
enum rai_transform { RAI_TRANSFORM_AUTO, RAI_TRANSFORM_NONE, RAI_TRANSFORM_LOG };
enum rai_loop_duplicates { RAI_LOOP_DUPLICATES_DROP, RAI_LOOP_DUPLICATES_KEEP };
enum rai_on_leak { RAI_LEAK_DROP, RAI_LEAK_KEEP, RAI_LEAK_FAIL };
enum rai_against { RAI_AGAINST_NOTHING, RAI_AGAINST_CHAMPION };
enum rai_retrain_on { RAI_RETRAIN_ERROR, RAI_RETRAIN_DRIFT, RAI_RETRAIN_EITHER };
enum rai_oversight { RAI_OVERSIGHT_AUTOMATIC, RAI_OVERSIGHT_APPROVE, RAI_OVERSIGHT_PROPOSE };

struct rai_loop_data {
	struct rai_words source;  /* paths relative to rai.yaml, URLs, or "-" */
	double refused_at_most;   /* share of malformed rows that may be set aside */
	const char *separator;    /* of CSV; NULL: comma */
	struct rai_words command; /* or: whose stdout is the data */
};

struct rai_loop_features {
	struct rai_words drop;         /* columns never shown to a model */
	struct rai_words use;          /* when given: only these */
	const struct rai_yaml *dates;  /* map: column -> day-first | iso */
	const struct rai_yaml *impute; /* word, { constant: value }, or a map: column -> these */
	int indicator;                 /* a feature that says what was missing */
	const struct rai_yaml *encode; /* map: column or "default" -> one-hot | label | target */
	const struct rai_yaml *units;  /* map: column -> what its numbers are counted in */
	double clip_iqr;               /* outliers clipped beyond this many IQR; 0: not */
	double rare, smooth;           /* of encodings, above 0; NaN: by default */
	int duplicates;                /* enum rai_loop_duplicates */
	int leak;                      /* enum rai_on_leak: an input that is the target again */
};

struct rai_loop_split {
	double test;                   /* share held out, 0 < test < 1; NaN: not given */
	const struct rai_yaml *by;     /* random, stratified, a column, { group: .. } and so on */
	const struct rai_yaml *before; /* a date or number, or NULL */
	int64_t seed;
};

struct rai_loop_validation {
	double share;              /* of the training rows; NaN: not given */
	int64_t folds;             /* instead of one part; 0: not given */
	const struct rai_yaml *by; /* as in split; NULL: as the hold-out */
};

struct rai_loop_gate {
	const char *metric;      /* r2 rmse mae mape accuracy ... of the task */
	double at_least;         /* NaN: no absolute threshold */
	int against;             /* enum rai_against */
	double risk;             /* probability of promoting a worse model that is accepted */
	const char *cases;       /* file of critical cases, relative to rai.yaml; or NULL */
	struct rai_words slices; /* columns by whose values the hold-out is cut */
	double worst_gap;        /* of a slice, in the metric's unit; NaN: not checked */
	int64_t min_rows;        /* of a slice about which something is said */
	double new_rows;         /* largest share of rows newer than the champion's; NaN: any */
};

/* Replicas whose bins are judged, through the Prometheus that scrapes them. */
struct rai_loop_fleet {
	const char *prometheus; /* its URL; NULL: there is none */
	const char *selector;   /* label matchers, as PromQL has them; NULL: all */
	int64_t replicas;       /* to be expected; 0: not known */
	const char *token;      /* env:NAME or file:PATH; or NULL */
};

struct rai_loop_drift {
	const char *window; /* judged at once: a number of rows, or a time ("6h") */
	const char *slide;  /* from one window to the next; NULL: disjoint windows */
	int64_t sustain;    /* windows in a row that must agree */
	int64_t
	    false_alarm_every_ms; /* the budget of false alarms; 0: alpha is used as it stands */
	const char *traffic;      /* predictions to be expected, "10/min"; NULL: not given */
	double coverage;          /* share of them that will get a label */
	double alpha;             /* significance over all checks of one window */
	double psi_above;         /* fixed threshold besides; NaN: none */
	double ks_p_below;        /* another one; 0: none */
	double quorum;            /* features over them: a number, or a share below 1 */
	double accuracy_below;    /* NaN: none */
	double
	    coverage_least;   /* share of predictions with labels below which no accuracy is told */
	const char *detector; /* what watches while windows fill; NULL: not said */
	int64_t ask_after_ms; /* drift without labels for so long asks a person; 0: never */
	int retrain_on;       /* enum rai_retrain_on */
	int impact;           /* are losses estimated before true values are known? */
	struct rai_loop_fleet fleet;
};

struct rai_loop_deploy {
	const char *image;             /* "oci:DIR" (layout) : where images go, without a tag */
	const char *manifests;         /* folder of the manifests */
	const char *version;           /* template: model-v{date}-{n} */
	struct rai_words environments; /* folders below manifests; none: manifests itself */
};

struct rai_loop_dispatch {
	int64_t cooldown_ms;
	struct rai_rate budget;
	int64_t stop_after_unhelpful; /* 0: never stop */
	const char *github;           /* "owner/repo", or NULL */
	const char *github_api;       /* base URL */
	const char *github_token;     /* env:NAME or file:PATH */
	struct rai_words command;     /* a local command, or none */
};

struct rai_loop_model {
	const char *name;
	size_t line; /* where it stands in the file */
	struct rai_loop_data data;
	const char *target; /* column */
	int transform;      /* enum rai_transform */
	int task;           /* enum rai_task */
	struct rai_loop_features features;
	struct rai_loop_split split;
	const struct rai_yaml *candidates; /* list of: kind, or { kind: { parameter: value } } */
	struct rai_words external;         /* the program behind the kind external: argv, or none */
	struct rai_loop_validation validation;
	const struct rai_yaml *search; /* a map, or a list of them; NULL: none */
	struct rai_loop_gate gate;
	struct rai_loop_drift drift;
	struct rai_loop_deploy deploy;
	int oversight; /* enum rai_oversight */
	struct rai_loop_dispatch dispatch;
};

struct rai_loop {
	char *file;      /* its path, for messages */
	char *folder;    /* its folder: relative paths inside start here */
	char digest[72]; /* of its bytes: the configuration digest */
	struct rai_yaml_docs yaml;
	struct rai_loop_model *model; /* n */
	size_t n;
	const struct rai_yaml *tools; /* map: program -> its options, or NULL */
};

int rai_loop_read(const char *path, struct rai_loop *out, struct rai_err *err);

/* From text that was read elsewhere (a Git revision); file stands in messages. */
int rai_loop_parse(
    const char *file, const char *text, size_t len, struct rai_loop *out, struct rai_err *err);
void rai_loop_free(struct rai_loop *loop);

/* The model called name, or the only one when name is NULL; NULL with err that lists the names. */
const struct rai_loop_model *rai_loop_find(
    const struct rai_loop *loop, const char *name, struct rai_err *err);

/*
 * Hands each option of tools.<program> to set, in file order; set returns 0, 1 (no such option)
 * or -1, as rai_cli_set() does.  An unknown option or a value that is no scalar is an error with
 * its place.
 */
int rai_loop_options(const struct rai_loop *loop, const char *program,
    int (*set)(void *ctx, const char *name, const char *value, struct rai_err *err), void *ctx,
    struct rai_err *err);

#endif
