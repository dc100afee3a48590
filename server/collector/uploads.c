#include "uploads.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "log.h"

static struct upload *take(struct uploads *uploads)
{
	struct upload *upload;

	pthread_mutex_lock(&uploads->lock);
	while (uploads->first == NULL && !uploads->stopping)
		pthread_cond_wait(&uploads->changed, &uploads->lock);
	upload = uploads->first;
	if (upload != NULL)
		uploads->first = upload->next;
	if (uploads->first == NULL)
		uploads->end = &uploads->first;
	pthread_mutex_unlock(&uploads->lock);
	return upload;
}

static void *keep_uploads(void *context)
{
	struct uploads *uploads = context;
	struct upload *upload;

	while ((upload = take(uploads)) != NULL) {
		upload->r = ingest(uploads->store, upload->host, upload->ledger, upload->lines,
				   upload->size, (int64_t)time(NULL), &upload->result);
		/* What the store said is this thread's to know. */
		if (upload->r == -ENOSPC)
			disk_watch_note(uploads->disk, store_error());
		else if (upload->r == -EIO)
			log_about(LOG_LEVEL_ERROR, "store-failed",
				  LOG_ABOUT(LOG_TEXT("host", upload->host)),
				  "host %s: events not kept: %s", upload->host, store_error());
		upload->done = true;
		/* From here on it may be gone. */
		MHD_resume_connection(upload->connection);
	}
	return NULL;
}

int uploads_start(struct uploads *uploads, struct store *store, struct disk_watch *disk)
{
	int r = 0;

	*uploads = (struct uploads){ .store = store, .disk = disk };
	uploads->end = &uploads->first;
	pthread_mutex_init(&uploads->lock, NULL);
	pthread_cond_init(&uploads->changed, NULL);
	while (r == 0 && uploads->n_threads < UPLOADS_THREADS) {
		r = -pthread_create(&uploads->threads[uploads->n_threads], NULL, keep_uploads,
				    uploads);
		uploads->n_threads += r == 0;
	}
	if (r < 0)
		uploads_stop(uploads);
	return r;
}

void uploads_stop(struct uploads *uploads)
{
	if (uploads->store == NULL)
		return;
	pthread_mutex_lock(&uploads->lock);
	uploads->stopping = true;
	pthread_cond_broadcast(&uploads->changed);
	pthread_mutex_unlock(&uploads->lock);
	for (size_t i = 0; i < uploads->n_threads; i++)
		pthread_join(uploads->threads[i], NULL);
	pthread_cond_destroy(&uploads->changed);
	pthread_mutex_destroy(&uploads->lock);
	*uploads = (struct uploads){ 0 };
}

void uploads_add(struct uploads *uploads, struct upload *upload)
{
	pthread_mutex_lock(&uploads->lock);
	upload->next = NULL;
	*uploads->end = upload;
	uploads->end = &upload->next;
	MHD_suspend_connection(upload->connection);
	pthread_cond_signal(&uploads->changed);
	pthread_mutex_unlock(&uploads->lock);
}
