/* From a policy to rules: follow the source's rules in order, and keep for each kind of access
 * whether it is decided by now.
 *
 * Each rule of the source parts the devices into its cases.  Those of a case are followed alone,
 * with what the rule has decided for them, through the rules after it; where all is decided, or no
 * rule is left, one rule of ours says what came out.  It comes before those of the cases after it,
 * so none of ours needs to say "not". */
#include "mde.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/rules.h"
#include "policy/text.h"
#include "policy/verdict_json.h"

enum {
	MAX_WORLDS = 2,
	NOTHING = -1,
	APPLE_ACCESS = 31,
	PHONE_ACCESS = 15,
	LINK_ACCESS = 3,
};

/* Devices that are told from others by our conditions, in the order in which they are judged: a
 * device of two branches is of the first. */
struct branch {
	const char *name;
	enum function function;
	uint8_t access;	  /* all kinds there are */
	uint8_t n_worlds; /* families that it may be of; which, we cannot tell */
	uint16_t vendor;  /* 0: any */
	enum mde_family worlds[MAX_WORLDS];
	const char *bus, *interfaces; /* conditions; NULL for none */
};

/* A USB drive of ATAPI's subclass is what Windows calls a CD-ROM drive, and may show a disk, too.
 */
static const struct branch windows[] = {
	{ "optical", FUNCTION_STORAGE, MDE_MEDIA_ACCESS, 1, 0, { MDE_OPTICAL }, .bus = "optical" },
	{ "atapi",
	  FUNCTION_STORAGE,
	  MDE_MEDIA_ACCESS,
	  2,
	  0,
	  { MDE_OPTICAL, MDE_REMOVABLE },
	  .interfaces = "08:02:*" },
	{ "removable", FUNCTION_STORAGE, MDE_MEDIA_ACCESS, 1, 0, { MDE_REMOVABLE } },
	{ "portable", FUNCTION_PHONE, MDE_MEDIA_ACCESS, 1, 0, { MDE_PORTABLE } },
	{ "printer", FUNCTION_PRINTER, 1, 1, 0, { MDE_PRINTER } },
};

static const struct branch macos[] = {
	{ "removable", FUNCTION_STORAGE, MDE_MEDIA_ACCESS, 1, 0, { MDE_REMOVABLE } },
	{ "apple", FUNCTION_PHONE, APPLE_ACCESS, 1, 0x05ac, { MDE_APPLE } },
	{ "portable", FUNCTION_PHONE, PHONE_ACCESS, 1, 0, { MDE_PORTABLE } },
	{ "bluetooth", FUNCTION_BLUETOOTH, LINK_ACCESS, 1, 0, { MDE_BLUETOOTH } },
};

/* What is decided so far.  A kind of access that may be denied is denied. */
struct state {
	uint8_t allowed[MAX_WORLDS], denied[MAX_WORLDS];
	uint8_t spoken[MAX_WORLDS]; /* an entry names it, but perhaps for others */
	bool trail;
	int rule; /* that decided last, or NOTHING */
};

struct compiling {
	struct mde *mde;
	const struct branch *branch;
	size_t n_steps; /* each rule for each world */
	const struct mde_cases *steps;
	struct line {
		struct mde_match match;
		enum verdict verdict;
		modifier_set modifiers;
		int rule;
	} * lines;
	size_t n, room;
	uint64_t noted;		       /* kinds of access that could not be said: bits */
	bool asked_default, inherited; /* ... and that had to be noted */
	json_t *rules;
};

static bool is_media(const struct branch *branch)
{
	return branch->access == MDE_MEDIA_ACCESS;
}

/* What @rule does to those in @world that it applies to surely, or perhaps. */
static struct state apply(const struct compiling *compiling, int rule, size_t world,
			  enum mde_truth truth, const struct state *before)
{
	const struct mde_entry *entry = compiling->mde->policy.rules[rule].entries;
	const enum mde_family family = compiling->branch->worlds[world];
	struct state after = *before;

