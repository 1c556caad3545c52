/* SPDX-License-Identifier: MIT */
#include "engine/foreman-answer-scan.h"

#include <string.h>

/* Enough for the name of any event that is looked for. */
#define FIELD_SIZE 64

#define DONE "[DONE]"

typedef enum
{
  EVENT_NONE, /* not named yet */
  EVENT_OTHER,
  EVENT_USAGE, /* has something to say about its cost */
  EVENT_DELTA, /* a piece of the answer */
  EVENT_END,
  EVENT_FAILED,       /* an error, after which nothing comes */
  EVENT_FAILED_WHOLE, /* an error, told in the way in which the answer ends properly */
} Event;

struct _ForemanAnswerScan
{
  ForemanAnswerKind kind;
  ForemanAnswerFields fields;
  guint64 n_chunks;
  gboolean is_complete;
  gboolean has_error;
  gboolean in_line; /* something of a line has come */

  /* SSE */
  gboolean is_data;  /* the line is data; otherwise its beginning is in field */
  gboolean has_data; /* the event has */
  Event event;
  char field[FIELD_SIZE];
  guint field_length;
  char head[sizeof DONE]; /* how the event's data begins */
  guint head_length;
};

typedef struct
{
  const char *name;
  Event event;
} EventName;

static const EventName response_events[] = {
  { "response.completed", EVENT_END },
  { "response.incomplete", EVENT_END },
  { "response.failed", EVENT_FAILED_WHOLE },
  { "response.output_text.delta", EVENT_DELTA },
  { "response.reasoning_summary_text.delta", EVENT_DELTA },
  { "response.reasoning_text.delta", EVENT_DELTA },
  { "response.function_call_arguments.delta", EVENT_DELTA },
  { "error", EVENT_FAILED },
  { NULL },
};

static const EventName message_events[] = {
  { "message_start", EVENT_USAGE },
  { "message_delta", EVENT_USAGE },
  { "content_block_delta", EVENT_DELTA },
  { "message_stop", EVENT_END },
  { "error", EVENT_FAILED },
  { NULL },
};

static Event
find_event (ForemanAnswerKind kind, const char *name)
{
  const EventName *names = kind == FOREMAN_ANSWER_SSE_RESPONSES ? response_events : message_events;

  if (kind == FOREMAN_ANSWER_SSE_COMPLETIONS)
    return EVENT_NONE; /* its events have no names */
  for (; names->name != NULL; names++)
    if (g_str_equal (names->name, name))
      return names->event;
  return EVENT_OTHER;
}

/* Not inlined, as gcc's checks of one call's arguments under UBSan make it warn of the next. */
G_NO_INLINE static gboolean
has_bytes (const char *line, gsize length, const char *bytes)
{
  return memmem (line, length, bytes, strlen (bytes)) != NULL;
}

/* Whether a whole line is, at a glance, one more piece of an NDJSON answer: it says "done":false
 * and nothing else of that name. In a text the quotes would be escaped; only a tool's arguments can
 * hold the same bytes, and then the line is read properly. */
static gboolean
is_plain_chunk (const char *line, gsize length)
{
  static const char name[] = "\"done\"";
  static const char no[] = "\"done\":false";
  const char *start = line, *end = line + length;
  gboolean found = FALSE;

  while ((line = memmem (line, end - line, name, strlen (name))) != NULL)
    {
      if ((gsize) (end - line) < strlen (no) || memcmp (line, no, strlen (no)) != 0)
        return FALSE;
      line += strlen (no);
      found = TRUE;
    }
  return found && !has_bytes (start, end - start, "\"error\"");
}

/* The same for a line of data of /v1/chat/completions or /v1/completions. */
static gboolean
is_plain_delta (const char *line, gsize length)
{
  return length > 7 && memcmp (line, "data: {", 7) == 0 &&
         has_bytes (line, length, "\"choices\":[{") && !has_bytes (line, length, "\"usage\"") &&
         !has_bytes (line, length, "\"error\"") &&
         !has_bytes (line, length, "\"finish_reason\":\"");
}

