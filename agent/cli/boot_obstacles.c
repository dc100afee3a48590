#include "boot_obstacles.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "crypttab.h"

#define CRYPTTAB "etc/crypttab"

enum { CRYPTTAB_MAX_BYTES = 256 * 1024 };

static void add(struct boot_obstacles *obstacles, enum boot_obstacle_kind kind, const char *what)
{
	const size_t n = obstacles->n;

	if (n == BOOT_MAX_OBSTACLES)
		return;
	obstacles->items[n].kind = kind;
	snprintf(obstacles->items[n].what, sizeof(obstacles->items[n].what), "%s", what);
	obstacles->n++;
}

static void add_unlock(struct boot_obstacles *obstacles, enum crypttab_unlock unlock,
		       const char *name)
{
	if (unlock == CRYPTTAB_DEVICE)
		add(obstacles, BOOT_KEY_ON_DEVICE, name);
	else if (unlock == CRYPTTAB_PASSPHRASE && obstacles->keyboards.other == 0)
		add(obstacles, BOOT_PASSPHRASE_ON_USB, name);
}

/* Take the encrypted devices that @line names off @disks. */
static void strike(struct boot_disks *disks, const char *name)
{
	for (size_t i = 0; i < disks->n_crypts; i++) {
		if (strcmp(disks->crypts[i], name) == 0)
			disks->crypts[i][0] = '\0';
	}
}

static void look_at_crypttab(struct boot_obstacles *obstacles, int root_fd,
			     struct boot_disks *disks)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r = file_read(root_fd, CRYPTTAB, CRYPTTAB_MAX_BYTES, &text, NULL);

	if (r == -ENOENT)
		return;
	rest = text;
	while (r >= 0 && (line = strsep(&rest, "\n")) != NULL) {
		struct crypttab_entry entry;

		r = crypttab_parse_line(line, &entry);
		if (r <= 0)
			continue;
		add_unlock(obstacles, entry.unlock, entry.name);
		if (entry.unlock != CRYPTTAB_LATER)
			strike(disks, entry.name);
	}
	if (r < 0)
		add(obstacles, BOOT_UNREADABLE, "/" CRYPTTAB);
}

void boot_obstacles_find(int root_fd, const char *mountinfo, struct boot_obstacles *ret)
{
	struct boot_disks disks = { 0 };

	*ret = (struct boot_obstacles){ 0 };
	if (boot_keyboards_count(root_fd, &ret->keyboards) < 0)
		add(ret, BOOT_UNREADABLE, "/sys/class/input");
	if (boot_disks_find(root_fd, mountinfo, &disks) < 0)
		add(ret, BOOT_UNREADABLE, mountinfo);
	if (disks.usb[0] != '\0')
		add(ret, BOOT_SYSTEM_ON_USB, disks.usb);
	if (disks.unknown[0] != '\0')
		add(ret, BOOT_SYSTEM_UNKNOWN, disks.unknown);
	look_at_crypttab(ret, root_fd, &disks);
	/* Unlocked by something else than crypttab, such as the kernel's command line: by whom? */
	for (size_t i = 0; i < disks.n_crypts; i++) {
		if (disks.crypts[i][0] != '\0')
			add_unlock(ret, CRYPTTAB_PASSPHRASE, disks.crypts[i]);
	}
}
