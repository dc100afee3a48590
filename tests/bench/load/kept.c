#include "kept.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fleet.h"
#include "made_ledger.h"
#include "server/store/events.h"

enum { AT_ONCE = 500 };

struct count {
	struct made_ledger ledger; /* that the lines must be of */
	uint64_t lines;		   /* of this ledger */
	size_t ledgers;
	uint64_t acked, kept, lost, doubled, altered; /* in all */
};

static int on_line(void *context, const struct event_row *row)
{
	struct count *count = context;
	char line[MADE_LINE_MAX];

	count->kept++;
	count->lines++;
	if (row->seq < count->ledger.chain.next_seq) {
		count->doubled++;
		return 0;
	}
	if (row->seq > count->ledger.chain.next_seq) {
		count->lost += row->seq - count->ledger.chain.next_seq;
		while (row->seq > count->ledger.chain.next_seq)
			made_ledger_line(&count->ledger, line);
	}
	size_t size = made_ledger_line(&count->ledger, line);
	if (size != row->line_size + 1 || memcmp(line, row->line, row->line_size) != 0)
		count->altered++;
	return 0;
}

static int check_ledger(struct store *store, const char *host, uint64_t acked, struct count *count)
{
	int r;

	count->lines = 0;
	do {
		uint64_t before = count->lines;
		r = events_each_of_ledger(store, host, count->ledger.id,
					  count->ledger.chain.next_seq, AT_ONCE, on_line, count);
		if (count->lines == before)
			break;
	} while (r == 0);
	if (r == 0 && acked >= count->ledger.chain.next_seq)
		count->lost += acked - (count->ledger.chain.next_seq - 1);
	count->ledgers++;
	count->acked += acked;
	return r;
}

static int check_all(struct store *store, const struct fleet *fleet, FILE *file,
		     struct count *count)
{
	char host[MADE_HOST_SIZE];
	uint32_t number;
	uint64_t acked;
	int r = 0;

	while (r == 0 && fscanf(file, "%36s %" SCNu32 " %" SCNu64, host, &number, &acked) == 3) {
		made_ledger_start(&count->ledger, host, number, fleet->began);
		r = check_ledger(store, host, acked, count);
	}
	return r;
}

static int report(const struct count *count)
{
	printf("{\"ledgers\":%zu,\"acked\":%" PRIu64 ",\"kept\":%" PRIu64 ",\"lost\":%" PRIu64
	       ",\"doubled\":%" PRIu64 ",\"altered\":%" PRIu64 "}\n",
	       count->ledgers, count->acked, count->kept, count->lost, count->doubled,
	       count->altered);
	return count->ledgers == 0 || count->lost + count->doubled + count->altered > 0 ? -EBADMSG
											: 0;
}

int kept_check(const char *folder, const char *data, const char *where, const char *acked)
{
	struct count count = { 0 };
	struct store *store = NULL;
	struct fleet fleet;
	char error[256] = "";
	FILE *file = fopen(acked, "re");
	int r = file == NULL ? -errno : fleet_load(&fleet, folder);

	if (r < 0) {
		if (file != NULL)
			fclose(file);
		return r;
	}
	r = store_open(&store, where, data, error);
	if (r == 0)
		r = check_all(store, &fleet, file, &count);
	r = r == 0 ? report(&count) : r;
	if (r < 0)
		fprintf(stderr, "load: what is kept: %s %s\n", strerror(-r), error);
	store_close(store);
	fleet_finish(&fleet);
	fclose(file);
	return r;
}
