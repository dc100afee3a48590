#include "upload_answer.h"

#include <errno.h>
#include <string.h>

#include "agent/common/cleanup.h"

static int take_acked(const json_t *root, uint64_t *ret)
{
	const json_t *acked = json_object_get(root, "acked");

	if (!json_is_integer(acked) || json_integer_value(acked) < 0)
		return -EBADMSG;
	*ret = (uint64_t)json_integer_value(acked);
	return 0;
}

static enum upload_action conflict(const json_t *root, uint64_t *ret_acked)
{
	const char *code = json_string_value(json_object_get(root, "code"));

	if (code != NULL && strcmp(code, "gap") == 0 && take_acked(root, ret_acked) == 0)
		return UPLOAD_RESUME;
	return UPLOAD_STOP;
}

void upload_answer_parse(struct upload_answer *ret, int status, const char *body, size_t size,
			 unsigned retry_after_s)
{
	_cleanup_json_ json_t *root = json_loadb(body, size, JSON_REJECT_DUPLICATES, NULL);

	*ret = (struct upload_answer){ .action = UPLOAD_RETRY, .wait_s = retry_after_s };
	switch (status) {
	case 200:
		if (take_acked(root, &ret->acked) == 0)
			ret->action = UPLOAD_ACKED;
		break;
	case 401:
	case 403:
		ret->action = UPLOAD_DENIED;
		break;
	case 409:
		ret->action = conflict(root, &ret->acked);
		break;
	case 413:
		ret->action = UPLOAD_HALVE;
		break;
	case 408:
	case 429:
		break;
	default:
		if (status >= 400 && status < 500)
			ret->action = UPLOAD_STOP;
	}
}
