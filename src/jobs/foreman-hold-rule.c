/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-hold-rule.h"

/* Past so many kinds all counts begin anew: better than memory without a bound. */
#define MAX_KINDS 1024

typedef struct
{
  char *error; /* (owned): code and message of the last ones */
  guint n;     /* how many had it in a row */
} Row;

struct _ForemanHoldRule
{
  GHashTable *rows; /* (owned): kind of job (owned) → Row (owned) */
};

static void
row_free (Row *row)
{
  g_free (row->error);
  g_free (row);
}

/* The first two hold no line end. */
static char *
dup_kind (const ForemanJobRecord *job)
{
  return g_strjoin ("\n", job->submitter, job->model_key, job->group, NULL);
}

/**
 * foreman_hold_rule_new: (skip)
 *
 * Returns: (transfer full): a rule that has seen nothing
 */
ForemanHoldRule *
foreman_hold_rule_new (void)
{
  ForemanHoldRule *self = g_new0 (ForemanHoldRule, 1);

  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) row_free);
  return self;
}

/**
 * foreman_hold_rule_free: (skip)
 * @self: (transfer full): a rule
 */
void
foreman_hold_rule_free (ForemanHoldRule *self)
{
  g_hash_table_unref (self->rows);
  g_free (self);
}

static Row *
rule_ensure_row (ForemanHoldRule *self, const ForemanJobRecord *job)
{
  g_autofree char *kind = dup_kind (job);
  Row *row = g_hash_table_lookup (self->rows, kind);

  if (row != NULL)
    return row;
  if (g_hash_table_size (self->rows) >= MAX_KINDS)
    g_hash_table_remove_all (self->rows);
  row = g_new0 (Row, 1);
  g_hash_table_insert (self->rows, g_steal_pointer (&kind), row);
  return row;
}

/**
 * foreman_hold_rule_note_failure: (skip)
 * @self: a rule
 * @job: a job that failed permanently
 * @error_message: with what
 * @error_code: (nullable): the same in a word
 *
 * Counts a failure. Main thread.
 *
 * Returns: whether those that are left of @job's submitter, group and model are to be held; the
 *   count begins anew then
 */
gboolean
foreman_hold_rule_note_failure (ForemanHoldRule *self,
                                const ForemanJobRecord *job,
                                const char *error_message,
                                const char *error_code)
{
  g_autofree char *error = g_strjoin ("\n", error_code ? error_code : "", error_message, NULL);
  Row *row = rule_ensure_row (self, job);

  if (g_strcmp0 (row->error, error) != 0)
    {
      g_free (row->error);
      row->error = g_steal_pointer (&error);
      row->n = 0;
    }
  if (++row->n < FOREMAN_HOLD_AFTER)
    return FALSE;
  foreman_hold_rule_note_other (self, job);
  return TRUE;
}

/**
 * foreman_hold_rule_note_other: (skip)
 * @self: a rule
 * @job: a job whose attempt ended in another way
 *
 * Begins the count of @job's kind anew.
 */
void
foreman_hold_rule_note_other (ForemanHoldRule *self, const ForemanJobRecord *job)
{
  g_autofree char *kind = dup_kind (job);

  g_hash_table_remove (self->rows, kind);
}
