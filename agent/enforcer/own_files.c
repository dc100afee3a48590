#include "own_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/log.h"
#include "policy/text.h"
#include "record.h"

#define MEMORY "own-files.json"

enum { MEMORY_MAX_BYTES = 256 * 1024, HEX_SIZE = 2 * INVENTORY_DIGEST_SIZE + 1 };

static const char *const CONFIG[] = { "trust-root.json", "collector.json", "collector-ca.pem" };

enum { N_CONFIG = sizeof(CONFIG) / sizeof(CONFIG[0]) };

_Static_assert(N_CONFIG <= (int)FILE_CHECK_MAX_CONFIG, "all fit an answer");

/* What is remembered: {"inventory": hex, "faults": {path: fault}, "config": {name: hex or null}}.
 */
static void read_memory(struct own_files *own)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = file_read(own->state_fd, MEMORY, MEMORY_MAX_BYTES, &text, &size);

	if (r >= 0)
		own->memory = json_loadb(text, size, 0, NULL);
	if (json_is_object(own->memory))
		return;
	if (r != -ENOENT)
		log_warning("own-files", "What was known of the agent's own files is lost");
	json_decref(own->memory);
	own->memory = json_object();
}

static void write_memory(const struct own_files *own)
{
	_cleanup_free_ char *text = json_dumps(own->memory, JSON_INDENT(1) | JSON_SORT_KEYS);
	int r = text == NULL ? -ENOMEM
			     : file_write_atomic(own->state_fd, MEMORY, text, strlen(text), 0600);

	if (r < 0)
		log_warning("own-files", "What is known of the agent's own files is not kept: %s",
			    strerror(-r));
}

static void note_tampered(struct own_files *own, const char *what, const char *path,
			  const char *fault)
{
	char text[512];

	snprintf(text, sizeof(text), "%s: %s", path, fault);
	log_error("own-files", "%s", text);
	recorder_note(own->recorder, "agent.tampered",
		      json_pack("{s:s, s:o, s:s, s:o}", "what", what, "path", record_text(path),
				"fault", fault, "text", record_text(text)));
}

/* Record those of @now that @before has not, or has as something else. */
static void compare_faults(struct own_files *own, const json_t *before, json_t *now)
{
	const char *path;
	json_t *fault;

	json_object_foreach (now, path, fault) {
		const json_t *was = json_object_get(before, path);

		if (was == NULL || !json_equal(was, fault))
			note_tampered(own, "file", path, json_string_value(fault));
	}
}

static void compare_restored(struct own_files *own, json_t *before, const json_t *now)
{
	const char *path;
	json_t *fault;

	json_object_foreach (before, path, fault) {
		if (json_object_get(now, path) != NULL)
			continue;
		log_info("own-files", "%s is as it was installed again", path);
		recorder_note(own->recorder, "agent.restored",
			      json_pack("{s:s, s:o}", "what", "file", "path", record_text(path)));
	}
}

/* Another package was installed: what it is made of. */
static void compare_inventory(struct own_files *own)
{
	char hex[HEX_SIZE];
	const char *before = json_string_value(json_object_get(own->memory, "inventory"));

	text_hex(own->inventory.digest, INVENTORY_DIGEST_SIZE, hex);
	if (before != NULL && strcmp(before, hex) == 0)
		return;
	recorder_note(own->recorder, "agent.installed",
		      json_pack("{s:s, s:s, s:i}", "version", DEVGATE_VERSION, "files", hex, "n",
				(int)own->inventory.n));
	json_object_set_new(own->memory, "inventory", json_string(hex));
}

static json_t *digest_json(const uint8_t digest[static INVENTORY_DIGEST_SIZE])
{
	static const uint8_t absent[INVENTORY_DIGEST_SIZE];
	char hex[HEX_SIZE];

	if (memcmp(digest, absent, sizeof(absent)) == 0)
		return json_null();
	text_hex(digest, INVENTORY_DIGEST_SIZE, hex);
	return json_string(hex);
}

/* @before NULL: nothing is remembered to compare with. */
static void compare_config(struct own_files *own, const char *name, const json_t *before,
			   const json_t *now)
{
	if (before == NULL ? json_is_null(now) : json_equal(before, now))
		return;
	if (before == NULL || own->agreeing)
		recorder_note(own->recorder, "agent.configured",
			      json_pack("{s:s, s:O}", "path", name, "sha256", now));
	else
		note_tampered(own, "configuration", name,
			      json_is_null(now)	     ? "missing"
			      : json_is_null(before) ? "appeared"
						     : "changed");
}

