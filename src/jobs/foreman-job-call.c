/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-call.h"

#include "jobs/foreman-assembler.h"
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-failpoint.h"

#define READ_SIZE (16 * 1024)

/* As much as is read of what the target says instead of an answer. */
#define MAX_ERROR_BODY (1024 * 1024)

struct _ForemanJobCall
{
  GObject parent_instance;

  ForemanTarget *target; /* (owned) */
  ForemanEndpoint endpoint;
  char *request_id;          /* (owned) */
  GCancellable *cancellable; /* (owned) */
  gboolean is_over;

  ForemanUpstreamResponse *response; /* (owned) (nullable): while it is read */
  gulong readable_id;
  guint status;
  gint64 retry_after;          /* µs */
  ForemanAssembler *assembler; /* (owned) (nullable): once an answer has begun */
  ForemanSpool *answer;        /* (owned) (nullable): once it is whole */
  const char *warning;         /* (nullable) */
  GError *error;               /* (owned) (nullable) */
};

enum
{
  BEGUN,
  TEXT,
  CHUNK,
  ENDED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static const ForemanAnswerUsage no_usage = FOREMAN_ANSWER_USAGE_INIT;

G_DEFINE_FINAL_TYPE (ForemanJobCall, foreman_job_call, G_TYPE_OBJECT)

static void
call_let_go (ForemanJobCall *self)
{
  if (self->response == NULL)
    return;
  g_clear_signal_handler (&self->readable_id, self->response);
  foreman_upstream_response_close (self->response);
  g_clear_object (&self->response);
}

static void
foreman_job_call_finalize (GObject *object)
{
  ForemanJobCall *self = FOREMAN_JOB_CALL (object);

  call_let_go (self);
  g_clear_pointer (&self->assembler, foreman_assembler_free);
  g_clear_pointer (&self->answer, foreman_spool_free);
  g_clear_error (&self->error);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->target);
  g_free (self->request_id);

  G_OBJECT_CLASS (foreman_job_call_parent_class)->finalize (object);
}

