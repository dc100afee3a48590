#include "checkpoint_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "server/pki/cleanup.h"

static int add(struct checkpoint_list *list, const json_t *item, const struct note_key *key)
{
	const json_t *note = json_object_get(item, "note");
	struct checkpoint *items = reallocarray(list->items, list->n + 1, sizeof(*items));

	if (!items) {
		complain(_("out of memory"));
		return -ENOMEM;
	}
	list->items = items;
	if (json_is_string(note) && checkpoint_open(&items[list->n], json_string_value(note),
						    json_string_length(note), key) == 0) {
		list->n++;
		return 0;
	}
	complain(_("checkpoint %zu is not signed by key %s: keep the collector's data as evidence, "
		   "and ask who changed it"),
		 list->n + 1, key->name);
	return -EKEYREJECTED;
}

static int fetch_page(struct checkpoint_list *list, struct api *api, const struct note_key *key,
		      json_int_t *after)
{
	_cleanup_json_ json_t *reply = NULL;
	struct api_path path;
	char number[24];
	const json_t *page, *item;
	size_t i;
	int r;

	snprintf(number, sizeof(number), "%lld", (long long)*after);
	api_path_start(&path, "/api/v1/checkpoints");
	api_path_query(&path, "after", number);
	r = api_get(api, &path, &reply);
	if (r < 0)
		return r;
	page = json_object_get(reply, "checkpoints");
	json_array_foreach (page, i, item) {
		r = add(list, item, key);
		if (r < 0)
			return r;
		*after = json_integer_value(json_object_get(item, "number"));
	}
	return json_array_size(page) > 0;
}

int checkpoint_list_fetch(struct checkpoint_list *ret, struct api *api, const struct note_key *key)
{
	struct checkpoint_list list = { 0 };
	json_int_t after = 0;
	int r;

	do
		r = fetch_page(&list, api, key, &after);
	while (r > 0);
	if (r < 0)
		checkpoint_list_finish(&list);
	else
		*ret = list;
	return r;
}

void checkpoint_list_finish(struct checkpoint_list *list)
{
	free(list->items);
	*list = (struct checkpoint_list){ 0 };
}
