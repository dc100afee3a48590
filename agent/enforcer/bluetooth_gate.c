#include "bluetooth_gate.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "bluetooth_layout.h"
#include "lsm_object.h"

#define PREFIX "bluetooth"

/* bluetooth_gate.bpf.c, compiled; the assembler finds it in the build's folder. */
__asm__(".pushsection .rodata, \"a\"\n"
	".balign 8\n"
	"bluetooth_gate_object:\n"
	".incbin \"bluetooth_gate.bpf.o\"\n"
	"bluetooth_gate_object_end:\n"
	".balign 4\n"
	"bluetooth_gate_object_size:\n"
	".long bluetooth_gate_object_end - bluetooth_gate_object\n"
	".popsection\n");
extern const uint8_t bluetooth_gate_object[];
extern const uint32_t bluetooth_gate_object_size;

static const char *const programs[] = { "bt_connect", "bt_send", "bt_receive", "bt_peer" };

static struct lsm_object our_object(void)
{
	return (struct lsm_object){
		.prefix = PREFIX,
		.bytes = bluetooth_gate_object,
		.size = bluetooth_gate_object_size,
		.programs = programs,
		.n_programs = sizeof(programs) / sizeof(programs[0]),
	};
}

void bluetooth_gate_init(struct bluetooth_gate *gate)
{
	*gate = (struct bluetooth_gate){ .permitted_fd = -1, .layout_fd = -1 };
}

static void close_maps(struct bluetooth_gate *gate)
{
	if (gate->permitted_fd >= 0)
		close(gate->permitted_fd);
	if (gate->layout_fd >= 0)
		close(gate->layout_fd);
	gate->permitted_fd = gate->layout_fd = -1;
}

static int open_maps(struct bluetooth_gate *gate)
{
	const struct lsm_object object = our_object();
	int fd;

	close_maps(gate);
	if (!lsm_object_is_loaded(&object, gate->pins))
		return -ENOENT;
	fd = lsm_object_open_map(&object, gate->pins, "bt_layout");
	if (fd < 0)
		return fd;
	gate->layout_fd = fd;
	fd = lsm_object_open_map(&object, gate->pins, "bt_permitted");
	if (fd < 0)
		return fd;
	gate->permitted_fd = fd;
	return 0;
}

/* Is there something to be learnt of a module that is loaded? */
static bool wants_layout(const struct bluetooth_gate *gate)
{
	struct bluetooth_layout layout;
	const __u32 first = 0;

	if (gate->layout_fd < 0 || bpf_map_lookup_elem(gate->layout_fd, &first, &layout) < 0)
		return true;
	return (!layout.l2cap_known && access("/sys/kernel/btf/bluetooth", F_OK) == 0) ||
	       (!layout.rfcomm_known && access("/sys/kernel/btf/rfcomm", F_OK) == 0);
}

/* In the child: what takes memory and time. */
static int load(const void *request, int answer_fd)
{
	const struct lsm_object object = our_object();
	const char *pins = request;
	struct bluetooth_layout layout;
	const __u32 first = 0;
	_cleanup_close_ int fd = -1;
	int r;

	(void)answer_fd;
	if (!lsm_object_is_loaded(&object, pins)) {
		r = lsm_object_load(&object, pins);
		if (r < 0)
			return r;
	}
	fd = lsm_object_open_map(&object, pins, "bt_layout");
	if (fd < 0)
		return fd;
	if (bpf_map_lookup_elem(fd, &first, &layout) < 0)
		return -errno;
	r = bluetooth_layout_read(&layout);
	if (r < 0)
		return r;
	return bpf_map_update_elem(fd, &first, &layout, BPF_ANY) < 0 ? -errno : 0;
}

static void begin(struct bluetooth_gate *gate);

