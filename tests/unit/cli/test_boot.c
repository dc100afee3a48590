/* When USB may be kept closed until devices are judged: on machines made of files, with every kind
 * of keyboard, disk and lock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/cli/boot_obstacles.h"
#include "agent/cli/crypttab.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char root[64], mountinfo[96];
static int root_fd;

static void shell(const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd %s && %s", root, command);
	assert_int_equal(system(line), 0);
}

/* An input device that reports the keys of @key, at @path below sys/devices. */
static void add_input(const char *path, const char *name, const char *key)
{
	char command[768];

	snprintf(command, sizeof(command),
		 "mkdir -p sys/devices/%s/%s sys/devices/%s/capabilities &&"
		 " echo '%s' >sys/devices/%s/capabilities/key &&"
		 " ln -s .. sys/devices/%s/%s/device &&"
		 " ln -s ../../devices/%s/%s sys/class/input/%s",
		 path, name, path, key, path, path, name, path, name, name);
	shell(command);
}

#define KEYBOARD "402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe"
#define BUTTON	 "10000000000000 0"

static void add_usb_keyboard(void)
{
	add_input("pci0/usb1/1-2/1-2:1.0/input/input5", "event5", KEYBOARD);
}

static void add_internal_keyboard(void)
{
	add_input("platform/i8042/serio0/input/input3", "event3", KEYBOARD);
}

/* Block device 8:1 on @path below sys/devices. */
static void add_disk(const char *path)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "mkdir -p sys/devices/%s/sda/sda1 && ln -s ../../devices/%s/sda/sda1"
		 " sys/dev/block/8:1",
		 path, path);
	shell(command);
}

/* 254:0, the opened @name on 8:1. */
static void add_crypt(const char *name)
{
	char command[512];

	snprintf(
		command, sizeof(command),
		"mkdir -p sys/devices/virtual/block/dm-0/dm sys/devices/virtual/block/dm-0/slaves "
		"&&"
		" echo CRYPT-LUKS2-0123-%s >sys/devices/virtual/block/dm-0/dm/uuid &&"
		" echo %s >sys/devices/virtual/block/dm-0/dm/name &&"
		" ln -s $(realpath sys/dev/block/8:1) sys/devices/virtual/block/dm-0/slaves/sda1 &&"
		" ln -s ../../devices/virtual/block/dm-0 sys/dev/block/254:0",
		name, name);
	shell(command);
}

static void mount_root(const char *number, const char *type, const char *source)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "echo '1 0 %s / / rw - %s %s rw' >mountinfo &&"
		 " echo '2 1 0:20 / /proc rw - proc proc rw' >>mountinfo &&"
		 " echo '3 1 8:99 / /media/stick rw - vfat /dev/sdz rw' >>mountinfo",
		 number, type, source);
	shell(command);
}

