#include "json_document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "jsonc.h"
#include "text.h"

static int load_stripped(struct json_document *document, unsigned depth, struct rules_error *error)
{
	json_error_t load;
	int r = json_text_load(document->text, document->size, depth, &document->root, &load);

	if (r == -EBADMSG) {
		error->line = load.line > 0 ? load.line : 0;
		error->column = load.column > 0 ? load.column : 0;
		text_sanitise(load.text, strlen(load.text), error->message, sizeof(error->message));
	}
	return r;
}

int json_document_load(const char *text, size_t size, const struct json_limits *limits,
		       struct json_document *ret, struct rules_error *error)
{
	struct json_document document = { 0 };
	struct jsonc_place place;

	*error = (struct rules_error){ 0 };
	if (size > limits->size) {
		snprintf(error->message, sizeof(error->message),
			 "The document is larger than %zu bytes.", limits->size);
		return -E2BIG;
	}
	document.text = malloc(size + 1);
	if (document.text == NULL)
		return -ENOMEM;
	int r = jsonc_strip(text, size, document.text, &document.size, &place);
	if (r < 0)
		*error = (struct rules_error){ place.line, place.column, "",
					       "The comment that begins here does not end." };
	else
		r = load_stripped(&document, limits->depth, error);
	if (r < 0) {
		free(document.text);
		return r;
	}
	*ret = document;
	return 0;
}

void json_document_finish(struct json_document *document)
{
	json_decref(document->root);
	free(document->text);
	*document = (struct json_document){ 0 };
}
