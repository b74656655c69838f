#include "conf/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"
#include "base/num.h"

enum { MAX_KEYS = 64 };

/* The word of the NULL-terminated list nearest to s (edit distance at most 2), or NULL. */
static const char *
nearest(const char *const *words, const char *s)
{
	const char *best = NULL;
	size_t least = RAI_NEAR_LIMIT, d;

	for (; *words != NULL; words++)
		if ((d = rai_near_distance(*words, s)) < least) {
			least = d;
			best = *words;
		}
	return best;
}

static int
unknown(const char *file, const char *path, const struct rai_yaml *key, const struct rai_key *keys,
    struct rai_err *err)
{
	const char *words[MAX_KEYS + 1], *near;
	char list[RAI_ERR_MAX / 2];
	size_t i, n = 0;

	list[0] = '\0';
	for (i = 0; i < MAX_KEYS && keys[i].kind != RAI_KEY_END; i++) {
		words[i] = keys[i].name;
		n += (size_t)snprintf(list + n, n < sizeof(list) ? sizeof(list) - n : 0, "%s%s",
		    i ? ", " : "", keys[i].name);
		if (n >= sizeof(list))
			n = sizeof(list) - 1;
	}
	words[i] = NULL;
	near = nearest(words, key->text);
	if (near != NULL)
		return rai_yaml_fail(err, file, key,
		    "unknown key \"%.60s\" in %s (did you mean \"%s\"?)", key->text, path, near);
	return rai_yaml_fail(
	    err, file, key, "unknown key \"%.60s\" in %s (one of: %s)", key->text, path, list);
}

static int
read_rate(const struct rai_yaml *v, struct rai_rate *out)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"minute", 60000}, {"hour", 3600000}, {"day", 86400000}, {"week", 604800000}};
	const char *slash;
	int64_t n;
	size_t i;

	if (v->kind != RAI_YAML_SCALAR || (slash = strchr(v->text, '/')) == NULL ||
	    rai_num_int(v->text, (size_t)(slash - v->text), 0, 1000000, &n) != 0)
		return -1;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(slash + 1, units[i].name) == 0) {
			*out = (struct rai_rate){n, units[i].ms};
			return 0;
		}
	return -1;
}

static int
read_words(const struct rai_yaml *v, struct rai_words *out)
{
	const struct rai_yaml *const *from = (const struct rai_yaml *const *)v->item;
	size_t i, n = v->n;

	if (v->kind == RAI_YAML_SCALAR) {
		from = &v;
		n = 1;
	} else if (v->kind != RAI_YAML_LIST)
		return -1;
	for (i = 0; i < n; i++)
		if (from[i]->kind != RAI_YAML_SCALAR)
			return -1;
	rai_words_free(out);
	out->word = calloc(n ? n : 1, sizeof(*out->word));
	if (out->word == NULL)
		return -1;
	for (i = 0; i < n; i++)
		out->word[out->n++] = from[i]->text;
	return 0;
}

void
rai_words_free(struct rai_words *w)
{
	free(w->word);
	*w = (struct rai_words){NULL, 0};
}

static int
read_choice(const struct rai_yaml *v, const char *const *choices, int *out)
{
	int i;

	if (v->kind != RAI_YAML_SCALAR)
		return -1;
	for (i = 0; choices[i] != NULL; i++)
		if (strcmp(choices[i], v->text) == 0) {
			*out = i;
			return 0;
		}
	return -1;
}

static void
list_choices(const char *const *choices, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (; *choices != NULL && n < size; choices++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", *choices);
}

/* NULL when the value went into its member, else what would have been right. */
static const char *
read_value(const struct rai_key *k, const struct rai_yaml *v, char *base)
{
	void *out = base + k->offset;

	switch (k->kind) {
	case RAI_KEY_STR:
		if (v->kind != RAI_YAML_SCALAR)
			return "text";
		*(const char **)out = v->text;
		return NULL;
	case RAI_KEY_NUM:
		return rai_yaml_num(v, out) == 0 ? NULL : "a number";
	case RAI_KEY_INT:
		return rai_yaml_int(v, 0, INT64_MAX, out) == 0 ? NULL : "a whole number, 0 or more";
	case RAI_KEY_BOOL:
		return rai_yaml_bool(v, out) == 0 ? NULL : "true or false";
	case RAI_KEY_DURATION:
		return v->kind == RAI_YAML_SCALAR &&
			       rai_num_duration(v->text, strlen(v->text), out) == 0
			   ? NULL
			   : "a duration such as 15s, 6h or 90d";
	case RAI_KEY_RATE:
		return read_rate(v, out) == 0 ? NULL : "a rate such as 3/day";
	case RAI_KEY_WORDS:
		return read_words(v, out) == 0 ? NULL : "a list of words";
	case RAI_KEY_NODE:
		*(const struct rai_yaml **)out = v;
		return NULL;
	default:
		return "known to this program";
	}
}

static int
read_one(const char *file, const char *path, const struct rai_yaml *v, const struct rai_key *k,
    char *base, struct rai_err *err)
{
	char list[160];
	const char *want;

	if (k->kind == RAI_KEY_SECTION)
		return rai_keys_read(file, path, v, k->sub, base, err);
	if (k->kind == RAI_KEY_CHOICE) {
		list_choices(k->choices, list, sizeof(list));
		want = read_choice(v, k->choices, (int *)(base + k->offset)) == 0 ? NULL : list;
	} else
		want = read_value(k, v, base);
	if (want == NULL)
		return 0;
	if (v->kind == RAI_YAML_SCALAR)
		return rai_yaml_fail(err, file, v, "%s: \"%.60s\" is not %s%s", path, v->text,
		    k->kind == RAI_KEY_CHOICE ? "one of: " : "", want);
	return rai_yaml_fail(err, file, v, "%s: must be %s%s", path,
	    k->kind == RAI_KEY_CHOICE ? "one of: " : "", want);
}

int
rai_keys_read(const char *file, const char *path, const struct rai_yaml *map,
    const struct rai_key *keys, void *base, struct rai_err *err)
{
	char sub[256];
	size_t i, k;

	if (rai_yaml_is_null(map))
		return 0;
	if (map->kind != RAI_YAML_MAP)
		return rai_yaml_fail(err, file, map, "%s: must be a map of keys and values", path);
	for (i = 0; i < map->n; i++) {
		for (k = 0; keys[k].kind != RAI_KEY_END; k++)
			if (strcmp(keys[k].name, map->key[i]->text) == 0)
				break;
		if (keys[k].kind == RAI_KEY_END)
			return unknown(file, path, map->key[i], keys, err);
		if (rai_yaml_is_null(map->item[i]))
			continue;
		snprintf(sub, sizeof(sub), "%s.%s", path, keys[k].name);
		if (read_one(file, sub, map->item[i], &keys[k], base, err) != 0)
			return -1;
	}
	return 0;
}
