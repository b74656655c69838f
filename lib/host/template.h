#ifndef RAI_HOST_TEMPLATE_H
#define RAI_HOST_TEMPLATE_H

#include "host/manifest.h"
#include "json/json.h"

/*
 * A Deployment's template as canonical JSON, its hash, and the concrete process it asks for.
 */

/* SHA-256 (hex) over the canonical template: what makes two replicas the same revision. */
int rai_host_template_hash(
    const struct rai_host_deployment *d, char hex[RAI_HASH_HEX], struct rai_err *err);

/* The live object as a person may edit it: indented JSON, one member per line. */
int rai_host_live_text(const struct rai_host_deployment *d, const char *revision,
    struct rai_buf *out, struct rai_err *err);

/* What one replica is: everything that is needed to start, watch and stop it. */
struct rai_host_spec {
	char hash[RAI_HASH_HEX];
	char *image;
	char **argv, **env; /* NULL-terminated; env holds "NAME=value" */
	int64_t grace_ms, min_ready_ms;
	struct {
		int given;
		char *path;
		int64_t delay_ms, period_ms, timeout_ms, failures, successes;
	} probe[2]; /* RAI_HOST_READY, RAI_HOST_LIVE */
};

enum { RAI_HOST_READY, RAI_HOST_LIVE };

/*
 * Fills out for the replica name: $(VAR) in command, args and env is expanded as Kubernetes
 * does ($$ is a dollar, an unknown name stays), RAI_IMAGE_ROOT is the unpacked image.
 * base ("NAME=value", NULL-terminated) is the environment below the declared one.
 */
int rai_host_spec_make(const struct rai_host_deployment *d, const char *name,
    const char *const *base, struct rai_host_spec *out, struct rai_err *err);

void rai_host_spec_write(struct rai_jw *w, const struct rai_host_spec *s);
int rai_host_spec_read(const struct cJSON *obj, struct rai_host_spec *out, struct rai_err *err);
void rai_host_spec_release(struct rai_host_spec *s); /* and empties it */

#endif
