/* SPDX-License-Identifier: MIT */
#include "engine/foreman-inference-peek.h"

#include <math.h>
#include <string.h>

#include "engine/foreman-json-scan.h"

enum
{
  MODEL,
  STREAM,
  KEEP_ALIVE,
  MESSAGES,
  PROMPT,
  INPUT,
  OPTIONS,
  SHIFT,
  N_MEMBERS
};

static const char *const members[N_MEMBERS + 1] = {
  [MODEL] = "model",   [STREAM] = "stream", [KEEP_ALIVE] = "keep_alive", [MESSAGES] = "messages",
  [PROMPT] = "prompt", [INPUT] = "input",   [OPTIONS] = "options",       [SHIFT] = "shift",
};

typedef struct
{
  const char *data;
  ForemanJsonSpan spans[N_MEMBERS];
} Body;

/* What Go would leave in a pointer, slice or map: nothing after a null. */
static gboolean
body_is_unset (const Body *body, guint member)
{
  ForemanJsonSpan span = body->spans[member];

  return span.length == 0 || span.nulled || foreman_json_span_is_null (body->data, span);
}

static gboolean
peek_stream (const Body *body, ForemanEndpoint endpoint)
{
  gboolean stream = FALSE;

  switch (endpoint)
    {
    case FOREMAN_ENDPOINT_CHAT:
    case FOREMAN_ENDPOINT_GENERATE:
      stream = TRUE;
      G_GNUC_FALLTHROUGH;
    case FOREMAN_ENDPOINT_V1_RESPONSES:
      if (body_is_unset (body, STREAM))
        return stream;
      break;
    case FOREMAN_ENDPOINT_V1_CHAT:
    case FOREMAN_ENDPOINT_V1_COMPLETIONS:
    case FOREMAN_ENDPOINT_V1_MESSAGES:
      break;
    default:
      return FALSE;
    }
  foreman_json_span_get_boolean (body->data, body->spans[STREAM], &stream);
  return stream;
}

