/* What is included after this allocates what can fail: see failing_memory.h. */
#define malloc	     failing_malloc
#define calloc	     failing_calloc
#define realloc	     failing_realloc
#define reallocarray failing_reallocarray
#undef strdup
#define strdup failing_strdup
