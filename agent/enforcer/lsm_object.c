#include "lsm_object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sodium.h>

#include "agent/common/cleanup.h"
#include "policy/text.h"
#include "sysfs.h"

enum { PIN_SIZE = 512, BUILD_SIZE = 9 };

/* What this build's links are named by. */
static void build_name(const struct lsm_object *object, char ret[static BUILD_SIZE])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, object->bytes, object->size);
	text_hex(hash, (BUILD_SIZE - 1) / 2, ret);
}

static void link_path(const struct lsm_object *object, const char *pins, const char *program,
		      char ret[static PIN_SIZE])
{
	char build[BUILD_SIZE];

	build_name(object, build);
	snprintf(ret, PIN_SIZE, "%s/%s-%s-%s", pins, object->prefix, build, program);
}

static void map_path(const struct lsm_object *object, const char *pins, const char *name,
		     char ret[static PIN_SIZE])
{
	snprintf(ret, PIN_SIZE, "%s/%s-%s", pins, object->prefix, name);
}

bool lsm_object_is_loaded(const struct lsm_object *object, const char *pins)
{
	for (size_t i = 0; i < object->n_programs; i++) {
		char path[PIN_SIZE];

		link_path(object, pins, object->programs[i], path);
		if (access(path, F_OK) < 0)
			return false;
	}
	return true;
}

int lsm_object_open_map(const struct lsm_object *object, const char *pins, const char *name)
{
	char path[PIN_SIZE];
	int fd;

	map_path(object, pins, name, path);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

/* Who loads knows why it failed by the errno; libbpf's words are for its developers. */
static int say_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

/* Have the object take the pinned maps, or pin its own. */
static int choose_maps(const struct lsm_object *object, struct bpf_object *loaded, const char *pins)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, loaded)
	{
		char path[PIN_SIZE];
		int r;

		if (bpf_map__is_internal(map))
			continue;
		map_path(object, pins, bpf_map__name(map), path);
		r = bpf_map__set_pin_path(map, path);
		if (r < 0)
			return r;
	}
	return 0;
}

static int attach(const struct lsm_object *object, struct bpf_object *loaded, const char *pins,
		  const char *name)
{
	const struct bpf_program *program = bpf_object__find_program_by_name(loaded, name);
	struct bpf_link *link;
	char path[PIN_SIZE];
	int r;

	if (program == NULL)
		return -ENOENT;
	link_path(object, pins, name, path);
	if (access(path, F_OK) == 0)
		return 0; /* of a load that was cut short */
	link = bpf_program__attach(program);
	if (link == NULL)
		return -errno;
	r = bpf_link__pin(link, path);
	bpf_link__destroy(link); /* our descriptor of it; the pin keeps it in force */
	return r;
}

static bool any_pin(const char *name)
{
	return name[0] != '.';
}

/* Is @name the pin of a link, "<prefix>-<8 digits>-<program>"?  No map's name has a dash. */
static bool is_link(const char *name, const char *prefix)
{
	return strchr(name + strlen(prefix) + 1, '-') != NULL;
}

/* Unpin what begins with @prefix: of links, all but those of @build; NULL: all, and the maps. */
static int drop(const char *prefix, const char *pins, const char *build)
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	_cleanup_close_ int fd = open(pins, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const size_t length = strlen(prefix);
	int failure = 0, n;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	n = sysfs_list(fd, ".", any_pin, &names);
	for (int i = 0; i < n; i++) {
		if (strncmp(names[i], prefix, length) != 0 || names[i][length] != '-')
			continue;
		if (build != NULL && (!is_link(names[i], prefix) ||
				      strncmp(names[i] + length + 1, build, strlen(build)) == 0))
			continue;
		if (unlinkat(fd, names[i], 0) < 0 && errno != ENOENT && failure == 0)
			failure = -errno;
	}
	return n < 0 ? n : failure;
}

/* A kernel without the hooks for programs, or without its own types to find them by, and one that
 * was told not to ask them. */
static int without_support(int r)
{
	return r == -ESRCH || r == -ENOTSUP || r == -EBUSY ? -EOPNOTSUPP : r;
}

int lsm_object_load(const struct lsm_object *object, const char *pins)
{
	struct bpf_object *loaded;
	char build[BUILD_SIZE];
	int r;

	libbpf_set_print(say_nothing);
	build_name(object, build);
	loaded = bpf_object__open_mem(object->bytes, object->size, NULL);
	if (loaded == NULL)
		return -errno;
	r = choose_maps(object, loaded, pins);
	if (r >= 0)
		r = bpf_object__load(loaded);
	if (r == -EINVAL)
		r = -EBADFD;
	for (size_t i = 0; r >= 0 && i < object->n_programs; i++)
		r = attach(object, loaded, pins, object->programs[i]);
	bpf_object__close(loaded);
	if (r < 0)
		return without_support(r);
	return drop(object->prefix, pins, build);
}

int lsm_object_unload(const char *prefix, const char *pins)
{
	return drop(prefix, pins, NULL);
}
