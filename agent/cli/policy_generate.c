/* policy generate - a policy for what is plugged in: it permits what is there and nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "commands.h"
#include "plugged.h"
#include "plugged_elsewhere.h"
#include "policy.h"
#include "policy/rules/format.h"
#include "policy/text.h"
#include "policy_files.h"
#include "policy_out.h"
#include "policy_register.h"
#include "text.h"

/* What a keyboard, a mouse or a hub is, and what it takes to work at all. */
#define INPUT                                                                                      \
	(FUNCTION_BIT(FUNCTION_KEYBOARD) | FUNCTION_BIT(FUNCTION_POINTER) |                        \
	 FUNCTION_BIT(FUNCTION_HID) | FUNCTION_BIT(FUNCTION_HUB))
#define STORAGE FUNCTION_BIT(FUNCTION_STORAGE)

enum { CLAIM_SIZE = 4 * DEVICE_TEXT_SIZE, ID_SIZE = RULES_ID_SIZE };

/* A policy being written. */
struct draft {
	FILE *rules;	/* the elements of "rules", with comments */
	size_t n_rules; /* that are still to be written */
	const struct device *devices;
	size_t n_devices;
	struct import_medium *media; /* room for n_devices; texts borrowed from the devices */
	size_t n_media;
};

/* What becomes of the functions of one device. */
struct plan {
	const struct device *device;
	bool by_serial; /* it can be told by its serial */
	function_set by_rule, by_register, suggested;
};

static bool same_serial(const struct device *a, const struct device *b)
{
	return a->bus == b->bus && a->vendor == b->vendor && a->product == b->product &&
	       a->has_serial && b->has_serial && strcmp(a->serial, b->serial) == 0;
}

/* Whether the serial tells the device: no other here has the same, and a document can hold it. */
static bool tells(const struct draft *draft, const struct device *device)
{
	size_t same = 0;

	for (size_t i = 0; i < draft->n_devices; i++)
		same += same_serial(&draft->devices[i], device);
	return same == 1 && text_is_clean(device->serial, strlen(device->serial));
}

static struct plan plan_for(const struct draft *draft, const struct device *device)
{
	const function_set all = device_functions(device);
	struct plan plan = { .device = device, .by_serial = tells(draft, device) };

	plan.by_rule = device->connect == CONNECT_HARDWIRED ? all : all & INPUT;
	plan.by_register = plan.by_serial ? all & STORAGE & ~plan.by_rule : 0;
	plan.suggested = all & ~plan.by_rule & ~plan.by_register;
	return plan;
}

static json_t *words(function_set functions)
{
	json_t *list = json_array();

	for (; functions != 0; functions &= functions - 1)
		(void)json_array_append_new(
			list,
			json_string(function_to_text((enum function)__builtin_ctz(functions))));
	return list;
}

/* The conditions that this device meets and no other that is known: what it can do, and its serial
 * or, without one, where it is plugged in and what it looks like. */
static json_t *match_of(const struct plan *plan, function_set functions)
{
	const struct device *device = plan->device;
	char vendor[8], product[8], digest[2 * DEVICE_DIGEST_SIZE + 1];
	json_t *match = json_pack("{s:o}", "function", words(functions));

	snprintf(vendor, sizeof(vendor), "%04x", device->vendor);
	snprintf(product, sizeof(product), "%04x", device->product);
	if (device->bus != BUS_USB)
		(void)json_object_set_new(match, "bus", json_string(bus_to_text(device->bus)));
	if (device->vendor != 0 || device->product != 0) { /* not every bus has ids */
		(void)json_object_set_new(match, "vendor", json_string(vendor));
		(void)json_object_set_new(match, "product", json_string(product));
	}
	if (plan->by_serial) {
		(void)json_object_set_new(match, "serial", json_string(device->serial));
		return match;
	}
	text_hex(device->digest, DEVICE_DIGEST_SIZE, digest);
	(void)json_object_set_new(match, "digest", json_string(digest));
	(void)json_object_set_new(match, "port", json_string(device->port));
	return match;
}

/* One rule as text, to be freed; NULL: out of memory. */
static char *rule_of(const struct plan *plan, function_set functions, enum verdict verdict)
{
	char id[ID_SIZE];
	json_t *rule;
	char *text;

	snprintf(id, sizeof(id), "%s-%s",
		 plan->device->connect == CONNECT_HARDWIRED
			 ? "built-in"
			 : function_to_text((enum function)__builtin_ctz(functions)),
		 plan->device->port);
	rule = json_pack("{s:s, s:o, s:s}", "id", id, "match", match_of(plan, functions), "verdict",
			 verdict_to_text(verdict));
	text = json_dumps(rule, JSON_PRESERVE_ORDER);
	json_decref(rule);
	return text;
}

