#ifndef RAI_MODEL_MODEL_PRIV_H
#define RAI_MODEL_MODEL_PRIV_H

#include "model/model.h"
#include "model/safetensors.h"

/* Inside of this room: a model, which open.c and load.c make and model.c is asked for. */

struct rai_model {
	struct rai_safetensors file;
	struct rai_schema schema;
	struct rai_pipeline pipeline; /* its arrays lie in the mapped file */
	struct rai_impact *impact;    /* the same; NULL: there is none */
	const char *name;
	char *own_name;             /* of a foreign file: where name lies */
	const char *const *command; /* who answers for an external model; ncommand words */
	size_t ncommand;
	char digest[RAI_HASH_DIGEST];
	const char *want; /* while it is opened: the digest that it must have, or NULL */
	int proven;       /* the file had it, so that its content needs no other proof */
	const struct rai_model_also *also; /* likewise, or NULL */
};

/*
 * Makes m what the n bytes at p say, which m->file has been parsed from; their digest is made if
 * nobody has asked for one.  Where that fails m is only good for rai_model_free().
 */
int rai_model_load(struct rai_model *m, const void *p, size_t n, struct rai_err *err);

#endif
