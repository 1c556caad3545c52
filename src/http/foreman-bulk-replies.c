/* SPDX-License-Identifier: MIT */
#include "http/foreman-bulk-replies.h"

#include "jobs/foreman-job-json.h"
#include "libforeman/foreman-error.h"

struct _ForemanBulkReply
{
  guint64 line;
  GString *text; /* (owned) (nullable): %NULL: not known yet */
};

struct _ForemanBulkReplies
{
  GQueue replies;      /* (element-type ForemanBulkReply): in the lines' order, from the first that
                          is not known */
  ForemanSpool *spool; /* (owned) (nullable): those before; %NULL once it was handed on */
  GError *error;       /* (owned) (nullable): why they could not be kept */
};

/**
 * foreman_bulk_replies_new:
 *
 * Main thread, as is everything here.
 *
 * Returns: (transfer full): no replies yet
 */
ForemanBulkReplies *
foreman_bulk_replies_new (void)
{
  ForemanBulkReplies *self = g_new0 (ForemanBulkReplies, 1);

  g_queue_init (&self->replies);
  self->spool = foreman_spool_new ();
  return self;
}

static void
reply_free (ForemanBulkReply *reply)
{
  if (reply->text)
    g_string_free (reply->text, TRUE);
  g_free (reply);
}

/**
 * foreman_bulk_replies_free:
 * @self: (transfer full): replies, also begun ones
 */
void
foreman_bulk_replies_free (ForemanBulkReplies *self)
{
  g_queue_clear_full (&self->replies, (GDestroyNotify) reply_free);
  g_clear_pointer (&self->spool, foreman_spool_free);
  g_clear_error (&self->error);
  g_free (self);
}

/**
 * foreman_bulk_replies_begin:
 * @self: replies
 * @line: the number of a line, higher than any before
 *
 * Returns: (transfer none): the place of its reply, until that is ended
 */
ForemanBulkReply *
foreman_bulk_replies_begin (ForemanBulkReplies *self, guint64 line)
{
  ForemanBulkReply *reply = g_new0 (ForemanBulkReply, 1);

  reply->line = line;
  g_queue_push_tail (&self->replies, reply);
  return reply;
}

/* Keeps what is known up to the first that is not. */
static void
flush (ForemanBulkReplies *self)
{
  ForemanBulkReply *reply;

  while ((reply = g_queue_peek_head (&self->replies)) && reply->text)
    {
      if (!self->error)
        foreman_spool_append (self->spool, reply->text->str, reply->text->len, &self->error);
      g_queue_pop_head (&self->replies);
      reply_free (reply);
    }
}

/**
 * foreman_bulk_replies_end_with_id:
 * @self: replies
 * @reply: (transfer full): one that was begun
 * @id: the job that the line became
 */
void
foreman_bulk_replies_end_with_id (ForemanBulkReplies *self, ForemanBulkReply *reply, const char *id)
{
  reply->text = g_string_sized_new (64);
  g_string_append_printf (reply->text, "{\"job_id\":\"%s\"}\n", id);
  flush (self);
}

/**
 * foreman_bulk_replies_end_with_error:
 * @self: replies
 * @reply: (transfer full): one that was begun
 * @error: why the line became no job
 */
void
foreman_bulk_replies_end_with_error (ForemanBulkReplies *self,
                                     ForemanBulkReply *reply,
                                     const GError *error)
{
  ForemanError code =
      error->domain == FOREMAN_ERROR ? (ForemanError) error->code : FOREMAN_ERROR_FAILED;
  const char *field = foreman_error_get_field (error);

  reply->text = g_string_new ("{\"error\":");
  foreman_job_json_append_string (reply->text, error->message);
  g_string_append_printf (reply->text, ",\"code\":\"%s\",\"line\":%" G_GUINT64_FORMAT,
                          foreman_error_to_code (code), reply->line);
  if (field)
    {
      g_string_append (reply->text, ",\"field\":");
      foreman_job_json_append_string (reply->text, field);
    }
  g_string_append (reply->text, "}\n");
  flush (self);
}

/**
 * foreman_bulk_replies_get_pending:
 * @self: replies
 *
 * Returns: how many are held in memory, because one at or before their place is not known yet
 */
guint
foreman_bulk_replies_get_pending (ForemanBulkReplies *self)
{
  return self->replies.length;
}

/**
 * foreman_bulk_replies_steal_spool:
 * @self: replies, none of which is pending
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable): all of them, a line each; %NULL with the error for which
 *   they could not be kept
 */
ForemanSpool *
foreman_bulk_replies_steal_spool (ForemanBulkReplies *self, GError **error)
{
  g_return_val_if_fail (self->replies.length == 0, NULL);

  if (self->error)
    {
      g_propagate_error (error, g_steal_pointer (&self->error));
      return NULL;
    }
  return g_steal_pointer (&self->spool);
}
