#include "import_sources.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "text.h"

static int fail(const char *path, const char *why, int r)
{
	fprintf(stderr, "devgate: %s: %s\n", path, why);
	return r;
}

/* Convert all of @text.  Gives *@ret; *@ret_at, on -EILSEQ, is where it is wrong. */
static int convert(iconv_t descriptor, char *text, size_t size, char **ret, size_t *ret_size,
		   size_t *ret_at)
{
	const size_t room = size * 4 + 4; /* a byte is a character of at most four */
	char *out = malloc(room), *to = out, *from = text;
	size_t left = size, free_bytes = room;

	if (out == NULL)
		return -ENOMEM;
	if (iconv(descriptor, &from, &left, &to, &free_bytes) == (size_t)-1) {
		*ret_at = size - left;
		free(out);
		return -EILSEQ;
	}
	*to = '\0';
	*ret = out;
	*ret_size = (size_t)(to - out);
	return 0;
}

/* By the mark that a text may begin with. */
static const char *encoding_of(const char *text, size_t size)
{
	const bool is_utf16 =
		size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);

	return is_utf16 ? "UTF-16" : "UTF-8";
}

static size_t line_at(const char *text, size_t at)
{
	size_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* @text, which is given up, as UTF-8 without a mark. */
static int to_utf8(const char *path, const char *encoding, char **text, size_t *size)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *from = encoding == NULL ? encoding_of(*text, *size) : encoding;
	iconv_t descriptor = iconv_open("UTF-8", from);
	char *converted = NULL;
	size_t converted_size = 0, at = 0;
	int r;

	if ((intptr_t)descriptor == -1) {
		fprintf(stderr, _("devgate: there is no encoding \"%s\"; iconv -l lists them\n"),
			from);
		return -EINVAL;
	}
	r = convert(descriptor, *text, *size, &converted, &converted_size, &at);
	iconv_close(descriptor);
	if (r == -EILSEQ) {
		fprintf(stderr,
			_("devgate: %s:%zu: this is not %s; give --encoding, big5 for instance\n"),
			path, line_at(*text, at), from);
		return r;
	}
	if (r < 0)
		return fail(path, strerror(-r), r);
	if (converted_size >= 3 && memcmp(converted, mark, 3) == 0) {
		converted_size -= 3;
		memmove(converted, converted + 3, converted_size + 1);
	}
	free(*text);
	*text = converted;
	*size = converted_size;
	return 0;
}

static int add_file(struct import_sources *sources, const char *path, const char *encoding)
{
	_cleanup_free_ char *text = NULL, *name = strdup(path);
	size_t size;
	int r;

	if (name == NULL)
		return fail(path, strerror(ENOMEM), -ENOMEM);
	if (sources->n == IMPORT_MAX_FILES)
		return fail(path, _("too many files"), -E2BIG);
	r = file_read(AT_FDCWD, path, IMPORT_MAX_BYTES - sources->bytes, &text, &size);
	if (r == -E2BIG)
		return fail(path, _("the files are too large"), r);
	if (r < 0)
		return fail(path, strerror(-r), r);
	r = to_utf8(path, encoding, &text, &size);
	if (r < 0)
		return r;
	sources->bytes +=
		size < IMPORT_MAX_BYTES - sources->bytes ? size : IMPORT_MAX_BYTES - sources->bytes;
	sources->files[sources->n++] = (struct import_file){ TAKE_PTR(name), TAKE_PTR(text), size };
	return 0;
}

static int skip(struct import_sources *sources, const char *path, const char *why)
{
	char *name = strdup(path);

	if (name == NULL || sources->n_skipped == IMPORT_MAX_FILES) {
		free(name);
		return fail(path, _("too many files"), -E2BIG);
	}
	sources->skipped[sources->n_skipped++] = (struct import_skipped){ name, why };
	return 0;
}

static int not_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Whatever the locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_entry(struct import_sources *sources, const char *folder, const char *name,
		     const char *encoding)
{
	_cleanup_free_ char *path = NULL;
	struct stat stat_buffer;

	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		path = NULL;
		return fail(folder, strerror(ENOMEM), -ENOMEM);
	}
	if (name[0] == '.')
		return skip(sources, path, "The file is hidden and was not read.");
	if (stat(path, &stat_buffer) < 0)
		return fail(path, strerror(errno), -errno);
	if (!S_ISREG(stat_buffer.st_mode))
		return skip(sources, path, "It is not a file and was not read.");
	return add_file(sources, path, encoding);
}

static int add_folder(struct import_sources *sources, const char *folder, const char *encoding)
{
	struct dirent **names;
	const int n = scandir(folder, &names, not_dots, by_bytes);
	int r = 0;

	if (n < 0)
		return fail(folder, strerror(errno), -errno);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = add_entry(sources, folder, names[i]->d_name, encoding);
		free(names[i]);
	}
	free(names);
	return r;
}

int import_sources_add(struct import_sources *sources, const char *path, const char *encoding)
{
	struct stat stat_buffer;

	if (stat(path, &stat_buffer) == 0 && S_ISDIR(stat_buffer.st_mode))
		return add_folder(sources, path, encoding);
	return add_file(sources, path, encoding);
}

void import_sources_finish(struct import_sources *sources)
{
	for (size_t i = 0; i < sources->n; i++) {
		free((char *)sources->files[i].name);
		free((char *)sources->files[i].text);
	}
	for (size_t i = 0; i < sources->n_skipped; i++)
		free(sources->skipped[i].name);
}
