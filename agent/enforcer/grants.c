#include "grants.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/log.h"
#include "clock.h"
#include "policy/text.h"
#include "policy_store_internal.h"
#include "sysfs.h"

enum {
	NAME_SIZE = GRANT_ID_SIZE + 16,
	ENDED_LINE_SIZE = GRANT_ID_SIZE + 96,
	ENDED_MAX_BYTES = GRANTS_ENDED_MAX * ENDED_LINE_SIZE,
};

static const char suffix[] = ".dsse.json", ended_name[] = "ended";

int grants_init(struct grants *grants, int policy_fd)
{
	int r;

	*grants = (struct grants){ .fd = -1 };
	wallclock_init(&grants->clock, NULL, NULL, NULL);
	r = machine_name(grants->machine);
	grants->machine_known = r >= 0;
	if (r < 0)
		log_error("grants", "This machine has no name, so no grant is for it: %s",
			  strerror(-r));
	grants->items = calloc(GRANTS_MAX, sizeof(*grants->items));
	grants->ended = calloc(GRANTS_ENDED_MAX, sizeof(*grants->ended));
	if (grants->items == NULL || grants->ended == NULL)
		return -ENOMEM;
	return file_make_directory(policy_fd, "grants", 0700, &grants->fd);
}

void grants_finish(struct grants *grants)
{
	if (grants->clock.loop != NULL)
		wallclock_finish(&grants->clock);
	free(grants->items);
	free(grants->ended);
	if (grants->fd >= 0)
		close(grants->fd);
	*grants = (struct grants){ .fd = -1 };
}

static void file_name(const char *id, char ret[static NAME_SIZE])
{
	snprintf(ret, NAME_SIZE, "%s%s", id, suffix);
}

static size_t place_of(const struct grants *grants, const char *id)
{
	size_t i = 0;

	while (i < grants->n && strcmp(grants->items[i].grant.id, id) != 0)
		i++;
	return i;
}

const struct held_grant *grants_find(const struct grants *grants, const char *id)
{
	size_t i = place_of(grants, id);

	return i < grants->n ? &grants->items[i] : NULL;
}

static struct ended_grant *find_ended(const struct grants *grants, const char *id)
{
	for (size_t i = 0; i < grants->n_ended; i++) {
		if (strcmp(grants->ended[i].id, id) == 0)
			return &grants->ended[i];
	}
	return NULL;
}

/* Replaces an earlier version's; the oldest makes room. */
static void add_ended(struct grants *grants, const struct ended_grant *ended)
{
	struct ended_grant *place = find_ended(grants, ended->id);

	if (place == NULL && grants->n_ended == GRANTS_ENDED_MAX) {
		grants->n_ended--;
		memmove(grants->ended, grants->ended + 1, grants->n_ended * sizeof(*grants->ended));
	}
	if (place == NULL)
		place = &grants->ended[grants->n_ended++];
	*place = *ended;
}

/* One line for each: "<id> <version> <SHA-256 of the envelope>\n". */
static int write_ended(const struct grants *grants)
{
	_cleanup_free_ char *text = malloc(ENDED_MAX_BYTES);
	size_t size = 0;

	if (text == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < grants->n_ended; i++) {
		const struct ended_grant *ended = &grants->ended[i];
		char hash[65];

		text_hex(ended->envelope, sizeof(ended->envelope), hash);
		size += (size_t)snprintf(text + size, ENDED_LINE_SIZE, "%s %" PRIu64 " %s\n",
					 ended->id, ended->version, hash);
	}
	return file_write_atomic(grants->fd, ended_name, text, size, 0600);
}

static bool read_ended_line(const char *line, struct ended_grant *ret)
{
	char hash[65];
	int used = 0;

	return sscanf(line, "%63s %" SCNu64 " %64s%n", ret->id, &ret->version, hash, &used) == 3 &&
	       line[used] == '\0' && text_unhex(hash, ret->envelope, sizeof(ret->envelope)) == 0;
}

