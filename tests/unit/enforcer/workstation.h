/* workstation - an enforcer without a loop's turn of its own, on a sysfs of plain files (fake.h)
 * and a real ledger, for tests of what is decided, recorded and written, and in which order. */
#pragma once

#include "fake.h"

#include <dlfcn.h>

#include <sodium.h>
#include <systemd/sd-login.h>

#include "agent/common/cleanup.h"
#include "agent/common/ledger_read.h"
#include "agent/enforcer/judge.h"

#define BOOT   "aaaaaaaabbbbbbbbccccccccdddddddd"
#define DEVICE "devices/usb1/1-2"

static struct fake fake;
static struct enforcer *enforcer;
static char state_root[64];

/* The ledger's disk: what its syncs do, and what they saw. */
static bool sync_fails;
static unsigned sync_takes_ms;
static int n_syncs;
static char authorized_at_sync; /* of 1-2, when a line was synced last */

/* Who is at the seat: root, or nobody; and what logind says of root's session. */
static bool someone_at_seat;
static const char *session_state = "active";

int sd_seat_get_active(const char *seat, char **ret_session, uid_t *ret_uid)
{
	(void)seat;
	if (!someone_at_seat)
		return -ENODATA;
	if (ret_session != NULL)
		*ret_session = strdup("1");
	*ret_uid = 0;
	return 0;
}

int sd_session_get_class(const char *session, char **ret_class)
{
	(void)session;
	*ret_class = strdup("user");
	return 0;
}

int sd_session_get_state(const char *session, char **ret_state)
{
	(void)session;
	*ret_state = strdup(session_state);
	return 0;
}

int fdatasync(int fd)
{
	static int (*real)(int);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
	n_syncs++;
	usleep(sync_takes_ms * 1000);
	authorized_at_sync = fake_get(&fake, DEVICE, "authorized");
	if (sync_fails) {
		errno = ENOSPC;
		return -1;
	}
	return real(fd);
}

static inline void start(void)
{
	enforcer = calloc(1, sizeof(*enforcer));
	assert_non_null(enforcer);
	strcpy(enforcer->boot, BOOT);
	enforcer->sysfs_fd = fake.fd;
	enforcer->ledgers_fd = open(state_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enforcer->gate = (struct gate){
		.pins_fd = -1, .cgroup_fd = -1, .map_fd = -1, .readers_fd = -1, .program_fd = -1
	};
	assert_true(sd_event_new(&enforcer->loop) >= 0);
	enforcer->disks.loop = enforcer->loop;
	enforcer->disks.sysfs_fd = enforcer->disks.dev_fd = fake.fd;
	enforcer->disks.gate = &enforcer->gate;
	enforcer->disks.devices = &enforcer->devices;
	assert_int_equal(surroundings_init(&enforcer->surroundings, enforcer->loop,
					   enforcer->ledgers_fd, &enforcer->devices),
			 0);
	enforcer->surroundings.handler = judge_on_surroundings;
	enforcer->surroundings.userdata = enforcer;
	history_init(&enforcer->history, BOOT);
	recorder_init(&enforcer->recorder, enforcer->ledgers_fd, BOOT);
	if (recorder_open(&enforcer->recorder, &enforcer->history) < 0)
		assert_true(sync_fails);
}

static inline void stop(void)
{
	surroundings_finish(&enforcer->surroundings);
	disks_finish(&enforcer->disks);
	devices_finish(&enforcer->devices);
	history_finish(&enforcer->history);
	recorder_finish(&enforcer->recorder);
	bundle_unload(&enforcer->policy.roles[ROLE_POLICY]);
	sd_event_unref(enforcer->loop);
	close(enforcer->ledgers_fd);
	free(enforcer);
}

static inline int setup(void **state)
{
	(void)state;
	sync_fails = someone_at_seat = false;
	sync_takes_ms = 0;
	strcpy(state_root, "/dev/shm/devgate-state.XXXXXX");
	assert_non_null(mkdtemp(state_root));
	fake_init(&fake);
	start();
	return 0;
}

static inline int teardown(void **state)
{
	char command[128];

	(void)state;
	sync_fails = false;
	stop();
	fake_finish(&fake);
	snprintf(command, sizeof(command), "rm -r %s", state_root);
	return system(command);
}

/* Put rules in force, as if a bundle had been accepted. */
static inline void set_rules(const char *text)
{
	struct loaded_bundle *bundle = &enforcer->policy.roles[ROLE_POLICY];
	struct rules_error error;
	struct policy_view view;

	bundle_unload(bundle);
	assert_int_equal(rules_parse(text, strlen(text), &bundle->rules, &error), 0);
	bundle->manifest.version = 7;
	view = policy_store_view(&enforcer->policy);
	surroundings_follow(&enforcer->surroundings, &view);
}

#define RULES(mode, defaults)                                                                      \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"" mode "\",\"rules\":[],"    \
	"\"defaults\":{" defaults "}}"
#define ALLOW_STORAGE	  RULES("enforce", "\"storage\":\"allow\"")
#define READ_ONLY_STORAGE RULES("enforce", "\"storage\":\"read-only\"")
#define DENY_ALL	  RULES("enforce", "\"*\":\"deny\"")
#define AUDIT		  RULES("audit", "\"*\":\"deny\"")

/* The @back-th last event of the ledger; 0 is the last.  Freed by the caller. */
static inline json_t *event(int back)
{
	struct ledger_reader *reader;
	json_t *lines = json_array(), *found;
	const char *line;
	size_t size;

	assert_int_equal(
		ledger_reader_new(enforcer->ledgers_fd, enforcer->recorder.ledger.id, 1, &reader),
		0);
	while (ledger_reader_next(reader, &line, &size) > 0) {
		json_t *object = json_loadb(line, size, 0, NULL);

		assert_non_null(object);
		json_array_append_new(lines, object);
	}
	ledger_reader_free(reader);
	assert_true(json_array_size(lines) > (size_t)back);
	found = json_incref(json_array_get(lines, json_array_size(lines) - 1 - (size_t)back));
	json_decref(lines);
	return found;
}

static inline size_t count_events(void)
{
	_cleanup_json_ json_t *last = event(0);

	return (size_t)json_integer_value(json_object_get(last, "seq"));
}

static inline void assert_event(int back, const char *kind, const char *member, const char *value)
{
	_cleanup_json_ json_t *found = event(back);

	assert_string_equal(json_string_value(json_object_get(found, "kind")), kind);
	if (member != NULL)
		assert_string_equal(json_string_value(json_object_get(found, member)), value);
}

/* Plug the stick AB12 in at 1-2, and judge it. */
static inline void plug_stick(void)
{
	fake_plug(&fake, "1-2", "AB12", &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-2");
}

static inline char device_authorized(void)
{
	return fake_get(&fake, DEVICE, "authorized");
}

static inline char interface_authorized(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), DEVICE "/%s", name);
	return fake_get(&fake, path, "authorized");
}
