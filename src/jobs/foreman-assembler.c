/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-assembler.h"

#include <string.h>

#include "engine/foreman-answer-scan.h"
#include "jobs/foreman-assembler-private.h"
#include "libforeman/foreman-error.h"

static const ForemanAssemblerDialect *
find_dialect (ForemanEndpoint endpoint, const char *content_type)
{
  switch (foreman_answer_kind_from_content_type (endpoint, content_type))
    {
    case FOREMAN_ANSWER_NDJSON:
      return &foreman_assembler_native;
    case FOREMAN_ANSWER_SSE_COMPLETIONS:
      return &foreman_assembler_completions;
    case FOREMAN_ANSWER_SSE_RESPONSES:
      return &foreman_assembler_responses;
    case FOREMAN_ANSWER_SSE_MESSAGES:
      return &foreman_assembler_messages;
    default:
      return &foreman_assembler_plain;
    }
}

/**
 * foreman_assembler_new:
 * @endpoint: who answers
 * @content_type: (nullable): the answer's Content-Type, which says whether it is streamed
 *
 * Begins to take in an answer with a success status. For one thread.
 *
 * Returns: (transfer full): an assembler
 */
ForemanAssembler *
foreman_assembler_new (ForemanEndpoint endpoint, const char *content_type)
{
  ForemanAssembler *self = g_new0 (ForemanAssembler, 1);

  self->dialect = find_dialect (endpoint, content_type);
  self->endpoint = endpoint;
  self->content_type = g_strdup (content_type);
  if (self->dialect->framing == FOREMAN_ASSEMBLER_LINES)
    self->lines = foreman_line_reader_new (FOREMAN_LINE_END_LF, FOREMAN_LINE_MAX);
  else if (self->dialect->framing == FOREMAN_ASSEMBLER_EVENTS)
    self->events = foreman_sse_reader_new (FOREMAN_LINE_MAX);
  if (self->dialect->new_state != NULL)
    self->state = self->dialect->new_state ();

  self->text = foreman_spool_new ();
  self->thinking = foreman_spool_new ();
  self->tool_calls = foreman_spool_new ();
  self->logprobs = foreman_spool_new ();
  self->base = g_string_new (NULL);
  self->fresh = g_string_new (NULL);
  self->piece = g_string_new (NULL);
  foreman_token_repeats_init (&self->repeats);
  foreman_answer_fields_init (&self->fields);
  return self;
}

/**
 * foreman_assembler_free:
 * @self: (nullable): an assembler
 *
 * Frees @self and all it has collected.
 */
void
foreman_assembler_free (ForemanAssembler *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->state, self->dialect->free_state);
  foreman_line_reader_free (self->lines);
  foreman_sse_reader_free (self->events);
  foreman_spool_free (self->text);
  foreman_spool_free (self->thinking);
  foreman_spool_free (self->tool_calls);
  foreman_spool_free (self->logprobs);
  g_string_free (self->base, TRUE);
  g_string_free (self->fresh, TRUE);
  g_string_free (self->piece, TRUE);
  foreman_token_repeats_clear (&self->repeats);
  g_free (self->content_type);
  g_free (self);
}

/* A line, or an event's data. Blank lines only keep a connection warm, and nothing follows the
 * end. */
static gboolean
take (ForemanAssembler *self, const char *data, gsize length, GError **error)
{
  g_autofree char *valid = NULL;

  for (; length > 0 && g_ascii_isspace (*data); length--)
    data++;
  if (self->is_complete || length == 0)
    return TRUE;
  if (!g_utf8_validate_len (data, length, NULL))
    {
      valid = g_utf8_make_valid (data, length);
      data = valid;
      length = strlen (valid);
    }
  return self->dialect->take (self, data, length, error);
}

