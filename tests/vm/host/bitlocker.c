/* bitlocker - make a volume that is encrypted with BitLocker, as Windows would, for tests.
 *
 *   bitlocker FILE MIB PASSWORD
 *
 * AES-XTS with 128 bits, opened by a password of ASCII characters.  What is in it is noise until
 * somebody opens it and makes a file system.  The format is as libbde describes it ("BitLocker
 * Drive Encryption (BDE) format specification") and cryptsetup reads it. */
#include <endian.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

enum {
	SECTOR = 512,
	KEY_SIZE = 32,
	NONCE_SIZE = 12,
	TAG_SIZE = 16,
	SALT_SIZE = 16,
	PROTECTED_SIZE = 12 + KEY_SIZE, /* a key, and what is written before it */
	ITERATIONS = 0x100000,
	METADATA_SIZE = 64 << 10,
	HEADER_SIZE = 8 << 10, /* sectors of the volume's start that lie elsewhere */
	N_COPIES = 3,
};

enum entry { ENTRY_PROPERTY = 0, ENTRY_VMK = 2, ENTRY_FVEK = 3, ENTRY_VOLUME_HEADER = 15 };
enum value { VALUE_STRETCH_KEY = 3, VALUE_AES_CCM_KEY = 5, VALUE_VMK = 8, VALUE_OFFSET_SIZE = 15 };
enum { STATE_NORMAL = 4, PROTECTED_BY_PASSWORD = 0x2000, AES_CCM_256 = 0x2003, XTS_128 = 0x8004 };

static const uint8_t volume_guid[16] = { 0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e, 0xd8, 0x4a,
					 0x83, 0x99, 0xf6, 0xa3, 0x39, 0xe3, 0xd0, 0x01 };

/* Bytes put one after another, least significant first. */
struct buffer {
	uint8_t bytes[METADATA_SIZE];
	size_t n;
};

static void die(const char *what)
{
	fprintf(stderr, "bitlocker: cannot %s\n", what);
	exit(1);
}

static void put(struct buffer *buffer, const void *bytes, size_t n)
{
	memcpy(buffer->bytes + buffer->n, bytes, n);
	buffer->n += n;
}

static void put_number(struct buffer *buffer, uint64_t number, size_t n)
{
	const uint64_t little = htole64(number);

	put(buffer, &little, n);
}

static void put_noise(struct buffer *buffer, size_t n)
{
	if (gnutls_rnd(GNUTLS_RND_NONCE, buffer->bytes + buffer->n, n) < 0)
		die("get noise");
	buffer->n += n;
}

/* Begin an entry of @size bytes with its head. */
static void put_entry(struct buffer *buffer, size_t size, enum entry entry, enum value value)
{
	put_number(buffer, size, 2);
	put_number(buffer, entry, 2);
	put_number(buffer, value, 2);
	put_number(buffer, 1, 2); /* version */
}

static void sha256(const void *bytes, size_t n, uint8_t ret[static KEY_SIZE])
{
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, n, ret) < 0)
		die("hash");
}

/* What opens the volume's master key. */
static void stretch(const char *password, const uint8_t salt[static SALT_SIZE],
		    uint8_t ret[static KEY_SIZE])
{
	struct {
		uint8_t last[KEY_SIZE], initial[KEY_SIZE], salt[SALT_SIZE];
		uint64_t count;
	} state = { 0 };
	uint8_t utf16[2 * 64] = { 0 };
	size_t n = strlen(password);

	if (n > sizeof(utf16) / 2)
		die("take so long a password");
	for (size_t i = 0; i < n; i++)
		utf16[2 * i] = (uint8_t)password[i];
	sha256(utf16, 2 * n, state.initial);
	sha256(state.initial, KEY_SIZE, state.initial);
	memcpy(state.salt, salt, SALT_SIZE);
	for (uint64_t i = 0; i < ITERATIONS; i++) {
		state.count = htole64(i);
		sha256(&state, sizeof(state), state.last);
	}
	memcpy(ret, state.last, KEY_SIZE);
}

/* An entry with @key, encrypted with @by. */
static void put_key(struct buffer *buffer, enum entry entry, const uint8_t key[static KEY_SIZE],
		    const uint8_t by[static KEY_SIZE])
{
	const gnutls_datum_t secret = { (void *)(uintptr_t)by, KEY_SIZE };
	uint8_t nonce[NONCE_SIZE], sealed[PROTECTED_SIZE + TAG_SIZE];
	struct buffer plain = { .n = 0 };
	gnutls_aead_cipher_hd_t cipher;
	size_t size = sizeof(sealed);

	put_number(&plain, PROTECTED_SIZE, 2);
	put_number(&plain, 1, 2);
	put_number(&plain, 0, 4);
	put_number(&plain, AES_CCM_256, 4);
	put(&plain, key, KEY_SIZE);
	if (gnutls_rnd(GNUTLS_RND_NONCE, nonce, sizeof(nonce)) < 0 ||
	    gnutls_aead_cipher_init(&cipher, GNUTLS_CIPHER_AES_256_CCM, &secret) < 0 ||
	    gnutls_aead_cipher_encrypt(cipher, nonce, sizeof(nonce), NULL, 0, TAG_SIZE, plain.bytes,
				       plain.n, sealed, &size) < 0)
		die("encrypt a key");
	gnutls_aead_cipher_deinit(cipher);
	put_entry(buffer, 8 + NONCE_SIZE + sizeof(sealed), entry, VALUE_AES_CCM_KEY);
	put(buffer, nonce, sizeof(nonce));
	put(buffer, sealed + PROTECTED_SIZE, TAG_SIZE);
	put(buffer, sealed, PROTECTED_SIZE);
}

