/* bench_policy - how fast policy/ decides, loads, and what memory it takes, beside USBGuard's own
 * rule matching.
 *   bench_policy FOLDER [PEER]    writes FOLDER/policy.json; PEER is usbguard_peer
 * BENCH_SECONDS in the environment: how long each figure is measured, 1.
 *
 * One core, one thread.  A decision is decide() with everything it does: the register's key, the
 * register and the revocations, the rules, the verdict of each interface.  The devices are a mixed
 * load in random order over the whole register (world.c); 262,144 of them, so that no cache holds
 * what they touch of a large table.  Decisions a second, and the times of loading, are by the
 * processor's time, of this process and of the peer; the time of one decision is between two
 * readings of CLOCK_MONOTONIC, whose own cost is reported, and not subtracted. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "policy/decide.h"
#include "policy/registered.h"
#include "policy/rules.h"
#include "report.h"
#include "world.h"

enum { DEVICES = 1 << 18, PEER_DEVICES = 256, TIMED = 1 << 20 };

static const uint32_t media_counts[] = { 10, 1000, 100000, 1000000 };
static const uint32_t rule_counts[] = { 10, 1000, 10000 };

enum { N_MEDIA = 4, N_RULES = 3, N_TEN = 0, N_MILLION = 3, N_THOUSAND_RULES = 1 };

struct bench {
	json_t *report;
	const char *folder, *peer;
	double seconds;
	struct rules *rules[N_RULES];
	struct registered tables[N_MEDIA];
	size_t sizes[N_MEDIA];
	uint32_t *times; /* of TIMED decisions */
	struct world_device *devices;
	int32_t sum; /* of what was decided, so that nothing is optimised away */
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Processor time of this process: what others do on the machine does not count. */
static int64_t spent_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static const char *path_in(const struct bench *bench, const char *name, uint32_t n)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s-%u", bench->folder, name, n);
	return path;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "we");

	if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
		die(path);
}

static const uint8_t *map_file(const char *path, size_t size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *bytes = fd < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	if (bytes == MAP_FAILED)
		die(path);
	close(fd);
	return bytes;
}

static struct rules *parse(uint32_t n, bool rich)
{
	char *text = world_rules(n, rich);
	struct rules *rules = NULL;
	struct rules_error error;

	if (rules_parse(text, strlen(text), &rules, &error) < 0) {
		fprintf(stderr, "%s: %s\n", error.path, error.message);
		exit(1);
	}
	free(text);
	return rules;
}

/* A workstation on a Monday morning, everything known. */
static struct circumstances circumstances_of_the_day(void)
{
	static const char *const groups[] = { "staff" };
	struct circumstances now = circumstances_unknown;

	now.user = "alice";
	now.groups = groups;
	now.n_groups = 1;
	now.host = "pc-1";
	now.unit = "accounts";
	now.minute = 9 * 60;
	now.session = SESSION_ACTIVE;
	now.site = SITE_ON;
	now.identity = IDENTITY_SERIAL;
	now.known_days = 10;
	return now;
}

static void fill_devices(struct bench *bench, uint32_t n_media, uint32_t n_rules)
{
	uint64_t seed = 1;

	for (size_t i = 0; i < DEVICES; i++)
		world_device(&seed, n_media, n_rules, &bench->devices[i]);
}

/* Decisions a second of processor time, over at least the bench's seconds. */
static double throughput(struct bench *bench, const struct policy_view *view)
{
	const struct circumstances now = circumstances_of_the_day();
	const int64_t begin = spent_ns();
	struct decision decision;
	struct device device;
	int64_t end, n = 0;

	world_prepare(&device);
	do {
		for (int i = 0; i < 4096; i++, n++) {
			world_become(&device, &bench->devices[n % DEVICES]);
			decide(view, &device, &now, false, &decision);
			bench->sum += (int32_t)decision.verdict;
		}
		end = spent_ns();
	} while ((double)(end - begin) < 1e9 * bench->seconds);
	return 1e9 * (double)n / (double)(end - begin);
}

