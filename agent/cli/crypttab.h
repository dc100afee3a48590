/* crypttab - how the encrypted disks of crypttab(5) are unlocked as the machine starts.
 * Debian's and systemd's reading of the file are taken together: what either would ask for a
 * passphrase counts as one. */
#pragma once

enum { CRYPTTAB_NAME_SIZE = 128 };

enum crypttab_unlock {
	CRYPTTAB_LATER,	     /* not as the machine starts (noauto) */
	CRYPTTAB_BY_ITSELF,  /* a key file on its own disks, chance, a TPM */
	CRYPTTAB_PASSPHRASE, /* somebody types it */
	CRYPTTAB_DEVICE,     /* a token, a card, or a key on another disk, which may be on USB */
};

struct crypttab_entry {
	char name[CRYPTTAB_NAME_SIZE]; /* of the mapped device */
	enum crypttab_unlock unlock;
};

/* Parse @line, without its '\n'.  Returns 1 and gives *@ret; 0 if it holds no entry; -EBADMSG if it
 * is none of crypttab(5). */
int crypttab_parse_line(const char *line, struct crypttab_entry *ret)
	__attribute__((warn_unused_result));