/* What cannot be read is not remembered: then a grant's own end still binds. */
static void read_ended(struct grants *grants)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r = file_read(grants->fd, ended_name, ENDED_MAX_BYTES, &text, NULL);

	grants->n_ended = 0;
	if (r < 0) {
		if (r != -ENOENT)
			log_error("grants", "Cannot read which grants are over: %s", strerror(-r));
		return;
	}
	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		struct ended_grant ended = { 0 };

		if (read_ended_line(line, &ended))
			add_ended(grants, &ended);
		else
			log_error("grants", "A line of what grants are over is damaged");
	}
}

/* No longer held.  What is remembered is on disk before the envelope goes. */
static void end(struct grants *grants, size_t i)
{
	const struct held_grant *held = &grants->items[i];
	struct ended_grant ended = { .version = held->grant.version };
	char name[NAME_SIZE];
	int r;

	memcpy(ended.id, held->grant.id, sizeof(ended.id));
	memcpy(ended.envelope, held->envelope, sizeof(ended.envelope));
	file_name(held->grant.id, name);
	log_info("grant-ended", "Grant %s is over", held->grant.id);
	add_ended(grants, &ended);
	r = write_ended(grants);
	if (r < 0)
		log_warning("grants", "Cannot note that grant %s is over: %s", held->grant.id,
			    strerror(-r));
	unlinkat(grants->fd, name, 0);
	grants->items[i] = grants->items[--grants->n];
}

bool grants_refresh(struct grants *grants, int64_t now_s)
{
	char before[GRANTS_MAX][GRANT_ID_SIZE];
	const size_t n_before = grants->in_force.n;
	bool same = true;

	for (size_t i = 0; i < n_before; i++)
		memcpy(before[i], grants->in_force.ids[i], GRANT_ID_SIZE);
	for (size_t i = grants->n; i > 0; i--) {
		if (grants->items[i - 1].grant.until <= now_s)
			end(grants, i - 1);
	}
	grants->in_force.n = 0;
	for (size_t i = 0; i < grants->n; i++) {
		const struct grant *grant = &grants->items[i].grant;

		if (grant->from > now_s)
			continue;
		memcpy(grants->in_force.ids[grants->in_force.n], grant->id, GRANT_ID_SIZE);
		grants->in_force.items[grants->in_force.n++] = grant;
	}
	same = grants->in_force.n == n_before;
	for (size_t i = 0; same && i < n_before; i++)
		same = strcmp(before[i], grants->in_force.ids[i]) == 0;
	return !same;
}

/* When the next of them begins or ends. */
static int64_t next_change(const struct grants *grants, int64_t now_s)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < grants->n; i++) {
		const struct grant *grant = &grants->items[i].grant;
		int64_t at = grant->from > now_s ? grant->from : grant->until;

		next = at < next ? at : next;
	}
	return next;
}

static void plan(struct grants *grants)
{
	int r;

	if (grants->clock.loop == NULL)
		return;
	if (grants->n == 0) {
		wallclock_rest(&grants->clock);
		return;
	}
	r = wallclock_wake(&grants->clock, next_change(grants, clock_now_us() / 1000000));
	if (r < 0)
		log_error("grants", "Grants will not end by themselves: %s", strerror(-r));
}

static void on_clock(void *userdata, enum wallclock_news news)
{
	struct grants *grants = userdata;
	bool changed = grants_refresh(grants, clock_now_us() / 1000000);

	(void)news;
	plan(grants);
	if (changed)
		grants->handler(grants->userdata);
}

void grants_follow(struct grants *grants, sd_event *loop, grants_handler *handler, void *userdata)
{
	grants->handler = handler;
	grants->userdata = userdata;
	if (grants->clock.loop == NULL)
		wallclock_init(&grants->clock, loop, on_clock, grants);
	plan(grants);
}

