#include "enforcer.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "agent/common/file.h"
#include "agent/common/log.h"
#include "control_trail.h"
#include "control_verbs.h"
#include "defaults.h"
#include "detach.h"
#include "effect.h"
#include "grant_change.h"
#include "judge.h"
#include "judge_bluetooth.h"
#include "judge_keyboard.h"
#include "policy_change.h"
#include "stopping.h"
#include "sysfs.h"
#include "watch.h"

#define AGENT_USER "devgate"

enum { TICK_S = 60, RETRY_S = 5, GRACE_S = 30, ANSWER_MS = 1000, GATE_MS = 5000 };

static int failed(const char *what, const char *on, int r)
{
	log_error("start", "Cannot %s %s: %s", what, on, strerror(-r));
	return r;
}

/* The directories of state and run time; the ledger's is readable for our group, which is the
 * reporter's. */
static int open_directories(struct enforcer *enforcer)
{
	const struct enforcer_paths *paths = &enforcer->paths;
	int run = -1, r;

	r = file_make_directory(AT_FDCWD, paths->state, 0755, &enforcer->state_fd);
	if (r < 0)
		return failed("open", paths->state, r);
	r = file_make_directory(enforcer->state_fd, "ledger", 0750, &enforcer->ledgers_fd);
	if (r < 0)
		return failed("open the ledgers in", paths->state, r);
	/* Held until we end: two would append to one ledger, and fork it. */
	if (flock(enforcer->ledgers_fd, LOCK_EX | LOCK_NB) < 0) {
		r = -errno;
		log_error("start", "Another devgate-enforcer may be using %s: %s", paths->state,
			  strerror(-r));
		return r;
	}
	r = file_make_directory(AT_FDCWD, paths->run, 0755, &run);
	if (r < 0)
		return failed("open", paths->run, r);
	close(run);
	r = sysfs_open(AT_FDCWD, paths->dev, &enforcer->dev_fd);
	return r < 0 ? failed("open", paths->dev, r) : 0;
}

static void set_gate_status(struct enforcer *enforcer, int r)
{
	if (r >= 0) {
		snprintf(enforcer->gate_status, sizeof(enforcer->gate_status), "active");
		return;
	}
	gate_finish(&enforcer->gate);
	snprintf(enforcer->gate_status, sizeof(enforcer->gate_status), "unavailable: %s",
		 strerror(-r));
	log_error("gate", "The block gate is %s", enforcer->gate_status);
}

static void note_degraded(struct enforcer *enforcer, const char *what, const char *text)
{
	recorder_note(&enforcer->recorder, "agent.degraded",
		      json_pack("{s:s, s:s}", "what", what, "text", text));
}

static void note_started(struct enforcer *enforcer)
{
	const struct history *history = &enforcer->history;
	const char *last = history->last_time[0] == '\0' ? NULL : history->last_time;

	recorder_note(
		&enforcer->recorder, "agent.started",
		json_pack("{s:s, s:s, s:s?, s:s, s:s?}", "version", DEVGATE_VERSION, "after",
			  last == NULL	   ? "first"
			  : history->clean ? "clean"
					   : "crash",
			  "last_seq_time", last, "gate", enforcer->gate_status, "before",
			  history->this_boot ? NULL : defaults_found_to_text(enforcer->found)));
	if (history->overflow)
		note_degraded(enforcer, "history",
			      "Too many stays of devices to remember them all.");
}

/* The system's own disks are vetted first; what hangs on USB waits for its judgement. */
static void attach_gate(struct enforcer *enforcer)
{
	int r = disks_scan_internal(&enforcer->disks);

	if (r < 0)
		log_error("gate", "Not all disks could be looked at: %s", strerror(-r));
	if (enforcer->gate.program_fd >= 0)
		set_gate_status(enforcer, gate_attach(&enforcer->gate));
	if (!enforcer->gate.attached)
		note_degraded(enforcer, "gate", enforcer->gate_status);
}

/* Before the first disk is judged: whether what is asked of it can be had is part of it. */
static void await_noexec(struct enforcer *enforcer)
{
	if (marks_await(&enforcer->noexec) >= 0)
		return;
	log_warning("noexec", "Keeping programs from running off a disk is %s",
		    enforcer->noexec.status);
	note_degraded(enforcer, "noexec", enforcer->noexec.status);
}

/* Without it people may still work; that nobody sees it is recorded. */
static void await_trail(struct enforcer *enforcer)
{
	if (marks_await(&enforcer->trail) >= 0)
		return;
	log_warning("trail", "Recording what happens to files is %s", enforcer->trail.status);
	note_degraded(enforcer, "trail", enforcer->trail.status);
}

