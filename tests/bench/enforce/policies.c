/* policies - signed policies and USBGuard's rules of many entries, for bench-enforce.
 *
 *   policies FOLDER N…    writes FOLDER/trust-root.json, and for each N: FOLDER/N/policy, as the
 *                         enforcer keeps it below its state directory, with N registered media; and
 *                         FOLDER/N/rules.conf with as many of USBGuard's rules, up to RULES_MAX
 *
 * The device to be permitted (PERMITTED) is named by the last entry.  Both have one rule beside the
 * N, by its ids alone, so that it is permitted with 0 entries, too: the first of ours, the last of
 * USBGuard's.  Nothing names any other device.  Keys are made for this and forgotten. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "policy/bundle.h"
#include "policy/device.h"
#include "policy/registered.h"

enum {
	PERMITTED_VENDOR = 0x1d6b,
	PERMITTED_PRODUCT = 0x0106,
	VALID_S = 10 * 365 * 86400,
	PATH_SIZE = 64
};

/* Above it USBGuard takes minutes to read them. */
enum { RULES_MAX = 100000 };

static const char permitted_serial[] = "BENCH";
static const char rules[] =
	"{\"schema\":\"devgate-rules-1\",\"name\":\"bench\",\"mode\":\"enforce\",\"rules\":["
	"{\"id\":\"bench\",\"match\":{\"vendor\":\"1d6b\",\"product\":\"0106\"},"
	"\"verdict\":\"allow\"}],\"defaults\":{\"hub\":\"allow\",\"*\":\"deny\"}}";

struct officer {
	struct trust trust; /* of this one */
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
};

