#include "passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "message.h"
#include "server/pki/cleanup.h"

enum { KEY_INTERRUPT = 3, KEY_END = 4, KEY_BACKSPACE = 8, KEY_KILL = 21, KEY_DELETE = 127 };

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static void erase_character(struct passphrase *passphrase)
{
	while (passphrase->size > 0 && is_continuation(passphrase->text[passphrase->size - 1]))
		passphrase->size--;
	if (passphrase->size > 0)
		passphrase->size--;
}

/* Read up to a line's end.  @typed: keys of a terminal, which edit. */
static int read_line(int fd, bool typed, struct passphrase *ret)
{
	for (;;) {
		char c;
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0 || c == '\n' || c == '\r' || (typed && c == KEY_END))
			break;
		if (typed && c == KEY_INTERRUPT)
			return -ECANCELED;
		if (typed && c == KEY_KILL)
			ret->size = 0;
		else if (typed && (c == KEY_BACKSPACE || c == KEY_DELETE))
			erase_character(ret);
		else if (ret->size == PASSPHRASE_MAX || c == '\0')
			return -E2BIG;
		else
			ret->text[ret->size++] = c;
	}
	ret->text[ret->size] = '\0';
	return ret->size > 0 ? 0 : -ENODATA;
}

/* Keys are taken one by one, Ctrl-C too, so that no way out leaves the terminal without echo. */
static int read_terminal(struct passphrase *ret, const char *prompt)
{
	_cleanup_close_ int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios before, silent;
	int r;

	if (fd < 0 || tcgetattr(fd, &before) < 0) {
		complain(_("no terminal to ask for the passphrase; give --passphrase-file"));
		return -ENOTTY;
	}
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG);
	silent.c_cc[VMIN] = 1;
	silent.c_cc[VTIME] = 0;
	if (tcsetattr(fd, TCSAFLUSH, &silent) < 0)
		return -errno;
	dprintf(fd, "%s: ", prompt);
	r = read_line(fd, true, ret);
	dprintf(fd, "\n");
	tcsetattr(fd, TCSAFLUSH, &before);
	return r;
}

static int read_file(struct passphrase *ret, const char *file)
{
	_cleanup_close_ int fd = -1;

	if (strcmp(file, "-") == 0)
		return read_line(STDIN_FILENO, false, ret);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return read_line(fd, false, ret);
}

static int read_any(struct passphrase *ret, const char *file, const char *prompt)
{
	memset(ret, 0, sizeof(*ret));
	sodium_mlock(ret, sizeof(*ret)); /* best effort: RLIMIT_MEMLOCK may forbid it */
	return file ? read_file(ret, file) : read_terminal(ret, prompt);
}

static int tell(int r, const char *file)
{
	if (r == -ENODATA)
		complain(_("the passphrase is empty"));
	else if (r == -E2BIG)
		complain(_("the passphrase is longer than %d bytes or holds a NUL byte"),
			 PASSPHRASE_MAX);
	else if (r == -ECANCELED)
		complain(_("given up; nothing was changed"));
	else if (r < 0 && r != -ENOTTY)
		complain(_("%s: the passphrase cannot be read: %s"), file ? file : "/dev/tty",
			 strerror(-r));
	return r == -ENODATA || r == -E2BIG || r == -ECANCELED ? -EINVAL : r;
}

int passphrase_read(struct passphrase *ret, const char *file, const char *prompt)
{
	int r = tell(read_any(ret, file, prompt), file);

	if (r < 0)
		passphrase_finish(ret);
	return r;
}

static int check_new(const struct passphrase *passphrase, const char *file)
{
	struct passphrase again;
	bool same;
	int r;

	if (passphrase->size < PASSPHRASE_MIN) {
		complain(_("the passphrase must have at least %d bytes; a sentence is easy to "
			   "remember"),
			 PASSPHRASE_MIN);
		return -EINVAL;
	}
	if (file)
		return 0;
	r = passphrase_read(&again, NULL, _("The same passphrase again"));
	if (r < 0)
		return r;
	same = again.size == passphrase->size &&
	       sodium_memcmp(again.text, passphrase->text, again.size) == 0;
	passphrase_finish(&again);
	if (!same) {
		complain(_("the two passphrases differ; nothing was changed"));
		return -EINVAL;
	}
	return 0;
}

int passphrase_read_new(struct passphrase *ret, const char *file)
{
	int r = passphrase_read(ret, file, _("New passphrase"));

	if (r < 0)
		return r;
	r = check_new(ret, file);
	if (r < 0)
		passphrase_finish(ret);
	return r;
}

void passphrase_finish(struct passphrase *passphrase)
{
	sodium_munlock(passphrase, sizeof(*passphrase)); /* wipes it first */
}