static void
end_ndjson_line (ForemanAnswerScan *self)
{
  ForemanAnswerFields *fields = &self->fields;

  if (fields->is_done)
    self->is_complete |= fields->is_whole;
  else if (fields->is_error)
    self->has_error = TRUE;
  else if (fields->is_not_done)
    self->n_chunks++;
  foreman_answer_fields_reset (fields);
}

static void
end_event (ForemanAnswerScan *self)
{
  const ForemanAnswerFields *fields = &self->fields;
  Event event = self->event;

  if (event == EVENT_NONE && self->kind != FOREMAN_ANSWER_SSE_COMPLETIONS)
    event = find_event (self->kind, fields->type);

  if (!self->has_data)
    event = EVENT_NONE;
  else if (self->kind != FOREMAN_ANSWER_SSE_COMPLETIONS)
    {
      self->has_error |= event == EVENT_FAILED || event == EVENT_FAILED_WHOLE;
      self->is_complete |= event == EVENT_END || event == EVENT_FAILED_WHOLE;
      self->n_chunks += event == EVENT_DELTA;
    }
  else if (self->head_length >= strlen (DONE) && memcmp (self->head, DONE, strlen (DONE)) == 0)
    self->is_complete = TRUE;
  else if (fields->is_error)
    self->has_error = TRUE;
  else
    self->n_chunks += fields->has_choice && !fields->has_finished;

  self->has_data = FALSE;
  self->event = EVENT_NONE;
  self->head_length = 0;
  foreman_answer_fields_reset (&self->fields);
}

/* Keeps what has room. */
static void
keep (char *buffer, gsize size, guint *used, const char *data, gsize length)
{
  length = MIN (length, size - *used);
  memcpy (buffer + *used, data, length);
  *used += length;
}

static void
feed_data (ForemanAnswerScan *self, const char *data, gsize length)
{
  if (self->head_length == 0 && length > 0 && *data == ' ')
    {
      data++;
      length--;
    }
  keep (self->head, sizeof self->head, &self->head_length, data, length);
  if (self->event != EVENT_DELTA && self->event != EVENT_OTHER)
    foreman_answer_fields_feed (&self->fields, data, length);
}

/* A piece of a line of an event stream, which is data as soon as it shows that it is. */
static void
feed_sse_piece (ForemanAnswerScan *self, const char *data, gsize length)
{
  static const char name[] = "data:";
  gsize before = self->field_length;

  if (!self->is_data)
    {
      keep (self->field, FIELD_SIZE - 1, &self->field_length, data, length);
      if (before >= strlen (name) || self->field_length < strlen (name) ||
          memcmp (self->field, name, strlen (name)) != 0)
        return;
      data += strlen (name) - before;
      length -= strlen (name) - before;
      self->is_data = self->has_data = TRUE;
    }
  feed_data (self, data, length);
}

static void
end_sse_line (ForemanAnswerScan *self)
{
  static const char name[] = "event:";

  self->field[self->field_length] = '\0';
  g_strchomp (self->field);
  if (self->is_data)
    self->is_data = FALSE;
  else if (self->field[0] == '\0')
    end_event (self);
  else if (g_str_has_prefix (self->field, name))
    self->event = find_event (self->kind, g_strchug (self->field + strlen (name)));
  self->field_length = 0;
}

static void
feed_piece (ForemanAnswerScan *self, const char *data, gsize length)
{
  self->in_line = TRUE;
  if (foreman_answer_kind_is_lines (self->kind))
    foreman_answer_fields_feed (&self->fields, data, length);
  else
    feed_sse_piece (self, data, length);
}

static void
end_line (ForemanAnswerScan *self)
{
  if (foreman_answer_kind_is_lines (self->kind))
    end_ndjson_line (self);
  else
    end_sse_line (self);
  self->in_line = FALSE;
}

/* Nearly all lines are one more piece of text; they are not read through. */
static gboolean
skip_plain_line (ForemanAnswerScan *self, const char *line, gsize length)
{
  if (self->in_line)
    return FALSE;
  if (self->kind == FOREMAN_ANSWER_NDJSON)
    {
      if (!is_plain_chunk (line, length))
        return FALSE;
    }
  else if (self->kind == FOREMAN_ANSWER_SSE_COMPLETIONS)
    {
      if (self->has_data || !is_plain_delta (line, length))
        return FALSE;
      self->has_data = TRUE;
    }
  else
    return FALSE;
  self->n_chunks++;
  return TRUE;
}

