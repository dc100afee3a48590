#include "bluetooth_records.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "policy/text.h"

static int parse_line(const char *line, struct sdp_record *ret)
{
	const char *hex = strchr(line, '=');
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size;
	int r;

	if (hex == NULL)
		return -EBADMSG;
	size = strlen(++hex) / 2;
	bytes = malloc(size + 1);
	if (bytes == NULL)
		return -ENOMEM;
	r = text_unhex(hex, bytes, size);
	return r < 0 ? r : sdp_record_parse(bytes, size, ret);
}

size_t bluetooth_records_parse(char *text, struct sdp_record *ret, size_t max)
{
	bool in_group = false;
	char *save = NULL;
	size_t n = 0;

	for (char *line = strtok_r(text, "\n", &save); line != NULL && n < max;
	     line = strtok_r(NULL, "\n", &save)) {
		if (line[0] == '[')
			in_group = strcmp(line, "[ServiceRecords]") == 0;
		else if (in_group && parse_line(line, &ret[n]) == 0)
			n++;
	}
	return n;
}

int bluetooth_records_read(const char *state, const char *adapter, const char *peer,
			   struct sdp_record *ret, size_t max)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/%s/cache/%s", state, adapter, peer);
	r = file_read(AT_FDCWD, path, BLUETOOTH_RECORDS_MAX_BYTES, &text, NULL);
	return r < 0 ? r : (int)bluetooth_records_parse(text, ret, max);
}
