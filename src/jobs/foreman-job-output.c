/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-output.h"

struct _ForemanJobOutput
{
  GString *text;  /* (owned): up to twice what is kept, so that it is seldom moved */
  guint64 offset; /* where in the whole text it begins */
};

/**
 * foreman_job_output_new: (skip)
 *
 * Returns: (transfer full): an empty text
 */
ForemanJobOutput *
foreman_job_output_new (void)
{
  ForemanJobOutput *self = g_new0 (ForemanJobOutput, 1);

  self->text = g_string_new (NULL);
  return self;
}

/**
 * foreman_job_output_free: (skip)
 * @self: (transfer full): a text
 */
void
foreman_job_output_free (ForemanJobOutput *self)
{
  g_string_free (self->text, TRUE);
  g_free (self);
}

/* How much has to go before a character's first byte for no more than the size to be left. */
static gsize
count_surplus (ForemanJobOutput *self)
{
  gsize surplus;

  if (self->text->len <= FOREMAN_JOB_OUTPUT_SIZE)
    return 0;
  surplus = self->text->len - FOREMAN_JOB_OUTPUT_SIZE;
  while (surplus < self->text->len && (self->text->str[surplus] & 0xc0) == 0x80)
    surplus++;
  return surplus;
}

/**
 * foreman_job_output_append: (skip)
 * @self: a text
 * @text: what comes, UTF-8
 *
 * Returns: where in the whole text @text begins, in bytes
 */
guint64
foreman_job_output_append (ForemanJobOutput *self, const char *text)
{
  guint64 at = self->offset + self->text->len;

  g_string_append (self->text, text);
  if (self->text->len > 2 * FOREMAN_JOB_OUTPUT_SIZE)
    {
      gsize surplus = count_surplus (self);

      g_string_erase (self->text, 0, (gssize) surplus);
      self->offset += surplus;
    }
  return at;
}

/**
 * foreman_job_output_dup: (skip)
 * @self: a text
 * @offset: (out): where in the whole text the answer begins, in bytes
 *
 * Returns: (transfer full): its end, at most %FOREMAN_JOB_OUTPUT_SIZE bytes
 */
char *
foreman_job_output_dup (ForemanJobOutput *self, guint64 *offset)
{
  gsize surplus = count_surplus (self);

  *offset = self->offset + surplus;
  return g_strdup (self->text->str + surplus);
}
