/* media_register - the register of removable media as the collector keeps it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api.h"
#include "device_spec.h"

struct medium {
	uint8_t key[DEVICE_KEY_SIZE];
	struct device_spec spec;
	enum verdict verdict;
	modifier_set modifiers;
	function_set functions;
	uint8_t digest[16]; /* first half of the descriptors' SHA-256; zeros for any */
	bool withdrawn;
};

struct media_register {
	size_t n;
	struct medium *media; /* owned; sorted by key, those not withdrawn first */
};

/* Read {"media":[...]}.  Complains of the entry that is malformed.  0; -EBADMSG; -ENOMEM. */
int media_register_parse(struct media_register *ret, const json_t *json)
	__attribute__((warn_unused_result));

/* Fetch it.  0 or -errno, told. */
int media_register_fetch(struct media_register *ret, struct api *api)
	__attribute__((warn_unused_result));
void media_register_finish(struct media_register *media);
#define _cleanup_media_ __attribute__((cleanup(media_register_finish)))

/* The medium with @key, one in use before one withdrawn; NULL if there is none.  Owned by @media.
 */
const struct medium *media_register_find(const struct media_register *media,
					 const uint8_t key[static DEVICE_KEY_SIZE]);

/* The media in use as entries of a registered table.  Gives *@ret, to be freed.  0 or -ENOMEM. */
int media_register_entries(const struct media_register *media, struct registered_entry **ret,
			   size_t *ret_n) __attribute__((warn_unused_result));