/* What @text, an envelope that has been verified, is. */
static int describe(const char *text, size_t size, const struct trust *trust,
		    struct held_grant *ret)
{
	const char *names[1] = { "" };
	struct dsse dsse;
	int r = dsse_parse(&dsse, text, size);

	if (r < 0)
		return r;
	crypto_hash_sha256(ret->envelope, (const uint8_t *)text, size);
	crypto_hash_sha256(ret->payload, dsse.payload, dsse.payload_size);
	trust_signers(trust, ROLE_GRANTS, &dsse, names, 1);
	snprintf(ret->signer, sizeof(ret->signer), "%s", names[0]);
	dsse_finish(&dsse);
	return 0;
}

static bool is_mine(const struct grants *grants, const struct grant *grant)
{
	return grants->machine_known &&
	       memcmp(grant->machine, grants->machine, sizeof(grants->machine)) == 0;
}

static bool is_envelope(const char *name)
{
	const size_t size = strlen(name), end = sizeof(suffix) - 1;

	return size > end && strcmp(name + size - end, suffix) == 0;
}

static void load(struct grants *grants, const struct trust *trust, const char *name)
{
	struct held_grant *held = &grants->items[grants->n];
	_cleanup_free_ char *text = NULL;
	enum grant_refusal refusal;
	char expected[NAME_SIZE];
	size_t size;
	int r = file_read(grants->fd, name, GRANT_MAX_BYTES, &text, &size);

	if (r < 0) {
		log_error("grants", "Cannot read %s: %s", name, strerror(-r));
		return;
	}
	refusal = grant_verify(trust, text, size, -1, &held->grant);
	if (refusal == GRANT_OK) {
		file_name(held->grant.id, expected);
		if (strcmp(expected, name) == 0 && is_mine(grants, &held->grant) &&
		    !held->grant.withdrawn && find_ended(grants, held->grant.id) == NULL &&
		    describe(text, size, trust, held) >= 0) {
			grants->n++;
			return;
		}
		refusal = GRANT_OLD;
	}
	log_warning("grants", "%s is not held any more: %s", name, grant_refusal_to_text(refusal));
	unlinkat(grants->fd, name, 0);
}

/* One that ended has no envelope, unless a newer version came after: see store(). */
void grants_load(struct grants *grants, const struct trust *trust, int64_t now_s)
{
	_cleanup_(sysfs_names_free) char **names = NULL;
	int n;

	grants->n = 0;
	grants->in_force.n = 0;
	if (grants->fd < 0 || grants->items == NULL)
		return;
	read_ended(grants);
	n = sysfs_list(grants->fd, ".", is_envelope, &names);
	for (int i = 0; i < n && grants->n < GRANTS_MAX; i++)
		load(grants, trust, names[i]);
	grants_refresh(grants, now_s);
	plan(grants);
}

static void refuse(struct policy_outcome *outcome, enum grant_refusal refusal)
{
	policy_store_refuse(outcome, grant_refusal_to_text(refusal),
			    grant_refusal_explain(refusal));
}

/* Is it the very one that is held, or that withdrew? */
static bool is_known(const struct grants *grants, const struct grant *grant,
		     const uint8_t envelope[static 32], const struct held_grant **ret)
{
	const struct held_grant *held = grants_find(grants, grant->id);
	const struct ended_grant *ended = find_ended(grants, grant->id);

	*ret = held != NULL && memcmp(held->envelope, envelope, 32) == 0 ? held : NULL;
	return *ret != NULL ||
	       (ended != NULL && grant->withdrawn && memcmp(ended->envelope, envelope, 32) == 0);
}

