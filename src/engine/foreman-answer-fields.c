/* SPDX-License-Identifier: MIT */
#include "engine/foreman-answer-fields.h"

#include <string.h>

typedef enum
{
  KEY_OTHER,
  KEY_CHOICES,
  KEY_COMPLETION_TOKENS,
  KEY_DONE,
  KEY_ERROR,
  KEY_EVAL_COUNT,
  KEY_EVAL_DURATION,
  KEY_FINISH_REASON,
  KEY_INPUT_TOKENS,
  KEY_LOAD_DURATION,
  KEY_MESSAGE,
  KEY_OUTPUT_TOKENS,
  KEY_PROMPT_EVAL_COUNT,
  KEY_PROMPT_EVAL_DURATION,
  KEY_PROMPT_TOKENS,
  KEY_RESPONSE,
  KEY_TYPE,
  KEY_USAGE,
} Key;

static const char *const key_names[] = {
  [KEY_OTHER] = "",
  [KEY_CHOICES] = "choices",
  [KEY_COMPLETION_TOKENS] = "completion_tokens",
  [KEY_DONE] = "done",
  [KEY_ERROR] = "error",
  [KEY_EVAL_COUNT] = "eval_count",
  [KEY_EVAL_DURATION] = "eval_duration",
  [KEY_FINISH_REASON] = "finish_reason",
  [KEY_INPUT_TOKENS] = "input_tokens",
  [KEY_LOAD_DURATION] = "load_duration",
  [KEY_MESSAGE] = "message",
  [KEY_OUTPUT_TOKENS] = "output_tokens",
  [KEY_PROMPT_EVAL_COUNT] = "prompt_eval_count",
  [KEY_PROMPT_EVAL_DURATION] = "prompt_eval_duration",
  [KEY_PROMPT_TOKENS] = "prompt_tokens",
  [KEY_RESPONSE] = "response",
  [KEY_TYPE] = "type",
  [KEY_USAGE] = "usage",
};

static gboolean
is_shallow (const ForemanAnswerFields *self)
{
  return self->depth >= 1 && self->depth <= FOREMAN_ANSWER_FIELDS_LEVELS;
}

static void
begin_capture (ForemanAnswerFields *self)
{
  self->captured = 0;
  self->is_cut = FALSE;
}

static void
capture (ForemanAnswerFields *self, const char *data, gsize length)
{
  if (length >= FOREMAN_ANSWER_FIELDS_CAPTURE - self->captured)
    {
      self->is_cut = TRUE;
      return;
    }
  memcpy (self->capture + self->captured, data, length);
  self->captured += length;
}

static Key
find_key (ForemanAnswerFields *self)
{
  if (self->is_cut)
    return KEY_OTHER;
  self->capture[self->captured] = '\0';
  for (guint i = KEY_OTHER + 1; i < G_N_ELEMENTS (key_names); i++)
    if (key_names[i][0] == self->capture[0] && strcmp (key_names[i], self->capture) == 0)
      return i;
  return KEY_OTHER;
}

/* The one number that is meant, if the present value is one that counts: a member of the value
 * itself, of its usage, or of the usage of its response or message. */
static gint64 *
find_count (ForemanAnswerFields *self, gint64 *divisor)
{
  Key outer = self->depth > 1 ? self->keys[1] : KEY_USAGE;
  Key inner = self->depth > 2 ? self->keys[2] : KEY_USAGE;
  Key key = self->keys[self->depth];
  gboolean in_usage =
      (self->depth == 2 && outer == KEY_USAGE) ||
      (self->depth == 3 && (outer == KEY_RESPONSE || outer == KEY_MESSAGE) && inner == KEY_USAGE);

  *divisor = 1;
  if (in_usage)
    {
      if (key == KEY_PROMPT_TOKENS || key == KEY_INPUT_TOKENS)
        return &self->usage.prompt_tokens;
      if (key == KEY_COMPLETION_TOKENS || key == KEY_OUTPUT_TOKENS)
        return &self->usage.completion_tokens;
    }
  if (self->depth != 1)
    return NULL;
  if (key == KEY_PROMPT_EVAL_COUNT)
    return &self->usage.prompt_tokens;
  if (key == KEY_EVAL_COUNT)
    return &self->usage.completion_tokens;

  *divisor = 1000; /* Ollama counts nanoseconds */
  if (key == KEY_LOAD_DURATION)
    return &self->usage.load_duration;
  if (key == KEY_PROMPT_EVAL_DURATION)
    return &self->usage.prompt_duration;
  if (key == KEY_EVAL_DURATION)
    return &self->usage.completion_duration;
  return NULL;
}

