/* mde - Microsoft Defender for Endpoint's device control, as both of its languages say it.
 * Internal to policy/import/.  Pure.  The readers (mde_json.c, mde_xml.c) make a struct mde_policy;
 * mde_compile.c turns it into our rules.
 *
 * There, a device has a family and belongs to groups; a rule speaks of the devices in all groups it
 * includes and none it excludes; its entries allow or deny kinds of access.  Each kind is decided
 * by the first entry that names it, rule by rule; what none names, by the default enforcement
 * (Microsoft Learn, "Device control policies in Microsoft Defender for Endpoint", "Entry
 * evaluation").
 *
 * What we cannot tell of a device (a Windows hardware id, who is logged in by SID, the network) may
 * be so or not: truth has a third value, and the strictest outcome that is possible is taken. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import.h"
#include "mde_match.h"
#include "policy/arena.h"
#include "policy/device.h"

enum {
	MDE_MAX_GROUPS = 4096,
	MDE_MAX_RULES = 4096,		     /* of the source */
	MDE_MAX_CASES = 20000,		     /* of one group or rule, in disjunctive form */
	MDE_MAX_STEPS = 500000,		     /* of the whole expansion */
	MDE_MAX_DEPTH = 512,		     /* of conditions that meet in one */
	MDE_MAX_NESTING = 128,		     /* of groups and queries */
	MDE_MAX_TEXT = DEVICE_TEXT_SIZE - 1, /* of a serial or name */
	MDE_MAX_MEMORY = 192 * 1024 * 1024,  /* of one import */
	MDE_MAX_FORMS = 4, /* characters of a serial of which another may be meant; else: any */
	MDE_TEXTS_A_STEP = 256,
	MDE_LOOK_BACK = 200, /* cases or rules, for one that takes all of a new one's devices */
	MDE_GUID_SIZE = 37,
};

/* A device's family: Windows' PrimaryId, macOS' primaryId. */
enum mde_family {
	MDE_REMOVABLE,
	MDE_OPTICAL,
	MDE_PORTABLE,
	MDE_APPLE,
	MDE_PRINTER,
	MDE_BLUETOOTH,
	_MDE_FAMILY_MAX,
	MDE_ALL_FAMILIES = (1 << _MDE_FAMILY_MAX) - 1,
};

/* Bits of access to removable and optical media, and to Windows portable devices. */
enum mde_access {
	MDE_DISK_READ = 1,
	MDE_DISK_WRITE = 2,
	MDE_DISK_EXECUTE = 4,
	MDE_FILE_READ = 8,
	MDE_FILE_WRITE = 16,
	MDE_FILE_EXECUTE = 32,
	MDE_DISK_ACCESS = 7,
	MDE_MEDIA_ACCESS = 63,
	MDE_FILE_SHIFT = 3, /* from a disk bit to the file bit of the same kind */
};

enum mde_truth { MDE_NO, MDE_MAYBE, MDE_YES };

/* What is true of the devices that match; of several, the first that does counts. */
struct mde_case {
	struct mde_match match;
	enum mde_truth truth;
};

/* Ends with one that matches every device, once it is complete. */
struct mde_cases {
	size_t n, room;
	struct mde_case *items;
};

enum mde_kind {
	MDE_ALL,      /* of the children; without any: true */
	MDE_ANY,      /* of the children; without any: false */
	MDE_NOT,      /* the one child */
	MDE_CONSTANT, /* by the family alone */
	MDE_SERIAL,   /* serial is .serial, or perhaps: one of .variants */
	MDE_CASES,
	MDE_GROUP,
};

struct mde_expression {
	enum mde_kind kind;
	size_t n_children, room;
	struct mde_expression **children;
	unsigned yes, maybe; /* of a constant: sets of families (bits) */
	struct mde_text serial;
	const struct mde_texts *variants; /* NULL: none */
	struct mde_cases cases;
	size_t group;
};

struct mde_group {
	char id[MDE_GUID_SIZE];
	bool is_device;		      /* or of networks, files ...: of no use but to parameters */
	struct mde_expression *query; /* NULL if it is not of devices */
	struct {
		enum { MDE_NOT_EXPANDED, MDE_EXPANDING, MDE_EXPANDED } state;
		struct mde_cases cases;
	} expanded[_MDE_FAMILY_MAX];
};

struct mde_entry {
	bool allow;
	bool conditional; /* applies to some people, machines, networks or files only */
	bool trail;	  /* what is written is recorded */
	uint8_t access[_MDE_FAMILY_MAX];
	struct mde_entry *next;
};

struct mde_rule {
	char id[MDE_GUID_SIZE];
	const char *name; /* NULL: none */
	struct mde_expression *devices;
	struct mde_entry *entries, **end;
};

struct mde_policy {
	bool windows;
	bool default_allow;
	unsigned governed; /* set of families; the others' devices are free */
	size_t n_groups, room_groups, n_rules, room_rules;
	struct mde_group *groups;
	struct mde_rule *rules;
};

/* One import at work. */
struct mde {
	struct arena arena;
	struct mde_policy policy;
	struct import import;
	const struct import_options *options;
	struct rules_error *error;
	const struct import_file *file; /* that is being read */
	size_t steps;
	unsigned nesting;
	bool adapter; /* a Bluetooth device's ids were asked for */
	bool wider;   /* two patterns met in what no pattern says */
};

/* Zeroed memory of the import's.  Returns 0; -ENOMEM; -E2BIG above MDE_MAX_MEMORY, with the error.
 */
