#include "grants_answer.h"

#include <errno.h>

#include "agent/common/cleanup.h"
#include "policy/grant.h"

int grants_answer_parse(const char *body, size_t size, json_t **ret)
{
	_cleanup_json_ json_t *root = json_loadb(body, size, JSON_REJECT_DUPLICATES, NULL);
	json_t *list = json_object_get(root, "grants"), *text;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > GRANTS_ANSWER_MAX)
		return -EBADMSG;
	json_array_foreach (list, i, text) {
		if (!json_is_string(text) || json_string_length(text) == 0 ||
		    json_string_length(text) > GRANT_MAX_BYTES)
			return -EBADMSG;
	}
	*ret = json_incref(list);
	return 0;
}
