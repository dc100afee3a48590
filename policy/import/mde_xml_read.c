/* From bytes to elements. */
#include "mde_xml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "policy/suggest.h"
#include "policy/text.h"

struct reading {
	struct mde *mde;
	XML_Parser parser;
	struct mde_element *root, *open;
	unsigned levels;
	size_t n_elements;
	char *text; /* of the open element; owned */
	size_t length, room;
	int result;
};

static int place_fail(struct reading *reading, const char *message)
{
	return mde_fail(reading->mde, (int)XML_GetCurrentLineNumber(reading->parser),
			(int)XML_GetCurrentColumnNumber(reading->parser) + 1, "", "%s", message);
}

static void stop(struct reading *reading, int r)
{
	if (reading->result == 0)
		reading->result = r;
	(void)XML_StopParser(reading->parser, XML_FALSE);
}

static int add_attributes(struct reading *reading, struct mde_element *element,
			  const XML_Char **attributes)
{
	struct mde *mde = reading->mde;

	for (; *attributes != NULL; attributes += 2) {
		struct mde_attribute *attribute;
		int r = mde_take(mde, sizeof(*attribute), &attribute);

		if (r == 0)
			r = mde_copy(mde, attributes[0], strlen(attributes[0]), &attribute->name);
		if (r == 0)
			r = mde_copy(mde, attributes[1], strlen(attributes[1]), &attribute->value);
		if (r < 0)
			return r;
		attribute->next = element->attributes;
		element->attributes = attribute;
	}
	return 0;
}

/* Bytes of the space that @text begins with: white space, or the no-break space that editors put.
 */
static size_t space(const char *text, size_t length)
{
	if (length >= 1 && strchr(" \t\r\n", *text) != NULL)
		return 1;
	return length >= 2 && memcmp(text, "\xc2\xa0", 2) == 0 ? 2 : 0;
}

static size_t space_before(const char *end, size_t length)
{
	size_t n = length >= 1 ? space(end - 1, 1) : 0;

	return n == 0 && length >= 2 ? space(end - 2, 2) : n;
}

/* Cut space off both ends of the text at hand. */
static const char *trimmed(const struct reading *reading, size_t *ret_length)
{
	const char *text = reading->text == NULL ? "" : reading->text;
	size_t length = reading->length, n;

	while ((n = space_before(text + length, length)) > 0)
		length -= n;
	while ((n = space(text, length)) > 0) {
		text += n;
		length -= n;
	}
	*ret_length = length;
	return text;
}

static int open_element(struct reading *reading, const XML_Char *name, const XML_Char **attributes)
{
	struct mde *mde = reading->mde;
	struct mde_element *element, *parent = reading->open;
	size_t length;

	(void)trimmed(reading, &length);
	if (length > 0)
		return place_fail(reading, "Text has no place beside elements.");
	if (reading->levels == MDE_XML_MAX_LEVELS)
		return place_fail(reading, "Too many elements are inside each other.");
	if (reading->n_elements++ == MDE_XML_MAX_ELEMENTS)
		return mde_too_much(mde, MDE_XML_MAX_ELEMENTS, "elements");
	int r = mde_take(mde, sizeof(*element), &element);
	if (r == 0)
		r = mde_copy(mde, name, strlen(name), &element->name);
	if (r == 0)
		r = add_attributes(reading, element, attributes);
	if (r < 0)
		return r;
	element->text = "";
	element->line = (int)XML_GetCurrentLineNumber(reading->parser);
	element->column = (int)XML_GetCurrentColumnNumber(reading->parser) + 1;
	element->parent = parent;
	if (parent == NULL)
		reading->root = element;
	else if (parent->first == NULL)
		parent->first = element;
	else
		parent->last->next = element;
	if (parent != NULL)
		parent->last = element;
	reading->open = element;
	reading->levels++;
	reading->length = 0;
	return 0;
}

static void on_open(void *user, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *reading = user;
	int r = open_element(reading, name, attributes);

	if (r < 0)
		stop(reading, r);
}

static void on_close(void *user, const XML_Char *name)
{
	struct reading *reading = user;
	struct mde_element *element = reading->open;
	size_t length;
	const char *text = trimmed(reading, &length);
	int r = 0;

	(void)name;
	if (length > 0 && element->first != NULL)
		r = place_fail(reading, "Text has no place beside elements.");
	else if (length > 0)
		r = mde_copy(reading->mde, text, length, &element->text);
	reading->open = element->parent;
	reading->levels--;
	reading->length = 0;
	if (r < 0)
		stop(reading, r);
}