static int by_time(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Sort the times, and give the @percent-th. */
static double percentile(struct bench *bench, int percent)
{
	return bench->times[(size_t)TIMED * (size_t)percent / 100];
}

static void time_each(struct bench *bench, const struct policy_view *view)
{
	const struct circumstances now = circumstances_of_the_day();
	struct decision decision;
	struct device device;

	world_prepare(&device);
	for (size_t i = 0; i < TIMED; i++) {
		world_become(&device, &bench->devices[i % DEVICES]);
		const int64_t begin = now_ns();

		decide(view, &device, &now, false, &decision);
		bench->times[i] = (uint32_t)(now_ns() - begin);
		bench->sum += (int32_t)decision.verdict;
	}
	qsort(bench->times, TIMED, sizeof(*bench->times), by_time);
}

static void bench_clock(struct bench *bench)
{
	for (size_t i = 0; i < TIMED; i++) {
		const int64_t begin = now_ns();

		bench->times[i] = (uint32_t)(now_ns() - begin);
	}
	qsort(bench->times, TIMED, sizeof(*bench->times), by_time);
	report_add(bench->report, "reading the clock, median", percentile(bench, 50), "ns", NULL);
}

static void bench_decisions(struct bench *bench)
{
	for (int r = 0; r < N_RULES; r++)
		for (int m = 0; m < N_MEDIA; m++) {
			const struct policy_view view = { &bench->tables[N_TEN], &bench->tables[m],
							  bench->rules[r], NULL };
			const bool judged = m == N_MILLION && r == N_THOUSAND_RULES;
			char name[100];
			int end;

			fill_devices(bench, media_counts[m], rule_counts[r]);
			end = snprintf(name, sizeof(name),
				       "%u registered, %u rules: ", media_counts[m],
				       rule_counts[r]);
			snprintf(name + end, sizeof(name) - (size_t)end, "decisions");
			report_add(bench->report, name, throughput(bench, &view), "a second",
				   judged ? &(struct report_target){ .at_least = 1e6 } : NULL);
			time_each(bench, &view);
			snprintf(name + end, sizeof(name) - (size_t)end, "median");
			report_add(bench->report, name, percentile(bench, 50), "ns", NULL);
			snprintf(name + end, sizeof(name) - (size_t)end, "99th percentile");
			report_add(bench->report, name, percentile(bench, 99), "ns", NULL);
			snprintf(name + end, sizeof(name) - (size_t)end, "99th by median");
			report_add(bench->report, name,
				   percentile(bench, 99) / percentile(bench, 50), "times",
				   judged ? &(struct report_target){ .at_most = 3 } : NULL);
		}
}

static double resident_kib(void)
{
	unsigned long all = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file == NULL || fscanf(file, "%lu %lu", &all, &resident) != 2)
		die("/proc/self/statm");
	fclose(file);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024;
}

/* What one child measures. */
struct figures {
	double ms, kib, most_kib;
};

/* What a process of its own says of itself, by @task. */
static struct figures in_child(void (*task)(struct bench *bench, int i, struct figures *ret),
			       struct bench *bench, int i)
{
	struct figures figures = { 0 };
	int ends[2];

	if (pipe(ends) < 0)
		die("pipe");
	const pid_t child = fork();

	if (child == 0) {
		task(bench, i, &figures);
		_exit(write(ends[1], &figures, sizeof(figures)) != sizeof(figures));
	}
	if (child < 0 || read(ends[0], &figures, sizeof(figures)) != sizeof(figures))
		die("fork");
	close(ends[0]);
	close(ends[1]);
	waitpid(child, NULL, 0);
	return figures;
}

/* Open a table as an agent that starts does, and decide on as many devices as one sees in a day;
 * the agent lets go of the table's pages after each. */
static void open_table(struct bench *bench, int m, struct figures *ret)
{
	const struct circumstances now = circumstances_of_the_day();
	const char *path = path_in(bench, "table", media_counts[m]);
	struct policy_view view = { .rules = bench->rules[N_THOUSAND_RULES] };
	const double before = resident_kib();
	const int64_t begin = spent_ns();
	struct registered table;
	struct decision decision;
	struct device device;
	const uint8_t *bytes = map_file(path, bench->sizes[m]);

	if (registered_open(&table, bytes, bench->sizes[m], false) < 0)
		die(path);
	ret->ms = (double)(spent_ns() - begin) / 1e6;
	madvise((void *)bytes, bench->sizes[m], MADV_RANDOM);
	view.registered = &table;
	world_prepare(&device);
	for (int i = 0; i < 100; i++) {
		world_become(&device, &bench->devices[i]);
		decide(&view, &device, &now, false, &decision);
		ret->kib = resident_kib() - before;
		ret->most_kib = ret->kib > ret->most_kib ? ret->kib : ret->most_kib;
		madvise((void *)bytes, bench->sizes[m], MADV_DONTNEED);
	}
	ret->kib = resident_kib() - before;
}