	for (; truth != MDE_NO && entry != NULL; entry = entry->next) {
		const uint8_t access = entry->access[family];
		const uint8_t open =
			access & (uint8_t) ~(after.allowed[world] | after.denied[world]);

		if (!entry->allow)
			after.denied[world] |= open;
		else if (!entry->conditional)
			after.allowed[world] |= open;
		if (entry->allow && !entry->conditional && open != 0)
			after.trail |= entry->trail;
		after.spoken[world] |= access & (MDE_MEDIA_ACCESS - MDE_DISK_ACCESS);
	}
	if (truth == MDE_MAYBE) {
		/* It may as well not apply: what it allows is no more decided than before. */
		after.spoken[world] &= (uint8_t)(before->spoken[world] | ~after.allowed[world]);
		after.allowed[world] = before->allowed[world];
		after.trail = before->trail;
	}
	if (after.allowed[world] != before->allowed[world] ||
	    after.denied[world] != before->denied[world])
		after.rule = rule;
	return after;
}

static bool same(const struct state *a, const struct state *b)
{
	return memcmp(a->allowed, b->allowed, sizeof(a->allowed)) == 0 &&
	       memcmp(a->denied, b->denied, sizeof(a->denied)) == 0 &&
	       memcmp(a->spoken, b->spoken, sizeof(a->spoken)) == 0 && a->trail == b->trail;
}

/* Windows' "Device Read" is what lets a medium be mounted: nothing is possible without. */
static bool needs_disk_read(const struct compiling *compiling)
{
	return compiling->mde->policy.windows && is_media(compiling->branch);
}

/* Whether no rule can change anything more. */
static bool is_decided(const struct compiling *compiling, const struct state *state)
{
	const struct branch *branch = compiling->branch;

	for (size_t w = 0; w < branch->n_worlds; w++)
		if ((state->allowed[w] | state->denied[w]) != branch->access &&
		    !(needs_disk_read(compiling) && (state->denied[w] & MDE_DISK_READ)))
			return false;
	return true;
}

/* What may be done in the end in @world. */
static uint8_t permitted(struct compiling *compiling, const struct state *state, size_t world)
{
	const struct mde_policy *policy = &compiling->mde->policy;
	uint8_t allowed = state->allowed[world];
	uint8_t open = compiling->branch->access & (uint8_t) ~(allowed | state->denied[world]);

	/* "The AccessMask for Read and Write and Execute is 7" (the manual): files go with their
	 * disk, unless entries speak of files. */
	if (needs_disk_read(compiling)) {
		const uint8_t follow = open & (uint8_t)~state->spoken[world];
		const uint8_t with_allowed =
			follow & (uint8_t)((allowed & MDE_DISK_ACCESS) << MDE_FILE_SHIFT);
		const uint8_t with_denied =
			follow &
			(uint8_t)((state->denied[world] & MDE_DISK_ACCESS) << MDE_FILE_SHIFT);

		compiling->inherited |= with_allowed != 0;
		allowed |= with_allowed;
		open &= (uint8_t) ~(with_allowed | with_denied);
	}
	if (policy->default_allow)
		allowed |= open;
	else
		compiling->asked_default |= open != 0;
	return needs_disk_read(compiling) && !(allowed & MDE_DISK_READ) ? 0 : allowed;
}

static const char *rule_name(const struct compiling *compiling, int rule)
{
	if (rule == NOTHING)
		return "default enforcement";
	const char *name = compiling->mde->policy.rules[rule].name;
	return name == NULL ? compiling->mde->policy.rules[rule].id : name;
}

/* Whether one of the rules just before matches all that @match does. */
static bool is_covered(const struct compiling *compiling, const struct mde_match *match)
{
	for (size_t i = compiling->n; i > 0 && compiling->n - i < MDE_LOOK_BACK; i--)
		if (mde_match_within(match, &compiling->lines[i - 1].match))
			return true;
	return false;
}