static int on_tick(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct enforcer *enforcer = userdata;
	bool was_writable = enforcer->recorder.writable;
	uint64_t next_s;

	(void)now_us;
	if (recorder_retry(&enforcer->recorder, &enforcer->history) >= 0)
		judge_unrecorded(enforcer);
	if (was_writable != enforcer->recorder.writable)
		enforcer_notify_status(enforcer);
	policy_change_check_expiry(enforcer);
	judge_tell_flapping(enforcer, false);
	control_check_trail(enforcer);
	next_s = enforcer->recorder.writable ? TICK_S : RETRY_S;
	sd_event_source_set_time_relative(source, next_s * 1000000);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct enforcer *enforcer = userdata;

	(void)source;
	judge_tell_flapping(enforcer, true);
	sd_notify(false, "STOPPING=1");
	recorder_note(&enforcer->recorder, "agent.stopped",
		      stopping_members(info, enforcer->shutdown.told ? NULL : STOPPING_ADDRESS));
	return sd_event_exit(enforcer->loop, 0);
}

static int start_loop(struct enforcer *enforcer)
{
	int r = sd_event_new(&enforcer->loop);

	if (r >= 0)
		r = sd_event_add_signal(enforcer->loop, &enforcer->signals[0], SIGTERM, on_signal,
					enforcer);
	if (r >= 0)
		r = sd_event_add_signal(enforcer->loop, &enforcer->signals[1], SIGINT, on_signal,
					enforcer);
	for (size_t i = 0; r >= 0 && i < 2; i++) /* not behind uevents without end */
		r = sd_event_source_set_priority(enforcer->signals[i],
						 SD_EVENT_PRIORITY_IMPORTANT - 1);
	if (r >= 0)
		r = sd_event_add_time_relative(enforcer->loop, &enforcer->tick, CLOCK_BOOTTIME,
					       (uint64_t)RETRY_S * 1000000, 1000000, on_tick,
					       enforcer);
	if (r >= 0)
		r = sd_event_set_watchdog(enforcer->loop, true);
	return r < 0 ? failed("start", "the event loop", r) : 0;
}

static void on_disk_settled(void *userdata, unsigned major, unsigned minor)
{
	struct enforcer *enforcer = userdata;

	control_settled(&enforcer->control, 'b', major, minor);
}

/* What works on while nobody watched should not be cut off for want of an answer that is on its
 * way: wait for it, not for long. */
static void await_screen_lock(struct enforcer *enforcer)
{
	const uint64_t end_us = clock_mono_us() + (uint64_t)ANSWER_MS * 1000;
	uint64_t now_us = clock_mono_us();

	while (screen_lock_waits(&enforcer->surroundings.seat.lock) && now_us < end_us &&
	       sd_event_run(enforcer->loop, end_us - now_us) >= 0)
		now_us = clock_mono_us();
}

/* The circumstances that the policy asks for are followed from here on. */
static void start_surroundings(struct enforcer *enforcer)
{
	int r = surroundings_init(&enforcer->surroundings, enforcer->loop, enforcer->state_fd,
				  &enforcer->devices);

	enforcer->surroundings.handler = judge_on_surroundings;
	enforcer->surroundings.userdata = enforcer;
	if (r == -EBADMSG)
		recorder_note(
			&enforcer->recorder, "agent.tampered",
			json_pack("{s:s, s:s}", "what", "seen", "text",
				  "What was remembered of devices is damaged; it begins anew."));
	else if (r < 0)
		note_degraded(enforcer, "seen", "What is remembered of devices cannot be read.");
	if (r < 0)
		log_error("seen-read", "Cannot read which devices were seen before: %s",
			  strerror(-r));
	policy_change_follow(enforcer);
	await_screen_lock(enforcer);
}

/* Before there is much to be copied into them. */
static void start_workers(struct enforcer *enforcer)
{
	const struct workers_handlers handlers = { .on_done = effect_on_done,
						   .on_late = effect_on_late,
						   .userdata = enforcer };
	int r = workers_init(&enforcer->workers, enforcer->loop, enforcer->sysfs_fd, &handlers);

	if (r >= 0)
		return;
	log_error("worker", "Without workers a device can make others wait: %s", strerror(-r));
	note_degraded(enforcer, "workers", "No process can be started to open and close devices.");
}