/* In ns; 0 for what is no unit. */
static double
duration_unit (const char *text, gsize length)
{
  static const struct
  {
    const char *name;
    double nanoseconds;
  } units[] = {
    { "ns", 1 },   { "us", 1e3 }, { "\u00b5s", 1e3 }, { "\u03bcs", 1e3 },
    { "ms", 1e6 }, { "s", 1e9 },  { "m", 60e9 },      { "h", 3600e9 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (strlen (units[i].name) == length && memcmp (units[i].name, text, length) == 0)
      return units[i].nanoseconds;
  return 0;
}

/* Whether Go's time.ParseDuration makes 0 of it: "0", "-0s", "0h0.0m", but also "0.4ns", and not
 * what it refuses. */
static gboolean
is_zero_duration (const char *text)
{
  text += *text == '-' || *text == '+';
  if (g_str_equal (text, "0"))
    return TRUE;
  if (*text == '\0')
    return FALSE;

  while (*text != '\0')
    {
      gsize whole = strspn (text, "0");
      gsize decimals = 0, unit_length;
      guint64 fraction = 0;
      double scale = 1, unit;

      text += whole;
      if (*text == '.')
        {
          text++;
          for (; g_ascii_isdigit (text[decimals]); decimals++)
            if (fraction <= G_MAXINT64 / 10 - 1)
              {
                fraction = fraction * 10 + (guint64) (text[decimals] - '0');
                scale *= 10;
              }
          text += decimals;
        }
      unit_length = strcspn (text, ".0123456789");
      unit = duration_unit (text, unit_length);
      if (whole + decimals == 0 || unit == 0 || fraction * (unit / scale) >= 1)
        return FALSE;
      text += unit_length;
    }
  return TRUE;
}

static gboolean
keeps_alive_for_zero (const Body *body)
{
  ForemanJsonSpan span = body->spans[KEEP_ALIVE];
  g_autofree char *duration = NULL;
  double seconds;

  if (body_is_unset (body, KEEP_ALIVE))
    return FALSE;
  if (foreman_json_span_get_double (body->data, span, &seconds))
    return seconds >= 0 && seconds * 1e9 < 1;
  duration = foreman_json_span_dup_string (body->data, span);
  return duration != NULL && is_zero_duration (duration);
}

static gboolean
is_blank_list (const Body *body, guint member)
{
  ForemanJsonSpan span = body->spans[member];

  return body_is_unset (body, member) || (foreman_json_span_is_array (body->data, span) &&
                                          foreman_json_span_is_empty (body->data, span));
}

static gboolean
is_blank_text (const Body *body, guint member)
{
  ForemanJsonSpan span = body->spans[member];

  return span.length == 0 || foreman_json_span_is_null (body->data, span) ||
         (foreman_json_span_is_string (body->data, span) &&
          foreman_json_span_is_empty (body->data, span));
}

/* Ollama's own conditions. What it refuses when it is blank is not here. */
static gboolean
peek_blank (const Body *body, ForemanEndpoint endpoint)
{
  switch (endpoint)
    {
    case FOREMAN_ENDPOINT_CHAT:
      return is_blank_list (body, MESSAGES);
    case FOREMAN_ENDPOINT_GENERATE:
    case FOREMAN_ENDPOINT_EMBEDDINGS:
    case FOREMAN_ENDPOINT_V1_COMPLETIONS:
      return is_blank_text (body, PROMPT);
    case FOREMAN_ENDPOINT_EMBED:
      return is_blank_list (body, INPUT) || is_blank_text (body, INPUT);
    default:
      return FALSE;
    }
}

/* A chat without messages or a generate without prompt, to be kept for 0. Anything else may make
 * Ollama load a model, and has to wait for its turn. */
static gboolean
peek_unload (const Body *body, ForemanEndpoint endpoint)
{
  return (endpoint == FOREMAN_ENDPOINT_CHAT || endpoint == FOREMAN_ENDPOINT_GENERATE) &&
         peek_blank (body, endpoint) && keeps_alive_for_zero (body);
}

static void
append_option (GString *text, const char *name, const char *data, ForemanJsonSpan value)
{
  gboolean boolean;
  double number;

  if (foreman_json_span_is_null (data, value))
    return;
  if (foreman_json_span_get_double (data, value, &number))
    {
      /* any negative num_gpu leaves the choice to Ollama, as does none */
      if (g_str_equal (name, "num_gpu") && number <= -1)
        return;
      g_string_append_printf (text, "%s%s=%.0f", text->len > 0 ? " " : "", name,
                              CLAMP (trunc (number), -0x1p63, 0x1p63));
    }
  else if (foreman_json_span_get_boolean (data, value, &boolean))
    g_string_append_printf (text, "%s%s=%s", text->len > 0 ? " " : "", name,
                            boolean ? "true" : "false");
}

static char *
peek_load_options (const Body *body, ForemanEndpoint endpoint)
{
  static const char *const names[] = { "num_ctx",  "num_batch",  "num_gpu",           "main_gpu",
                                       "use_mmap", "num_thread", "draft_num_predict", NULL };
  GString *text = g_string_new (NULL);
  ForemanJsonSpan values[G_N_ELEMENTS (names) - 1];
  gboolean shift = TRUE;

  if (!foreman_endpoint_is_native (endpoint))
    return g_string_free (text, FALSE);

  if (!body_is_unset (body, OPTIONS) &&
      foreman_json_scan_members (body->data, body->spans[OPTIONS], names, FOREMAN_JSON_MATCH_MAP,
                                 values, NULL))
    for (guint i = 0; names[i] != NULL; i++)
      if (values[i].length > 0)
        append_option (text, names[i], body->data, values[i]);
  if (!body_is_unset (body, SHIFT) &&
      foreman_json_span_get_boolean (body->data, body->spans[SHIFT], &shift) && !shift)
    append_option (text, "shift", body->data, body->spans[SHIFT]);
  return g_string_free (text, FALSE);
}

static void
take_model (ForemanInferencePeek *peek, char *model)
{
  peek->model = model;
  peek->name = model != NULL ? foreman_model_name_parse (model, NULL) : NULL;
  peek->is_cloud = peek->name != NULL && peek->name->source == FOREMAN_MODEL_SOURCE_CLOUD;
}

/**
 * foreman_inference_peek:
 * @endpoint: where the request was sent
 * @data: its body, decoded from any Content-Encoding
 * @length: the body's length in bytes
 *
 * Reads of a request what foreman needs, the way Ollama will read it. What Ollama will refuse (no
 * JSON, no model, an illegal name) has no name here: such a request is for Ollama to answer, and
 * needs no list of models.
 *
 * Returns: (transfer full): what was found
 */
ForemanInferencePeek *
foreman_inference_peek (ForemanEndpoint endpoint, const char *data, gsize length)
{
  ForemanInferencePeek *peek;
  Body body = { .data = data };

  g_return_val_if_fail (data != NULL || length == 0, NULL);

  peek = g_new0 (ForemanInferencePeek, 1);
  if (!foreman_endpoint_is_json (endpoint) || length == 0 ||
      !foreman_json_scan (data, length, members, body.spans, NULL))
    {
      peek->load_options = g_strdup ("");
      return peek;
    }
  take_model (peek, foreman_json_span_dup_string (data, body.spans[MODEL]));
  peek->stream = peek_stream (&body, endpoint);
  peek->is_blank = peek_blank (&body, endpoint);
  peek->is_unload = peek_unload (&body, endpoint);
  peek->load_options = peek_load_options (&body, endpoint);
  return peek;
}

/**
 * foreman_inference_peek_new_for_model:
 * @model: (nullable): the model of a request that is not JSON, as the client wrote it
 *
 * As foreman_inference_peek(), for a form whose `model` was found otherwise.
 *
 * Returns: (transfer full): what is known
 */
ForemanInferencePeek *
foreman_inference_peek_new_for_model (const char *model)
{
  ForemanInferencePeek *peek = g_new0 (ForemanInferencePeek, 1);

  peek->load_options = g_strdup ("");
  take_model (peek, g_strdup (model));
  return peek;
}

/**
 * foreman_inference_peek_free:
 * @peek: (nullable): what was found
 *
 * Frees @peek.
 */
void
foreman_inference_peek_free (ForemanInferencePeek *peek)
{
  if (peek == NULL)
    return;
  g_free (peek->model);
  g_free (peek->load_options);
  foreman_model_name_free (peek->name);
  g_free (peek);
}

/**
 * foreman_inference_peek_dup_managed_model:
 * @data: the body of a request to show, pull, push, create or delete a model
 * @length: its length in bytes
 *
 * These routes, and only these, also take the model from `name`, which the `ollama` command still
 * sends.
 *
 * Returns: (transfer full) (nullable): the model as the client wrote it
 */
char *
foreman_inference_peek_dup_managed_model (const char *data, gsize length)
{
  static const char *const names[] = { "model", "name", NULL };
  ForemanJsonSpan spans[2];

  if (length == 0 || !foreman_json_scan (data, length, names, spans, NULL))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (spans); i++)
    if (foreman_json_span_is_string (data, spans[i]) &&
        !foreman_json_span_is_empty (data, spans[i]))
      return foreman_json_span_dup_string (data, spans[i]);
  return NULL;
}
