#include "media_register.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "policy/text.h"
#include "server/pki/cleanup.h"

static int compare(const void *a, const void *b)
{
	const struct medium *x = a, *y = b;
	int order = memcmp(x->key, y->key, DEVICE_KEY_SIZE);

	return order ? order : (int)x->withdrawn - (int)y->withdrawn;
}

static int parse_functions(const json_t *list, function_set *ret)
{
	function_set set = 0;
	const json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		int function = json_is_string(item) ? function_from_text(json_string_value(item))
						    : -EINVAL;

		if (function < 0)
			return -EBADMSG;
		set |= FUNCTION_BIT(function);
	}
	if (set == 0)
		return -EBADMSG;
	*ret = set;
	return 0;
}

/* The collector may leave the list out. */
static int parse_modifiers(const json_t *list, modifier_set *ret)
{
	const json_t *item;
	size_t i;

	if (list && !json_is_array(list))
		return -EBADMSG;
	json_array_foreach (list, i, item) {
		int bit = json_is_string(item) ? modifier_from_text(json_string_value(item))
					       : -EINVAL;

		if (bit < 0)
			return -EBADMSG;
		*ret |= (modifier_set)bit;
	}
	return 0;
}

static int take_text(char *ret, size_t ret_size, const char *text)
{
	size_t size = strlen(text);

	if (size == 0 || size >= ret_size)
		return -EBADMSG;
	memcpy(ret, text, size + 1);
	return 0;
}

/* The member @name of @json, a text; NULL where it is absent or null. */
static int optional_text(const json_t *json, const char *name, const char **ret)
{
	const json_t *value = json_object_get(json, name);

	if (value && !json_is_null(value) && !json_is_string(value))
		return -EBADMSG;
	*ret = json_string_value(value);
	return 0;
}

static int parse_digest(uint8_t ret[static 16], const char *hex)
{
	uint8_t whole[32];

	if (!hex)
		return 0;
	if (text_unhex(hex, whole, sizeof(whole)) < 0)
		return -EBADMSG;
	memcpy(ret, whole, 16);
	return 0;
}

/* @ret is zeroed. */
static int parse_medium(struct medium *ret, json_t *json)
{
	const char *tag, *vendor, *product, *serial, *verdict, *digest, *withdrawn, *bus_word;
	json_t *functions;
	int word, bus;

	if (json_unpack(json, "{ss ss ss ss ss so}", "tag", &tag, "vendor", &vendor, "product",
			&product, "serial", &serial, "verdict", &verdict, "functions",
			&functions) < 0 ||
	    optional_text(json, "bus", &bus_word) < 0 ||
	    optional_text(json, "digest", &digest) < 0 ||
	    optional_text(json, "withdrawn", &withdrawn) < 0)
		return -EBADMSG;
	word = verdict_from_text(verdict);
	bus = bus_word ? bus_from_text(bus_word) : BUS_USB;
	if (word < 0 || bus < 0 || device_spec_id(vendor, &ret->spec.vendor) < 0 ||
	    device_spec_id(product, &ret->spec.product) < 0 ||
	    take_text(ret->spec.serial, sizeof(ret->spec.serial), serial) < 0 ||
	    take_text(ret->spec.tag, sizeof(ret->spec.tag), tag) < 0 ||
	    parse_functions(functions, &ret->functions) < 0 ||
	    parse_modifiers(json_object_get(json, "modifiers"), &ret->modifiers) < 0 ||
	    parse_digest(ret->digest, digest) < 0)
		return -EBADMSG;
	ret->spec.bus = (enum bus)bus;
	ret->verdict = (enum verdict)word;
	ret->withdrawn = withdrawn != NULL;
	device_spec_key(&ret->spec, ret->key);
	return 0;
}

int media_register_parse(struct media_register *ret, const json_t *json)
{
	const json_t *list = json_object_get(json, "media");
	size_t n = json_array_size(list), i;
	struct medium *media;
	json_t *item;

	if (!json_is_array(list)) {
		complain(_("the collector's answer holds no register of media"));
		return -EBADMSG;
	}
	media = calloc(n + 1, sizeof(*media));
	if (!media)
		return -ENOMEM;
	json_array_foreach (list, i, item) {
		if (parse_medium(&media[i], item) < 0) {
			complain(_("entry %zu of the collector's register is malformed; "
				   "nothing was taken from it"),
				 i + 1);
			free(media);
			return -EBADMSG;
		}
	}
	qsort(media, n, sizeof(*media), compare);
	*ret = (struct media_register){ n, media };
	return 0;
}

int media_register_fetch(struct media_register *ret, struct api *api)
{
	_cleanup_json_ json_t *json = NULL;
	struct api_path path;
	int r;

	api_path_start(&path, "/api/v1/media");
	r = api_get(api, &path, &json);
	return r < 0 ? r : media_register_parse(ret, json);
}

void media_register_finish(struct media_register *media)
{
	free(media->media);
	*media = (struct media_register){ 0 };
}

const struct medium *media_register_find(const struct media_register *media,
					 const uint8_t key[static DEVICE_KEY_SIZE])
{
	size_t low = 0, high = media->n;

	while (low < high) { /* the first that is not below @key */
		size_t middle = low + (high - low) / 2;

		if (memcmp(media->media[middle].key, key, DEVICE_KEY_SIZE) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < media->n && memcmp(media->media[low].key, key, DEVICE_KEY_SIZE) == 0)
		return &media->media[low];
	return NULL;
}

int media_register_entries(const struct media_register *media, struct registered_entry **ret,
			   size_t *ret_n)
{
	struct registered_entry *entries = calloc(media->n + 1, sizeof(*entries));
	size_t n = 0;

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < media->n; i++) {
		const struct medium *medium = &media->media[i];
		struct registered_entry *entry = &entries[n];

		if (medium->withdrawn)
			continue;
		memcpy(entry->key, medium->key, sizeof(entry->key));
		memcpy(entry->digest, medium->digest, sizeof(entry->digest));
		memcpy(entry->tag, medium->spec.tag, sizeof(entry->tag));
		entry->verdict = medium->verdict;
		entry->modifiers = medium->modifiers;
		entry->functions = medium->functions;
		n++;
	}
	*ret = entries;
	*ret_n = n;
	return 0;
}
