#include "served.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/sshsig.h"
#include "drift/profile.h"
#include "explain.h"
#include "json/json.h"
#include "model/metric.h"
#include "model/model.h"
#include "model/safetensors.h"

enum { RELEASE_MAX = 64 << 10, SIGNATURE_MAX = 64 << 10, SIGNERS_MAX = 4 << 20 };

/* One schema column's place in the profile. */
struct column {
	const struct rai_profile_col *col; /* NULL: the profile does not have it */
	size_t *bin;                       /* categories: the bin of each level of the schema */
};

struct served {
	struct rai_model *model;
	struct rai_profile profile;
	char *name, *path; /* name: NULL when it is that in the file */
	char version[RAI_SERVE_VERSION];
	size_t n;
	struct column *column;                 /* n, as in the schema */
	struct column prediction;              /* of classes */
	size_t *nbin;                          /* n + 1; NULL: no profile */
	struct rai_serve_reference *reference; /* likewise */
	int64_t *count;                        /* all of reference's */
	struct rai_serve_facts facts;
	struct rai_cell *typical; /* NULL: no profile */
};

static void
served_free(void *p)
{
	struct served *s = p;
	size_t i;

	for (i = 0; s->column != NULL && i < s->n; i++)
		free(s->column[i].bin);
	free(s->column);
	free(s->prediction.bin);
	free(s->nbin);
	free(s->reference);
	free(s->count);
	free(s->typical);
	rai_profile_release(&s->profile);
	rai_model_free(s->model);
	free(s->name);
	free(s->path);
	free(s);
}

static void
predict(const void *p, const struct rai_cell *cells, double *out)
{
	rai_model_predict(((const struct served *)p)->model, cells, out);
}

static void
predict_rows(const void *p, const struct rai_cell *cells, size_t n, double *out)
{
	rai_model_predict_rows(((const struct served *)p)->model, cells, n, out);
}

static int
explain_row(const void *p, const struct rai_cell *row, const struct rai_cell *baseline,
    size_t output, struct rai_serve_explanation *out, size_t *steps, struct rai_err *err)
{
	return explain(((const struct served *)p)->model, row, baseline, output, out, steps, err);
}

static size_t
bin(const void *p, size_t i, const struct rai_cell *cell)
{
	const struct column *c = &((const struct served *)p)->column[i];

	if (c->col == NULL)
		return SIZE_MAX;
	if (c->col->kind == RAI_PROFILE_NUM)
		return rai_profile_bin_num(c->col, cell->num);
	return cell->code >= 0 ? c->bin[cell->code] : rai_profile_bin_cat(c->col, cell->code);
}

static size_t
bin_number(const void *p, const double *out)
{
	return rai_profile_bin_num(&((const struct served *)p)->profile.prediction, out[0]);
}

static size_t
bin_class(const void *p, const double *out)
{
	const struct served *s = p;

	return s->prediction.bin[rai_metric_class(out, rai_model_classes(s->model))];
}

/* The bin of every level of the schema; one that the profile lacks counts as unseen. */
static int
map_levels(const struct rai_col_spec *spec, struct column *c, struct rai_err *err)
{
	size_t i, k;

	c->bin = calloc(spec->nlevel ? spec->nlevel : 1, sizeof(*c->bin));
	if (c->bin == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < spec->nlevel; i++) {
		for (k = i < c->col->nbin && strcmp(c->col->level[i], spec->level[i]) == 0 ? i : 0;
		     k < c->col->nbin && strcmp(c->col->level[k], spec->level[i]) != 0; k++)
			;
		c->bin[i] = k < c->col->nbin ? k : c->col->nbin + 1;
	}
	return 0;
}

