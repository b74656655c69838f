#ifndef RAI_HOST_MANIFEST_H
#define RAI_HOST_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "conf/yaml.h"

/*
 * Kubernetes manifests as plain structs: Deployment (apps/v1) and Service (v1), the fields that
 * processes on one machine can honour.  Fields that mean something only on a cluster are
 * accepted and noted; an unknown field is an error with file, line, column and nearest name.
 * Documents of other kinds are noted and skipped.
 */
struct rai_host_probe {
	int given;
	const char *path;
	int64_t delay_ms, period_ms, timeout_ms;
	int64_t failures, successes; /* in a row, until the verdict turns */
};

struct rai_host_env {
	const char *name;
	const char *value; /* NULL: the replica's own name (fieldRef metadata.name) */
};

struct rai_host_deployment {
	const char *file, *name;
	int64_t replicas, surge, unavailable; /* surge and unavailable are resolved, never both 0 */
	int recreate;                         /* stop the old ones first */
	int64_t min_ready_ms, deadline_ms, grace_ms;
	const struct rai_yaml *labels, *annotations; /* of the template; may be NULL */
	const char *container, *image;
	const char **command, **args; /* NULL-terminated; freed by rai_host_manifest_free */
	struct rai_host_env *env;     /* n_env */
	size_t n_env;
	struct rai_host_probe ready, live;
	const struct rai_yaml *image_node, *object;
	const struct rai_host_service *service; /* whose selector matches, or NULL */
	char *image_dir;                        /* where the image is unpacked; set by the caller */
	char *model;                            /* its name in release.json, or NULL; caller sets */
	char hash[RAI_HASH_HEX];                /* the template's revision */
};

struct rai_host_service {
	const char *file, *name, *port_name; /* port_name may be NULL */
	int64_t port;
	int64_t host_port; /* the port on this machine: port, unless it is mapped */
	const struct rai_yaml *selector, *object;
};

struct rai_host_note {
	const char *file, *what; /* "Deployment/x spec.template.spec.securityContext" */
	size_t line;
	int kind_ignored; /* the whole document is of a kind that is not for this target */
};

struct rai_host_manifest {
	struct rai_host_deployment *deployment; /* n_deployments */
	size_t n_deployments;
	struct rai_host_service *service; /* n_services */
	size_t n_services;
	struct rai_host_note *note; /* n_notes; what is not applied here */
	size_t n_notes;
	struct rai_yaml_docs *docs; /* n_docs; own every string above */
	size_t n_docs;
	char **text; /* n_text: strings that stand in no document */
	size_t n_text;
};

/* Reads all documents of one file; call once per file, then rai_host_manifest_link(). */
int rai_host_manifest_add(struct rai_host_manifest *m, const char *file, const char *text,
    size_t len, struct rai_err *err);

struct rai_host_port {
	int64_t service, host;
};

/*
 * Checks what concerns several documents (one name twice, no Deployment at all), joins Services
 * to Deployments by their selectors and computes the template hashes.  The n mapped ports
 * stand for those of the Services.
 */
int rai_host_manifest_link(
    struct rai_host_manifest *m, const struct rai_host_port *map, size_t n, struct rai_err *err);

void rai_host_manifest_free(struct rai_host_manifest *m); /* and empties it */

#endif
