/* SPDX-License-Identifier: MIT */
#include "commands/foreman-batch.h"

#include "commands/foreman-await.h"
#include "commands/foreman-batch-keys.h"
#include "commands/foreman-client-error.h"
#include "commands/foreman-json-text.h"
#include "commands/foreman-line-input.h"
#include "commands/foreman-reply-json.h"
#include "libforeman/foreman-error.h"

#define CHUNK_LINES 1000
#define CHUNK_BYTES (4 * 1024 * 1024)
#define TRIES       8
#define WAIT_MIN    (G_USEC_PER_SEC / 2)

/* A line that was added and not yet reported. */
typedef struct
{
  guint64 number;
  JsonObject *refusal; /* (owned) (nullable): why it is not sent */
} Line;

struct _ForemanBatch
{
  ForemanClient *client;
  ForemanBatchKeys *keys; /* (owned) */
  char *members;          /* (owned): what every line gets */
  const char *model;      /* (nullable): what a line gets that names none */
  const char *endpoint;   /* (nullable) */
  ForemanBatchReport report;
  gpointer data;
  GString *chunk;      /* (owned): what is sent next */
  GArray *lines;       /* (owned) (element-type Line): those of it, and those refused among them */
  guint n_sent;        /* how many of them are in it */
  gboolean has_worked; /* something was accepted */
  guint64 accepted;
  guint64 refused;
};

static void
line_clear (gpointer line)
{
  g_clear_pointer (&((Line *) line)->refusal, json_object_unref);
}

/**
 * foreman_batch_new:
 * @client: whom to submit to; outlives this, as all else does
 * @fields: what is said about every job
 * @model: (nullable): the model of those that name none
 * @report: is told what became of each
 * @data: for @report
 *
 * Returns: (transfer full): a batch without lines
 */
ForemanBatch *
foreman_batch_new (ForemanClient *client,
                   const ForemanJobFields *fields,
                   const char *model,
                   ForemanBatchReport report,
                   gpointer data)
{
  ForemanBatch *self = g_new0 (ForemanBatch, 1);
  const char *salts[] = { fields->idempotency_key != NULL ? fields->idempotency_key : "",
                          fields->group != NULL ? fields->group : "", model != NULL ? model : "",
                          fields->endpoint != NULL ? fields->endpoint : "", NULL };
  GString *members = g_string_new (NULL);
  ForemanJobFields all = *fields;

  all.endpoint = NULL; /* a line may name its own */
  foreman_job_fields_append (&all, members);
  self->client = client;
  self->keys = foreman_batch_keys_new (salts);
  self->members = g_string_free (members, FALSE);
  self->model = model;
  self->endpoint = fields->endpoint;
  self->report = report;
  self->data = data;
  self->chunk = g_string_new (NULL);
  self->lines = g_array_new (FALSE, FALSE, sizeof (Line));
  g_array_set_clear_func (self->lines, line_clear);
  return self;
}

/**
 * foreman_batch_free:
 * @self: (nullable): a batch
 *
 * Frees it. What was not sent is not sent.
 */
void
foreman_batch_free (ForemanBatch *self)
{
  if (self == NULL)
    return;
  foreman_batch_keys_free (self->keys);
  g_free (self->members);
  g_string_free (self->chunk, TRUE);
  g_array_unref (self->lines);
  g_free (self);
}

static gboolean
is_openai (JsonObject *object)
{
  return json_object_has_member (object, "body") || json_object_has_member (object, "url");
}

/* The line with what the command line adds; a key of its own stays. */
static char *
complete (ForemanBatch *self, JsonObject *object, const char *line, gsize length)
{
  g_autoptr (GString) members = g_string_new (self->members);
  g_autofree char *key = foreman_batch_keys_next (self->keys, line, length);

  if (!json_object_has_member (object, "idempotency_key"))
    foreman_json_text_append_member (members, "idempotency_key", key);
  if (!is_openai (object) && !json_object_has_member (object, "model"))
    foreman_json_text_append_member (members, "model", self->model);
  if (!is_openai (object) && !json_object_has_member (object, "endpoint"))
    foreman_json_text_append_member (members, "endpoint", self->endpoint);
  return foreman_json_text_add_members (line, length, members->str);
}

/* Returns: (transfer full) (nullable): a reply a line, or %NULL with an error */
static GPtrArray *
send_chunk (ForemanBatch *self, GBytes *body, GError **error)
{
  const ForemanCall call = {
    .method = "POST", .path = "/jobs", .content_type = "application/x-ndjson", .body = body
  };
  g_autoptr (GInputStream) stream = foreman_client_open (self->client, &call, error);
  g_autoptr (ForemanLineInput) lines = NULL;
  g_autoptr (GPtrArray) replies = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  g_autoptr (GError) failure = NULL;
  const char *line;
  gsize length;

  if (stream == NULL)
    return NULL;
  lines = foreman_line_input_new (stream, FOREMAN_CLIENT_LINE_MAX,
                                  foreman_client_get_cancellable (self->client));
  while (foreman_line_input_next (lines, FOREMAN_AWAIT_FOREVER, &line, &length, &failure))
    {
      JsonNode *reply = length > 0 ? foreman_reply_json_parse (line, length, NULL) : NULL;

      if (reply != NULL)
        g_ptr_array_add (replies, reply);
    }
  if (replies->len == self->n_sent)
    return g_steal_pointer (&replies);
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_steal_pointer (&failure));
  else
    g_set_error_literal (
        error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
        "the connection broke off in the middle of a batch; the same command again "
        "goes on, and submits nothing twice");
  return NULL;
}