int mde_take(struct mde *mde, size_t size, void *ret) __attribute__((warn_unused_result));

/* Make room for one more after @n of @size bytes in *@items (a pointer to some type). */
int mde_grow(struct mde *mde, void *items, size_t n, size_t *room, size_t size)
	__attribute__((warn_unused_result));

/* Copy @size bytes of text. */
int mde_copy(struct mde *mde, const char *text, size_t size, const char **ret)
	__attribute__((warn_unused_result));

/* Fill the error; @path may be empty.  Returns -EBADMSG. */
__attribute__((format(printf, 5, 6))) int mde_fail(struct mde *mde, int line, int column,
						   const char *path, const char *format, ...);
int mde_fail_list(struct mde *mde, int line, int column, const char *path, const char *format,
		  va_list arguments) __attribute__((format(printf, 5, 0)));

/* The policy is larger than @limit of @what; returns -E2BIG. */
int mde_too_much(struct mde *mde, size_t limit, const char *what);

/* import_add_note() for the file that is being read. */
__attribute__((format(printf, 5, 6), warn_unused_result)) int mde_note(struct mde *mde,
								       enum import_effect effect,
								       int line, const char *item,
								       const char *format, ...);

/* "{XXXXXXXX-XXXX-...}", with or without braces and space, in lower case without.  0 or -EINVAL. */
int mde_guid(const char *text, char ret[static MDE_GUID_SIZE]);

/* Add a group or rule with @id, which must be new.  -EEXIST, -E2BIG, -ENOMEM. */
int mde_add_group(struct mde *mde, const char *id, struct mde_group **ret)
	__attribute__((warn_unused_result));
int mde_add_rule(struct mde *mde, const char *id, struct mde_rule **ret)
	__attribute__((warn_unused_result));

/* Returns the place of the group, or -ENOENT. */
ptrdiff_t mde_find_group(const struct mde *mde, const char *id);

int mde_add_entry(struct mde *mde, struct mde_rule *rule, struct mde_entry **ret)
	__attribute__((warn_unused_result));

int mde_new(struct mde *mde, enum mde_kind kind, struct mde_expression **ret)
	__attribute__((warn_unused_result));
int mde_add_child(struct mde *mde, struct mde_expression *parent, struct mde_expression *child)
	__attribute__((warn_unused_result));
/* @parent holds only where @child does not. */
int mde_add_not(struct mde *mde, struct mde_expression *parent, struct mde_expression *child)
	__attribute__((warn_unused_result));
int mde_constant(struct mde *mde, unsigned yes, unsigned maybe, struct mde_expression **ret)
	__attribute__((warn_unused_result));
/* True of what @match matches, of nothing else. */
int mde_matching(struct mde *mde, const struct mde_match *match, enum mde_truth truth,
		 enum mde_truth otherwise, struct mde_expression **ret)
	__attribute__((warn_unused_result));
/* The serial is @pattern (borrowed for the import), in which '*' is a wildcard if @wildcards; in
 * other letter case, perhaps. */
int mde_serial(struct mde *mde, const char *pattern, bool wildcards, struct mde_expression **ret)
	__attribute__((warn_unused_result));

/* Add a case; those just before it that say the same of fewer devices go (mde_cases.c). */
int mde_cases_add(struct mde *mde, struct mde_cases *cases, const struct mde_match *match,
		  enum mde_truth truth) __attribute__((warn_unused_result));

/* The cases of @expression for devices of @family. */
int mde_expand(struct mde *mde, const struct mde_expression *expression, enum mde_family family,
	       struct mde_cases *ret) __attribute__((warn_unused_result));

/* The verdict of ours that permits the most of @access and nothing beside, of @all kinds that there
 * are; for media, a part can be said (mde_verdict.c).  Returns what it permits. */
uint8_t mde_say(bool media, uint8_t all, uint8_t access, struct outcome *ret);

/* Make the rules document of the policy (mde_compile.c). */
int mde_compile(struct mde *mde) __attribute__((warn_unused_result));

/* How well a name of Windows' could be said (mde_windows.c). */
enum mde_grip {
	MDE_GRIP_WHOLE,
	MDE_GRIP_SERIAL, /* by the serial in it, which identifies the device; the rest is not known
			  */
	MDE_GRIP_PART,	 /* a device that fits what could be said may be meant, or not */
};

/* Vendor and product id, each four hexadecimal digits, or fewer and '*', or none for any; borrowed
 * for the call.  -EINVAL for what is no such id. */
int mde_ids(struct mde *mde, const char *vendor, const char *product, struct mde_expression **ret)
	__attribute__((warn_unused_result));
/* "0951_1666", "0951_", "_1666". */
int mde_vid_pid(struct mde *mde, const char *text, struct mde_expression **ret)
	__attribute__((warn_unused_result));
/* InstancePathId, DeviceId, HardwareId: "USB\VID_0951&PID_1666\SERIAL", "USBSTOR\...\SERIAL&0".
 * Returns enum mde_grip, or -errno. */
int mde_path(struct mde *mde, const char *text, struct mde_expression **ret)
	__attribute__((warn_unused_result));
/* A name as the Device Manager shows it: like the product's own, perhaps. */
int mde_friendly_name(struct mde *mde, const char *text, struct mde_expression **ret)
	__attribute__((warn_unused_result));

/* Begin, and end: give what was made to *@ret if @result is 0; returns @result. */
void mde_begin(struct mde *mde, const struct import_options *options, struct rules_error *error);
int mde_end(struct mde *mde, int result, struct import *ret);
