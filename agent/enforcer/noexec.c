#include "noexec.h"

/* noexec.bpf.c, compiled; the assembler finds it in the build's folder. */
__asm__(".pushsection .rodata, \"a\"\n"
	".balign 8\n"
	"noexec_object:\n"
	".incbin \"noexec.bpf.o\"\n"
	"noexec_object_end:\n"
	".balign 4\n"
	"noexec_object_size:\n"
	".long noexec_object_end - noexec_object\n"
	".popsection\n");
extern const uint8_t noexec_object[];
extern const uint32_t noexec_object_size;

static const char *const programs[] = { "noexec_exec", "noexec_mmap", "noexec_mprotect",
					"noexec_open" };

void noexec_begin(struct marks *marks, int sysfs_fd, const char *pins)
{
	const struct lsm_object object = { .prefix = "noexec",
					   .bytes = noexec_object,
					   .size = noexec_object_size,
					   .programs = programs,
					   .n_programs = sizeof(programs) / sizeof(programs[0]) };

	marks_begin(marks, &object, sysfs_fd, pins);
}

int noexec_release(const char *pins)
{
	return lsm_object_unload("noexec", pins);
}