static void write_crypttab(const char *text)
{
	FILE *file;
	char path[96];

	snprintf(path, sizeof(path), "%s/etc/crypttab", root);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int setup(void **state)
{
	(void)state;
	strcpy(root, "/dev/shm/devgate-boot.XXXXXX");
	assert_non_null(mkdtemp(root));
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(mountinfo, sizeof(mountinfo), "%s/mountinfo", root);
	shell("mkdir -p sys/class/input sys/dev/block etc");
	add_input("LNXSYSTM/button/input/input0", "event0", BUTTON);
	add_disk("pci0/ata1");
	mount_root("8:1", "ext4", "/dev/sda1");
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	close(root_fd);
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

/* The only obstacle there is; "" for none. */
static void assert_obstacle(enum boot_obstacle_kind kind, const char *what)
{
	struct boot_obstacles found;

	boot_obstacles_find(root_fd, mountinfo, &found);
	assert_int_equal(found.n, *what == '\0' ? 0 : 1);
	if (found.n > 0) {
		assert_int_equal(found.items[0].kind, kind);
		assert_string_equal(found.items[0].what, what);
	}
}

static void assert_free(void)
{
	assert_obstacle(BOOT_UNREADABLE, "");
}

static void test_keyboards(void **state)
{
	struct boot_keyboards found;

	(void)state;
	add_usb_keyboard();
	add_internal_keyboard();
	add_input("virtual/input/input9", "event9", KEYBOARD);
	assert_int_equal(boot_keyboards_count(root_fd, &found), 0);
	assert_int_equal(found.usb, 1);
	assert_int_equal(found.other, 1);
}

static void test_plain_machine(void **state)
{
	(void)state;
	add_usb_keyboard();
	assert_free(); /* it starts without anybody typing */
	write_crypttab("# name device key options\n\n"
		       "swap /dev/sda2 /dev/urandom swap,cipher=aes\n"
		       "data /dev/sda3 /etc/keys/data luks\n"
		       "later /dev/sda4 none luks,noauto\n"
		       "tpm UUID=1 none luks,tpm2-device=auto\n");
	assert_free();
}

static void test_passphrase(void **state)
{
	(void)state;
	add_usb_keyboard();
	write_crypttab("home UUID=2 none luks\n");
	assert_obstacle(BOOT_PASSPHRASE_ON_USB, "home");
	write_crypttab("home UUID=2\n");
	assert_obstacle(BOOT_PASSPHRASE_ON_USB, "home");
	write_crypttab("home UUID=2 -\n");
	assert_obstacle(BOOT_PASSPHRASE_ON_USB, "home");
	add_internal_keyboard();
	assert_free();
}

static void test_no_keyboard_at_all(void **state)
{
	(void)state;
	write_crypttab("home UUID=2 none luks\n");
	assert_obstacle(BOOT_PASSPHRASE_ON_USB, "home");
}

static void test_key_elsewhere(void **state)
{
	static const char *const lines[] = {
		"home UUID=2 none luks,fido2-device=auto\n",
		"home UUID=2 none pkcs11-uri=auto,luks\n",
		"home UUID=2 /key:/dev/disk/by-label/KEY luks\n",
		"home UUID=2 none luks,keyscript=decrypt_opensc\n",
	};

	(void)state;
	add_internal_keyboard();
	for (size_t i = 0; i < COUNT(lines); i++) {
		write_crypttab(lines[i]);
		assert_obstacle(BOOT_KEY_ON_DEVICE, "home");
	}
}

/* Opened by something that crypttab does not know of. */
static void test_encrypted_root(void **state)
{
	(void)state;
	add_usb_keyboard();
	add_crypt("luks-root");
	mount_root("254:0", "ext4", "/dev/mapper/luks-root");
	assert_obstacle(BOOT_PASSPHRASE_ON_USB, "luks-root");
	write_crypttab("luks-root UUID=1 none luks\n");
	assert_obstacle(BOOT_PASSPHRASE_ON_USB, "luks-root");
	write_crypttab("luks-root UUID=1 none luks,tpm2-device=auto\n");
	assert_free();
	write_crypttab("luks-root UUID=1 none luks,noauto\n"); /* and yet it is open */
	assert_obstacle(BOOT_PASSPHRASE_ON_USB, "luks-root");
	add_internal_keyboard();
	assert_free();
}

static void test_usb_disk(void **state)
{
	(void)state;
	add_internal_keyboard();
	shell("rm -r sys/devices/pci0/ata1 sys/dev/block/8:1");
	add_disk("pci0/usb1/1-3/1-3:1.0/host2");
	assert_obstacle(BOOT_SYSTEM_ON_USB, "/");
	add_crypt("luks-root");
	mount_root("254:0", "ext4", "/dev/mapper/luks-root");
	assert_obstacle(BOOT_SYSTEM_ON_USB, "/");
}

static void test_no_disk(void **state)
{
	(void)state;
	add_internal_keyboard();
	mount_root("0:30", "nfs4", "server:/root");
	assert_obstacle(BOOT_SYSTEM_UNKNOWN, "/");
	mount_root("0:30", "zfs", "rpool/ROOT");
	assert_obstacle(BOOT_SYSTEM_UNKNOWN, "/");
}

static void test_var_on_usb(void **state)
{
	(void)state;
	add_internal_keyboard();
	shell("mkdir -p sys/devices/pci0/usb1/sdb && ln -s ../../devices/pci0/usb1/sdb"
	      " sys/dev/block/8:16");
	shell("echo '9 1 8:16 / /var rw - ext4 /dev/sdb rw' >>mountinfo");
	assert_obstacle(BOOT_SYSTEM_ON_USB, "/var");
	mount_root("8:1", "ext4", "/dev/sda1");
	shell("echo '9 1 8:16 / /varied rw - ext4 /dev/sdb rw' >>mountinfo");
	assert_free(); /* another folder, whose name begins the same */
}

static void test_unreadable(void **state)
{
	(void)state;
	add_internal_keyboard();
	write_crypttab("one-word-alone\n");
	assert_obstacle(BOOT_UNREADABLE, "/etc/crypttab");
	write_crypttab("");
	assert_free();
	shell("echo nonsense >mountinfo");
	assert_obstacle(BOOT_UNREADABLE, mountinfo);
	mount_root("8:1", "ext4", "/dev/sda1");
	shell("rm -r sys/class/input");
	assert_obstacle(BOOT_UNREADABLE, "/sys/class/input");
}

static void test_crypttab_lines(void **state)
{
	struct crypttab_entry entry;
	char line[1024];

	(void)state;
	assert_int_equal(crypttab_parse_line("", &entry), 0);
	assert_int_equal(crypttab_parse_line(" \t# home UUID=1", &entry), 0);
	assert_int_equal(crypttab_parse_line("\thome UUID=1", &entry), 1);
	assert_string_equal(entry.name, "home");
	assert_int_equal(crypttab_parse_line("a b none tpm2-devices", &entry), 1);
	assert_int_equal(entry.unlock, CRYPTTAB_PASSPHRASE);
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(crypttab_parse_line(line, &entry), -EBADMSG);
	strcpy(line + 200, " UUID=1");
	assert_int_equal(crypttab_parse_line(line, &entry), -EBADMSG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_keyboards),	       TEST(test_plain_machine),  TEST(test_passphrase),
		TEST(test_no_keyboard_at_all), TEST(test_key_elsewhere),  TEST(test_encrypted_root),
		TEST(test_usb_disk),	       TEST(test_no_disk),	  TEST(test_var_on_usb),
		TEST(test_unreadable),	       TEST(test_crypttab_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