static void open_rules(struct bench *bench, int r, struct figures *ret)
{
	(void)bench;
	char *text = world_rules(rule_counts[r], true);
	const double before = resident_kib();
	const int64_t begin = spent_ns();
	struct rules_error error;
	struct rules *rules;

	if (rules_parse(text, strlen(text), &rules, &error) < 0)
		die("rules");
	ret->ms = (double)(spent_ns() - begin) / 1e6;
	ret->kib = resident_kib() - before;
}

static void add_figure(struct bench *bench, uint32_t n, const char *what, double value,
		       const char *unit)
{
	char name[100];

	snprintf(name, sizeof(name), "%u %s", n, what);
	report_add(bench->report, name, value, unit, NULL);
}

static void bench_loading(struct bench *bench)
{
	struct figures figures[N_MEDIA], of_rules;

	for (int m = 0; m < N_MEDIA; m++) {
		fill_devices(bench, media_counts[m], 1000);
		figures[m] = in_child(open_table, bench, m);
		add_figure(bench, media_counts[m], "registered: opening", figures[m].ms, "ms");
		add_figure(bench, media_counts[m], "registered: memory after 100 decisions",
			   figures[m].kib, "KiB");
		add_figure(bench, media_counts[m], "registered: memory at most in a decision",
			   figures[m].most_kib, "KiB");
	}
	report_add(bench->report, "a million against ten: opening takes longer by",
		   figures[N_MILLION].ms - figures[N_TEN].ms, "ms",
		   &(struct report_target){ .at_most = 100 });
	report_add(bench->report, "a million against ten: memory above, between decisions",
		   figures[N_MILLION].kib - figures[N_TEN].kib, "KiB",
		   &(struct report_target){ .at_most = 2048 });
	for (int r = 0; r < N_RULES; r++) {
		of_rules = in_child(open_rules, bench, r);
		add_figure(bench, rule_counts[r], "rules: parsing", of_rules.ms, "ms");
		add_figure(bench, rule_counts[r], "rules: memory, with what parsing leaves behind",
			   of_rules.kib, "KiB");
	}
}

/* The peer over the same rules and devices: its times, and the rule that it found for each. */
static void ask_peer(struct bench *bench, uint32_t n_rules, double ret[2], long *ret_answers)
{
	char command[16384], rules_path[4096], *text = world_usbguard_rules(n_rules);
	FILE *devices, *answer;
	int n;

	snprintf(rules_path, sizeof(rules_path), "%s", path_in(bench, "usbguard-rules", n_rules));
	write_file(rules_path, text, strlen(text));
	free(text);
	devices = fopen(path_in(bench, "usbguard-devices", n_rules), "we");
	if (devices == NULL)
		die("devices");
	for (int i = 0; i < PEER_DEVICES; i++) {
		text = world_usbguard_device(&bench->devices[i]);
		fprintf(devices, "%s\n", text);
		free(text);
	}
	fclose(devices);
	snprintf(command, sizeof(command), "'%s' '%s' '%s' %g", bench->peer, rules_path,
		 path_in(bench, "usbguard-devices", n_rules), bench->seconds);
	answer = popen(command, "re");
	n = answer == NULL ? 0 : fscanf(answer, "%lf %lf", &ret[0], &ret[1]);
	for (int i = 0; n >= 1 && i < PEER_DEVICES; i++)
		n = fscanf(answer, "%ld", &ret_answers[i]);
	if (n < 1 || pclose(answer) != 0)
		die("the peer");
}