static int write_rule(struct draft *draft, const struct plan *plan)
{
	_cleanup_free_ char *rule = rule_of(plan, plan->by_rule, VERDICT_ALLOW);

	if (rule == NULL)
		return -ENOMEM;
	fprintf(draft->rules, "%s%s\n", rule, --draft->n_rules > 0 ? "," : "");
	return 0;
}

/* One comment for each function that is left to a person. */
static int write_suggestions(struct draft *draft, const struct plan *plan)
{
	for (function_set left = plan->suggested; left != 0; left &= left - 1) {
		const enum function function = (enum function)__builtin_ctz(left);
		const enum verdict verdict = function == FUNCTION_PHONE	    ? VERDICT_CHARGE_ONLY
					     : function == FUNCTION_STORAGE ? VERDICT_READ_ONLY
									    : VERDICT_ALLOW;
		_cleanup_free_ char *rule = rule_of(plan, FUNCTION_BIT(function), verdict);

		if (rule == NULL)
			return -ENOMEM;
		fprintf(draft->rules,
			"// Its %s is denied.  To have it %s, add this rule:\n// %s\n",
			function_to_text(function), verdict_to_text(verdict), rule);
	}
	return 0;
}

/* What the policy makes of the device: an interface works if all that it is for is permitted. */
static const char *verdict_of(const struct plan *plan)
{
	const struct device *device = plan->device;
	size_t denied = 0;

	for (size_t i = 0; i < device->n_interfaces; i++)
		denied += (device->interfaces[i].functions & plan->suggested) != 0;
	return denied == device->n_interfaces ? "deny" : denied > 0 ? "partial allow" : "allow";
}

/* What the policy makes of the device, and which it is; in words that no device can break. */
static void write_comment(struct draft *draft, const struct plan *plan)
{
	const struct device *device = plan->device;
	const char *claims[] = { device->manufacturer, device->name,
				 device->has_serial ? device->serial : "" };

	fprintf(draft->rules, "// %s: %s. ", device->port, verdict_of(plan));
	if (device->bus == BUS_USB)
		fprintf(draft->rules, "%04x:%04x", device->vendor, device->product);
	else
		fputs(bus_to_text(device->bus), draft->rules);
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		char clean[CLAIM_SIZE];

		text_sanitise(claims[i], strlen(claims[i]), clean, sizeof(clean));
		fprintf(draft->rules, "%s%s", *clean == '\0' ? "" : " ", clean);
	}
	fputc('\n', draft->rules);
	if (plan->by_register != 0)
		fputs("// Its storage is in the register.\n", draft->rules);
}

static void add_medium(struct draft *draft, const struct plan *plan)
{
	const struct device *device = plan->device;

	draft->media[draft->n_media++] = (struct import_medium){
		.bus = device->bus,
		.vendor = device->vendor,
		.product = device->product,
		.serial = (char *)device->serial,
		.name = text_is_clean(device->name, strlen(device->name)) ? (char *)device->name
									  : NULL,
		.verdict = VERDICT_ALLOW,
		.functions = STORAGE,
	};
}

static int write_device(struct draft *draft, const struct device *device)
{
	const struct plan plan = plan_for(draft, device);
	int r;

	write_comment(draft, &plan);
	if (plan.by_register != 0)
		add_medium(draft, &plan);
	r = write_suggestions(draft, &plan);
	return r == 0 && plan.by_rule != 0 ? write_rule(draft, &plan) : r;
}

static int write_rules(struct draft *draft, const char *name)
{
	_cleanup_json_ json_t *string = json_string(name);
	_cleanup_free_ char *quoted = json_dumps(string, JSON_ENCODE_ANY);
	int r = 0;

	if (quoted == NULL)
		return -ENOMEM;
	fprintf(draft->rules,
		"// A proposal by devgate for the %zu devices that were plugged in: read it, "
		"change "
		"it, sign it.\n"
		"// Each line with a port says what this policy and register.csv make of that "
		"device; "
		"what is not\n"
		"// here is denied.\n"
		"{ \"schema\": \"devgate-rules-1\", \"name\": %s, \"mode\": \"enforce\", "
		"\"rules\": [\n",
		draft->n_devices, quoted);
	for (size_t i = 0; i < draft->n_devices; i++)
		draft->n_rules += plan_for(draft, &draft->devices[i]).by_rule != 0;
	for (size_t i = 0; r == 0 && i < draft->n_devices; i++)
		r = write_device(draft, &draft->devices[i]);
	fputs("], \"defaults\": { \"*\": \"deny\" } }\n", draft->rules);
	return r;
}

/* A text that is written like a file. */
struct memory {
	char *text; /* owned, once @file is closed */
	size_t size;
	FILE *file;
};

static int memory_open(struct memory *memory)
{
	memory->file = open_memstream(&memory->text, &memory->size);
	return memory->file == NULL ? -ENOMEM : 0;
}