static int start_witnesses(struct enforcer *enforcer)
{
	const struct witness_handlers handlers = { .on_uevent = watch_on_uevent,
						   .on_overrun = watch_on_overrun,
						   .on_missed = watch_on_missed,
						   .userdata = enforcer };
	int r = witness_init(&enforcer->witness, enforcer->loop, &handlers);

	if (r < 0)
		return failed("listen to", "the kernel's uevents", r);
	if (witness_start_libusb(&enforcer->witness) < 0)
		note_degraded(enforcer, "libusb", "libusb cannot be had as the second witness.");
	return 0;
}

static void start_withdrawals(struct enforcer *enforcer)
{
	struct withdrawals *withdrawals = &enforcer->withdrawals;

	withdrawals->loop = enforcer->loop;
	withdrawals->on_ready = detach_on_ready;
	withdrawals->userdata = enforcer;
	snprintf(withdrawals->path, sizeof(withdrawals->path), "%s/withdraw.sock",
		 enforcer->paths.run);
}

/* The gate shuts before the first device is opened; then everything gets its decision. */
static void judge_present(struct enforcer *enforcer)
{
	enforcer->disks.loop = enforcer->loop;
	enforcer->disks.sysfs_fd = enforcer->sysfs_fd;
	enforcer->disks.dev_fd = enforcer->dev_fd;
	enforcer->disks.gate = &enforcer->gate;
	enforcer->disks.marks[DISK_NOEXEC] = &enforcer->noexec;
	enforcer->disks.marks[DISK_TRAIL] = &enforcer->trail;
	enforcer->disks.stays = &enforcer->stays;
	enforcer->disks.devices = &enforcer->devices;
	enforcer->disks.on_settled = on_disk_settled;
	enforcer->disks.on_medium = judge_on_medium;
	enforcer->disks.on_breach = judge_on_breach;
	enforcer->disks.userdata = enforcer;
	start_withdrawals(enforcer);
	judge_keyboards_start(enforcer);
	attach_gate(enforcer);
	await_noexec(enforcer);
	await_trail(enforcer);
	enforcer->starting = true;
	rescan_now(enforcer);
	enforcer->starting = false;
	judge_missing(enforcer);
}

/* bluetoothd is not to start before the gate is in force. */
static void await_bluetooth_gate(struct enforcer *enforcer)
{
	const uint64_t end_us = clock_mono_us() + (uint64_t)GATE_MS * 1000;
	uint64_t now_us = clock_mono_us();

	while (bluetooth_waits(&enforcer->bluetooth) && now_us < end_us &&
	       sd_event_run(enforcer->loop, end_us - now_us) >= 0)
		now_us = clock_mono_us();
}

static int start_control(struct enforcer *enforcer)
{
	const struct passwd *user = getpwnam(AGENT_USER);
	char path[512];
	int r;

	if (user == NULL)
		log_warning("control", "There is no user " AGENT_USER "; only root may offer");
	snprintf(path, sizeof(path), "%s/control.sock", enforcer->paths.run);
	r = control_init(&enforcer->control, enforcer->loop, path,
			 user == NULL ? (uid_t)-1 : user->pw_uid, control_verbs, control_n_verbs,
			 enforcer);
	enforcer->control.on_gone = control_on_filewatch_gone;
	return r < 0 ? failed("listen at", path, r) : 0;
}

static void start_own_files(struct enforcer *enforcer)
{
	struct own_files *own = &enforcer->own_files;
	int r;

	own->recorder = &enforcer->recorder;
	own->state_fd = enforcer->state_fd;
	own->config_fd = enforcer->policy.config_fd;
	own->list = &OWN_FILES_LIST[1];
	own->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	own->loop = enforcer->loop;
	r = own->root_fd < 0 ? -errno : own_files_start(own);
	if (r >= 0)
		return;
	log_error("own-files", "The agent's own files are not looked at: %s", strerror(-r));
	note_degraded(enforcer, "own-files", "The agent's own files are not looked at.");
}

/* Closed before anything else is tried. */
static int close_defaults(struct enforcer *enforcer)
{
	int r = sysfs_open(AT_FDCWD, enforcer->paths.sys, &enforcer->sysfs_fd);

	if (r < 0)
		return failed("open", enforcer->paths.sys, r);
	enforcer->found = defaults_look(enforcer->sysfs_fd);
	r = defaults_deny(enforcer->sysfs_fd);
	if (r < 0)
		log_error("defaults", "Not all defaults could be closed: %s", strerror(-r));
	return 0;
}

