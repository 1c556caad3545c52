/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-failpoint.h"
#include "store/foreman-store-job-private.h"

/* What is removed at once; of more than that the pieces go later, some at a time. */
#define SMALL_SIZE (1024 * 1024)

/* Whether a job is blocked that waits for this one among others. */
gboolean
foreman_store_is_waited_for (ForemanStoreDatabase *database, gint64 job)
{
  return foreman_store_query_int (database,
                                  "SELECT 1 FROM dependencies JOIN jobs ON jobs.key = job"
                                  " WHERE needs = ? AND state = 1 LIMIT 1",
                                  SQL_INT (job)) != 0;
}

static gint64
get_size (ForemanStoreDatabase *database, gint64 job)
{
  return foreman_store_query_int (database,
                                  "SELECT (SELECT coalesce(sum(size), 0) FROM artifacts"
                                  " WHERE job = ?1) + (SELECT size FROM payloads WHERE job = ?1)",
                                  SQL_INT (job));
}

/* Removes a job and all that is known of it; content that is large follows with the next sweeps. */
void
foreman_store_purge (ForemanStoreDatabase *database, const ForemanStoreJob *job)
{
  gint64 key = job->key;

  foreman_store_run (database,
                     get_size (database, key) > SMALL_SIZE ? "INSERT INTO trash (job) VALUES (?)"
                                                           : "DELETE FROM pieces WHERE job = ?",
                     SQL_INT (key));
  foreman_store_run (database, "DELETE FROM payloads WHERE job = ?", SQL_INT (key));
  foreman_store_run (database, "DELETE FROM artifacts WHERE job = ?", SQL_INT (key));
  foreman_store_run (database, "DELETE FROM attempts WHERE job = ?", SQL_INT (key));
  foreman_store_run (database, "DELETE FROM events WHERE job = ?", SQL_INT (key));
  foreman_store_run (database, "DELETE FROM dependencies WHERE job = ?", SQL_INT (key));
  foreman_store_run (database, "DELETE FROM dependencies WHERE needs = ?", SQL_INT (key));
  foreman_store_remove_labels (database, job);
  foreman_failpoint ("purge");
  foreman_store_run (database, "DELETE FROM jobs WHERE key = ?", SQL_INT (key));
  database->counts[job->record->state]--;
  database->has_purged = TRUE;
}
