/* message - what a person is told of one notice of the enforcer's (agent/enforcer/notices.h), in
 * that person's language.  Pure: no bus, no clock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

enum {
	MESSAGE_SUMMARY_SIZE = 256,
	MESSAGE_BODY_SIZE = 2048,
	MESSAGE_INSTANCE_SIZE = 64,
};

struct message {
	char instance[MESSAGE_INSTANCE_SIZE]; /* a later message of the same takes its place */
	char summary[MESSAGE_SUMMARY_SIZE];
	char body[MESSAGE_BODY_SIZE];
	bool urgent;	  /* it stays until the person closes it */
	unsigned seconds; /* until the device is taken away; 0: it is not */
};

/* Make the message of @notice.  @gone_s: how many of its seconds have passed.  Returns 0, or
 * -EBADMSG if it is no notice that this program knows. */
int message_make(const json_t *notice, unsigned gone_s, struct message *ret)
	__attribute__((warn_unused_result));

/* Write @text to @ret so that a reader of markup shows it as it is; what does not fit is cut
 * between characters. */
void message_escape(const char *text, char *ret, size_t size);
