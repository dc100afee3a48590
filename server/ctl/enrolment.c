#include "enrolment.h"

#include <errno.h>
#include <string.h>

#include "message.h"
#include "server/pki/cleanup.h"

/* 1 if both say the same; 0 if not; -ENOMEM. */
static int same_trust(const json_t *document, const struct trust *pinned)
{
	_cleanup_free_ char *text = json_dumps(document, JSON_COMPACT);
	_cleanup_free_ char *ours = NULL, *theirs = NULL;
	struct trust trust;

	if (!text)
		return -ENOMEM;
	if (trust_parse(&trust, text, strlen(text), NULL) < 0)
		return 0;
	if (trust_encode(pinned, &ours) < 0 || trust_encode(&trust, &theirs) < 0)
		return -ENOMEM;
	return strcmp(ours, theirs) == 0;
}

int enrolment_check(const json_t *enrolment, const char *ca, const struct trust *trust)
{
	const char *their_ca = json_string_value(json_object_get(enrolment, "ca"));
	const json_t *their_trust = json_object_get(enrolment, "trust_root");
	int same;

	if (!their_ca || !json_is_object(their_trust)) {
		complain(_("the collector's answer holds no enrolment"));
		return -EBADMSG;
	}
	same = same_trust(their_trust, trust);
	if (same < 0) {
		complain(_("out of memory"));
		return same;
	}
	if (same && strcmp(their_ca, ca) == 0)
		return 0;
	complain(_("the collector would have the workstation trust another %s than your profile "
		   "does; have the collector examined"),
		 same ? _("certificate authority") : _("set of officers"));
	return -EKEYREJECTED;
}
