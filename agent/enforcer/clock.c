#include "clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <systemd/sd-id128.h>

#include "policy/text.h"

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

uint64_t clock_mono_us(void)
{
	return (uint64_t)read_clock(CLOCK_BOOTTIME);
}

void clock_text(int64_t now_us, char ret[static CLOCK_TEXT_SIZE])
{
	char seconds[21];

	text_time(now_us / 1000000, seconds);
	snprintf(ret, CLOCK_TEXT_SIZE, "%.19s.%06uZ", seconds,
		 (unsigned)(now_us % 1000000) % 1000000u);
}

int clock_boot_id(char ret[static CLOCK_BOOT_SIZE])
{
	sd_id128_t id;
	int r = sd_id128_get_boot(&id);

	if (r < 0)
		return r;
	sd_id128_to_string(id, ret);
	return 0;
}