int enforcer_start(struct enforcer *enforcer, const struct enforcer_paths *paths)
{
	int r;

	enforcer->paths = *paths;
	enforcer->started_us = clock_now_us();
	enforcer->sysfs_fd = enforcer->dev_fd = enforcer->state_fd = enforcer->ledgers_fd = -1;
	enforcer->control.fd = -1;
	enforcer->grants.fd = -1;
	ledger_init(&enforcer->recorder.ledger);
	enforcer->policy.config_fd = enforcer->policy.policy_fd = enforcer->policy.sections_fd = -1;
	gate_init(&enforcer->gate);
	marks_init(&enforcer->noexec);
	marks_init(&enforcer->trail);

	r = close_defaults(enforcer);
	if (r < 0)
		return r;
	r = clock_boot_id(enforcer->boot);
	if (r < 0)
		return failed("read", "the boot id", r);
	set_gate_status(enforcer, gate_open(&enforcer->gate, paths->cgroup, paths->pins));
	noexec_begin(&enforcer->noexec, enforcer->sysfs_fd, paths->pins);
	trail_begin(&enforcer->trail, enforcer->sysfs_fd, paths->pins);
	r = open_directories(enforcer);
	if (r < 0)
		return r;
	r = policy_store_init(&enforcer->policy, enforcer->state_fd, paths->config);
	if (r < 0)
		return failed("open", paths->config, r);
	history_init(&enforcer->history, enforcer->boot);
	recorder_init(&enforcer->recorder, enforcer->ledgers_fd, enforcer->boot);
	r = recorder_open(&enforcer->recorder, &enforcer->history);
	if (r < 0)
		log_error("start", "Starting without a ledger");
	if (enforcer->history.this_boot) /* it was our own, that ended */
		enforcer->found = DEFAULTS_OPEN;
	if (enforcer->found != DEFAULTS_OPEN)
		enforcer->grace_until_us = clock_mono_us() + (uint64_t)GRACE_S * 1000000;
	note_started(enforcer);
	grant_change_init(enforcer);
	policy_change_start(enforcer);
	r = start_loop(enforcer);
	if (r < 0)
		return r;
	start_workers(enforcer);
	start_surroundings(enforcer);
	r = start_witnesses(enforcer);
	if (r < 0)
		return r;
	r = start_control(enforcer);
	if (r < 0)
		return r;
	judge_present(enforcer);
	judge_bluetooth_start(enforcer);
	await_bluetooth_gate(enforcer);
	start_own_files(enforcer);
	sd_notify(false, "READY=1");
	enforcer_notify_status(enforcer);
	return 0;
}

int enforcer_run(struct enforcer *enforcer)
{
	return sd_event_loop(enforcer->loop);
}

void enforcer_finish(struct enforcer *enforcer)
{
	control_finish(&enforcer->control);
	witness_finish(&enforcer->witness);
	rescan_finish(&enforcer->rescan);
	sd_event_source_disable_unref(enforcer->due);
	workers_finish(&enforcer->workers);
	bluetooth_finish(&enforcer->bluetooth);
	policy_change_finish(enforcer);
	if (enforcer->surroundings.devices != NULL)
		surroundings_finish(&enforcer->surroundings);
	withdraw_finish(&enforcer->withdrawals);
	keyboards_finish(&enforcer->keyboards);
	own_files_finish(&enforcer->own_files);
	shutdown_finish(&enforcer->shutdown);
	disks_finish(&enforcer->disks);
	devices_finish(&enforcer->devices);
	history_finish(&enforcer->history);
	recorder_finish(&enforcer->recorder);
	grants_finish(&enforcer->grants);
	policy_store_finish(&enforcer->policy);
	gate_finish(&enforcer->gate);
	marks_finish(&enforcer->noexec);
	marks_finish(&enforcer->trail);
	stays_finish(&enforcer->stays);
	sd_event_source_disable_unref(enforcer->tick);
	sd_event_source_disable_unref(enforcer->signals[0]);
	sd_event_source_disable_unref(enforcer->signals[1]);
	sd_event_unref(enforcer->loop);
	for (size_t i = 0; i < 4; i++) {
		const int fds[] = { enforcer->sysfs_fd, enforcer->dev_fd, enforcer->state_fd,
				    enforcer->ledgers_fd };

		if (fds[i] >= 0)
			close(fds[i]);
	}
}

void enforcer_notify_status(const struct enforcer *enforcer)
{
	uint64_t version = policy_store_version(&enforcer->policy, ROLE_POLICY);

	sd_notifyf(false, "STATUS=Policy %llu, %zu devices, gate %s%s", (unsigned long long)version,
		   enforcer->devices.n, enforcer->gate_status,
		   enforcer->recorder.writable ? "" : "; the ledger cannot be written");
}
