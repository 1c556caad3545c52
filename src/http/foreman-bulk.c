/* SPDX-License-Identifier: MIT */
#include "http/foreman-bulk.h"

#include "http/foreman-body.h"
#include "http/foreman-bulk-replies.h"
#include "http/foreman-http-date.h"
#include "http/foreman-model-check.h"
#include "http/foreman-outflow.h"
#include "http/foreman-spool-source.h"
#include "http/foreman-submit.h"
#include "libforeman/foreman-failpoint.h"
#include "net/foreman-line-reader.h"

#include <string.h>

#define READ_SIZE (64 * 1024)

/**
 * ForemanBulk:
 *
 * A body of many lines on its way into the store. While enough of them are on their way, the client
 * is not read. The replies wait in a spool until all has been read, since many clients read nothing
 * before they have written everything. One reference is the exchange's, until it is over; each
 * operation has one.
 */
typedef struct
{
  ForemanExchange *exchange;   /* (owned) */
  ForemanBulkReplies *replies; /* (owned) */
  ForemanLineReader *reader;   /* (owned) */
  ForemanSubmissionDefaults defaults;
  const char *key;      /* (nullable): the Idempotency-Key of the whole, points into the head */
  GHashTable *verdicts; /* (owned) (element-type utf8 gboolean): by the keys of models that were
                           asked for, whether they are accepted */
  guint64 line;         /* the number of the last one read */
  gsize bytes;          /* of requests on their way */
  gulong readable_id;
  gulong finished_id;
  gboolean checking; /* a line waits for its model to be asked for, and the next ones with it */
  gboolean resting;  /* the client is not read until there is room again */
  gboolean ended;    /* all has been read */
  guint8 buffer[READ_SIZE];
} ForemanBulk;

/* A line on its way into the store. */
typedef struct
{
  ForemanBulk *bulk;             /* (owned) */
  ForemanSubmission *submission; /* (owned) */
  ForemanBulkReply *reply;
} Line;

static void pump (ForemanBulk *self);

static void
bulk_clear (ForemanBulk *self)
{
  foreman_bulk_replies_free (self->replies);
  foreman_line_reader_free (self->reader);
  g_hash_table_unref (self->verdicts);
  g_clear_object (&self->exchange);
}

static void
bulk_unref (ForemanBulk *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) bulk_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanBulk, bulk_unref)

static ForemanByteSource *
source_of (ForemanBulk *self)
{
  return FOREMAN_BYTE_SOURCE (foreman_exchange_get_connection (self->exchange));
}

static gboolean
is_open (ForemanBulk *self)
{
  return self->finished_id != 0;
}

static void
stop_reading (ForemanBulk *self)
{
  foreman_byte_source_set_wanted (source_of (self), FALSE);
  g_clear_signal_handler (&self->readable_id, source_of (self));
}

/* Answered, cut, or left by its client. What is on its way still arrives. */
static void
on_finished (ForemanExchange *exchange, ForemanBulk *self)
{
  stop_reading (self);
  g_clear_signal_handler (&self->finished_id, exchange);
  bulk_unref (self);
}

static Line *
line_new (ForemanBulk *self, ForemanSubmission *submission, ForemanBulkReply *reply)
{
  Line *line = g_new0 (Line, 1);

  line->bulk = g_rc_box_acquire (self);
  line->submission = submission;
  line->reply = reply;
  self->bytes += g_bytes_get_size (submission->request);
  return line;
}

static void
line_free (Line *line)
{
  line->bulk->bytes -= g_bytes_get_size (line->submission->request);
  foreman_submission_unref (line->submission);
  bulk_unref (line->bulk);
  g_free (line);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Line, line_free)

static void
line_fail (Line *line, const GError *error)
{
  foreman_bulk_replies_end_with_error (line->bulk->replies, line->reply, error);
}

static gboolean
has_room (ForemanBulk *self, guint part)
{
  return foreman_bulk_replies_get_pending (self->replies) < FOREMAN_BULK_LINES / part &&
         self->bytes < FOREMAN_BULK_BYTES / part;
}

/* Reads on only when half of the room is there again: so the store gets many lines at once, and has
 * the other half to work on meanwhile.
 * @line: (transfer full): one that the store has told of
 * @job: (nullable): what it is; %NULL: @error */