/* Returns 0 or -ENOMEM. */
static int memory_close(struct memory *memory)
{
	const bool failed = ferror(memory->file) != 0;

	return fclose(memory->file) != 0 || failed ? -ENOMEM : 0;
}

/* Lay out what was written, and give it in its place. */
static int lay_out(struct memory *memory)
{
	struct rules_error error;
	char *formatted;
	size_t size;
	int r = rules_format(memory->text, memory->size, &formatted, &size, &error);

	if (r < 0)
		return r;
	free(memory->text);
	memory->text = formatted;
	memory->size = size;
	return 0;
}

static int draft_rules(struct draft *draft, const char *name, struct memory *ret)
{
	int r = memory_open(ret), closed;

	if (r < 0)
		return r;
	draft->rules = ret->file;
	r = write_rules(draft, name);
	closed = memory_close(ret);
	if (r == 0)
		r = closed;
	return r < 0 ? r : lay_out(ret);
}

static int draft_register(const struct draft *draft, struct memory *ret)
{
	int r = memory_open(ret), closed;

	if (r < 0)
		return r;
	r = policy_register_write(ret->file, draft->media, draft->n_media);
	closed = memory_close(ret);
	return r < 0 ? r : closed;
}

static int write_out(const char *folder, const struct memory *rules, const struct memory *media)
{
	static const char *const names[] = { "rules.json", "register.csv", NULL };
	_cleanup_close_ int fd = -1;
	int r = policy_out_open(folder, names, &fd);

	if (r == 0)
		r = policy_out_write(fd, folder, names[0], rules->text, rules->size);
	if (r == 0)
		r = policy_out_write(fd, folder, names[1], media->text, media->size);
	return r < 0 ? r : printf(_("Written: %s/rules.json and register.csv.\n"), folder);
}

/* The policy; the register behind it, as a comment. */
static int print(const struct memory *rules, const struct memory *media)
{
	const char *line = media->text, *end;

	fwrite(rules->text, 1, rules->size, stdout);
	fputs("// register.csv:\n", stdout);
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
		printf("// %.*s\n", (int)(end - line), line);
	return 0;
}

static int generate(const struct policy_arguments *arguments, struct draft *draft)
{
	struct memory rules = { 0 }, media = { 0 };
	const char *name = arguments->name == NULL ? "generated" : arguments->name;
	int r = draft_rules(draft, name, &rules);

	if (r == 0)
		r = draft_register(draft, &media);
	if (r < 0)
		fprintf(stderr, "devgate: %s\n", strerror(-r));
	else
		r = arguments->out == NULL ? print(&rules, &media)
					   : write_out(arguments->out, &rules, &media);
	free(rules.text);
	free(media.text);
	return r;
}

static void say_skipped(const char *port, int r)
{
	fprintf(stderr, _("devgate: the device at %s cannot be read and is left out: %s\n"), port,
		strerror(-r));
}

/* What is not on USB, if it is this machine that is asked for.  Without the enforcer's word the
 * policy is of USB alone, which is said. */
static int add_elsewhere(const struct policy_arguments *arguments, struct device **devices,
			 size_t *n)
{
	const char *run_dir = arguments->run_dir == NULL ? "/run/devgate" : arguments->run_dir;
	int r;

	if (arguments->sysfs != NULL && arguments->run_dir == NULL)
		return 0;
	r = plugged_elsewhere(run_dir, devices, n, say_skipped);
	if (r == -E2BIG || r == -ENOMEM) {
		fprintf(stderr, "devgate: %s\n", strerror(-r));
		return r;
	}
	if (r < 0)
		fprintf(stderr,
			_("devgate: the enforcer cannot be asked (%s/control.sock: %s): what is "
			  "not "
			  "on USB is left out\n"),
			run_dir, strerror(-r));
	return 0;
}

int policy_generate(const struct policy_arguments *arguments)
{
	const char *sysfs = arguments->sysfs == NULL ? "/sys" : arguments->sysfs;
	_cleanup_free_ struct device *devices = NULL;
	_cleanup_free_ struct import_medium *media = NULL;
	size_t n = 0;
	int r;

	if (!policy_name_good(arguments->name))
		return EXIT_USAGE;
	r = plugged_list(sysfs, &devices, &n, say_skipped);
	if (r < 0) {
		fprintf(stderr, "devgate: %s/bus/usb/devices: %s\n", sysfs, strerror(-r));
		return EXIT_FAILURE;
	}
	if (add_elsewhere(arguments, &devices, &n) < 0)
		return EXIT_FAILURE;
	media = calloc(n + 1, sizeof(*media));
	if (media == NULL) {
		fputs(_("devgate: out of memory\n"), stderr);
		return EXIT_FAILURE;
	}
	struct draft draft = { .devices = devices, .n_devices = n, .media = media };
	return generate(arguments, &draft) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
