#include "enrol_answer.h"

#include <errno.h>
#include <string.h>

#include "agent/common/cleanup.h"

int enrol_answer_parse(const char *text, size_t size, char **ret_pem)
{
	_cleanup_json_ json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	const char *pem = json_string_value(json_object_get(root, "certificate"));

	if (pem == NULL || !json_is_string(json_object_get(root, "host")))
		return -EBADMSG;
	*ret_pem = strdup(pem);
	return *ret_pem == NULL ? -ENOMEM : 0;
}

bool enrol_answer_final(int status)
{
	return status >= 400 && status < 500 && status != 408 && status != 429;
}
