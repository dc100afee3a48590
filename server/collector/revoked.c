#include "revoked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct list {
	char (*entries)[HOST_REFUSED_SIZE];
	size_t n, capacity;
};

void revoked_init(struct revoked *revoked)
{
	*revoked = (struct revoked){ 0 };
	pthread_rwlock_init(&revoked->lock, NULL);
}

void revoked_finish(struct revoked *revoked)
{
	free(revoked->entries);
	pthread_rwlock_destroy(&revoked->lock);
}

static int on_refused(void *context, const char *entry)
{
	struct list *list = context;

	if (list->n == REVOKED_MAX)
		return -E2BIG;
	if (list->n == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 64;
		void *grown = realloc(list->entries, capacity * sizeof(*list->entries));
		if (!grown)
			return -ENOMEM;
		list->entries = grown;
		list->capacity = capacity;
	}
	memccpy(list->entries[list->n++], entry, '\0', HOST_REFUSED_SIZE);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

int revoked_reload(struct revoked *revoked, struct store *store)
{
	struct list list = { 0 };
	int r;

	/* Held over the read, so that the later of two reloads wins. */
	pthread_rwlock_wrlock(&revoked->lock);
	r = hosts_each_refused(store, (int64_t)time(NULL), on_refused, &list);
	if (r == 0) {
		if (list.n)
			qsort(list.entries, list.n, sizeof(*list.entries), compare);
		free(revoked->entries);
		revoked->entries = list.entries;
		revoked->n = list.n;
	} else {
		free(list.entries);
	}
	revoked->stale = r < 0;
	pthread_rwlock_unlock(&revoked->lock);
	return r;
}

int revoked_contains(struct revoked *revoked, struct store *store, const char *entry)
{
	pthread_rwlock_rdlock(&revoked->lock);
	if (revoked->stale) {
		pthread_rwlock_unlock(&revoked->lock);
		int r = revoked_reload(revoked, store);
		if (r < 0)
			return r;
		pthread_rwlock_rdlock(&revoked->lock);
	}
	bool found = revoked->n && bsearch(entry, revoked->entries, revoked->n,
					   sizeof(*revoked->entries), compare);
	pthread_rwlock_unlock(&revoked->lock);
	return found;
}