static void
feed_lines (ForemanAnswerScan *self, const char *data, gsize length)
{
  const char *end = data + length;

  while (data < end)
    {
      const char *newline = memchr (data, '\n', end - data);

      if (newline == NULL)
        {
          feed_piece (self, data, end - data);
          return;
        }
      if (!skip_plain_line (self, data, newline - data))
        {
          feed_piece (self, data, newline - data);
          end_line (self);
        }
      data = newline + 1;
    }
}

static ForemanAnswerKind
lines_kind (ForemanEndpoint endpoint)
{
  if (foreman_endpoint_is_native (endpoint))
    return FOREMAN_ANSWER_NDJSON;
  /* Transcriptions call themselves NDJSON, and are one line without an end of its own. */
  return endpoint == FOREMAN_ENDPOINT_OTHER ? FOREMAN_ANSWER_PROGRESS : FOREMAN_ANSWER_OPAQUE;
}

/**
 * foreman_answer_kind_from_content_type:
 * @endpoint: who answers
 * @content_type: (nullable): the answer's Content-Type; a request to stream says little, as loads,
 * unloads and errors come as one JSON object all the same
 *
 * Returns: how the answer is written
 */
ForemanAnswerKind
foreman_answer_kind_from_content_type (ForemanEndpoint endpoint, const char *content_type)
{
  g_autofree char *type = NULL;

  if (content_type == NULL)
    return FOREMAN_ANSWER_OPAQUE;
  type = g_strndup (content_type, strcspn (content_type, "; \t"));
  if (g_ascii_strcasecmp (type, "application/x-ndjson") == 0)
    return lines_kind (endpoint);
  if (g_ascii_strcasecmp (type, "application/json") == 0)
    return FOREMAN_ANSWER_JSON;
  if (g_ascii_strcasecmp (type, "text/event-stream") != 0)
    return FOREMAN_ANSWER_OPAQUE;

  switch (endpoint)
    {
    case FOREMAN_ENDPOINT_V1_CHAT:
    case FOREMAN_ENDPOINT_V1_COMPLETIONS:
      return FOREMAN_ANSWER_SSE_COMPLETIONS;
    case FOREMAN_ENDPOINT_V1_RESPONSES:
      return FOREMAN_ANSWER_SSE_RESPONSES;
    case FOREMAN_ENDPOINT_V1_MESSAGES:
      return FOREMAN_ANSWER_SSE_MESSAGES;
    default:
      return FOREMAN_ANSWER_OPAQUE;
    }
}

/**
 * foreman_answer_kind_is_sse:
 * @kind: how an answer is written
 *
 * Returns: whether it is a stream of server-sent events
 */
gboolean
foreman_answer_kind_is_sse (ForemanAnswerKind kind)
{
  return kind >= FOREMAN_ANSWER_SSE_COMPLETIONS;
}

/**
 * foreman_answer_kind_is_lines:
 * @kind: how an answer is written
 *
 * Returns: whether it is NDJSON
 */
gboolean
foreman_answer_kind_is_lines (ForemanAnswerKind kind)
{
  return kind == FOREMAN_ANSWER_NDJSON || kind == FOREMAN_ANSWER_PROGRESS;
}

/**
 * foreman_answer_scan_new:
 * @kind: how the answer is written
 *
 * Begins to watch an answer with a success status.
 *
 * Returns: (transfer full): what watches
 */
ForemanAnswerScan *
foreman_answer_scan_new (ForemanAnswerKind kind)
{
  ForemanAnswerScan *self = g_new0 (ForemanAnswerScan, 1);

  self->kind = kind;
  foreman_answer_fields_init (&self->fields);
  return self;
}

/**
 * foreman_answer_scan_free:
 * @scan: (nullable): what watches
 *
 * Frees @scan.
 */
void
foreman_answer_scan_free (ForemanAnswerScan *scan)
{
  g_free (scan);
}

