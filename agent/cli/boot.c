/* boot - keep USB closed from the first moment of a boot until devices are judged, or not.
 * By an argument on the kernel's command line; this program knows how to tell GRUB of it.  What the
 * argument is says the file that is handed to GRUB. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "ask.h"
#include "boot_obstacles.h"
#include "commands.h"
#include "text.h"

#define TEMPLATE    DEVGATE_DATADIR "/boot/devgate-grub.cfg"
#define GRUB_FOLDER "/etc/default/grub.d"
#define DROP_IN	    GRUB_FOLDER "/devgate.cfg"
#define N_(text)    text
#define UPDATE_GRUB "/usr/sbin/update-grub"
#define MOUNTINFO   "/proc/self/mountinfo"

enum { TEXT_MAX = 16 * 1024, ARGUMENT_SIZE = 128 };

struct boot {
	char *template; /* owned */
	size_t size;
	char argument[ARGUMENT_SIZE];
	struct boot_obstacles obstacles;
};

/* The last word between the template's last quotation marks. */
static int find_argument(const char *template, char ret[static ARGUMENT_SIZE])
{
	const char *end = strrchr(template, '"'), *begin = end;

	while (begin != NULL && begin > template && begin[-1] != ' ' && begin[-1] != '\n')
		begin--;
	if (begin == NULL || begin == end || end - begin >= ARGUMENT_SIZE)
		return -EBADMSG;
	snprintf(ret, ARGUMENT_SIZE, "%.*s", (int)(end - begin), begin);
	return 0;
}

static int load(struct boot *boot)
{
	_cleanup_close_ int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = file_read(AT_FDCWD, TEMPLATE, TEXT_MAX, &boot->template, &boot->size);

	if (r >= 0)
		r = find_argument(boot->template, boot->argument);
	if (r < 0) {
		fprintf(stderr, _("devgate: %s: %s; is devgate installed as a whole?\n"), TEMPLATE,
			strerror(-r));
		return r;
	}
	boot_obstacles_find(root_fd, MOUNTINFO, &boot->obstacles);
	return 0;
}

/* Was the kernel that runs told? */
static bool is_in_force(const struct boot *boot)
{
	_cleanup_free_ char *line = NULL;
	char *rest, *word;

	if (file_read(AT_FDCWD, "/proc/cmdline", TEXT_MAX, &line, NULL) < 0)
		return false;
	rest = line;
	while ((word = strsep(&rest, " \n")) != NULL) {
		if (strcmp(word, boot->argument) == 0)
			return true;
	}
	return false;
}

static void say_obstacle(const struct boot_obstacles *obstacles, size_t i, FILE *to)
{
	static const char *const sentences[] = {
		[BOOT_PASSPHRASE_ON_USB] =
			N_("the passphrase of this encrypted disk is typed on a USB keyboard, and "
			   "there is no other"),
		[BOOT_KEY_ON_DEVICE] = N_("this encrypted disk is unlocked with a key on another "
					  "device, which may be on USB"),
		[BOOT_SYSTEM_ON_USB] = N_("what is mounted here lies on a USB disk, and is needed "
					  "before devices are judged"),
		[BOOT_SYSTEM_UNKNOWN] = N_("what is mounted here lies on no disk that can be seen; "
					   "it may come over a USB network adapter"),
		[BOOT_UNREADABLE] = N_("this cannot be read, so it is not known what is needed"),
	};
	char what[BOOT_FOLDER_SIZE];

	fprintf(to, "  %s: %s\n", text_show(obstacles->items[i].what, what, sizeof(what)),
		_(sentences[obstacles->items[i].kind]));
}

static void say_by_hand(const struct boot *boot, FILE *to)
{
	fprintf(to,
		_("This machine has no %s.  Add this word to the kernel's command line by hand:\n"
		  "  %s\n"
		  "With systemd-boot: to /etc/kernel/cmdline, then install the kernel again "
		  "(kernel-install(8)).\nElsewhere: where your boot loader has it.\n"),
		UPDATE_GRUB, boot->argument);
}

