/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-job-private.h"

/* A job's row has its labels as they are read; this table is how jobs are found by them. */

static void
run_for_each (ForemanStoreDatabase *database, const ForemanStoreJob *job, const char *sql)
{
  char **labels = job->record->labels;

  for (guint i = 0; labels != NULL && labels[i] != NULL && labels[i + 1] != NULL; i += 2)
    foreman_store_run (database, sql, SQL_TEXT (labels[i]), SQL_TEXT (labels[i + 1]),
                       SQL_INT (job->key));
}

void
foreman_store_insert_labels (ForemanStoreDatabase *database, const ForemanStoreJob *job)
{
  run_for_each (database, job, "INSERT OR IGNORE INTO labels (name, value, job) VALUES (?, ?, ?)");
}

void
foreman_store_remove_labels (ForemanStoreDatabase *database, const ForemanStoreJob *job)
{
  run_for_each (database, job, "DELETE FROM labels WHERE name = ? AND value = ? AND job = ?");
}
