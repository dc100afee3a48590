#include "facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const char head[] = "devgate-facts-1";

/* One line, without its end. */
struct line {
	const char *text;
	size_t size;
};

/* Take the next line off @rest; false if there is none that ends. */
static bool next_line(struct line *rest, struct line *ret)
{
	const char *end = memchr(rest->text, '\n', rest->size);

	if (end == NULL)
		return false;
	*ret = (struct line){ rest->text, (size_t)(end - rest->text) };
	rest->text += ret->size + 1;
	rest->size -= ret->size + 1;
	return true;
}

/* Take @word and a space off @line. */
static bool take_word(struct line *line, const char *word)
{
	const size_t size = strlen(word);

	if (line->size <= size || memcmp(line->text, word, size) != 0 || line->text[size] != ' ')
		return false;
	line->text += size + 1;
	line->size -= size + 1;
	return true;
}

/* Take a number and a space off @line. */
static bool take_number(struct line *line, int32_t *ret)
{
	int64_t number = 0;
	size_t digits = 0;

	while (digits < line->size && line->text[digits] >= '0' && line->text[digits] <= '9') {
		number = number * 10 + line->text[digits++] - '0';
		if (number > INT32_MAX)
			return false;
	}
	if (digits == 0 || digits >= line->size || line->text[digits] != ' ' ||
	    (line->text[0] == '0' && digits > 1))
		return false;
	line->text += digits + 1;
	line->size -= digits + 1;
	*ret = (int32_t)number;
	return true;
}

static int read_person(struct line line, struct facts *facts)
{
	struct facts_person *person = &facts->people[facts->n_people];

	if (facts->n_people == FACTS_MAX_PEOPLE)
		return -E2BIG;
	if (!take_number(&line, &person->violations) || line.size == 0 ||
	    line.size >= sizeof(person->name) || !text_is_clean(line.text, line.size))
		return -EBADMSG;
	memcpy(person->name, line.text, line.size);
	person->name[line.size] = '\0';
	if (facts_violations(facts, person->name) >= 0)
		return -EBADMSG;
	facts->n_people++;
	return 0;
}

static int read_device(struct line line, struct facts *facts)
{
	struct facts_device *device = &facts->devices[facts->n_devices];
	char hex[2 * DEVICE_KEY_SIZE + 1] = "";

	if (facts->n_devices == FACTS_MAX_DEVICES)
		return -E2BIG;
	if (!take_number(&line, &device->hosts) || line.size != sizeof(hex) - 1)
		return -EBADMSG;
	memcpy(hex, line.text, line.size);
	if (text_unhex(hex, device->key, sizeof(device->key)) < 0)
		return -EBADMSG;
	facts->n_devices++;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct facts_device *x = a, *y = b;

	return memcmp(x->key, y->key, sizeof(x->key));
}

/* Put the devices in order; none may be there twice. */
static int sort_devices(struct facts *facts)
{
	qsort(facts->devices, facts->n_devices, sizeof(facts->devices[0]), compare);
	for (size_t i = 1; i < facts->n_devices; i++) {
		if (compare(&facts->devices[i - 1], &facts->devices[i]) == 0)
			return -EBADMSG;
	}
	return 0;
}

int facts_parse(struct facts *ret, const char *text, size_t size)
{
	struct line rest = { text, size }, line;
	int r = 0;

	ret->n_people = ret->n_devices = 0;
	if (size > FACTS_MAX_BYTES)
		return -E2BIG;
	if (!next_line(&rest, &line) || line.size != sizeof(head) - 1 ||
	    memcmp(line.text, head, line.size) != 0)
		return -EBADMSG;
	while (r == 0 && next_line(&rest, &line)) {
		if (take_word(&line, "person"))
			r = ret->n_devices > 0 ? -EBADMSG : read_person(line, ret);
		else
			r = take_word(&line, "device") ? read_device(line, ret) : -EBADMSG;
	}
	if (r == 0 && rest.size > 0)
		r = -EBADMSG;
	return r < 0 ? r : sort_devices(ret);
}

int32_t facts_violations(const struct facts *facts, const char *person)
{
	for (size_t i = 0; i < facts->n_people; i++) {
		if (strcmp(facts->people[i].name, person) == 0)
			return facts->people[i].violations;
	}
	return -1;
}

int32_t facts_hosts(const struct facts *facts, const uint8_t key[static DEVICE_KEY_SIZE])
{
	struct facts_device wanted = { .hosts = 0 };
	const struct facts_device *found;

	memcpy(wanted.key, key, sizeof(wanted.key));
	found = bsearch(&wanted, facts->devices, facts->n_devices, sizeof(wanted), compare);
	return found == NULL ? -1 : found->hosts;
}
