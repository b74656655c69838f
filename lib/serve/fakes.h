#ifndef RAI_SERVE_FAKES_H
#define RAI_SERVE_FAKES_H

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/tap.h"
#include "json/json.h"
#include "serve/asker.h"

/*
 * For tests of an app with models that multiply: of one that predicts Price, and of one that
 * predicts whether something is sold.
 */
static const char schema_text[] =
    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\",\"min\":1,\"max\":10},"
    "{\"name\":\"<Type>\",\"type\":\"category\",\"levels\":[\"h\",\"t&t\"]}],"
    "\"target\":{\"name\":\"Price\",\"type\":\"number\"}}";

/* A model that multiplies; released counts what the app gave back. */
struct fake {
	struct rai_schema schema;
	double factor;
	atomic_int *released; /* by a thread that has time */
};

static const size_t nbin[] = {4, 4, 3};

static inline void
predict(const void *p, const struct rai_cell *cells, double *out)
{
	out[0] = ((const struct fake *)p)->factor * cells[0].num;
}

static inline size_t
bin(const void *p, size_t col, const struct rai_cell *cell)
{
	(void)p;
	if (col == 1)
		return cell->code >= 0                  ? (size_t)cell->code
		       : cell->code == RAI_CODE_MISSING ? 2
							: 3;
	return isnan(cell->num) ? 2 : cell->num >= 5;
}

static inline size_t
bin_prediction(const void *p, const double *out)
{
	(void)p;
	(void)out;
	return 0;
}

static inline void
release(void *p)
{
	struct fake *f = p;

	++*f->released;
	rai_schema_release(&f->schema);
	free(f);
}

static inline struct rai_serve_model
fake(const char *version, double factor, atomic_int *released)
{
	struct cJSON *doc = rai_json_parse(schema_text, strlen(schema_text), NULL);
	struct fake *f = calloc(1, sizeof(*f));

	if (f == NULL || rai_schema_read(doc, &f->schema, NULL) != 0)
		abort();
	rai_json_free(doc);
	f->factor = factor;
	f->released = released;
	return (struct rai_serve_model){.schema = &f->schema,
	    .name = "house",
	    .kind = "fake",
	    .version = version,
	    .digest = "sha256:00",
	    .predict = predict,
	    .nbin = nbin,
	    .bin = bin,
	    .bin_prediction = bin_prediction,
	    .release = release,
	    .payload = f};
}

struct fixture {
	struct rai_clock clock;
	struct asker at;
	atomic_int released;
};

/* Until so many have been given back, for at most 10 s. */
static inline int
released_comes_to(struct fixture *f, int n)
{
	const struct timespec pause = {0, 2000000};
	int i;

	for (i = 0; i < 5000 && f->released != n; i++)
		nanosleep(&pause, NULL);
	return f->released == n;
}

/* The same over the admin socket. */
static inline const char *
order(struct asker *a, const char *method, const char *path, const char *body)
{
	a->admin = 1;
	ask(a, method, path, body);
	a->admin = 0;
	return a->reply.body.ptr;
}

static inline void
begin(struct fixture *f, struct rai_serve_app_config config)
{
	const struct rai_serve_model m = fake("v1", 100, &f->released);
	struct rai_err err = RAI_ERR_INIT;

	f->released = 0;
	f->clock = (struct rai_clock){1, 1793261000123};
	config.clock = &f->clock;
	config.window = 10;
	config.lanes = 2;
	if (!ok(asker_begin(&f->at, NULL) == 0 &&
		    rai_serve_app_new(&config, &m, 1, &f->at.app, &err) == 0,
		"an app"))
		exit(1);
}

static inline void
end(struct fixture *f)
{
	asker_end(&f->at);
	rai_serve_app_free(f->at.app);
}

static inline void
classify(const void *p, const struct rai_cell *cells, double *out)
{
	(void)p;
	out[0] = cells[0].num / 10;
	out[1] = 1 - out[0];
}

static const char class_schema[] =
    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\"}],"
    "\"target\":{\"name\":\"Sold\",\"type\":\"category\",\"levels\":[\"0\",\"yes\"]}}";

static inline struct rai_serve_model
fake_classes(atomic_int *released)
{
	struct rai_serve_model m = fake("c1", 1, released);
	struct cJSON *doc = rai_json_parse(class_schema, strlen(class_schema), NULL);
	struct fake *f = m.payload;

	rai_schema_release(&f->schema);
	if (rai_schema_read(doc, &f->schema, NULL) != 0)
		abort();
	rai_json_free(doc);
	m.name = "sold";
	m.nclass = 2;
	m.predict = classify;
	m.nbin = NULL;
	return m;
}

/* Two models: one of numbers, the default, and one of classes. */
static inline void
begin_two(struct fixture *f)
{
	struct rai_serve_app_config config = {.clock = &f->clock, .window = 10, .lanes = 2};
	struct rai_serve_model m[2];
	struct rai_err err = RAI_ERR_INIT;

	f->released = 0;
	f->clock = (struct rai_clock){1, 1793261000123};
	m[0] = fake("v1", 100, &f->released);
	m[1] = fake_classes(&f->released);
	if (!ok(asker_begin(&f->at, NULL) == 0 &&
		    rai_serve_app_new(&config, m, 2, &f->at.app, &err) == 0,
		"two"))
		exit(1);
}

#endif