static int add_line(struct compiling *compiling, const struct line *line)
{
	if (is_covered(compiling, &line->match))
		return 0;
	while (compiling->n > 0) {
		const struct line *last = &compiling->lines[compiling->n - 1];

		if (last->verdict != line->verdict || last->modifiers != line->modifiers ||
		    !mde_match_within(&last->match, &line->match))
			break;
		compiling->n--;
	}
	if (compiling->n + json_array_size(compiling->rules) >= RULES_MAX_RULES)
		return mde_too_much(compiling->mde, RULES_MAX_RULES, "rules");
	int r = mde_grow(compiling->mde, &compiling->lines, compiling->n, &compiling->room,
			 sizeof(*line));
	if (r == 0)
		compiling->lines[compiling->n++] = *line;
	return r;
}

/* Two patterns may meet in what no pattern of ours says: deny what one of them matches. */
static int add_wider(struct compiling *compiling, const struct mde_match *match, int rule)
{
	const struct line line = { .match = *match, .verdict = VERDICT_DENY, .rule = rule };

	compiling->mde->wider = true;
	return add_line(compiling, &line);
}

static int add_outcome(struct compiling *compiling, const struct mde_match *match,
		       const struct state *state)
{
	const struct branch *branch = compiling->branch;
	struct line line = { .match = *match, .rule = state->rule };
	uint8_t least = branch->access, most = 0;
	int r = 0;

	for (size_t w = 0; w < branch->n_worlds; w++) {
		const uint8_t access = permitted(compiling, state, w);

		least &= access;
		most |= access;
	}
	struct outcome outcome;
	const uint8_t said =
		mde_say(branch->function == FUNCTION_STORAGE, branch->access, least, &outcome);
	line.verdict = outcome.verdict;
	line.modifiers = outcome.modifiers;
	if (state->trail && line.verdict != VERDICT_DENY && branch->function == FUNCTION_STORAGE)
		line.modifiers |= MODIFIER_TRAIL;
	if (said != most && !(compiling->noted & UINT64_C(1) << most)) {
		compiling->noted |= UINT64_C(1) << most;
		r = mde_note(
			compiling->mde, IMPORT_STRICTER, 0, rule_name(compiling, state->rule),
			"Of the access to %s devices, no verdict of ours is what the rules leave "
			"(kinds 0x%02x): the nearest stricter one, %s, is.",
			branch->name, most, verdict_to_text(line.verdict));
	}
	return r == 0 ? add_line(compiling, &line) : r;
}

/* Follow the devices that match from @step on. */
static int follow(struct compiling *compiling, size_t step, struct mde_match match,
		  struct state state, unsigned depth)
{
	struct mde *mde = compiling->mde;

	if (depth > MDE_MAX_DEPTH)
		return mde_too_much(mde, MDE_MAX_DEPTH, "conditions at once");
	if (is_covered(compiling, &match))
		return 0;
	for (; step < compiling->n_steps && !is_decided(compiling, &state); step++) {
		const struct mde_cases *cases = &compiling->steps[step];
		const int rule = (int)(step / compiling->branch->n_worlds);
		const size_t world = step % compiling->branch->n_worlds;
		struct state after[MDE_YES + 1];
		size_t n = cases->n - 1;

		for (enum mde_truth t = MDE_NO; t <= MDE_YES; t++)
			after[t] = apply(compiling, rule, world, t, &state);
		const struct state *rest = &after[cases->items[n].truth];
		while (n > 0 && same(&after[cases->items[n - 1].truth], rest))
			n--;
		for (size_t i = 0; i < n; i++) {
			struct mde_match both;
			int r = mde_match_meet(mde, &match, &cases->items[i].match, &both);

			if (++mde->steps > MDE_MAX_STEPS)
				return mde_too_much(mde, MDE_MAX_STEPS, "steps");
			if (r == MDE_MEET_EXACT && mde_match_within(&match, &both)) {
				rest = &after[cases->items[i].truth]; /* nothing is left */
				break;
			}
			if (r == MDE_MEET_WIDER)
				r = add_wider(compiling, &both, rule);
			else if (r == MDE_MEET_EXACT)
				r = follow(compiling, step + 1, both, after[cases->items[i].truth],
					   depth + 1);
			if (r < 0)
				return r;
		}
		state = *rest;
	}
	return add_outcome(compiling, &match, &state);
}

