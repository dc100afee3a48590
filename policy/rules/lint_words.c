/* The words and sentences of findings. */
#include "lint.h"
#include "policy/sentence.h"

static const struct {
	const char *word;
	const char *sentence;
	const char *of_default; /* the same, where it is about no rule; or NULL */
} words[] = {
	[RULES_DUPLICATE] = {
		"duplicate",
		"Rule \"{rule}\" has the same match as \"{other}\" before it: take one of the "
		"two out.",
		NULL,
	},
	[RULES_UNREACHABLE] = {
		"unreachable",
		"Rule \"{rule}\" never decides, because rules up to \"{other}\" match all that it "
		"does: move it before them, or take it out.",
		NULL,
	},
	[RULES_SHADOWED] = {
		"shadowed",
		"Rule \"{rule}\" decides only while something is not known, because rules up to "
		"\"{other}\" match all that it does: move it before them, or take it out.",
		NULL,
	},
	[RULES_NO_MEDIUM] = {
		"no-medium",
		"Rule \"{rule}\" matches nothing: \"{detail}\" is asked of storage, and its "
		"function is another. Let it match \"function\": \"storage\".",
		NULL,
	},
	[RULES_NO_PERSON] = {
		"no-person",
		"Rule \"{rule}\" matches nothing: with session \"none\" nobody is there whom "
		"\"{detail}\" could name. Take one of the two out.",
		NULL,
	},
	[RULES_NO_SERIAL] = {
		"no-serial",
		"Rule \"{rule}\" matches nothing: identity \"none\" is a device without a serial. "
		"Take \"serial\" or \"identity\" out.",
		NULL,
	},
	[RULES_NO_COUNT] = {
		"no-count",
		"Rule \"{rule}\" matches nothing: the device itself counts, so \"count\" is 1 or "
		"more.",
		NULL,
	},
	[RULES_NO_USB] = {
		"no-usb",
		"Rule \"{rule}\" matches nothing: only USB devices have \"{detail}\". Let its "
		"\"bus\" be \"usb\", or take it out.",
		NULL,
	},
	[RULES_NO_INTERFACES] = {
		"no-interfaces",
		"Rule \"{rule}\" matches nothing: in \"interfaces\", {detail} speak against each "
		"other. Take one of them out.",
		NULL,
	},
	[RULES_STORAGE_FOR_ALL] = {
		"storage-for-all",
		"Rule \"{rule}\" lets anybody write to any storage device: name the devices, the "
		"people or the hours, or say \"read-only\" or \"encrypted-only\".",
		"By default anybody may write to any storage device: let the default for "
		"\"storage\" be \"deny\", \"read-only\" or \"by-risk\".",
	},
	[RULES_SERIAL_ALONE] = {
		"serial-alone",
		"Rule \"{rule}\" permits by serial alone, which a device of any maker can claim: "
		"add \"vendor\" and \"product\".",
		NULL,
	},
	[RULES_CHARGE_ALONE] = {
		"charge-alone",
		"Rule \"{rule}\" says \"charge-only\", but none of its functions is \"phone\": if "
		"it is to be a violation, say \"deny\".",
		NULL,
	},
	[RULES_NO_HUB] = {
		"no-hub",
		"Hubs are denied, and so is all that is plugged into one: add \"hub\": \"allow\" "
		"to \"defaults\".",
		NULL,
	},
	[RULES_NOT_KNOWN] = {
		"not-known",
		"Rule \"{rule}\" asks for {detail}, which a workstation does not know when a device "
		"is plugged in: until it does, the rule can make a decision stricter and permits "
		"nothing.",
		NULL,
	},
	[RULES_NO_SITE] = {
		"no-site",
		"Rule \"{rule}\" asks for the site, but the document does not say where that is: "
		"add \"site\": { \"networks\": [...] }.",
		NULL,
	},
	[RULES_WHOLE_DAY] = {
		"whole-day",
		"Rule \"{rule}\" has a time that begins and ends at the same hour, which is a whole "
		"day: if that is meant, write \"00:00\" to \"24:00\".",
		NULL,
	},
	[RULES_LITERAL_GLOB] = {
		"literal-glob",
		"Rule \"{rule}\" takes {detail} letter by letter: if '*' and '?' are to stand for "
		"others, write { \"glob\": ... }.",
		NULL,
	},
	[RULES_AUDIT_MODE] = {
		"audit-mode",
		"Nothing is enforced, because the mode is \"audit\": when the rules have been tried, "
		"change it to \"enforce\".",
		NULL,
	},
	[RULES_NAMES] = {
		"names",
		"These names cannot be checked here, and one that is misspelt never fits: look at "
		"them again. {detail}",
		NULL,
	},
	[RULES_NOT_ALL] = {
		"not-all-compared",
		"There are so many rules and values that not every rule was compared with all "
		"before it: some that never decide may not have been found.",
		NULL,
	},
};

_Static_assert(sizeof(words) / sizeof(words[0]) == _RULES_FINDING_MAX, "one-for-each-kind");

const char *rules_finding_to_text(enum rules_finding_kind kind)
{
	return words[kind].word;
}

const char *rules_severity_to_text(enum rules_severity severity)
{
	static const char *const texts[_RULES_SEVERITY_MAX] = { "note", "warning", "error" };

	return texts[severity];
}

const char *rules_finding_sentence(const struct rules_finding *finding)
{
	if (finding->rule[0] == '\0' && words[finding->kind].of_default != NULL)
		return words[finding->kind].of_default;
	return words[finding->kind].sentence;
}

void rules_finding_fill(const struct rules_finding *finding, const char *sentence, char *ret,
			size_t ret_size)
{
	const struct sentence_blank blanks[] = {
		{ "rule", finding->rule },
		{ "other", finding->other },
		{ "detail", finding->detail },
		{ NULL, NULL },
	};

	sentence_fill(sentence, blanks, ret, ret_size);
}
