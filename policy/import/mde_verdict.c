#include "mde.h"

uint8_t mde_say(bool media, uint8_t all, uint8_t access, struct outcome *ret)
{
	static const struct {
		uint8_t access;
		enum verdict verdict;
		modifier_set modifiers;
	} outcomes[] = {
		{ MDE_MEDIA_ACCESS, VERDICT_ALLOW, 0 },
		{ MDE_DISK_READ | MDE_FILE_READ | MDE_DISK_WRITE | MDE_FILE_WRITE, VERDICT_ALLOW,
		  MODIFIER_NOEXEC },
		{ MDE_DISK_READ | MDE_FILE_READ | MDE_DISK_EXECUTE | MDE_FILE_EXECUTE,
		  VERDICT_READ_ONLY, 0 },
		{ MDE_DISK_READ | MDE_FILE_READ, VERDICT_READ_ONLY, MODIFIER_NOEXEC },
	};

	for (size_t i = 0; media && i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		if ((outcomes[i].access & ~access) != 0)
			continue;
		*ret = (struct outcome){ outcomes[i].verdict, outcomes[i].modifiers, false };
		return outcomes[i].access;
	}
	*ret = (struct outcome){ !media && access == all ? VERDICT_ALLOW : VERDICT_DENY, 0, false };
	return ret->verdict == VERDICT_ALLOW ? access : 0;
}
