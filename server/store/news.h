/* news - collectors that share one database tell each other what they changed, so that those who
 * wait at any of them hear of it at once.  Where one collector has the database to itself there is
 * nobody to tell. */
#pragma once

#include "store.h"

enum news {
	NEWS_POLICY = 1 << 0,
	NEWS_REVOCATIONS = 1 << 1,  /* the role's documents */
	NEWS_CERTIFICATES = 1 << 2, /* revoked ones, of machines */
	NEWS_EVENTS = 1 << 3,	    /* perhaps: told every NEWS_EVENTS_MS */
	NEWS_SUPERSEDED = 1 << 4, /* certificates whose machines have newer ones: nobody to wake */
	NEWS_GRANTS = 1 << 5,	  /* of any workstation */
	_NEWS_ALL = 63,
};

enum { NEWS_EVENTS_MS = 1000 };

/* Called from a thread of the store's own; @news: a set of enum news.  After a time without the
 * database it is all of them. */
typedef void on_news(void *context, unsigned news);

struct news_follower;

/* Begin to follow.  Gives *@ret, NULL if nobody else can have the database.  0 or -errno. */
int news_follow(struct store *store, on_news *handler, void *context, struct news_follower **ret)
	__attribute__((warn_unused_result));
/* End it, and wait until the handler will not be called any more.  NULL is allowed. */
void news_stop(struct news_follower *follower);