/* A profile without the predictions, or with such of another task, has no bins for them. */
static int
map_prediction(struct served *s, const struct rai_schema *schema, struct rai_err *err)
{
	const struct rai_profile_col *c = &s->profile.prediction;
	size_t nclass = rai_model_classes(s->model);

	if (c->name == NULL || c->kind != (nclass > 0 ? RAI_PROFILE_CAT : RAI_PROFILE_NUM))
		return rai_fail(err, RAI_EINPUT, "the predictions are not those of this model");
	s->nbin[s->n] = c->nbin + 2;
	s->prediction.col = c;
	return nclass > 0 ? map_levels(&schema->target, &s->prediction, err) : 0;
}

static int
map_columns(struct served *s, const struct rai_schema *schema, struct rai_err *err)
{
	enum rai_profile_kind kind;
	size_t i, k;

	s->n = schema->n;
	s->column = calloc(s->n ? s->n : 1, sizeof(*s->column));
	s->nbin = calloc(s->n + 1, sizeof(*s->nbin));
	if (s->column == NULL || s->nbin == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->n; i++) {
		kind = schema->col[i].type == RAI_COL_CAT ? RAI_PROFILE_CAT : RAI_PROFILE_NUM;
		for (k = 0; k < s->profile.n; k++)
			if (s->profile.col[k].kind == kind &&
			    strcmp(s->profile.col[k].name, schema->col[i].name) == 0)
				s->column[i].col = &s->profile.col[k];
		if (s->column[i].col == NULL)
			continue;
		s->nbin[i] = s->column[i].col->nbin + 2;
		if (kind == RAI_PROFILE_CAT && map_levels(&schema->col[i], &s->column[i], err) != 0)
			return -1;
	}
	return map_prediction(s, schema, err);
}

/* The counts of one column, with those of missing and unseen behind; returns how many. */
static size_t
refer_column(const struct rai_profile_col *c, struct rai_serve_reference *out, int64_t *count)
{
	memcpy(count, c->count, c->nbin * sizeof(*count));
	count[c->nbin] = c->missing;
	count[c->nbin + 1] = c->unseen;
	out->count = count;
	out->quantile = c->quantile;
	out->nquantile = c->nquantile;
	return c->nbin + 2;
}

/* What the profile says about the columns and the errors, for people. */
static int
refer(struct served *s, struct rai_err *err)
{
	const struct rai_profile *p = &s->profile;
	size_t i, total = 0;

	for (i = 0; i <= s->n; i++)
		total += s->nbin[i];
	s->reference = calloc(s->n + 1, sizeof(*s->reference));
	s->count = calloc(total + 1, sizeof(*s->count));
	if (s->reference == NULL || s->count == NULL)
		return rai_fail_memory(err);
	for (i = total = 0; i < s->n; i++)
		if (s->column[i].col != NULL)
			total += refer_column(s->column[i].col, &s->reference[i], s->count + total);
	refer_column(&p->prediction, &s->reference[s->n], s->count + total);
	s->facts.rows = p->rows;
	s->facts.column = s->reference;
	s->facts.target.quantile = p->target.quantile;
	s->facts.target.nquantile = p->target.nquantile;
	if (p->error.name != NULL && p->error.kind == RAI_PROFILE_NUM) {
		s->facts.error = p->error.quantile;
		s->facts.nerror = p->error.nquantile;
		s->facts.ratio = strcmp(p->error.name, "ratio") == 0;
	}
	return 0;
}

static void
find_facts(struct served *s)
{
	s->facts.data_digest = rai_model_meta(s->model, "rai.data_digest");
	s->facts.config_digest = rai_model_meta(s->model, "rai.config_digest");
	s->facts.code_version = rai_model_meta(s->model, "rai.code_version");
	s->facts.newest = rai_model_meta(s->model, "rai.newest");
	s->facts.split = rai_model_meta(s->model, "rai.split");
	s->facts.seed = rai_model_meta(s->model, "rai.seed");
	s->facts.metrics = rai_model_meta(s->model, "rai.metrics");
}

static int
read_profile(void *ctx, const char *text, struct rai_err *err)
{
	struct served *s = ctx;
	struct cJSON *doc = rai_json_parse(text, strlen(text), err);
	int rc = doc == NULL ? -1 : rai_profile_read(doc, &s->profile, err);

	rai_json_free(doc);
	return rc;
}

