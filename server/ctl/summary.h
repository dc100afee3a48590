/* summary - what a bundle says, who has signed it, and what it changes: shown to officers before
 * they sign, and to anyone who asks. */
#pragma once

#include "media_register.h"
#include "signed_bundle.h"

/* What a summary is made from.  All borrowed. */
struct summary {
	const struct signed_bundle *bundle;
	const struct signed_bundle *published; /* NULL: nothing is published yet */
	const struct trust *trust;
	const struct media_register *media; /* NULL: devices are shown by tag alone */
	bool compare;			    /* show what changes from @published */
};

enum { SUMMARY_MAX_CHANGES = 200 };

/* Print it for people, or as JSON if @json.  Of the changes at most SUMMARY_MAX_CHANGES are shown
 * to people.  Returns 0; -EBADMSG; -ENOMEM, told. */
int summary_print(const struct summary *summary, bool json) __attribute__((warn_unused_result));

/* The names of those whose signatures count, "alice, bob", at most @ret_size bytes; returns how
 * many they are. */
size_t summary_signers(const struct signed_bundle *bundle, const struct trust *trust, char *ret,
		       size_t ret_size);

/* Tell on standard error who has signed the bundle in @directory, and what comes next. */
void summary_tell_next(const struct signed_bundle *bundle, const struct trust *trust,
		       const char *directory);