/* At the end of a number or a literal. */
static void
end_scalar (ForemanAnswerFields *self)
{
  gint64 *count, divisor;

  if (self->captured == 0 || !is_shallow (self) || !self->is_object[self->depth])
    return;
  self->capture[self->captured] = '\0';
  if (g_ascii_isdigit (self->capture[0]))
    {
      count = find_count (self, &divisor);
      if (count != NULL && !self->is_cut)
        *count = g_ascii_strtoll (self->capture, NULL, 10) / divisor;
    }
  else if (self->depth == 1 && self->keys[1] == KEY_DONE)
    {
      self->is_done = strcmp (self->capture, "true") == 0;
      self->is_not_done = !self->is_done;
    }
  else if (self->depth == 1 && self->keys[1] == KEY_ERROR && strcmp (self->capture, "null") != 0)
    self->is_error = TRUE;
  begin_capture (self);
}

static void
end_string (ForemanAnswerFields *self)
{
  self->in_string = FALSE;
  if (!is_shallow (self) || !self->is_object[self->depth])
    return;
  if (self->is_key)
    self->keys[self->depth] = find_key (self);
  else if (self->depth == 1 && self->keys[1] == KEY_ERROR)
    self->is_error = TRUE;
  else if (self->depth == 1 && self->keys[1] == KEY_TYPE && !self->is_cut)
    {
      memcpy (self->type, self->capture, self->captured);
      self->type[self->captured] = '\0';
    }
  else if (self->depth == 3 && self->keys[1] == KEY_CHOICES && self->keys[3] == KEY_FINISH_REASON)
    self->has_finished = TRUE;
  begin_capture (self);
}

static void
open_level (ForemanAnswerFields *self, gboolean is_object)
{
  if (self->depth == 1 && self->keys[1] == KEY_ERROR)
    self->is_error = TRUE;
  if (self->depth == 2 && self->keys[1] == KEY_CHOICES)
    self->has_choice = TRUE;
  if (self->depth < G_MAXUINT)
    self->depth++;
  begin_capture (self);
  if (is_shallow (self))
    {
      self->keys[self->depth] = KEY_OTHER;
      self->is_object[self->depth] = is_object;
    }
  self->wants_key = is_object;
}

static void
close_level (ForemanAnswerFields *self)
{
  end_scalar (self);
  if (self->depth > 0 && --self->depth == 0)
    self->is_whole = TRUE;
  self->wants_key = FALSE;
}

/* Returns the place behind what it has read of a string. */
static const char *
feed_string (ForemanAnswerFields *self, const char *p, const char *end)
{
  const char *start = p;

  if (self->is_escaped)
    {
      self->is_escaped = FALSE;
      return p + 1;
    }
  while (p < end && *p != '"' && *p != '\\')
    p++;
  if (is_shallow (self))
    capture (self, start, p - start);
  if (p == end)
    return p;
  if (*p == '"')
    end_string (self);
  else
    {
      self->is_escaped = TRUE;
      self->is_cut = TRUE; /* nothing that is looked for has an escape in it */
    }
  return p + 1;
}

static void
feed_token (ForemanAnswerFields *self, const char *p)
{
  switch (*p)
    {
    case '"':
      self->in_string = TRUE;
      self->is_key = self->wants_key;
      begin_capture (self);
      break;
    case '{':
    case '[':
      open_level (self, *p == '{');
      break;
    case '}':
    case ']':
      close_level (self);
      break;
    case ',':
      end_scalar (self);
      self->wants_key = is_shallow (self) && self->is_object[self->depth];
      break;
    case ':':
      self->wants_key = FALSE;
      begin_capture (self);
      break;
    case ' ':
    case '\t':
    case '\r':
    case '\n':
      break;
    default:
      if (is_shallow (self))
        capture (self, p, 1);
    }
}

/**
 * foreman_answer_fields_init:
 * @fields: where to begin
 *
 * Begins with nothing known.
 */
void
foreman_answer_fields_init (ForemanAnswerFields *fields)
{
  *fields = (ForemanAnswerFields){ .usage = FOREMAN_ANSWER_USAGE_INIT };
}

/**
 * foreman_answer_fields_reset:
 * @fields: what was read
 *
 * Begins with the next value; the usage stays.
 */
void
foreman_answer_fields_reset (ForemanAnswerFields *fields)
{
  *fields = (ForemanAnswerFields){ .usage = fields->usage };
}

/**
 * foreman_answer_fields_feed:
 * @fields: what was read until now
 * @data: the next piece of the value
 * @length: its length in bytes
 *
 * Reads on. What is no JSON does no harm, but is not noticed either. What follows the value is not
 * read.
 */
void
foreman_answer_fields_feed (ForemanAnswerFields *fields, const char *data, gsize length)
{
  const char *end = data + length;

  while (data < end && !fields->is_whole)
    {
      if (fields->in_string)
        data = feed_string (fields, data, end);
      else
        feed_token (fields, data++);
    }
}
