/* When memory runs out: each failure is an ordinary error that leaks nothing and gives nothing. */
#include "failing_memory.h"

#include "failing_memory_begin.h"
#include "policy/dsse.c"
#include "policy/registered.c"
#include "failing_memory_end.h"

#include "officers.h"
#include "policy/event.h"

static char *good_bundle, *good_trust, *good_manifest;
static struct dsse good_envelope;
static struct trust good_root;

static int parse_envelope_text(void)
{
	struct dsse dsse;
	int r = dsse_parse(&dsse, good_bundle, strlen(good_bundle));

	if (r == 0)
		dsse_finish(&dsse);
	return r;
}

static int encode_envelope(void)
{
	char *text;
	int r = dsse_encode(&good_envelope, &text);

	if (r == 0)
		free(text);
	return r;
}

static int sign_envelope(void)
{
	const size_t before = good_envelope.n_signatures;
	int r = dsse_sign(&good_envelope, officer_of("carol").secret);

	if (r < 0)
		assert_int_equal(good_envelope.n_signatures, before);
	else
		good_envelope.n_signatures = before;
	return r;
}

static int parse_trust(void)
{
	struct trust trust;

	return trust_parse(&trust, good_trust, strlen(good_trust), NULL);
}

static int encode_trust(void)
{
	char *text;
	int r = trust_encode(&good_root, &text);

	if (r == 0)
		free(text);
	return r;
}

static int parse_manifest(void)
{
	struct manifest manifest;

	return manifest_parse(&manifest, (const uint8_t *)good_manifest, strlen(good_manifest));
}

static int encode_manifest(void)
{
	const struct manifest manifest = manifest_of(ROLE_POLICY, 7);
	char *text;
	int r = manifest_encode(&manifest, &text);

	if (r == 0)
		free(text);
	return r;
}

/* Without memory a bundle is never good. */
static int verify_bundle(void)
{
	static const uint64_t held[_ROLE_MAX];
	struct manifest manifest;

	return bundle_verify(&good_root, good_bundle, strlen(good_bundle), held, 1750000000,
			     &manifest) == BUNDLE_OK
		       ? 0
		       : -ENOMEM;
}

/* Its escape needs a tree (policy/event_scan.c does without memory). */
static int parse_event(void)
{
	static const char line[] =
		"{\"seq\":7,\"time\":\"2026-11-22T22:36:19.123456Z\",\"kind\":\"device.decided\","
		"\"device\":{\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":\"\\u0053\"}}";
	struct event_columns event;

	return event_parse(&event, line, sizeof(line) - 1);
}

static int encode_table(void)
{
	struct registered_entry entry = { .functions = 1, .tag = "A" };
	uint8_t *bytes;
	size_t size;
	int r = registered_encode(&entry, 1, &bytes, &size);

	if (r == 0)
		free(bytes);
	return r;
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int (*task)(void);
	} tasks[] = {
		{ "parse envelope", parse_envelope_text },
		{ "encode envelope", encode_envelope },
		{ "sign envelope", sign_envelope },
		{ "parse trust", parse_trust },
		{ "encode trust", encode_trust },
		{ "parse manifest", parse_manifest },
		{ "encode manifest", encode_manifest },
		{ "verify bundle", verify_bundle },
		{ "parse event", parse_event },
		{ "encode table", encode_table },
	};

	for (size_t i = 0; i < COUNT(tasks); i++)
		fail_each_allocation(tasks[i].name, tasks[i].task, 2);
}

static int set_up(void **state)
{
	(void)state;
	const struct manifest manifest = manifest_of(ROLE_POLICY, 7);

	good_root = trust_of_four();
	good_bundle = bundle_of(&manifest, "ab");
	if (trust_encode(&good_root, &good_trust) < 0 ||
	    manifest_encode(&manifest, &good_manifest) < 0)
		return -1;
	return dsse_parse(&good_envelope, good_bundle, strlen(good_bundle));
}

static int tear_down(void **state)
{
	(void)state;
	free(good_bundle);
	free(good_trust);
	free(good_manifest);
	dsse_finish(&good_envelope);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_allocation_fails_once) };

	if (sodium_init() < 0)
		return 1;
	json_set_alloc_funcs(failing_malloc_for_jansson, free);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