/* The profile's columns become those of the model. */
static int
map_profile(struct served *s, struct rai_err *err)
{
	if (rai_model_meta(s->model, "rai.profile") == NULL)
		return 0;
	if (map_columns(s, rai_model_schema(s->model), err) != 0 || refer(s, err) != 0)
		return rai_wrap(err, "rai.profile");
	s->typical = explain_typical(rai_model_schema(s->model), &s->profile);
	return s->typical != NULL ? 0 : rai_fail_memory(err);
}

static int
set_version(struct served *s, const char *version, struct rai_err *err)
{
	if (*version == '\0' || strlen(version) >= sizeof(s->version) ||
	    strpbrk(version, "\r\n\t") != NULL)
		return rai_fail(err, RAI_EINPUT,
		    "the version must be one line of 1 to %d characters", RAI_SERVE_VERSION - 1);
	snprintf(s->version, sizeof(s->version), "%s", version);
	return 0;
}

static int
read_release(
    struct served *s, const struct cJSON *doc, char digest[RAI_HASH_DIGEST], struct rai_err *err)
{
	const char *version = NULL, *artifact = NULL;

	if (rai_json_str(doc, "version", &version, err) != 0 ||
	    rai_json_opt_str(doc, "artifact_digest", &artifact, err) != 0)
		return -1;
	if (artifact != NULL && strlen(artifact) >= RAI_HASH_DIGEST)
		return rai_fail(err, RAI_EINPUT,
		    "artifact_digest must be \"sha256:\" and 64 digits, not \"%.80s\"", artifact);
	snprintf(digest, RAI_HASH_DIGEST, "%s", artifact == NULL ? "" : artifact);
	return set_version(s, version, err);
}

/* The first n bytes of path, then name. */
static char *
beside(const char *path, size_t n, const char *name)
{
	size_t more = strlen(name) + 1;
	char *out = malloc(n + more);

	if (out != NULL) {
		memcpy(out, path, n);
		memcpy(out + n, name, more);
	}
	return out;
}

char *
served_release_path(const char *path)
{
	const char *slash = strrchr(path, '/');

	return beside(path, slash == NULL ? 0 : (size_t)(slash + 1 - path), "release.json");
}

/* The version and the digest in release.json; none is fine. */
static int
find_release(struct served *s, const char *name, char digest[RAI_HASH_DIGEST], struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(RELEASE_MAX);
	struct cJSON *doc = NULL;
	int rc = -1;

	if (access(name, F_OK) != 0 && errno == ENOENT)
		rc = set_version(s, "unreleased", err);
	else if (rai_file_read_regular(name, &text, err) == 0) {
		doc = rai_json_parse(text.ptr, text.len, err);
		rc = doc == NULL ? -1 : read_release(s, doc, digest, err);
		if (rc != 0)
			rai_wrap(err, "%s", name);
	}
	rai_json_free(doc);
	rai_buf_free(&text);
	return rc;
}

char *
served_signature_path(const char *path)
{
	return beside(path, strlen(path), ".sig");
}

/* The digest of the file, once its bytes are what an allowed signer has signed. */
static int
check_bytes(const struct served_from *from, const char *signature, const char *signers,
    char digest[RAI_HASH_DIGEST], struct rai_err *err)
{
	char who[RAI_SSHSIG_WHO];
	size_t bytes;
	void *map;
	int rc;

	if (rai_safetensors_copy(from->path, &map, &bytes, err) != 0)
		return -1;
	rc = rai_sshsig_check(signature, signers, SERVED_NAMESPACE, map, bytes, who, err);
	if (rc == 0)
		rc = rai_hash_bytes(map, bytes, digest, err);
	munmap(map, bytes);
	return rc;
}