static void
foreman_job_call_class_init (ForemanJobCallClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = foreman_job_call_finalize;

  /**
   * ForemanJobCall::begun:
   * @self: a call
   *
   * The target has begun to answer, and it is no error.
   */
  signals[BEGUN] =
      g_signal_new ("begun", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * ForemanJobCall::text:
   * @self: a call
   * @text: UTF-8
   *
   * More of the answer's text has come.
   */
  signals[TEXT] = g_signal_new ("text", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                1, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * ForemanJobCall::chunk:
   * @self: a call
   *
   * More of the answer has come, of whatever kind.
   */
  signals[CHUNK] =
      g_signal_new ("chunk", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * ForemanJobCall::ended:
   * @self: a call
   *
   * The answer is whole, or there will be none.
   */
  signals[ENDED] =
      g_signal_new ("ended", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
foreman_job_call_init (ForemanJobCall *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * foreman_job_call_new: (skip)
 * @target: where to send it
 * @endpoint: for what
 * @request_id: for the target's logs
 *
 * Returns: (transfer full): a call that was not started
 */
ForemanJobCall *
foreman_job_call_new (ForemanTarget *target, ForemanEndpoint endpoint, const char *request_id)
{
  ForemanJobCall *self = g_object_new (FOREMAN_TYPE_JOB_CALL, NULL);

  self->target = g_object_ref (target);
  self->endpoint = endpoint;
  self->request_id = g_strdup (request_id);
  return self;
}

/* @error: (transfer full) (nullable) */
static void
call_end (ForemanJobCall *self, GError *error)
{
  self->is_over = TRUE;
  self->error = error;
  call_let_go (self);
  g_signal_emit (self, signals[ENDED], 0);
}

/* After the last byte, or where it broke off: what has its terminator is whole however the
 * connection ended.
 * @error: (transfer full) (nullable) */
static void
call_finish_answer (ForemanJobCall *self, GError *error)
{
  if (error != NULL && !foreman_assembler_is_complete (self->assembler))
    {
      call_end (self, error);
      return;
    }
  g_clear_error (&error);
  self->answer = foreman_assembler_finish (self->assembler, &self->warning, &error);
  call_end (self, error);
}

static gboolean
call_feed (ForemanJobCall *self, const char *data, gsize length)
{
  GError *error = NULL;
  gboolean fed = foreman_assembler_feed (self->assembler, data, length, &error);
  g_autofree char *text = foreman_assembler_take_text (self->assembler);

  foreman_failpoint ("mid-stream");
  if (text != NULL)
    g_signal_emit (self, signals[TEXT], 0, text);
  if (!self->is_over)
    g_signal_emit (self, signals[CHUNK], 0);
  if (self->is_over)
    g_clear_error (&error);
  else if (!fed)
    call_end (self, error);
  return !self->is_over;
}

static void
on_readable (ForemanByteSource *source, ForemanJobCall *self)
{
  g_autoptr (ForemanJobCall) alive = g_object_ref (self);
  guint8 buffer[READ_SIZE];

  for (;;)
    {
      GError *error = NULL;
      gssize got = foreman_byte_source_read (source, buffer, sizeof buffer, &error);

      if (got > 0)
        {
          if (!call_feed (self, (const char *) buffer, (gsize) got))
            return;
          continue;
        }
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        g_error_free (error);
      else
        call_finish_answer (self, error);
      return;
    }
}

static void
call_read_answer (ForemanJobCall *self)
{
  ForemanHead *head = foreman_upstream_response_get_head (self->response);

  self->assembler = foreman_assembler_new (self->endpoint, foreman_head_get (head, "content-type"));
  g_signal_emit (self, signals[BEGUN], 0);
  if (self->is_over)
    return;
  self->readable_id = g_signal_connect (self->response, "readable", G_CALLBACK (on_readable), self);
  foreman_byte_source_set_wanted (FOREMAN_BYTE_SOURCE (self->response), TRUE);
}

static void
on_error_body (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobCall) self = data;
  g_autoptr (GBytes) body =
      foreman_byte_source_collect_finish (FOREMAN_BYTE_SOURCE (source), result, NULL);
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);

  if (!self->is_over)
    call_end (self, foreman_target_new_http_error (self->status, body != NULL ? body : nothing));
}

/* Only the form that rate limits use. */
static gint64
parse_retry_after (const char *text)
{
  guint64 seconds;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT32, &seconds, NULL))
    return 0;
  return (gint64) seconds * G_USEC_PER_SEC;
}

static void
on_head (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanJobCall) self = data;
  g_autoptr (ForemanUpstreamResponse) response = NULL;
  GError *error = NULL;

  response = foreman_target_send_finish (FOREMAN_TARGET (source), result, &error);
  if (self->is_over)
    {
      g_clear_error (&error);
      return;
    }
  if (response == NULL)
    {
      call_end (self, error);
      return;
    }
  foreman_failpoint ("upstream-headers");
  self->response = g_steal_pointer (&response);
  self->status = foreman_upstream_response_get_status (self->response);
  self->retry_after = parse_retry_after (
      foreman_head_get (foreman_upstream_response_get_head (self->response), "retry-after"));
  if (self->status == 200)
    call_read_answer (self);
  else
    foreman_byte_source_collect_async (FOREMAN_BYTE_SOURCE (self->response), MAX_ERROR_BODY,
                                       self->cancellable, on_error_body, g_object_ref (self));
}

/**
 * foreman_job_call_start: (skip)
 * @self: a call
 * @request: what the target gets, to the byte
 *
 * Sends the request. Main thread, as is everything here.
 */
void
foreman_job_call_start (ForemanJobCall *self, GBytes *request)
{
  g_autoptr (ForemanUpstreamRequest) message =
      foreman_upstream_request_new ("POST", foreman_endpoint_get_path (self->endpoint));

  foreman_upstream_request_add_header (message, "User-Agent", "foreman");
  foreman_upstream_request_add_header (message, "Accept",
                                       "application/x-ndjson, text/event-stream, application/json");
  foreman_upstream_request_add_header (message, "Content-Type", "application/json");
  foreman_upstream_request_add_header (message, "X-Request-Id", self->request_id);
  foreman_upstream_request_set_body_bytes (message, request);
  foreman_target_send_async (self->target, message, self->cancellable, on_head,
                             g_object_ref (self));
}

/**
 * foreman_job_call_cancel: (skip)
 * @self: a call
 *
 * Closes the connection at once; nothing is emitted any more. What has come so far stays.
 */
void
foreman_job_call_cancel (ForemanJobCall *self)
{
  if (self->is_over)
    return;
  self->is_over = TRUE;
  call_let_go (self);
  g_cancellable_cancel (self->cancellable);
}

/**
 * foreman_job_call_get_n_chunks: (skip)
 * @self: a call
 *
 * Returns: how many pieces of an answer have come, about as many as tokens
 */
guint64
foreman_job_call_get_n_chunks (ForemanJobCall *self)
{
  return self->assembler != NULL ? foreman_assembler_get_n_chunks (self->assembler) : 0;
}

/**
 * foreman_job_call_get_usage: (skip)
 * @self: a call
 *
 * Returns: what the answer has said about its cost
 */
const ForemanAnswerUsage *
foreman_job_call_get_usage (ForemanJobCall *self)
{
  return self->assembler != NULL ? foreman_assembler_get_usage (self->assembler) : &no_usage;
}

/**
 * foreman_job_call_get_error: (skip)
 * @self: a call that ended
 *
 * Returns: (nullable): why there is no answer; %NULL: there is one
 */
const GError *
foreman_job_call_get_error (ForemanJobCall *self)
{
  return self->error;
}

/**
 * foreman_job_call_get_status: (skip)
 * @self: a call
 *
 * Returns: the status the target answered with; 0: none
 */
guint
foreman_job_call_get_status (ForemanJobCall *self)
{
  return self->status;
}

/**
 * foreman_job_call_get_retry_after: (skip)
 * @self: a call
 *
 * Returns: for how long the target asked to be left alone, in µs; 0: it did not
 */
gint64
foreman_job_call_get_retry_after (ForemanJobCall *self)
{
  return self->retry_after;
}

/**
 * foreman_job_call_is_empty: (skip)
 * @self: a call that ended
 *
 * Returns: whether its answer says nothing at all
 */
gboolean
foreman_job_call_is_empty (ForemanJobCall *self)
{
  return self->assembler == NULL || foreman_assembler_is_empty (self->assembler);
}

/**
 * foreman_job_call_get_warning: (skip)
 * @self: a call that ended
 *
 * Returns: (nullable): why its answer is whole though it has no terminator
 */
const char *
foreman_job_call_get_warning (ForemanJobCall *self)
{
  return self->warning;
}

/**
 * foreman_job_call_get_content_type: (skip)
 * @self: a call that ended with an answer
 *
 * Returns: (nullable): what the answer is
 */
const char *
foreman_job_call_get_content_type (ForemanJobCall *self)
{
  return self->assembler != NULL ? foreman_assembler_get_content_type (self->assembler) : NULL;
}

/**
 * foreman_job_call_steal_answer: (skip)
 * @self: a call that ended
 *
 * Returns: (transfer full) (nullable): its answer
 */
ForemanSpool *
foreman_job_call_steal_answer (ForemanJobCall *self)
{
  return g_steal_pointer (&self->answer);
}