static gboolean
feed_lines (ForemanAssembler *self, const char *data, gsize length, GError **error)
{
  g_autoptr (GError) problem = NULL;
  const char *line;
  gsize line_length;

  foreman_line_reader_feed (self->lines, data, length);
  while (foreman_line_reader_next (self->lines, &line, &line_length, &problem))
    if (!take (self, line, line_length, error))
      return FALSE;
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static gboolean
feed_events (ForemanAssembler *self, const char *data, gsize length, GError **error)
{
  g_autoptr (GError) problem = NULL;
  ForemanSseEvent event;

  foreman_sse_reader_feed (self->events, data, length);
  while (foreman_sse_reader_next (self->events, &event, &problem))
    if (!take (self, event.data, event.length, error))
      return FALSE;
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/**
 * foreman_assembler_feed:
 * @self: an assembler
 * @data: (array length=length): the next bytes of the answer, cut anywhere
 * @length: how many
 * @error: return location for an error
 *
 * Takes in the next bytes. Once it has failed, @self is only good to be asked for what it knows.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_HTTP (status 500) and the target's words for an error told
 *   within the stream, %FOREMAN_ERROR_CONNECTION for what is no such answer,
 *   %FOREMAN_ERROR_TOO_LARGE for a line over its limit, or as foreman_spool_append()
 */
gboolean
foreman_assembler_feed (ForemanAssembler *self, const char *data, gsize length, GError **error)
{
  g_return_val_if_fail (self != NULL && (data != NULL || length == 0), FALSE);

  if (self->lines != NULL)
    return feed_lines (self, data, length, error);
  if (self->events != NULL)
    return feed_events (self, data, length, error);
  return self->dialect->take (self, data, length, error);
}

/**
 * foreman_assembler_take_text:
 * @self: an assembler
 *
 * Takes the text, not the thinking, that came since the last call. It is kept until it is taken:
 * call this after each foreman_assembler_feed().
 *
 * Returns: (transfer full) (nullable): valid UTF-8, or %NULL if there is none
 */
char *
foreman_assembler_take_text (ForemanAssembler *self)
{
  char *text;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->fresh->len == 0)
    return NULL;
  text = g_string_free (self->fresh, FALSE);
  self->fresh = g_string_new (NULL);
  return text;
}

/**
 * foreman_assembler_get_n_chunks:
 * @self: an assembler
 *
 * Returns: how many pieces of text, thinking or tool calls have come: about as many as tokens; 0 if
 *   it is not streamed
 */
guint64
foreman_assembler_get_n_chunks (ForemanAssembler *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_chunks;
}

/**
 * foreman_assembler_get_usage:
 * @self: an assembler
 *
 * Returns: (transfer none): what the answer has said about its cost, which streams say at the end
 */
const ForemanAnswerUsage *
foreman_assembler_get_usage (ForemanAssembler *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return &self->fields.usage;
}

/**
 * foreman_assembler_is_complete:
 * @self: an assembler
 *
 * Returns: whether the answer's terminator has come
 */
gboolean
foreman_assembler_is_complete (ForemanAssembler *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->is_complete;
}

/**
 * foreman_assembler_is_empty:
 * @self: an assembler
 *
 * Of what is not streamed it is known only after foreman_assembler_finish().
 *
 * Returns: whether the answer has no text, thinking, tool calls or embeddings (until now)
 */
gboolean
foreman_assembler_is_empty (ForemanAssembler *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return !self->has_content;
}

/**
 * foreman_assembler_get_content_type:
 * @self: an assembler
 *
 * Returns: (transfer none): the Content-Type that the endpoint gives to what
 *   foreman_assembler_finish() returns
 */
const char *
foreman_assembler_get_content_type (ForemanAssembler *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (self->dialect->content_type != NULL)
    return self->dialect->content_type;
  return self->content_type != NULL ? self->content_type : "application/octet-stream";
}

/**
 * foreman_assembler_finish:
 * @self: an assembler
 * @warning: (out) (nullable) (transfer none): what to tell of an answer that is whole though it
 * ended without its terminator: Ollama stops a model that repeats one token, and says no more
 * @error: return location for an error
 *
 * Call once, after the last byte and only if the body has ended cleanly: puts the answer together.
 *
 * Returns: (transfer full) (nullable): the answer as the endpoint gives it without streaming, or
 *   %NULL with %FOREMAN_ERROR_CONNECTION if it broke off, or as foreman_assembler_feed()
 */
ForemanSpool *
foreman_assembler_finish (ForemanAssembler *self, const char **warning, GError **error)
{
  const char *line;
  gsize length;

  g_return_val_if_fail (self != NULL && warning != NULL, NULL);

  *warning = NULL;
  if (self->lines != NULL && foreman_line_reader_take_rest (self->lines, &line, &length) &&
      !take (self, line, length, error))
    return NULL;
  if (!self->is_complete)
    {
      if (self->is_broken || !foreman_token_repeats_may_stop (&self->repeats))
        {
          g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
                               "the target's answer broke off");
          return NULL;
        }
      *warning = "the target stopped the model, which repeated one token";
    }
  return self->dialect->compose (self, error);
}
