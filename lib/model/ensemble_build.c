#include "model/ensemble_build.h"

#include <stdlib.h>
#include <string.h>

void
rai_ensemble_build_init(struct rai_ensemble_build *b)
{
	rai_buf_init(&b->node, RAI_ENSEMBLE_BYTES);
	rai_buf_init(&b->root, RAI_ENSEMBLE_BYTES);
	rai_buf_init(&b->set, RAI_ENSEMBLE_BYTES);
	rai_buf_init(&b->base, RAI_ENSEMBLE_BYTES);
}

void
rai_ensemble_build_release(struct rai_ensemble_build *b)
{
	rai_buf_free(&b->node);
	rai_buf_free(&b->root);
	rai_buf_free(&b->set);
	rai_buf_free(&b->base);
}

/* A node that is still to be laid down, and whose child it is. */
struct waiting {
	size_t at;     /* in the file's tree */
	size_t parent; /* in the ensemble; SIZE_MAX: the root */
	enum { LEFT, RIGHT } side;
};

struct laying {
	struct rai_ensemble_build *b;
	const struct rai_ensemble_node *tree;
	size_t n;
	unsigned char *seen;   /* n */
	struct waiting *stack; /* n + 1 */
	size_t depth;
};

static int
push(struct laying *l, int32_t child, size_t parent, int side, struct rai_err *err)
{
	if (child < 0 || (size_t)child >= l->n)
		return rai_fail(err, RAI_EINPUT, "a child that is not there (%d of %zu nodes)",
		    (int)child, l->n);
	if (l->seen[child]++)
		return rai_fail(err, RAI_EINPUT, "node %d has two parents", (int)child);
	l->stack[l->depth++] = (struct waiting){(size_t)child, parent, side ? RIGHT : LEFT};
	return 0;
}

/* Lays the tree down in preorder. */
static int
lay(struct laying *l, struct rai_err *err)
{
	while (l->depth > 0) {
		struct waiting w = l->stack[--l->depth];
		struct rai_ensemble_node p = l->tree[w.at], *parent;
		size_t me = l->b->node.len / sizeof(p);

		if (me >= INT32_MAX / 2)
			return rai_fail(err, RAI_EINPUT, "too many nodes");
		if (w.parent != SIZE_MAX) {
			parent = (struct rai_ensemble_node *)(void *)l->b->node.ptr + w.parent;
			*(w.side == LEFT ? &parent->left : &parent->right) = (int32_t)me;
		}
		if ((p.flags & RAI_ENSEMBLE_LEAF) == 0 &&
		    (push(l, p.right, me, 1, err) != 0 || push(l, p.left, me, 0, err) != 0))
			return -1;
		rai_buf_add(&l->b->node, &p, sizeof(p));
		if (rai_buf_check(&l->b->node, "trees", err) != 0)
			return -1;
	}
	return 0;
}

int
rai_ensemble_build_tree(struct rai_ensemble_build *b, const struct rai_ensemble_node *tree,
    size_t n, size_t group, struct rai_err *err)
{
	int64_t root = (int64_t)(b->node.len / sizeof(*tree));
	struct laying l = {.b = b, .tree = tree, .n = n};
	int rc = -1;

	l.seen = calloc(n + 1, 1);
	l.stack = calloc(n + 1, sizeof(*l.stack));
	if (l.seen == NULL || l.stack == NULL)
		rai_fail_memory(err);
	else if (push(&l, 0, SIZE_MAX, 0, err) == 0 && lay(&l, err) == 0) {
		((struct rai_ensemble_node *)(void *)b->node.ptr)[root].group = (uint16_t)group;
		rai_buf_add(&b->root, &root, sizeof(root));
		rc = rai_buf_check(&b->root, "trees", err);
	}
	free(l.seen);
	free(l.stack);
	return rc;
}

int
rai_ensemble_build_set(struct rai_ensemble_build *b, size_t words, int32_t *at, struct rai_err *err)
{
	static const uint32_t none;
	size_t k, n = b->set.len / sizeof(none);

	if (words > (size_t)1 << 20 || n > INT32_MAX - words)
		return rai_fail(err, RAI_EINPUT, "a set of too many categories");
	for (k = 0; k < words; k++)
		rai_buf_add(&b->set, &none, sizeof(none));
	*at = (int32_t)n;
	return rai_buf_check(&b->set, "categories", err);
}

void
rai_ensemble_build_put(struct rai_ensemble_build *b, int32_t at, uint32_t category)
{
	uint32_t *set = (uint32_t *)(void *)b->set.ptr + at;

	set[category / 32] |= UINT32_C(1) << category % 32;
}

/* The array of a buffer, now owned by e; count of its elements. */
static const void *
take(struct rai_ensemble *e, size_t slot, struct rai_buf *from, size_t size, size_t *count)
{
	*count = from->len / size;
	return e->own[slot] = rai_buf_take(from);
}

int
rai_ensemble_build_finish(struct rai_ensemble_build *b, struct rai_fitted *f, struct rai_err *err)
{
	struct rai_ensemble *e = calloc(1, sizeof(*e));
	int64_t end = (int64_t)(b->node.len / sizeof(*e->node));
	static const uint32_t none;
	size_t roots;

	if (e == NULL)
		return rai_fail_memory(err);
	f->state = e;
	rai_buf_add(&b->root, &end, sizeof(end));
	/* never empty, and whole eights of bytes: the nodes behind it in a file stay aligned */
	do
		rai_buf_add(&b->set, &none, sizeof(none));
	while (!b->set.bad && b->set.len % 8 != 0);
	if (rai_buf_check(&b->root, "trees", err) != 0 ||
	    rai_buf_check(&b->set, "categories", err) != 0)
		return -1;
	e->node = take(e, 0, &b->node, sizeof(*e->node), &e->nnode);
	e->root = take(e, 1, &b->root, sizeof(*e->root), &roots);
	e->set = take(e, 2, &b->set, sizeof(*e->set), &e->nset);
	e->base = take(e, 3, &b->base, sizeof(*e->base), &e->ngroup);
	if (e->node == NULL || e->root == NULL || e->set == NULL || e->base == NULL)
		return rai_fail_memory(err);
	e->ntree = roots - 1;
	return rai_ensemble_check(e, f->width, err);
}
