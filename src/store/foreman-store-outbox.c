/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-act-private.h"
#include "store/foreman-store-request-private.h"

/* The values of `delivery` of an event. Of a job at most one is NEXT; those behind it become so one
 * after the other, so that they arrive in order, and one that fails costs nobody else a look. */
enum
{
  WAITS = 1,
  NEXT = 2,
  DELIVERED = 3,
  DROPPED = 4,
};

static void
promote (ForemanStoreDatabase *database, gint64 job)
{
  foreman_store_run (database,
                     "UPDATE events SET delivery = ?1, next_at = 0 WHERE sequence ="
                     " (SELECT min(sequence) FROM events WHERE job = ?2 AND delivery = ?3)",
                     SQL_INT (NEXT), SQL_INT (job), SQL_INT (WAITS));
}

/* All that this job's webhook was to be told it is told again. */
void
foreman_store_redeliver (ForemanStoreDatabase *database, gint64 job)
{
  int pending = foreman_store_run (database,
                                   "UPDATE events SET delivery = ?, tries = 0, next_at = 0"
                                   " WHERE job = ? AND delivery > 0",
                                   SQL_INT (WAITS), SQL_INT (job));

  promote (database, job);
  foreman_store_run (database, "UPDATE jobs SET webhook_pending = ? WHERE key = ?",
                     SQL_INT (pending), SQL_INT (job));
}
