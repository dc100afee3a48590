/* probes - kernel probes in an instance of tracefs of one's own, all on CLOCK_MONOTONIC: what the
 * kernel did and when, whenever this program gets to run. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACING "/sys/kernel/tracing"

/* Documentation/trace/kprobetrace.rst */
struct probe {
	char kind; /* 'p': where a function begins; 'r': where it returns */
	const char *event, *where;
};

/* Borrowed until probes_end(). */
struct probes {
	const char *name; /* of the instance and the group */
	const struct probe *items;
	size_t n;
};

static inline void probes_put(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags);

	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		fprintf(stderr, "%s: %s: %s\n", path, text, strerror(errno));
		exit(1);
	}
	close(fd);
}

static inline void probes_put_instance(const struct probes *probes, const char *file,
				       const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), TRACING "/instances/%s/%s", probes->name, file);
	probes_put(path, 0, text);
}

/* Ends the program if the kernel does not take them.  Gives what is traced, a line each, from a
 * descriptor that does not block. */
static inline FILE *probes_begin(const struct probes *probes)
{
	char text[192];

	snprintf(text, sizeof(text), TRACING "/instances/%s", probes->name);
	if (mkdir(text, 0700) < 0 && errno != EEXIST) {
		perror(text);
		exit(1);
	}
	for (size_t i = 0; i < probes->n; i++) {
		snprintf(text, sizeof(text), "%c:%s/%s %s\n", probes->items[i].kind, probes->name,
			 probes->items[i].event, probes->items[i].where);
		probes_put(TRACING "/kprobe_events", O_APPEND, text);
	}
	probes_put_instance(probes, "trace_clock", "mono");
	snprintf(text, sizeof(text), "events/%s/enable", probes->name);
	probes_put_instance(probes, text, "1");
	probes_put_instance(probes, "tracing_on", "1");
	snprintf(text, sizeof(text), TRACING "/instances/%s/trace_pipe", probes->name);
	int fd = open(text, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *pipe = fd < 0 ? NULL : fdopen(fd, "r");
	if (pipe == NULL) {
		perror(text);
		exit(1);
	}
	return pipe;
}

static inline void probes_end(const struct probes *probes, FILE *pipe)
{
	char text[128];

	fclose(pipe);
	probes_put_instance(probes, "tracing_on", "0");
	probes_put_instance(probes, "events/enable", "0");
	snprintf(text, sizeof(text), TRACING "/instances/%s", probes->name);
	rmdir(text);
	for (size_t i = 0; i < probes->n; i++) {
		snprintf(text, sizeof(text), "-:%s/%s\n", probes->name, probes->items[i].event);
		probes_put(TRACING "/kprobe_events", O_APPEND, text);
	}
}

/* A line such as
 * "   enforcer-321   [001] ..... 98.765432: bound: (driver_bound+0x0/0xd0) name="3-1:1.0""
 * Returns what follows the event's name, with its name in @ret_event and the time, in microseconds,
 * in *@ret_us; or NULL if it is another kind of line. */
static inline const char *probes_parse(const char *line, char ret_event[static 32], double *ret_us)
{
	const char *p = strchr(line, ']');
	int end = 0;
	double seconds;

	if (p == NULL || sscanf(p + 1, " %*s %lf: %31[^:]:%n", &seconds, ret_event, &end) != 2 ||
	    end == 0)
		return NULL;
	*ret_us = seconds * 1e6;
	return p + 1 + end;
}