static void judge_config(struct own_files *own, const struct file_check_answer *answer)
{
	json_t *known = json_object_get(own->memory, "config");

	if (!json_is_object(known)) {
		known = json_object();
		json_object_set_new(own->memory, "config", known);
	}
	for (size_t i = 0; i < N_CONFIG; i++) {
		json_t *now = digest_json(answer->config[i]);

		compare_config(own, CONFIG[i], json_object_get(known, CONFIG[i]), now);
		json_object_set_new(known, CONFIG[i], now);
	}
}

static json_t *faults_of(const struct own_files *own, const struct file_check_answer *answer)
{
	json_t *faults = json_object();

	for (size_t i = 0; i < answer->n_faults && i < FILE_CHECK_MAX_FAULTS; i++)
		json_object_set_new(
			faults, own->inventory.files[answer->faults[i].file].path,
			json_string(file_fault_to_text((enum file_fault)answer->faults[i].fault)));
	return faults;
}

/* @faults: an object of paths, taken; out of memory it is NULL, and nothing is known. */
static void judge_files(struct own_files *own, json_t *faults)
{
	json_t *before = json_object_get(own->memory, "faults");

	if (faults == NULL)
		return;
	compare_faults(own, before, faults);
	compare_restored(own, before, faults);
	json_object_set_new(own->memory, "faults", faults);
}

static void on_checked(void *userdata, int result, const void *bytes)
{
	struct own_files *own = userdata;
	struct file_check_answer answer;

	own->child = NULL;
	if (result >= 0)
		memcpy(&answer, bytes, sizeof(answer));
	if (result >= 0 && !file_check_is_valid(&answer, own->inventory.n))
		result = -EBADMSG;
	if (result < 0) {
		own->agreed = own->agreed || own->agreeing;
		log_error("own-files", "The agent's own files could not be looked at: %s",
			  strerror(-result));
		recorder_note(own->recorder, "agent.degraded",
			      json_pack("{s:s, s:s}", "what", "own-files", "text",
					"The agent's own files could not be looked at."));
	} else {
		own->known = true;
		if (own->inventory.n > 0) {
			own->faults = answer.n_faults;
			compare_inventory(own);
			judge_files(own, faults_of(own, &answer));
		}
		judge_config(own, &answer);
		write_memory(own);
	}
	inventory_finish(&own->inventory);
	if (own->again)
		own_files_look(own);
}

/* The list itself is not there, or is none: that is one fault, and nothing else can be told. */
static void judge_without_list(struct own_files *own, int r)
{
	const enum file_fault fault = r == -ENOENT    ? FILE_MISSING
				      : r == -EBADMSG ? FILE_CHANGED
						      : FILE_UNREADABLE;

	own->faults = 1;
	judge_files(own, json_pack("{s:s}", OWN_FILES_LIST, file_fault_to_text(fault)));
}

void own_files_look(struct own_files *own)
{
	const struct file_check_request request = { .root_fd = own->root_fd,
						    .inventory = &own->inventory,
						    .config_fd = own->config_fd,
						    .config = { CONFIG[0], CONFIG[1], CONFIG[2] },
						    .owner = own->owner };
	const struct child_task task = { .run = file_check,
					 .request = &request,
					 .answer_size = sizeof(struct file_check_answer),
					 .timeout_ms = OWN_FILES_TIMEOUT_MS };
	int r;

	own->again = own->child != NULL;
	if (own->again)
		return;
	if (own->memory == NULL)
		read_memory(own);
	r = inventory_read(own->root_fd, own->list, &own->inventory);
	if (r < 0)
		judge_without_list(own, r);
	r = child_start(own->loop, &task, on_checked, own, &own->child);
	if (r >= 0) {
		own->agreeing = own->agreed;
		own->agreed = false;
	} else {
		own->child = NULL;
		inventory_finish(&own->inventory);
		log_error("own-files", "The agent's own files cannot be looked at: %s",
			  strerror(-r));
	}
}

void own_files_agree(struct own_files *own)
{
	if (own->loop == NULL)
		return;
	own->agreed = true;
	own_files_look(own);
}

static int on_time(sd_event_source *source, uint64_t now_us, void *userdata)
{
	(void)now_us;
	own_files_look(userdata);
	sd_event_source_set_time_relative(source, (uint64_t)OWN_FILES_EVERY_S * 1000000);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int own_files_start(struct own_files *own)
{
	return sd_event_add_time_relative(own->loop, &own->next, CLOCK_BOOTTIME,
					  (uint64_t)OWN_FILES_FIRST_MS * 1000, 1000000, on_time,
					  own);
}

void own_files_finish(struct own_files *own)
{
	child_cancel(own->child);
	own->child = NULL;
	own->next = sd_event_source_disable_unref(own->next);
	inventory_finish(&own->inventory);
	json_decref(own->memory);
	own->memory = NULL;
	if (own->loop != NULL && own->root_fd >= 0)
		close(own->root_fd);
}