/* How many devices get the same rule from both. */
static int same_answers(struct bench *bench, const struct policy_view *view, const long *answers)
{
	const struct circumstances now = circumstances_of_the_day();
	struct decision decision;
	struct device device;
	int same = 0;

	world_prepare(&device);
	for (int i = 0; i < PEER_DEVICES; i++) {
		char rule[RULES_ID_SIZE];

		world_become(&device, &bench->devices[i]);
		decide(view, &device, &now, false, &decision);
		snprintf(rule, sizeof(rule), "r%ld", answers[i]);
		same += answers[i] < 0
				? decision.step == STEP_DEFAULT
				: decision.step == STEP_RULE && strcmp(decision.rule, rule) == 0;
	}
	return same;
}

static void bench_peer(struct bench *bench)
{
	for (int r = 0; r < N_RULES; r++) {
		struct rules *rules = parse(rule_counts[r], false);
		const struct policy_view view = { .rules = rules };
		double peer[2], ours;
		long answers[PEER_DEVICES];
		char name[100];

		fill_devices(bench, 1000, rule_counts[r]);
		ask_peer(bench, rule_counts[r], peer, answers);
		/* Over as many devices as the peer, again and again. */
		for (size_t i = PEER_DEVICES; i < DEVICES; i++)
			bench->devices[i] = bench->devices[i % PEER_DEVICES];
		ours = 1e9 / throughput(bench, &view);
		snprintf(name, sizeof(name), "%u rules, USBGuard's: a decision", rule_counts[r]);
		report_add(bench->report, name, ours, "ns",
			   &(struct report_target){ .peer = peer[1],
						    .ratio = peer[1] / ours,
						    .ratio_wanted =
							    rule_counts[r] == 10000 ? 1000 : 0 });
		snprintf(name, sizeof(name), "%u rules, USBGuard's: same rule found",
			 rule_counts[r]);
		report_add(bench->report, name, same_answers(bench, &view, answers), "of 256",
			   &(struct report_target){ .at_least = PEER_DEVICES });
		rules_free(rules);
	}
}

static void set_up(struct bench *bench)
{
	const char *seconds = getenv("BENCH_SECONDS");

	bench->seconds = seconds == NULL ? 1 : strtod(seconds, NULL);
	bench->report =
		report_new("One core, one thread; a mixed load in random order; see "
			   "tests/bench/bench_policy.c.  The peer in the same run, over the "
			   "same rules and devices.");
	report_version(bench->report, "devgate", DEVGATE_VERSION);
	report_version(bench->report, "compiler", __VERSION__);
	report_version(bench->report, "libsodium", sodium_version_string());
	report_version(bench->report, "jansson", jansson_version_str());
#ifdef USBGUARD_VERSION
	report_version(bench->report, "libusbguard", USBGUARD_VERSION);
#endif
	bench->times = calloc(TIMED, sizeof(*bench->times));
	bench->devices = calloc(DEVICES, sizeof(*bench->devices));
	if (bench->times == NULL || bench->devices == NULL)
		die("memory");
	for (int m = 0; m < N_MEDIA; m++) {
		const char *path = path_in(bench, "table", media_counts[m]);
		uint8_t *bytes = world_table(media_counts[m], &bench->sizes[m]);

		write_file(path, bytes, bench->sizes[m]);
		free(bytes);
		if (registered_open(&bench->tables[m], map_file(path, bench->sizes[m]),
				    bench->sizes[m], true) < 0)
			die(path);
	}
	for (int r = 0; r < N_RULES; r++)
		bench->rules[r] = parse(rule_counts[r], true);
}

int main(int argc, char **argv)
{
	struct bench bench = { 0 };
	char path[4096];

	if (argc < 2 || argc > 3 || sodium_init() < 0) {
		fprintf(stderr, "usage: bench_policy FOLDER [PEER]\n");
		return 2;
	}
	bench.folder = argv[1];
	bench.peer = argv[2];
	set_up(&bench);
	bench_clock(&bench);
	bench_decisions(&bench);
	bench_loading(&bench);
	if (bench.peer != NULL)
		bench_peer(&bench);
	for (int r = 0; r < N_RULES; r++)
		rules_free(bench.rules[r]);
	free(bench.times);
	free(bench.devices);
	snprintf(path, sizeof(path), "%s/policy.json", bench.folder);
	return report_finish(bench.report, path) ? 0 : 1;
}