static void on_text(void *user, const XML_Char *text, int length)
{
	struct reading *reading = user;
	const size_t wanted = reading->length + (size_t)length;

	if (wanted > reading->room) {
		char *grown = realloc(reading->text, 2 * wanted);

		if (grown == NULL) {
			stop(reading, -ENOMEM);
			return;
		}
		reading->text = grown;
		reading->room = 2 * wanted;
	}
	memcpy(reading->text + reading->length, text, (size_t)length);
	reading->length = wanted;
}

static void on_doctype(void *user, const XML_Char *name, const XML_Char *system,
		       const XML_Char *public, int has_subset)
{
	struct reading *reading = user;

	(void)name, (void)system, (void)public, (void)has_subset;
	stop(reading, place_fail(reading, "A document type definition has no place in a policy."));
}

static int parse(struct reading *reading)
{
	const struct import_file *file = reading->mde->file;

	XML_SetUserData(reading->parser, reading);
	XML_SetElementHandler(reading->parser, on_open, on_close);
	XML_SetCharacterDataHandler(reading->parser, on_text);
	XML_SetStartDoctypeDeclHandler(reading->parser, on_doctype);
	const enum XML_Status status =
		XML_Parse(reading->parser, file->text, (int)file->size, XML_TRUE);
	if (reading->result < 0 || status == XML_STATUS_OK)
		return reading->result;
	const enum XML_Error error = XML_GetErrorCode(reading->parser);
	if (error == XML_ERROR_NO_MEMORY)
		return -ENOMEM;
	return place_fail(reading, XML_ErrorString(error));
}

int mde_xml_read(struct mde *mde, struct mde_element **ret)
{
	const XML_Memory_Handling_Suite memory = { malloc, realloc, free };
	struct reading reading = { .mde = mde };

	if (mde->file->size > IMPORT_MAX_BYTES)
		return mde_too_much(mde, IMPORT_MAX_BYTES, "bytes");
	reading.parser = XML_ParserCreate_MM(NULL, &memory, NULL);
	if (reading.parser == NULL)
		return -ENOMEM;
	int r = parse(&reading);
	XML_ParserFree(reading.parser);
	free(reading.text);
	if (r == 0)
		*ret = reading.root;
	return r;
}

int mde_xml_fail(struct mde *mde, const struct mde_element *element, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int r = mde_fail_list(mde, element->line, element->column, element->name, format,
			      arguments);
	va_end(arguments);
	return r;
}

int mde_xml_fail_word(struct mde *mde, const struct mde_element *element, const char *word,
		      const char *const *words, size_t n)
{
	const char *near = suggest(word, words, n);
	char shown[60];

	text_sanitise(word, strlen(word), shown, sizeof(shown));
	if (near != NULL)
		return mde_xml_fail(mde, element, "\"%s\" is not known here; did you mean \"%s\"?",
				    shown, near);
	return mde_xml_fail(mde, element, "\"%s\" is not known here.", shown);
}

const struct mde_element *mde_xml_child(const struct mde_element *element, const char *name)
{
	const struct mde_element *child = element->first;

	while (child != NULL && strcmp(child->name, name) != 0)
		child = child->next;
	return child;
}

const char *mde_xml_attribute(const struct mde_element *element, const char *name)
{
	const struct mde_attribute *attribute = element->attributes;

	while (attribute != NULL && strcmp(attribute->name, name) != 0)
		attribute = attribute->next;
	return attribute == NULL ? NULL : attribute->value;
}

/* Place of @word in @words, or their number, which goes to *@ret_n. */
static size_t find(const char *word, const char *const *words, size_t *ret_n)
{
	size_t place = 0;

	for (*ret_n = 0; words[*ret_n] != NULL; (*ret_n)++)
		if (strcmp(word, words[*ret_n]) != 0 && place == *ret_n)
			place++;
	return place;
}

int mde_xml_check(struct mde *mde, const struct mde_element *element, const char *const *children,
		  const char *many, const char *const *attributes)
{
	size_t n;

	for (const struct mde_attribute *a = element->attributes; a != NULL; a = a->next)
		if (find(a->name, attributes, &n) == n)
			return mde_xml_fail_word(mde, element, a->name, attributes, n);
	for (const struct mde_element *child = element->first; child != NULL; child = child->next) {
		if (find(child->name, children, &n) == n)
			return mde_xml_fail_word(mde, child, child->name, children, n);
		if (mde_xml_child(element, child->name) != child &&
		    (many == NULL || strcmp(child->name, many) != 0))
			return mde_xml_fail(mde, child, "This element is there twice.");
	}
	return 0;
}

int mde_xml_id(struct mde *mde, const struct mde_element *element, char ret[static MDE_GUID_SIZE])
{
	const char *id = mde_xml_attribute(element, "Id");

	if (id == NULL)
		return mde_xml_fail(mde, element, "The attribute \"Id\" is missing here.");
	if (mde_guid(id, ret) < 0)
		return mde_xml_fail(mde, element, "The attribute \"Id\" is no GUID.");
	return 0;
}
