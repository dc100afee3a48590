/* The end of what failing_memory_begin.h begins. */
#undef malloc
#undef calloc
#undef realloc
#undef reallocarray
#undef strdup
