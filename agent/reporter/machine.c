#include "machine.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>
#include <systemd/sd-id128.h>

#include "policy/text.h"

int machine_read(struct machine *ret)
{
	static const sd_id128_t app =
		SD_ID128_MAKE(8d, 51, 1c, 0e, 3a, 77, 4c, 1b, 9e, 04, 5b, e2, 6f, c9, 90, 2d);
	uint8_t digest[crypto_hash_sha256_BYTES];
	struct machine machine = { 0 };
	sd_id128_t id, boot;
	int r;

	if (gethostname(machine.hostname, sizeof(machine.hostname) - 1) < 0)
		return -errno;
	r = sd_id128_get_machine_app_specific(app, &id);
	if (r >= 0)
		r = sd_id128_get_boot(&boot);
	if (r < 0)
		return r;
	crypto_hash_sha256(digest, id.bytes, sizeof(id.bytes));
	text_hex(digest, sizeof(digest), machine.name);
	sd_id128_to_string(boot, machine.boot);
	*ret = machine;
	return 0;
}

int64_t machine_uptime_s(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_BOOTTIME, &now) < 0 ? 0 : now.tv_sec;
}
