#include "fuzz.h"

#include "policy/facts.h"
#include "policy/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct facts facts;

	if (facts_parse(&facts, (const char *)data, size) < 0)
		return 0;
	assert(facts.n_people <= FACTS_MAX_PEOPLE && facts.n_devices <= FACTS_MAX_DEVICES);
	for (size_t i = 0; i < facts.n_people; i++) {
		const struct facts_person *person = &facts.people[i];

		assert(text_is_clean(person->name, strlen(person->name)));
		assert(person->violations >= 0);
		assert(facts_violations(&facts, person->name) == person->violations);
	}
	for (size_t i = 0; i < facts.n_devices; i++)
		assert(facts_hosts(&facts, facts.devices[i].key) == facts.devices[i].hosts &&
		       facts.devices[i].hosts >= 0);
	return 0;
}