static void
line_end (Line *line, const ForemanJobRecord *job, const GError *error)
{
  g_autoptr (ForemanBulk) self = g_rc_box_acquire (line->bulk);

  if (job)
    foreman_bulk_replies_end_with_id (self->replies, line->reply, job->id);
  else
    line_fail (line, error);
  line_free (line);
  if (self->ended || (self->resting && has_room (self, 2)))
    {
      self->resting = FALSE;
      pump (self);
    }
}

static void
on_submitted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job =
      foreman_store_submit_finish (FOREMAN_STORE (source), result, NULL, &error);

  line_end (user_data, job, error);
}

/* Never cancelled: what was read of a client that leaves is kept. */
static void
store (Line *line)
{
  ForemanHttpContext *context = foreman_exchange_get_context (line->bulk->exchange);

  foreman_store_submit_async (context->store, line->submission,
                              foreman_clock_get_real (context->clock), NULL, on_submitted, line);
}

static GError *
new_missing (Line *line)
{
  g_autofree char *message = foreman_submit_dup_missing (line->submission);

  return g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND, message);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Line *line = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanJobRecord) job =
      foreman_store_find_submitted_finish (FOREMAN_STORE (source), result, &error);

  if (!job && !error)
    error = new_missing (line);
  line_end (line, job, error);
}

/* The model may have been removed since the line was accepted; who sends it again is told so.
 * @line: (transfer full) */
static void
refuse_missing (Line *line)
{
  g_autoptr (Line) owned = line;
  g_autoptr (GError) error = NULL;

  if (line->submission->idempotency_key)
    {
      foreman_store_find_submitted_async (
          foreman_exchange_get_context (line->bulk->exchange)->store, line->submission, NULL,
          on_found, g_steal_pointer (&owned));
      return;
    }
  error = new_missing (line);
  line_fail (line, error);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Line) line = user_data;
  g_autoptr (ForemanBulk) self = g_rc_box_acquire (line->bulk);
  g_autoptr (GError) error = NULL;
  gboolean accepted = foreman_model_check_finish (FOREMAN_INVENTORY (source), result, &error) ||
                      !g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND);

  self->checking = FALSE;
  if (!is_open (self))
    return;
  g_hash_table_replace (self->verdicts, g_strdup (line->submission->model_key),
                        GINT_TO_POINTER (accepted));
  if (accepted)
    store (g_steal_pointer (&line));
  else
    refuse_missing (g_steal_pointer (&line));
  pump (self);
}

/* Asks for a model once, however many lines name it. */
static void
check_model (ForemanBulk *self, Line *line)
{
  g_autoptr (Line) owned = line;
  g_autoptr (ForemanModelName) name =
      foreman_submit_dup_doubtful_model (self->exchange, line->submission);
  gpointer accepted;

  if (!name)
    store (g_steal_pointer (&owned));
  else if (!g_hash_table_lookup_extended (self->verdicts, line->submission->model_key, NULL,
                                          &accepted))
    {
      self->checking = TRUE;
      foreman_model_check_async (foreman_exchange_get_context (self->exchange)->inventory, name,
                                 foreman_exchange_get_cancellable (self->exchange), on_checked,
                                 g_steal_pointer (&owned));
    }
  else if (accepted)
    store (g_steal_pointer (&owned));
  else
    refuse_missing (g_steal_pointer (&owned));
}

static gboolean
is_blank (const char *text, gsize length)
{
  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  return length == 0;
}

static void
take_line (ForemanBulk *self, const char *text, gsize length)
{
  g_autofree char *key = NULL;
  g_autoptr (ForemanSubmission) submission = NULL;
  g_autoptr (GError) error = NULL;
  ForemanBulkReply *reply;

  self->line++;
  if (is_blank (text, length))
    return;
  reply = foreman_bulk_replies_begin (self->replies, self->line);
  if (self->key)
    key = g_strdup_printf ("%s#%" G_GUINT64_FORMAT, self->key, self->line);
  self->defaults.idempotency_key = key;
  submission = foreman_submission_read_line (&self->defaults, text, length, &error);
  if (submission && foreman_submit_check_webhook (self->exchange, submission, &error))
    check_model (self, line_new (self, g_steal_pointer (&submission), reply));
  else
    foreman_bulk_replies_end_with_error (self->replies, reply, error);
}