static int
check_signature(const struct served_from *from, char digest[RAI_HASH_DIGEST], struct rai_err *err)
{
	struct rai_buf signature = RAI_BUF_INIT(SIGNATURE_MAX), signers = RAI_BUF_INIT(SIGNERS_MAX);
	char *path = served_signature_path(from->path);
	int rc = -1;

	if (path == NULL)
		rai_fail_memory(err);
	else if (rai_file_read(from->signers, &signers, err) == 0 &&
		 rai_file_read_regular(path, &signature, err) == 0) {
		rc = check_bytes(from, signature.ptr, signers.ptr, digest, err);
		if (rc != 0)
			rai_wrap(err, "%s", path);
	}
	free(path);
	rai_buf_free(&signature);
	rai_buf_free(&signers);
	return rc;
}

/* The digest that the file must have ("": any), from all that say so. */
static int
find_digest(const struct served_from *from, const char *release, const char *meant,
    char digest[RAI_HASH_DIGEST], struct rai_err *err)
{
	const char *want = from->digest != NULL ? from->digest : meant;

	digest[0] = '\0';
	if (from->digest != NULL && meant[0] != '\0' && strcmp(from->digest, meant) != 0)
		return rai_fail(err, RAI_EINPUT, "%s: it describes %s, not the %s of --digest",
		    release, meant, from->digest);
	if (from->signers == NULL)
		snprintf(digest, RAI_HASH_DIGEST, "%s", want);
	else if (check_signature(from, digest, err) != 0)
		return -1;
	if (want[0] != '\0' && strcmp(want, digest) != 0)
		return rai_fail(err, RAI_EINPUT, "%s: the file is %s, and it must be %s",
		    from->path, digest, want);
	return 0;
}

/* The model file, once it is the one that digests and signature mean. */
static int
open_model(struct served *s, const struct served_from *from, struct rai_err *err)
{
	const struct rai_model_also profile = {"rai.profile", read_profile, s};
	char *name = from->release == NULL ? served_release_path(from->path) : NULL;
	char meant[RAI_HASH_DIGEST] = "", digest[RAI_HASH_DIGEST];
	int rc;

	if (from->release != NULL)
		rc = set_version(s, from->release, err);
	else if (name == NULL)
		rc = rai_fail_memory(err);
	else
		rc = find_release(s, name, meant, err);
	if (rc == 0)
		rc = find_digest(from, name, meant, digest, err);
	if (rc == 0) {
		rc = rai_model_open_copy(
		    from->path, digest[0] != '\0' ? digest : NULL, &profile, &s->model, err);
		if (rc != 0 && meant[0] != '\0')
			rai_wrap(err, "%s", name);
	}
	free(name);
	return rc;
}

int
served_open(const struct served_from *from, struct rai_serve_model *out, struct rai_err *err)
{
	struct served *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return rai_fail_memory(err);
	s->name = from->name == NULL ? NULL : strdup(from->name);
	s->path = strdup(from->path);
	if ((from->name != NULL && s->name == NULL) || s->path == NULL) {
		served_free(s);
		return rai_fail_memory(err);
	}
	if (open_model(s, from, err) != 0) {
		served_free(s);
		return -1;
	}
	if (map_profile(s, err) != 0) {
		served_free(s);
		return rai_wrap(err, "%s", from->path);
	}
	find_facts(s);
	*out = (struct rai_serve_model){
	    .schema = rai_model_schema(s->model),
	    .name = s->name != NULL ? s->name : rai_model_name(s->model),
	    .kind = rai_model_kind(s->model),
	    .version = s->version,
	    .digest = rai_model_digest(s->model),
	    .file = s->path,
	    .nclass = rai_model_classes(s->model),
	    .predict = predict,
	    .predict_rows = predict_rows,
	    .nbin = s->nbin,
	    .bin = bin,
	    .bin_prediction = rai_model_classes(s->model) > 0 ? bin_class : bin_number,
	    .facts = &s->facts,
	    .explain = explain_can(s->model) ? explain_row : NULL,
	    .typical = s->typical,
	    .release = served_free,
	    .payload = s,
	};
	return 0;
}
