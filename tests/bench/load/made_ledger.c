#include "made_ledger.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "policy/text.h"

enum {
	BODY_MAX = 1600,
	DEVICES = 6,
	PEOPLE = 3,
	KINDS = 4,
	STEP_S = 1200, /* a week is 504 lines */
	SPAN_S = 30 * 86400,
};

void made_ledger_start(struct made_ledger *ret, const char *host, uint32_t number, int64_t began)
{
	char seed[96];
	uint8_t hash[crypto_hash_sha256_BYTES];

	snprintf(seed, sizeof(seed), "made ledger %s %" PRIu32, host, number);
	crypto_hash_sha256(hash, (const uint8_t *)seed, strlen(seed));
	*ret = (struct made_ledger){ .began = began };
	memcpy(&ret->machine, hash + 16, sizeof(ret->machine));
	text_hex(hash, (LEDGER_ID_SIZE - 1) / 2, ret->id);
	if (ledger_chain_start(&ret->chain, ret->id) < 0)
		assert(0);
}

/* The members that begin every event. */
static int write_head(const struct made_ledger *ledger, const char *kind, char *ret, size_t size)
{
	uint64_t seq = ledger->chain.next_seq;
	int64_t time = ledger->began + (int64_t)(seq * STEP_S % SPAN_S);
	char seconds[21];

	text_time(time, seconds);
	return snprintf(ret, size,
			"\"time\":\"%.19s.%06" PRIu64 "Z\",\"boot\":\"%08" PRIx32
			"0123456789abcdef01234567\",\"mono_us\":%" PRIu64 ",\"kind\":\"%s\"",
			seconds, seq * 104729 % 1000000, ledger->machine, seq * 7000000 + 12345,
			kind);
}

/* One of the machine's devices, seen for the @stay-th time. */
static int write_device(const struct made_ledger *ledger, uint64_t stay, char *ret, size_t size)
{
	uint32_t device = (ledger->machine + (uint32_t)(stay % DEVICES)) % 50000;

	return snprintf(ret, size,
			",\"instance\":\"%08" PRIx32 "-%" PRIu64
			"\",\"device\":{\"bus\":\"usb\",\"vendor\":\"0951\",\"product\":\"1666\","
			"\"release\":\"0100\",\"serial\":\"E0D55EA5%08" PRIX32
			"\",\"manufacturer\":\"Kingston\",\"name\":\"DataTraveler 3.0\",\"digest\":"
			"\"%08" PRIx32
			"5f3c1b7a9e2d4c6f8091a2b3c4d5e6f708192a3b4c5d6e7f80912233\",\"port\":"
			"\"1-%" PRIu64 "\",\"connect\":\"hotplug\",\"speed_mbps\":480,"
			"\"identity\":\"serial\"}",
			ledger->machine, 4000 + stay, device, device, stay % 4 + 1);
}

static int write_decided(const struct made_ledger *ledger, uint64_t stay, char *ret, size_t size)
{
	bool allowed = stay % 5 != 0;

	return snprintf(
		ret, size,
		",\"present\":false,\"verdict\":\"%s\",\"partial\":false,\"audit\":false,"
		"\"step\":\"%s\",\"rule\":\"%s\",\"reason\":{\"en\":\"%s\",\"zh-TW\":\"%s\"},"
		"\"interfaces\":[{\"config\":1,\"number\":0,\"class\":\"080650\",\"function\":"
		"\"storage\",\"verdict\":\"%s\",\"step\":\"%s\",\"rule\":\"%s\"}],"
		"\"person\":\"user%04u\",\"policy\":12,\"violation\":%s",
		allowed ? "allow" : "deny", allowed ? "registered" : "default",
		allowed ? "A-001" : "storage",
		allowed ? "It is on the list of registered media."
			: "Storage that is not registered may not be used.",
		allowed ? "此儲存媒體已登記。" : "未登記的儲存媒體不得使用。",
		allowed ? "allow" : "deny", allowed ? "registered" : "default",
		allowed ? "A-001" : "storage",
		(unsigned)((ledger->machine + stay % PEOPLE) % 10000), allowed ? "false" : "true");
}

static int write_removed(const struct made_ledger *ledger, uint64_t stay, char *ret, size_t size)
{
	return snprintf(ret, size,
			",\"verdict\":\"%s\",\"duration_s\":%" PRIu64 ",\"bytes_read\":%" PRIu64
			",\"bytes_written\":%" PRIu64 ",\"person\":\"user%04u\"",
			stay % 5 != 0 ? "allow" : "deny", stay * 37 % 28800,
			stay * 1048573 % 4000000000u, stay * 524287 % 1000000000u,
			(unsigned)((ledger->machine + stay % PEOPLE) % 10000));
}

/* A stay is a decision, two lines of another kind, and the removal. */
static void write_body(const struct made_ledger *ledger, char ret[static BODY_MAX])
{
	uint64_t seq = ledger->chain.next_seq, stay = seq / KINDS;
	unsigned part = (unsigned)(seq % KINDS);
	int n;

	if (part == 0 || part == KINDS - 1) {
		n = write_head(ledger, part == 0 ? "device.decided" : "device.removed", ret,
			       BODY_MAX);
		n += write_device(ledger, stay, ret + n, (size_t)(BODY_MAX - n));
		if (part == 0)
			write_decided(ledger, stay, ret + n, (size_t)(BODY_MAX - n));
		else
			write_removed(ledger, stay, ret + n, (size_t)(BODY_MAX - n));
		return;
	}
	n = write_head(ledger, "agent.degraded", ret, BODY_MAX);
	snprintf(ret + n, (size_t)(BODY_MAX - n),
		 ",\"what\":\"uevents\",\"text\":\"line %" PRIu64 " of a machine that is made up\"",
		 seq);
}

size_t made_ledger_line(struct made_ledger *ledger, char *ret)
{
	char body[BODY_MAX];

	write_body(ledger, body);
	ptrdiff_t size = ledger_line_seal(&ledger->chain, body, ret, MADE_LINE_MAX);
	assert(size > 0);
	return (size_t)size;
}

size_t made_ledger_batch(struct made_ledger *ledger, size_t n, char *ret)
{
	size_t size = 0;

	assert(n <= MADE_BATCH_LINES);
	for (size_t i = 0; i < n; i++)
		size += made_ledger_line(ledger, ret + size);
	return size;
}