/* Returns whether there was one. */
static gboolean
next_line (ForemanBulk *self)
{
  g_autoptr (GError) error = NULL;
  const char *text;
  gsize length;

  if (foreman_line_reader_next (self->reader, &text, &length, &error))
    take_line (self, text, length);
  else if (error)
    {
      foreman_line_reader_skip (self->reader);
      foreman_bulk_replies_end_with_error (self->replies,
                                           foreman_bulk_replies_begin (self->replies, ++self->line),
                                           error);
    }
  else
    return FALSE;
  return TRUE;
}

static void
take_rest (ForemanBulk *self)
{
  const char *text;
  gsize length;

  self->ended = TRUE;
  stop_reading (self);
  if (foreman_line_reader_take_rest (self->reader, &text, &length))
    take_line (self, text, length);
}

/* Returns whether something came. */
static gboolean
read_more (ForemanBulk *self)
{
  g_autoptr (GError) error = NULL;
  gssize got = foreman_byte_source_read (source_of (self), self->buffer, READ_SIZE, &error);

  if (got > 0)
    foreman_line_reader_feed (self->reader, self->buffer, got);
  else if (got == 0)
    take_rest (self);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    foreman_byte_source_set_wanted (source_of (self), TRUE);
  else
    foreman_exchange_answer_failure (self->exchange, error);
  return got > 0;
}

static void
answer (ForemanBulk *self)
{
  g_autoptr (GString) headers = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  ForemanSpool *spool = foreman_bulk_replies_steal_spool (self->replies, &error);
  g_autoptr (ForemanByteSource) source = NULL;

  if (!spool)
    {
      foreman_exchange_answer_failure (self->exchange, error);
      return;
    }
  foreman_headers_append (headers, "Content-Type", "application/x-ndjson");
  foreman_headers_append (headers, "Date", foreman_http_date_now ());
  foreman_failpoint ("accepted-before");
  foreman_exchange_begin (self->exchange, 200, "OK", headers, foreman_spool_get_size (spool));
  source = foreman_spool_source_new (spool);
  foreman_outflow_run (self->exchange, source);
  foreman_failpoint ("accepted-after");
}

static void
pump (ForemanBulk *self)
{
  g_autoptr (ForemanBulk) alive = g_rc_box_acquire (self);
  gboolean more = TRUE;

  while (more && is_open (self) && !self->ended && !self->checking && has_room (self, 1))
    more = next_line (self) || read_more (self);
  if (more && is_open (self))
    foreman_byte_source_set_wanted (source_of (self), FALSE);
  if (!is_open (self) || self->checking)
    return;
  self->resting = !has_room (self, 1);
  if (self->ended && foreman_bulk_replies_get_pending (self->replies) == 0 &&
      !foreman_exchange_has_begun (self->exchange))
    answer (self);
}

static void
bulk_new (ForemanExchange *exchange, const ForemanSubmissionDefaults *defaults)
{
  ForemanBulk *self = g_rc_box_new0 (ForemanBulk);
  ForemanConfig *config = foreman_exchange_get_context (exchange)->config;

  self->exchange = g_object_ref (exchange);
  self->replies = foreman_bulk_replies_new ();
  self->reader =
      foreman_line_reader_new (FOREMAN_LINE_END_LF,
                               foreman_config_get_size (config, FOREMAN_CONFIG_MAX_BODY));
  self->verdicts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->defaults = *defaults;
  self->key = defaults->idempotency_key;
  self->finished_id = g_signal_connect (exchange, "finished", G_CALLBACK (on_finished), self);
  self->readable_id =
      g_signal_connect_swapped (source_of (self), "readable", G_CALLBACK (pump), self);
  pump (self);
}

/**
 * foreman_bulk_run:
 * @exchange: an exchange whose answer has not begun
 *
 * Makes a job of each line of the body as it comes, however many there are, and then answers with a
 * line for each. Lines stand for themselves: what is wrong with one is no matter of the others.
 * Main thread.
 */
void
foreman_bulk_run (ForemanExchange *exchange)
{
  const char *problem = foreman_store_get_problem (foreman_exchange_get_context (exchange)->store);
  ForemanSubmissionDefaults defaults;
  g_autoptr (GError) error = NULL;

  /* All the lines would fail alike; nobody need send them. */
  if (problem)
    g_set_error (&error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE, "jobs are disabled: %s",
                 problem);
  else if (foreman_body_check_plain (exchange, &error) &&
           foreman_submit_get_defaults (exchange, &defaults, &error))
    {
      bulk_new (exchange, &defaults);
      return;
    }
  foreman_exchange_answer_failure (exchange, error);
}