/* What is only away for a moment is asked again: the keys see to it that nothing is there twice. */
static GPtrArray *
send_chunk_somehow (ForemanBatch *self, GBytes *body, GError **error)
{
  GCancellable *cancellable = foreman_client_get_cancellable (self->client);
  gint64 wait = WAIT_MIN;

  for (guint try = 1;; try++)
    {
      g_autoptr (GError) failure = NULL;
      GPtrArray *replies = send_chunk (self, body, &failure);
      gboolean is_passing = failure != NULL && foreman_client_error_is_passing (failure) &&
                            (self->has_worked || !foreman_error_is_unreachable (failure));

      if (replies != NULL)
        return replies;
      if (!is_passing || try == TRIES)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return NULL;
        }
      foreman_await_time (wait, cancellable);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      wait *= 2;
    }
}

static gboolean
is_no_room (JsonObject *reply)
{
  const char *code = foreman_reply_json_get_string (reply, "code");

  return g_strcmp0 (code, foreman_error_to_code (FOREMAN_ERROR_STORAGE_FULL)) == 0 ||
         g_strcmp0 (code, foreman_error_to_code (FOREMAN_ERROR_QUEUE_FULL)) == 0;
}

/* Returns: (nullable): what foreman says if it has no room */
static const char *
take_reply (ForemanBatch *self, guint64 number, JsonObject *reply)
{
  gboolean is_accepted = foreman_reply_json_get_string (reply, "job_id") != NULL;

  if (is_accepted)
    self->accepted++;
  else
    self->refused++;
  self->report (number, reply, self->data);
  return !is_accepted && is_no_room (reply) ? foreman_reply_json_get_string (reply, "error") : NULL;
}

/* Reports all, in their order; where there was no room there is none for what comes next either. */
static gboolean
take_replies (ForemanBatch *self, GPtrArray *replies, GError **error)
{
  const char *full = NULL;
  guint next = 0;

  for (guint i = 0; i < self->lines->len; i++)
    {
      const Line *line = &g_array_index (self->lines, Line, i);
      JsonObject *reply =
          line->refusal != NULL ? line->refusal : json_node_get_object (replies->pdata[next++]);
      const char *why = take_reply (self, line->number, reply);

      full = why != NULL ? why : full;
    }
  self->has_worked = TRUE;
  if (full == NULL)
    return TRUE;
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_QUEUE_FULL,
               "%s; the same command again goes on, and submits nothing twice", full);
  return FALSE;
}

/**
 * foreman_batch_finish:
 * @self: a batch
 * @error: return location for an error
 *
 * Sends what was added and not yet sent.
 *
 * Returns: %FALSE with an error if it could not be submitted; that foreman refuses some is no error
 */
gboolean
foreman_batch_finish (ForemanBatch *self, GError **error)
{
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GPtrArray) replies = NULL;
  gboolean is_done;

  if (self->lines->len == 0)
    return TRUE;
  body = g_string_free_to_bytes (g_steal_pointer (&self->chunk));
  self->chunk = g_string_new (NULL);
  replies = self->n_sent > 0 ? send_chunk_somehow (self, body, error) : g_ptr_array_new ();
  is_done = replies != NULL && take_replies (self, replies, error);
  g_array_set_size (self->lines, 0);
  self->n_sent = 0;
  return is_done;
}

/**
 * foreman_batch_refuse:
 * @self: a batch
 * @number: of a line
 * @error: why it is not even sent
 *
 * Adds a line that is no request, which is reported when it is its turn.
 */
void
foreman_batch_refuse (ForemanBatch *self, guint64 number, const GError *error)
{
  const Line line = { .number = number, .refusal = json_object_new () };

  json_object_set_string_member (line.refusal, "error", error->message);
  json_object_set_string_member (line.refusal, "code",
                                 foreman_error_to_code (FOREMAN_ERROR_INVALID_REQUEST));
  g_array_append_val (self->lines, line);
}

/**
 * foreman_batch_add:
 * @self: a batch
 * @number: of the line, from 1
 * @line: (array length=length): a request with extension fields, or a line of OpenAI's batch input
 * @length: how long it is
 * @error: return location for an error
 *
 * Adds a line, and sends what has come together when that is much. One that is no JSON object is
 * reported and left out.
 *
 * Returns: %FALSE with an error if it could not be submitted
 */
gboolean
foreman_batch_add (ForemanBatch *self,
                   guint64 number,
                   const char *line,
                   gsize length,
                   GError **error)
{
  const Line added = { .number = number };
  g_autoptr (GError) failure = NULL;
  g_autoptr (JsonNode) root = foreman_reply_json_parse (line, length, &failure);
  g_autofree char *completed =
      root != NULL ? complete (self, json_node_get_object (root), line, length) : NULL;

  if (root != NULL && completed == NULL)
    g_set_error_literal (&failure, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                         "this is no JSON object");
  if (failure != NULL)
    {
      foreman_batch_refuse (self, number, failure);
      return TRUE;
    }
  g_string_append (self->chunk, completed);
  g_string_append_c (self->chunk, '\n');
  g_array_append_val (self->lines, added);
  self->n_sent++;
  if (self->lines->len < CHUNK_LINES && self->chunk->len < CHUNK_BYTES)
    return TRUE;
  return foreman_batch_finish (self, error);
}

/**
 * foreman_batch_get_accepted:
 * @self: a batch
 *
 * Returns: how many lines are jobs now
 */
guint64
foreman_batch_get_accepted (ForemanBatch *self)
{
  return self->accepted;
}

/**
 * foreman_batch_get_refused:
 * @self: a batch
 *
 * Returns: how many lines are none
 */
guint64
foreman_batch_get_refused (ForemanBatch *self)
{
  return self->refused;
}