static int prepare(struct compiling *compiling, bool governed)
{
	struct mde *mde = compiling->mde;
	const struct branch *branch = compiling->branch;
	struct mde_cases *steps;

	compiling->n = compiling->room = 0;
	compiling->noted = 0;
	compiling->n_steps = governed ? mde->policy.n_rules * branch->n_worlds : 0;
	int r = mde_take(mde, (compiling->n_steps + 1) * sizeof(*steps), &steps);
	for (size_t i = 0; r == 0 && i < compiling->n_steps; i++)
		r = mde_expand(mde, mde->policy.rules[i / branch->n_worlds].devices,
			       branch->worlds[i % branch->n_worlds], &steps[i]);
	compiling->steps = r == 0 ? steps : NULL;
	return r;
}

static json_t *write_match(const struct branch *branch, const struct mde_match *match)
{
	json_t *object = json_pack("{s:s}", "function", function_to_text(branch->function));
	int r = object == NULL ? -1 : 0;

	if (r == 0 && branch->bus != NULL)
		r = json_object_set_new(object, "bus", json_string(branch->bus));
	if (r == 0 && branch->interfaces != NULL)
		r = json_object_set_new(object, "interfaces",
					json_pack("{s:[s]}", "one-of", branch->interfaces));
	if (r == 0)
		r = mde_match_write(match, object);
	if (r == 0)
		return object;
	json_decref(object);
	return NULL;
}

/* What Windows and macOS show the person: the name of the rule. */
static int write_reason(const struct compiling *compiling, const struct line *line, json_t *object)
{
	char text[RULES_REASON_SIZE];

	if (line->rule == NOTHING || compiling->mde->policy.rules[line->rule].name == NULL)
		return 0;
	const char *name = compiling->mde->policy.rules[line->rule].name;
	text_sanitise(name, strlen(name), text, sizeof(text));
	return json_object_set_new(object, "reason", json_pack("{s:s}", "en", text));
}

/* A device that has a serial of the shape of one that is named may be taken for it. */
static int note_wide(struct compiling *compiling, const struct line *line)
{
	const struct mde_texts *serial = line->match.serial;

	for (size_t i = 0; serial != NULL && i < serial->n; i++)
		if (serial->texts[i].wide)
			return mde_note(
				compiling->mde, IMPORT_STRICTER, 0,
				rule_name(compiling, line->rule),
				"The letters of a serial are compared as they are; devices whose "
				"serial is like \"%s\", with other letters, get what is stricter.",
				serial->texts[i].text);
	return 0;
}

static int write_line(struct compiling *compiling, const struct line *line)
{
	const struct branch *branch = compiling->branch;
	char id[RULES_ID_SIZE];

	snprintf(id, sizeof(id), "%s.%s.%zu",
		 line->rule == NOTHING ? "default" : compiling->mde->policy.rules[line->rule].id,
		 branch->name, json_array_size(compiling->rules) + 1);
	json_t *object =
		json_pack("{s:s,s:o,s:s}", "id", id, "match", write_match(branch, &line->match),
			  "verdict", verdict_to_text(line->verdict));
	int r = object == NULL ? -1 : 0;
	if (r == 0 && line->modifiers != 0)
		r = json_object_set_new(object, "modifiers", modifiers_to_json(line->modifiers));
	if (r == 0)
		r = write_reason(compiling, line, object);
	if (r < 0) {
		json_decref(object);
		return -ENOMEM;
	}
	return json_array_append_new(compiling->rules, object) < 0 ? -ENOMEM : 0;
}

