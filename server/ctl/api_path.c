#include "api_path.h"

#include <stdio.h>
#include <string.h>

static void append(struct api_path *path, const char *text, size_t size)
{
	if (size >= sizeof(path->text) - path->size) {
		path->overflow = true;
		return;
	}
	memcpy(path->text + path->size, text, size);
	path->size += size;
	path->text[path->size] = '\0';
}

static void append_encoded(struct api_path *path, const char *text)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";

	for (; *text; text++) {
		char code[4];

		if (strchr(unreserved, *text)) {
			append(path, text, 1);
		} else {
			snprintf(code, sizeof(code), "%%%02X", (unsigned char)*text);
			append(path, code, 3);
		}
	}
}

void api_path_start(struct api_path *path, const char *prefix)
{
	path->size = 0;
	path->overflow = path->query = false;
	path->text[0] = '\0';
	append(path, prefix, strlen(prefix));
}

void api_path_segment(struct api_path *path, const char *segment)
{
	append(path, "/", 1);
	append_encoded(path, segment);
}

void api_path_query(struct api_path *path, const char *name, const char *value)
{
	if (!value)
		return;
	append(path, path->query ? "&" : "?", 1);
	path->query = true;
	append_encoded(path, name);
	append(path, "=", 1);
	append_encoded(path, value);
}
