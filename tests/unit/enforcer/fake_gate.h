/* fake_gate - the kernel's side of the gate: what is vetted, and for what. */
#pragma once

#include "fake.h"

#include <dlfcn.h>
#include <sys/syscall.h>

#include <linux/bpf.h>

#include "agent/enforcer/gate.h"

enum { FAKE_MAP_FD = 1000, FAKE_READERS_FD, FAKE_PROGRAM_FD };
static struct vetted {
	struct gate_device node;
	uint32_t access;
} vetted[32];
static size_t n_vetted;

static struct vetted *vetted_find(const void *node)
{
	for (size_t i = 0; i < n_vetted; i++) {
		if (memcmp(&vetted[i].node, node, sizeof(vetted[i].node)) == 0)
			return &vetted[i];
	}
	return NULL;
}

static int fake_bpf(enum bpf_cmd command, const union bpf_attr *attr)
{
	const void *key = (const void *)(uintptr_t)attr->key;
	struct vetted *found;
	size_t next;

	if (attr->map_fd == FAKE_READERS_FD)
		return 0;
	found = key == NULL ? NULL : vetted_find(key);
	next = found == NULL ? 0 : (size_t)(found - vetted) + 1;
	switch (command) {
	case BPF_MAP_UPDATE_ELEM:
		if (found == NULL)
			found = &vetted[n_vetted++];
		memcpy(&found->node, key, sizeof(found->node));
		memcpy(&found->access, (const void *)(uintptr_t)attr->value, sizeof(uint32_t));
		return 0;
	case BPF_MAP_DELETE_ELEM:
		if (found != NULL)
			*found = vetted[--n_vetted];
		return found == NULL ? -ENOENT : 0;
	case BPF_MAP_GET_NEXT_KEY:
		if (next >= n_vetted)
			return -ENOENT;
		memcpy((void *)(uintptr_t)attr->next_key, &vetted[next].node,
		       sizeof(vetted[next].node));
		return 0;
	default:
		return -ENOSYS;
	}
}

long syscall(long number, ...)
{
	static long (*real)(long, ...);
	long a[5]; /* in registers, whether given or not; nobody here needs a sixth */
	va_list args;
	int r;

	va_start(args, number);
	for (int i = 0; i < 5; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_bpf) {
		r = fake_bpf((enum bpf_cmd)a[0], (const union bpf_attr *)a[1]);
		errno = r < 0 ? -r : errno;
		return r < 0 ? -1 : r;
	}
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	return real(number, a[0], a[1], a[2], a[3], a[4]);
}

/* 0: shut. */
static uint32_t access_to(const struct gate_device *node)
{
	const struct vetted *found = vetted_find(node);

	return found == NULL ? 0 : found->access;
}

static inline void fake_gate_open(struct gate *gate)
{
	n_vetted = 0;
	gate->map_fd = FAKE_MAP_FD;
	gate->readers_fd = gate->covered_fd = FAKE_READERS_FD;
	gate->program_fd = FAKE_PROGRAM_FD;
	gate->attached = true;
}