static int compile_branch(struct compiling *compiling)
{
	const struct mde_policy *policy = &compiling->mde->policy;
	const struct branch *branch = compiling->branch;
	struct line line = { .match = mde_match_all, .verdict = VERDICT_ALLOW, .rule = NOTHING };
	const bool governed = policy->governed & 1u << branch->worlds[0];
	int r = prepare(compiling, governed);

	if (r == 0 && branch->vendor != 0)
		r = mde_ids_of(compiling->mde, branch->vendor, branch->vendor, &line.match.vendor);
	if (r == 0 && governed)
		r = follow(compiling, 0, line.match, (struct state){ .rule = NOTHING }, 0);
	else if (r == 0)
		r = add_line(compiling, &line);
	for (size_t i = 0; r == 0 && i < compiling->n; i++) {
		r = note_wide(compiling, &compiling->lines[i]);
		if (r == 0)
			r = write_line(compiling, &compiling->lines[i]);
	}
	return r;
}

static int note_assumptions(struct compiling *compiling)
{
	struct mde *mde = compiling->mde;
	int r = 0;

	if (compiling->asked_default && mde->policy.windows)
		r = mde_note(
			mde, IMPORT_STRICTER, 0, NULL,
			"What no entry decides, the default enforcement does, a setting that is "
			"not in these files: denied is assumed. A last rule for all devices that "
			"allows access 127 would say otherwise.");
	if (r == 0 && mde->wider)
		r = mde_note(
			mde, IMPORT_STRICTER, 0, NULL,
			"Devices that must fit two patterns at once cannot be said; what fits one "
			"of them gets what is stricter.");
	if (r == 0 && mde->adapter)
		r = mde_note(
			mde, IMPORT_STRICTER, 0, NULL,
			"A Bluetooth adapter is judged, not the devices that it talks to: rules "
			"that tell these apart may apply to each adapter.");
	if (r == 0 && compiling->inherited)
		r = mde_note(
			mde, IMPORT_NOTE, 0, NULL,
			"Where entries speak of access to the disk (1, 2, 4) and none of access to "
			"files (8, 16, 32), the files go with the disk.");
	return r == 0 ? mde_note(mde, IMPORT_NOTE, 0, NULL,
				 "Device control does not govern keyboards, network adapters and "
				 "the "
				 "other kinds that have no rule here: they are allowed.")
		      : r;
}

static int finish(struct compiling *compiling)
{
	struct mde *mde = compiling->mde;
	json_t *document = json_pack("{s:s,s:s,s:s,s:O,s:{s:s}}", "schema", "devgate-rules-1",
				     "name", mde->options->name, "mode", "enforce", "rules",
				     compiling->rules, "defaults", "*", "allow");

	if (document == NULL)
		return -ENOMEM;
	mde->import.rules = document;
	const size_t size = json_dumpb(document, NULL, 0, 0);
	if (size == 0)
		return -ENOMEM;
	return size > RULES_MAX_BYTES ? mde_too_much(mde, RULES_MAX_BYTES, "bytes") : 0;
}

int mde_compile(struct mde *mde)
{
	const struct branch *branches = mde->policy.windows ? windows : macos;
	const size_t n = mde->policy.windows ? sizeof(windows) / sizeof(windows[0])
					     : sizeof(macos) / sizeof(macos[0]);
	struct compiling compiling = { .mde = mde, .rules = json_array() };
	int r = compiling.rules == NULL ? -ENOMEM : 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		compiling.branch = &branches[i];
		r = compile_branch(&compiling);
	}
	if (r == 0)
		r = note_assumptions(&compiling);
	if (r == 0)
		r = finish(&compiling);
	json_decref(compiling.rules);
	return r;
}