static void on_loaded(void *userdata, int result, const void *answer)
{
	struct bluetooth_gate *gate = userdata;
	bool was = bluetooth_gate_in_force(gate);

	(void)answer;
	gate->child = NULL;
	if (!was) {
		int opened = open_maps(gate);

		gate->error = result < 0 ? result : opened;
	}
	if (result < 0)
		log_error("bluetooth-gate", "The Bluetooth gate: %s", strerror(-result));
	if (gate->again)
		begin(gate);
	if (!was)
		gate->handler(gate->userdata);
}

static void begin(struct bluetooth_gate *gate)
{
	const struct child_task task = { .run = load,
					 .request = gate->pins,
					 .timeout_ms = BLUETOOTH_GATE_LOAD_MS };
	int r = child_start(gate->loop, &task, on_loaded, gate, &gate->child);

	gate->again = false;
	if (r >= 0)
		return;
	log_error("bluetooth-gate", "Cannot load the Bluetooth gate: %s", strerror(-r));
	if (!bluetooth_gate_in_force(gate))
		gate->error = r;
}

void bluetooth_gate_start(struct bluetooth_gate *gate)
{
	if (open_maps(gate) < 0)
		close_maps(gate);
	if (wants_layout(gate))
		begin(gate);
}

void bluetooth_gate_finish(struct bluetooth_gate *gate)
{
	child_cancel(gate->child);
	gate->child = NULL;
	close_maps(gate);
}

bool bluetooth_gate_in_force(const struct bluetooth_gate *gate)
{
	return gate->permitted_fd >= 0;
}

void bluetooth_gate_look(struct bluetooth_gate *gate)
{
	if (gate->child != NULL)
		gate->again = true;
	else if (bluetooth_gate_in_force(gate) && wants_layout(gate))
		begin(gate);
}

static bool same_channel(const struct bluetooth_channel *a, const struct bluetooth_channel *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Whose channels stay. */
struct keep {
	const uint8_t *peer; /* NULL: ask @asked of each */
	const struct bluetooth_channel *channels;
	size_t n;
	bool (*asked)(void *userdata, const uint8_t peer[static 6]);
	void *userdata;
};

static bool keeps(const struct keep *keep, const struct bluetooth_channel *channel)
{
	if (keep->peer == NULL)
		return keep->asked(keep->userdata, channel->peer);
	if (memcmp(channel->peer, keep->peer, sizeof(channel->peer)) != 0)
		return true;
	for (size_t i = 0; i < keep->n; i++) {
		if (same_channel(channel, &keep->channels[i]))
			return true;
	}
	return false;
}

static int sweep(struct bluetooth_gate *gate, const struct keep *keep)
{
	struct bluetooth_channel key, next;
	int failure = 0, r = bpf_map_get_next_key(gate->permitted_fd, NULL, &next);

	while (r == 0) {
		key = next;
		r = bpf_map_get_next_key(gate->permitted_fd, &key, &next); /* before it may go */
		if (!keeps(keep, &key) && bpf_map_delete_elem(gate->permitted_fd, &key) < 0 &&
		    errno != ENOENT && failure == 0)
			failure = -errno;
	}
	return failure;
}

int bluetooth_gate_permit(struct bluetooth_gate *gate, const uint8_t peer[static 6],
			  const struct bluetooth_channel *channels, size_t n)
{
	const struct keep keep = { .peer = peer, .channels = channels, .n = n };
	const __u8 permitted = 1;
	int r;

	if (!bluetooth_gate_in_force(gate))
		return -ENODEV;
	r = sweep(gate, &keep);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		if (bpf_map_update_elem(gate->permitted_fd, &channels[i], &permitted, BPF_ANY) < 0)
			r = -errno;
	}
	return r;
}

int bluetooth_gate_prune(struct bluetooth_gate *gate,
			 bool (*keep)(void *userdata, const uint8_t peer[static 6]), void *userdata)
{
	const struct keep asked = { .asked = keep, .userdata = userdata };

	return bluetooth_gate_in_force(gate) ? sweep(gate, &asked) : -ENODEV;
}

int bluetooth_gate_release(const char *pins)
{
	return lsm_object_unload(PREFIX, pins);
}