static enum grant_refusal judge(const struct grants *grants, const struct grant *grant,
				const struct grant_limits *limits)
{
	const struct held_grant *held = grants_find(grants, grant->id);
	const struct ended_grant *ended = find_ended(grants, grant->id);

	if (!is_mine(grants, grant))
		return GRANT_OTHER_HOST;
	if ((held != NULL && grant->version <= held->grant.version) ||
	    (ended != NULL && grant->version <= ended->version))
		return GRANT_OLD;
	if (!grant_is_within(grant, limits))
		return GRANT_BEYOND_POLICY;
	if (held == NULL && !grant->withdrawn && grants->n == GRANTS_MAX)
		return GRANT_TOO_MANY;
	return GRANT_OK;
}

/* A version that is above one that ended takes its memory's place: then it is held. */
static void forget_ended(struct grants *grants, const char *id)
{
	struct ended_grant *ended = find_ended(grants, id);

	if (ended == NULL)
		return;
	memmove(ended, ended + 1,
		(size_t)(grants->ended + grants->n_ended - ended - 1) * sizeof(*ended));
	grants->n_ended--;
}

static int store(struct grants *grants, const struct held_grant *offered,
		 const struct section *envelope)
{
	size_t place = place_of(grants, offered->grant.id);
	char name[NAME_SIZE];
	int r;

	file_name(offered->grant.id, name);
	r = file_write_atomic(grants->fd, name, envelope->bytes, envelope->size, 0600);
	if (r < 0)
		return r;
	if (find_ended(grants, offered->grant.id) != NULL) {
		forget_ended(grants, offered->grant.id);
		r = write_ended(grants);
		if (r < 0)
			return r;
	}
	grants->items[place] = *offered;
	grants->n += place == grants->n;
	return 0;
}

static int withdraw(struct grants *grants, const struct held_grant *offered)
{
	struct ended_grant ended = { .version = offered->grant.version };
	size_t place = place_of(grants, offered->grant.id);
	char name[NAME_SIZE];
	int r;

	memcpy(ended.id, offered->grant.id, sizeof(ended.id));
	memcpy(ended.envelope, offered->envelope, sizeof(ended.envelope));
	if (place < grants->n)
		grants->items[place] = grants->items[--grants->n];
	add_ended(grants, &ended);
	r = write_ended(grants);
	file_name(offered->grant.id, name);
	if (unlinkat(grants->fd, name, 0) < 0 && errno != ENOENT && r >= 0)
		r = -errno;
	return r;
}

void grants_offer(struct grants *grants, const struct trust *trust,
		  const struct grant_limits *limits, const struct section *envelope, int64_t now_s,
		  struct policy_outcome *ret, const struct held_grant **ret_grant)
{
	struct held_grant offered = { 0 };
	const char *text = (const char *)envelope->bytes;
	enum grant_refusal refusal;
	int r = -EBADMSG;

	*ret_grant = NULL;
	crypto_hash_sha256(ret->offer, envelope->bytes, envelope->size);
	refusal = grant_verify(trust, text, envelope->size, now_s, &offered.grant);
	if (refusal == GRANT_OK && describe(text, envelope->size, trust, &offered) < 0)
		refusal = GRANT_MALFORMED;
	if (refusal == GRANT_OK) {
		ret->verified = true;
		ret->version = offered.grant.version;
		if (is_known(grants, &offered.grant, offered.envelope, ret_grant)) {
			ret->applied = ret->unchanged = true;
			return;
		}
		refusal = judge(grants, &offered.grant, limits);
	}
	if (refusal != GRANT_OK) {
		refuse(ret, refusal);
		return;
	}
	if (grants->fd >= 0)
		r = offered.grant.withdrawn ? withdraw(grants, &offered)
					    : store(grants, &offered, envelope);
	grants_refresh(grants, now_s);
	plan(grants);
	if (r < 0) {
		policy_store_refuse(ret, "not-stored", "It could not be stored.");
		return;
	}
	ret->applied = true;
	snprintf(ret->text, sizeof(ret->text), "%s", offered.grant.id);
	*ret_grant = grants_find(grants, offered.grant.id);
}
