#include "circumstances.h"

#include <errno.h>
#include <string.h>

static const char *const sessions[_SESSION_MAX] = { "unknown", "none", "active", "locked" };
static const char *const sites[_SITE_MAX] = { "unknown", "off", "on" };
static const char *const identities[_IDENTITY_MAX] = { "unknown", "none", "serial", "changed",
						       "duplicate" };
static const char *const encryptions[_ENCRYPTION_MAX] = { "unknown", "none", "luks", "bitlocker" };
static const char *const facts[] = {
	"user",	 "group",	   "host",	 "unit",       "time",	     "session",
	"site",	 "first-seen",	   "count",	 "identity",   "encryption", "size",
	"label", "classification", "violations", "hosts-seen", "history",
};

const struct circumstances circumstances_unknown = {
	.minute = -1,
	.known_days = -1,
	.count = { [0 ... _FUNCTION_MAX - 1] = -1 },
	.media_bytes = -1,
	.violations = -1,
	.hosts_seen = -1,
	.denials = -1,
	.told = { -1, -1 },
};

static int find(const char *text, const char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	return -EINVAL;
}

const char *session_to_text(enum session session)
{
	return sessions[session];
}

int session_from_text(const char *text)
{
	return find(text, sessions, _SESSION_MAX);
}

const char *site_to_text(enum site site)
{
	return sites[site];
}

int site_from_text(const char *text)
{
	return find(text, sites, _SITE_MAX);
}

const char *identity_to_text(enum identity identity)
{
	return identities[identity];
}

int identity_from_text(const char *text)
{
	return find(text, identities, _IDENTITY_MAX);
}

const char *encryption_to_text(enum encryption encryption)
{
	return encryptions[encryption];
}

int encryption_from_text(const char *text)
{
	return find(text, encryptions, _ENCRYPTION_MAX);
}

const char *fact_to_text(enum fact fact)
{
	return facts[__builtin_ctz((unsigned)fact)];
}
