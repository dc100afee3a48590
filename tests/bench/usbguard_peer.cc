// usbguard_peer - time USBGuard's own rule matching: RuleSet::getFirstMatchingRule() of Debian's
// libusbguard, which its daemon asks of every device.
//   usbguard_peer RULES DEVICES SECONDS    one rule, one device a line, in USBGuard's language
// Prints one line "LOAD-MS NS-PER-DEVICE", then for each device the number of the rule that matched,
// from 0, or -1.
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <time.h>

#include <usbguard/MemoryRuleSet.hpp>
#include <usbguard/Rule.hpp>

using namespace usbguard;

// Processor time of this process, as bench_policy counts it.
static double now_seconds()
{
	timespec now = {};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

static std::vector<std::string> lines_of(const char *path)
{
	std::ifstream file(path);
	std::vector<std::string> lines;
	std::string line;

	while (std::getline(file, line))
		lines.push_back(line);
	return lines;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;

	const std::vector<std::string> rules = lines_of(argv[1]), devices = lines_of(argv[2]);
	const double seconds = std::stod(argv[3]);
	std::vector<std::shared_ptr<const Rule>> asked;
	std::vector<long> answers;
	MemoryRuleSet set(nullptr);
	uint32_t first_id = 0;

	double begin = now_seconds();
	for (size_t i = 0; i < rules.size(); i++) {
		const uint32_t id = set.appendRule(Rule::fromString(rules[i]));

		if (i == 0)
			first_id = id;
	}
	const double load_ms = 1000 * (now_seconds() - begin);

	for (const std::string &device : devices)
		asked.push_back(std::make_shared<const Rule>(Rule::fromString(device)));

	// The daemon takes the default target where no rule matches: the rule that comes then has
	// Rule::DefaultID, or none of ours.
	size_t n = 0;
	begin = now_seconds();
	do {
		std::shared_ptr<Rule> match = set.getFirstMatchingRule(asked[n % asked.size()]);

		if (answers.size() < asked.size()) {
			const bool ours = match && match->getRuleID() >= first_id &&
					  match->getRuleID() < first_id + rules.size();

			answers.push_back(ours ? long(match->getRuleID() - first_id) : -1);
		}
		n++;
	} while (n < asked.size() || (now_seconds() - begin) < seconds);
	std::cout << load_ms << ' ' << 1e9 * (now_seconds() - begin) / double(n) << '\n';
	for (const long answer : answers)
		std::cout << answer << '\n';
	return 0;
}