/**
 * foreman_answer_scan_feed:
 * @scan: what watches
 * @data: (array length=length): the next bytes of the answer, cut anywhere
 * @length: how many
 *
 * Looks at the next bytes. Of them nothing is kept but numbers and the beginnings of names; the
 * memory needed does not depend on the answer.
 */
void
foreman_answer_scan_feed (ForemanAnswerScan *scan, const void *data, gsize length)
{
  g_return_if_fail (scan != NULL && (data != NULL || length == 0));

  if (scan->kind == FOREMAN_ANSWER_JSON)
    foreman_answer_fields_feed (&scan->fields, data, length);
  else if (scan->kind != FOREMAN_ANSWER_OPAQUE)
    feed_lines (scan, data, length);
}

/**
 * foreman_answer_scan_finish:
 * @scan: what watches
 *
 * Call when the answer's body has ended, before asking whether it was complete.
 */
void
foreman_answer_scan_finish (ForemanAnswerScan *scan)
{
  g_return_if_fail (scan != NULL);

  if (foreman_answer_kind_is_lines (scan->kind))
    end_line (scan);
  else if (foreman_answer_kind_is_sse (scan->kind) && !scan->in_line)
    end_event (scan);
}

/**
 * foreman_answer_scan_get_kind:
 * @scan: what watches
 *
 * Returns: how the answer is written
 */
ForemanAnswerKind
foreman_answer_scan_get_kind (ForemanAnswerScan *scan)
{
  g_return_val_if_fail (scan != NULL, FOREMAN_ANSWER_OPAQUE);

  return scan->kind;
}

/**
 * foreman_answer_scan_is_complete:
 * @scan: what watches
 *
 * A clean end of the connection proves nothing: Ollama and what is between may break off that way.
 * Only the terminator does.
 *
 * Returns: whether the answer has come to its proper end; of %FOREMAN_ANSWER_OPAQUE and
 *   %FOREMAN_ANSWER_PROGRESS always
 */
gboolean
foreman_answer_scan_is_complete (ForemanAnswerScan *scan)
{
  g_return_val_if_fail (scan != NULL, FALSE);

  if (scan->kind == FOREMAN_ANSWER_OPAQUE || scan->kind == FOREMAN_ANSWER_PROGRESS)
    return TRUE;
  if (scan->kind == FOREMAN_ANSWER_JSON)
    return scan->fields.is_whole && !scan->fields.is_not_done;
  return scan->is_complete;
}

/**
 * foreman_answer_scan_has_error:
 * @scan: what watches
 *
 * Returns: whether the answer tells of an error in what has come so far
 */
gboolean
foreman_answer_scan_has_error (ForemanAnswerScan *scan)
{
  g_return_val_if_fail (scan != NULL, FALSE);

  return scan->kind == FOREMAN_ANSWER_JSON ? scan->fields.is_error : scan->has_error;
}

/**
 * foreman_answer_scan_is_between_lines:
 * @scan: what watches
 *
 * Returns: whether a line or event of one's own could follow here without tearing one of the
 * answer's
 */
gboolean
foreman_answer_scan_is_between_lines (ForemanAnswerScan *scan)
{
  g_return_val_if_fail (scan != NULL, FALSE);

  if (foreman_answer_kind_is_lines (scan->kind))
    return !scan->in_line;
  return foreman_answer_kind_is_sse (scan->kind) && !scan->in_line && !scan->has_data &&
         scan->event == EVENT_NONE;
}

/**
 * foreman_answer_scan_get_n_chunks:
 * @scan: what watches
 *
 * Returns: how many pieces of text, thought or tool call have come: about as many as tokens; 0 if
 * it is not streamed
 */
guint64
foreman_answer_scan_get_n_chunks (ForemanAnswerScan *scan)
{
  g_return_val_if_fail (scan != NULL, 0);

  return scan->n_chunks;
}

/**
 * foreman_answer_scan_get_usage:
 * @scan: what watches
 *
 * Returns: (transfer none): what the answer has said about its cost
 */
const ForemanAnswerUsage *
foreman_answer_scan_get_usage (ForemanAnswerScan *scan)
{
  g_return_val_if_fail (scan != NULL, NULL);

  return &scan->fields.usage;
}
