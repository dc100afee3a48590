#include "report.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The processor's name, as the kernel has it. */
static json_t *processor(void)
{
	char line[256], name[200] = "unknown";
	FILE *info = fopen("/proc/cpuinfo", "re");

	while (info != NULL && fgets(line, sizeof(line), info) != NULL)
		if (sscanf(line, "model name : %199[^\n]", name) == 1)
			break;
	if (info != NULL)
		fclose(info);
	return json_string(name);
}

json_t *report_new(const char *method)
{
	struct utsname system = { 0 };

	uname(&system);
	return json_pack("{s:s, s:{s:o, s:i, s:s, s:s}, s:{}, s:[]}", "method", method, "machine",
			 "processor", processor(), "cores", (int)sysconf(_SC_NPROCESSORS_ONLN),
			 "kernel", system.release, "architecture", system.machine, "versions",
			 "results");
}

void report_version(json_t *report, const char *name, const char *version)
{
	json_object_set_new(json_object_get(report, "versions"), name, json_string(version));
}

static bool is_met(double value, const struct report_target *target)
{
	return (target->at_least == 0 || value >= target->at_least) &&
	       (target->at_most == 0 || value <= target->at_most) &&
	       (target->ratio_wanted == 0 || target->ratio >= target->ratio_wanted);
}

static void describe(const struct report_target *target, char *ret, size_t size)
{
	if (target->at_least != 0)
		snprintf(ret, size, ">= %.15g", target->at_least);
	else if (target->at_most != 0)
		snprintf(ret, size, "<= %.15g", target->at_most);
	else if (target->ratio_wanted != 0)
		snprintf(ret, size, "ratio >= %.15g", target->ratio_wanted);
	else
		ret[0] = '\0';
}

void report_add(json_t *report, const char *name, double value, const char *unit,
		const struct report_target *target)
{
	static const struct report_target none;
	json_t *figure = json_pack("{s:s, s:f, s:s}", "name", name, "value", value, "unit", unit);
	char wanted[40], peer[60] = "";
	bool met;

	target = target == NULL ? &none : target;
	met = is_met(value, target);
	describe(target, wanted, sizeof(wanted));
	if (target->peer != 0) {
		json_object_set_new(figure, "peer", json_real(target->peer));
		json_object_set_new(figure, "ratio", json_real(target->ratio));
		snprintf(peer, sizeof(peer), "peer %.4g, %.4g times", target->peer, target->ratio);
	}
	if (wanted[0] != '\0') {
		json_object_set_new(figure, "target", json_string(wanted));
		json_object_set_new(figure, "met", json_boolean(met));
	}
	json_array_append_new(json_object_get(report, "results"), figure);
	printf("%-58s %14.4g %-12s %-32s %s%s\n", name, value, unit, peer, wanted,
	       wanted[0] == '\0' ? ""
	       : met		 ? "  met"
				 : "  MISSED");
	fflush(stdout);
}

bool report_finish(json_t *report, const char *path)
{
	bool good = json_dump_file(report, path, JSON_INDENT(2)) == 0;
	json_t *figure;
	size_t i;

	if (!good)
		fprintf(stderr, "%s: cannot be written\n", path);
	json_array_foreach (json_object_get(report, "results"), i, figure)
		good = good && !json_is_false(json_object_get(figure, "met"));
	json_decref(report);
	return good;
}