static void die(const char *what)
{
	fprintf(stderr, "policies: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void make_folder(const char *path)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		die(path);
}

static void write_file(const char *folder, const char *name, const void *bytes, size_t size)
{
	char path[PATH_SIZE + 128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
		die(path);
}

static void make_officer(const char *folder, struct officer *officer)
{
	struct trust_officer *entry = &officer->trust.officers[0];
	char *text;

	*officer = (struct officer){ .trust = { .version = 1,
						.expires = time(NULL) + VALID_S,
						.threshold = { 1, 1 },
						.n_officers = 1 } };
	strcpy(entry->name, "bench");
	crypto_sign_keypair(entry->key, officer->secret);
	dsse_keyid(entry->key, entry->keyid);
	entry->roles[ROLE_POLICY] = entry->roles[ROLE_REVOCATIONS] = true;
	if (trust_encode(&officer->trust, &text) < 0)
		die("trust_encode");
	write_file(folder, "trust-root.json", text, strlen(text));
	free(text);
}

/* What stands in the place of registered medium or rule @i of @n: the last is the permitted one. */
static void name_medium(uint32_t i, uint32_t n, uint16_t *ret_vendor, uint16_t *ret_product,
			char ret_serial[static 24])
{
	const bool last = i == n - 1;

	*ret_vendor = last ? PERMITTED_VENDOR : 0x0951;
	*ret_product = last ? PERMITTED_PRODUCT : (uint16_t)(0x1600 + i % 64);
	if (last)
		strcpy(ret_serial, permitted_serial);
	else
		snprintf(ret_serial, 24, "SN%010u", i);
}

static uint8_t *make_table(uint32_t n, size_t *ret_size)
{
	struct registered_entry *entries = calloc(n == 0 ? 1 : n, sizeof(*entries));
	uint16_t vendor, product;
	uint8_t *table = NULL;
	char serial[24];

	if (entries == NULL)
		die("calloc");
	for (uint32_t i = 0; i < n; i++) {
		name_medium(i, n, &vendor, &product, serial);
		device_media_key(vendor, product, serial, entries[i].key);
		entries[i].verdict = VERDICT_ALLOW;
		entries[i].functions = FUNCTION_BIT(FUNCTION_STORAGE);
		snprintf(entries[i].tag, sizeof(entries[i].tag), "T-%u", i);
	}
	if (registered_encode(entries, n, &table, ret_size) < 0)
		die("registered_encode");
	free(entries);
	return table;
}

/* Write a section under its digest, and name it in @manifest. */
static void add_section(struct manifest *manifest, const char *name, const char *folder,
			const void *bytes, size_t size)
{
	struct manifest_section *section = &manifest->sections[manifest->n_sections++];
	char digest[2 * sizeof(section->sha256) + 1];

	snprintf(section->name, sizeof(section->name), "%s", name);
	section->size = size;
	crypto_hash_sha256(section->sha256, bytes, size);
	sodium_bin2hex(digest, sizeof(digest), section->sha256, sizeof(section->sha256));
	write_file(folder, digest, bytes, size);
}

static void write_policy(const struct officer *officer, const char *folder, uint32_t n)
{
	struct manifest manifest = { .role = ROLE_POLICY,
				     .version = 1,
				     .issued = time(NULL),
				     .expires = time(NULL) + VALID_S / 2,
				     .drafted_by = "bench" };
	struct dsse dsse = { .type = MANIFEST_TYPE };
	char sections[PATH_SIZE + 16], *payload, *text;
	uint8_t *table;
	size_t size;

	snprintf(sections, sizeof(sections), "%s/sections", folder);
	make_folder(folder);
	make_folder(sections);
	table = make_table(n, &size);
	add_section(&manifest, "rules", sections, rules, strlen(rules));
	add_section(&manifest, "registered", sections, table, size);
	free(table);
	if (manifest_encode(&manifest, &payload) < 0)
		die("manifest_encode");
	dsse.payload = (uint8_t *)payload;
	dsse.payload_size = strlen(payload);
	if (dsse_sign(&dsse, officer->secret) < 0 || dsse_encode(&dsse, &text) < 0)
		die("dsse_sign");
	write_file(folder, "policy.dsse.json", text, strlen(text));
	dsse_finish(&dsse);
	free(text);
}

/* As "usbguard generate-policy" writes them, but for the hashes of the parent. */
static void write_usbguard_rules(const char *folder, uint32_t n)
{
	char path[PATH_SIZE + 16], serial[24], hash[sodium_base64_ENCODED_LEN(32, 1)];
	uint16_t vendor, product;
	uint8_t bytes[32];
	FILE *file;

	snprintf(path, sizeof(path), "%s/rules.conf", folder);
	file = fopen(path, "we");
	if (file == NULL)
		die(path);
	for (uint32_t i = 0; i < n; i++) {
		name_medium(i, n, &vendor, &product, serial);
		fprintf(file, "allow id %04x:%04x serial \"%s\"", vendor, product, serial);
		if (i < n - 1) {
			crypto_hash_sha256(bytes, (const uint8_t *)serial, strlen(serial));
			sodium_bin2base64(hash, sizeof(hash), bytes, sizeof(bytes), 1);
			fprintf(file, " name \"Stick\" hash \"%s\"", hash);
		}
		fprintf(file, " with-interface 08:06:50\n");
	}
	fprintf(file, "allow id %04x:%04x\n", PERMITTED_VENDOR, PERMITTED_PRODUCT);
	if (fclose(file) != 0)
		die(path);
}

int main(int argc, char **argv)
{
	struct officer officer;

	if (argc < 3 || sodium_init() < 0) {
		fprintf(stderr, "usage: policies FOLDER N...\n");
		return 2;
	}
	make_folder(argv[1]);
	if (chdir(argv[1]) < 0)
		die(argv[1]);
	make_officer(".", &officer);
	for (int i = 2; i < argc; i++) {
		uint32_t n = (uint32_t)strtoul(argv[i], NULL, 10);
		char folder[16], policy[PATH_SIZE];

		snprintf(folder, sizeof(folder), "%u", n);
		snprintf(policy, sizeof(policy), "%s/policy", folder);
		make_folder(folder);
		write_policy(&officer, policy, n);
		if (n <= RULES_MAX)
			write_usbguard_rules(folder, n);
	}
	return 0;
}