static int update_grub(void)
{
	char *const argv[] = { (char *)UPDATE_GRUB, NULL };
	char *const environment[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	int status;
	pid_t pid;
	int r = -posix_spawn(&pid, UPDATE_GRUB, NULL, NULL, argv, environment);

	if (r < 0)
		return r;
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static int refuse(const struct boot *boot)
{
	fputs(_("devgate: this machine, or whoever sits at it, would be locked out:\n"), stderr);
	for (size_t i = 0; i < boot->obstacles.n; i++)
		say_obstacle(&boot->obstacles, i, stderr);
	fputs(_("Nothing was changed.\n"), stderr);
	return EXIT_FAILURE;
}

static int enable(const struct boot *boot)
{
	int r;

	if (boot->obstacles.n > 0)
		return refuse(boot);
	if (!exists(UPDATE_GRUB)) {
		say_by_hand(boot, stderr);
		return EXIT_FAILURE;
	}
	if (mkdir(GRUB_FOLDER, 0755) < 0 && errno != EEXIST)
		r = -errno;
	else
		r = file_write_atomic(AT_FDCWD, DROP_IN, boot->template, boot->size, 0644);
	if (r >= 0)
		r = update_grub();
	if (r < 0) {
		fprintf(stderr, _("devgate: GRUB could not be told (%s): %s\n"), DROP_IN,
			strerror(-r));
		if (unlink(DROP_IN) == 0 && update_grub() < 0)
			fprintf(stderr, _("devgate: run %s yourself\n"), UPDATE_GRUB);
		return EXIT_FAILURE;
	}
	puts(_("From the next start on, USB devices stay closed until they are judged."));
	if (boot->obstacles.keyboards.other == 0)
		puts(_("All keyboards of this machine are on USB: until devices are judged, they "
		       "work in the firmware and in GRUB's menu, and not in between."));
	return EXIT_SUCCESS;
}

static int disable(const struct boot *boot)
{
	int r = 0;

	if (unlink(DROP_IN) < 0)
		r = errno == ENOENT ? 0 : -errno;
	else if (exists(UPDATE_GRUB))
		r = update_grub();
	if (r < 0) {
		fprintf(stderr, _("devgate: GRUB could not be told (%s): %s\n"), DROP_IN,
			strerror(-r));
		return EXIT_FAILURE;
	}
	if (is_in_force(boot))
		printf(_("From the next start on, USB devices work before they are judged, unless "
			 "%s was added by hand.\n"),
		       boot->argument);
	else
		puts(_("USB devices work before they are judged."));
	return EXIT_SUCCESS;
}

static int status_json(const struct boot *boot)
{
	static const char *const kinds[] = {
		[BOOT_PASSPHRASE_ON_USB] = "passphrase-on-usb",
		[BOOT_KEY_ON_DEVICE] = "key-on-device",
		[BOOT_SYSTEM_ON_USB] = "system-on-usb",
		[BOOT_SYSTEM_UNKNOWN] = "system-unknown",
		[BOOT_UNREADABLE] = "unreadable",
	};
	_cleanup_json_ json_t *root = NULL;
	json_t *obstacles = json_array();

	for (size_t i = 0; i < boot->obstacles.n; i++)
		json_array_append_new(obstacles, json_pack("{s:s, s:s}", "kind",
							   kinds[boot->obstacles.items[i].kind],
							   "what", boot->obstacles.items[i].what));
	root = json_pack("{s:b, s:b, s:s, s:{s:i, s:i}, s:o}", "enabled", exists(DROP_IN),
			 "in_force", is_in_force(boot), "argument", boot->argument, "keyboards",
			 "usb", (int)boot->obstacles.keyboards.usb, "other",
			 (int)boot->obstacles.keyboards.other, "obstacles", obstacles);
	ask_print_json(root);
	return EXIT_SUCCESS;
}

static int status(const struct boot *boot)
{
	puts(is_in_force(boot) ? _("In this boot USB devices stayed closed until they were judged.")
			       : _("In this boot USB devices worked before they were judged."));
	puts(exists(DROP_IN) ? _("GRUB is told to keep them closed.")
			     : _("GRUB is not told to keep them closed."));
	if (boot->obstacles.n > 0)
		puts(_("It must not be told, since this machine, or whoever sits at it, would be "
		       "locked out:"));
	for (size_t i = 0; i < boot->obstacles.n; i++)
		say_obstacle(&boot->obstacles, i, stdout);
	return EXIT_SUCCESS;
}

int command_boot(const struct arguments *arguments)
{
	const char *what = arguments->words[0];
	struct boot boot = { 0 };
	int r;

	if (strcmp(what, "status") != 0 && strcmp(what, "enable") != 0 &&
	    strcmp(what, "disable") != 0) {
		fprintf(stderr, _("devgate: boot takes status, enable or disable, not \"%s\"\n"),
			what);
		return EXIT_USAGE;
	}
	if (strcmp(what, "status") != 0 && geteuid() != 0) {
		fputs(_("devgate: boot changes how this machine starts: run it as root\n"), stderr);
		return EXIT_FAILURE;
	}
	if (load(&boot) < 0)
		return EXIT_FAILURE;
	if (what[0] == 's')
		r = arguments->json ? status_json(&boot) : status(&boot);
	else
		r = what[0] == 'e' ? enable(&boot) : disable(&boot);
	free(boot.template);
	return r;
}