/* The master key, for who knows @password. */
static void put_master_key(struct buffer *buffer, const uint8_t master[static KEY_SIZE],
			   const char *password)
{
	struct buffer inner = { .n = 0 };
	uint8_t salt[SALT_SIZE], opener[KEY_SIZE];

	if (gnutls_rnd(GNUTLS_RND_NONCE, salt, sizeof(salt)) < 0)
		die("get noise");
	stretch(password, salt, opener);
	put_entry(&inner, 8 + 4 + SALT_SIZE, ENTRY_PROPERTY, VALUE_STRETCH_KEY);
	put_number(&inner, 0x1000, 4);
	put(&inner, salt, SALT_SIZE);
	put_key(&inner, ENTRY_PROPERTY, master, opener);

	put_entry(buffer, 8 + 28 + inner.n, ENTRY_VMK, VALUE_VMK);
	put_noise(buffer, 16);	  /* its GUID */
	put_number(buffer, 0, 8); /* when it was changed */
	put_number(buffer, 0, 2);
	put_number(buffer, PROTECTED_BY_PASSWORD, 2);
	put(buffer, inner.bytes, inner.n);
}

static uint32_t crc32_of(const uint8_t *bytes, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

struct volume {
	uint64_t size, copies[N_COPIES], header_at;
};

static void make_metadata(const struct volume *volume, const char *password, struct buffer *ret)
{
	struct buffer entries = { .n = 0 };
	uint8_t master[KEY_SIZE], data_key[KEY_SIZE];
	size_t size;

	if (gnutls_rnd(GNUTLS_RND_KEY, master, sizeof(master)) < 0 ||
	    gnutls_rnd(GNUTLS_RND_KEY, data_key, sizeof(data_key)) < 0)
		die("get noise");
	put_master_key(&entries, master, password);
	put_key(&entries, ENTRY_FVEK, data_key, master);
	put_entry(&entries, 8 + 16, ENTRY_VOLUME_HEADER, VALUE_OFFSET_SIZE);
	put_number(&entries, volume->header_at, 8);
	put_number(&entries, HEADER_SIZE, 8);

	size = (64 + 48 + entries.n + 15) / 16 * 16;
	put(ret, "-FVE-FS-", 8);
	put_number(ret, size / 16, 2);
	put_number(ret, 2, 2); /* version */
	put_number(ret, STATE_NORMAL, 2);
	put_number(ret, STATE_NORMAL, 2);
	put_number(ret, volume->size, 8);
	put_number(ret, 0, 4);
	put_number(ret, HEADER_SIZE / SECTOR, 4);
	for (int i = 0; i < N_COPIES; i++)
		put_number(ret, volume->copies[i], 8);
	put_number(ret, volume->header_at, 8);

	put_number(ret, 48 + entries.n, 4);
	put_number(ret, 1, 4); /* version */
	put_number(ret, 48, 4);
	put_number(ret, 48 + entries.n, 4);
	put_noise(ret, 16); /* the volume's GUID */
	put_number(ret, 1, 4);
	put_number(ret, XTS_128, 2);
	put_number(ret, 0, 2);
	put_number(ret, 0, 8); /* when it was made */
	put(ret, entries.bytes, entries.n);
	ret->n = size;
	/* the check on it */
	put_number(ret, 16, 2);
	put_number(ret, 2, 2);
	put_number(ret, crc32_of(ret->bytes, size), 4);
}

/* The boot sector: where the metadata is. */
static void make_start(const struct volume *volume, struct buffer *ret)
{
	put(ret, "\xeb\x58\x90-FVE-FS-", 11);
	put_number(ret, SECTOR, 2);
	ret->bytes[13] = 8; /* sectors of a cluster */
	ret->n = 160;
	put(ret, volume_guid, sizeof(volume_guid));
	for (int i = 0; i < N_COPIES; i++)
		put_number(ret, volume->copies[i], 8);
	ret->n = 510;
	put(ret, "\x55\xaa", 2);
}

static void write_at(int fd, const struct buffer *buffer, uint64_t at)
{
	if (pwrite(fd, buffer->bytes, buffer->n, (off_t)at) != (ssize_t)buffer->n)
		die("write");
}

int main(int argc, char **argv)
{
	static struct buffer start, metadata;
	struct volume volume;
	int fd;

	if (argc != 4) {
		fputs("Usage: bitlocker FILE MIB PASSWORD\n", stderr);
		return 2;
	}
	volume.size = strtoull(argv[2], NULL, 10) << 20;
	for (int i = 0; i < N_COPIES; i++)
		volume.copies[i] = (uint64_t)(i + 1) << 20;
	volume.header_at = (uint64_t)(N_COPIES + 1) << 20;
	if (volume.size < volume.header_at + (1 << 20))
		die("make a volume so small");
	fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)volume.size) < 0)
		die("make the file");
	make_start(&volume, &start);
	make_metadata(&volume, argv[3], &metadata);
	write_at(fd, &start, 0);
	for (int i = 0; i < N_COPIES; i++)
		write_at(fd, &metadata, volume.copies[i]);
	if (close(fd) < 0)
		die("write");
	return 0;
}
