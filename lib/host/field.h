#ifndef RAI_HOST_FIELD_H
#define RAI_HOST_FIELD_H

#include <stddef.h>

#include "conf/keys.h"
#include "host/manifest.h"

/*
 * Inside the room: reading one map of a manifest by a table of keys (conf/keys.h).  Every struct
 * that is filled begins with `const struct rai_yaml *elsewhere`; a RAI_KEY_NODE entry at offset 0
 * is a field that means something only on a cluster, and is noted.
 */
struct rai_host_reading {
	struct rai_host_manifest *m;
	const char *file;
	char object[96]; /* "Deployment/house-price-api" */
	struct rai_err *err;
};

#define RAI_HOST_ELSEWHERE(name)                  \
	{                                         \
		name, RAI_KEY_NODE, 0, NULL, NULL \
	}

#define RAI_HOST_FIELD(s, member, name, kind)               \
	{                                                   \
		name, kind, offsetof(s, member), NULL, NULL \
	}

#define RAI_HOST_FIELDS_END                      \
	{                                        \
		NULL, RAI_KEY_END, 0, NULL, NULL \
	}

/* path is the map's ("spec.template.spec"); "" is the document. */
int rai_host_fields(struct rai_host_reading *r, const char *path, const struct rai_yaml *map,
    const struct rai_key *keys, void *out);

int rai_host_note(struct rai_host_reading *r, const char *what, size_t line, int kind_ignored);

/* map must be text by text, as labels are; numbers and booleans must be quoted.  NULL is fine. */
int rai_host_labels(struct rai_host_reading *r, const char *path, const struct rai_yaml *map);

/* A plain number, boolean or null is not text for Kubernetes: it has to be quoted. */
int rai_host_is_text(const struct rai_yaml *node);

/* Reads a Deployment document into the next place of m (deployment.c). */
int rai_host_read_deployment(struct rai_host_reading *r, const struct rai_yaml *doc);

/* Is every pair of selector in labels? */
int rai_host_selects(const struct rai_yaml *selector, const struct rai_yaml *labels);

#endif
