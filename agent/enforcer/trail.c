#include "trail.h"

/* trail.bpf.c, compiled; the assembler finds it in the build's folder. */
__asm__(".pushsection .rodata, \"a\"\n"
	".balign 8\n"
	"trail_object:\n"
	".incbin \"trail.bpf.o\"\n"
	"trail_object_end:\n"
	".balign 4\n"
	"trail_object_size:\n"
	".long trail_object_end - trail_object\n"
	".popsection\n");
extern const uint8_t trail_object[];
extern const uint32_t trail_object_size;

static const char *const programs[] = { "trail_open",  "trail_close",  "trail_unlink",
					"trail_rmdir", "trail_rename", "trail_renamed" };

void trail_begin(struct marks *marks, int sysfs_fd, const char *pins)
{
	const struct lsm_object object = { .prefix = "trail",
					   .bytes = trail_object,
					   .size = trail_object_size,
					   .programs = programs,
					   .n_programs = sizeof(programs) / sizeof(programs[0]) };

	marks_begin(marks, &object, sysfs_fd, pins);
}

int trail_release(const char *pins)
{
	return lsm_object_unload("trail", pins);
}
