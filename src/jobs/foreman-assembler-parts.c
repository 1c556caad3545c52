/* SPDX-License-Identifier: MIT */
/* What the dialects share: looking into a value, and collecting its pieces. */
#include <string.h>

#include "jobs/foreman-assembler-private.h"
#include "libforeman/foreman-error.h"

#define REPLACEMENT 0xfffd

gboolean
foreman_assembler_set_garbled (GError **error)
{
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
                       "the target's answer is not what this endpoint answers");
  return FALSE;
}

gboolean
foreman_assembler_scan (const char *data,
                        gsize length,
                        const char *const *names,
                        ForemanJsonSpan *spans,
                        GError **error)
{
  ForemanJsonSpan all = { .length = length };

  return foreman_json_scan_members (data, all, names, FOREMAN_JSON_MATCH_MAP, spans, NULL) ||
         foreman_assembler_set_garbled (error);
}

/* Of a value that was scanned; one that is no object has no members. */
void
foreman_assembler_find (const char *data,
                        ForemanJsonSpan object,
                        const char *const *names,
                        ForemanJsonSpan *spans)
{
  if (!foreman_json_span_is_object (data, object))
    object = (ForemanJsonSpan){ 0 };
  foreman_json_scan_members (data, object, names, FOREMAN_JSON_MATCH_MAP, spans, NULL);
}

/* A text, or an object with a message. */
gboolean
foreman_assembler_set_told (const char *data, ForemanJsonSpan problem, GError **error)
{
  static const char *const names[] = { "message", NULL };
  ForemanJsonSpan message;
  g_autofree char *text = NULL;

  foreman_assembler_find (data, problem, names, &message);
  text = foreman_json_span_dup_string (data, message.length > 0 ? message : problem);
  if (text != NULL)
    g_strdelimit (text, "\r\n", ' ');
  g_propagate_error (error, foreman_error_new_http (
                                500, "%s", text != NULL ? text : "the target failed, and not why"));
  return FALSE;
}

/* As foreman_json_span_dup_string(), but U+0000 is replaced as well. */
void
foreman_assembler_decode (GString *out, const char *data, ForemanJsonSpan string)
{
  const char *p = data + string.offset + 1;
  const char *end = data + string.offset + string.length - 1;

  while (p < end)
    {
      gunichar c = foreman_json_string_next (&p, end);

      g_string_append_unichar (out, c != 0 ? c : REPLACEMENT);
    }
}

gboolean
foreman_assembler_equals (const char *data, ForemanJsonSpan string, const char *text)
{
  return foreman_json_span_is_string (data, string) &&
         foreman_json_name_matches (data, string, text, FOREMAN_JSON_MATCH_MAP);
}

void
foreman_assembler_set_base (ForemanAssembler *self, const char *data, ForemanJsonSpan object)
{
  g_string_truncate (self->base, 0);
  g_string_append_len (self->base, data + object.offset, object.length);
}

static gboolean
add_string (ForemanAssembler *self,
            ForemanSpool *spool,
            const char *data,
            ForemanJsonSpan string,
            GError **error)
{
  self->n_chunks++;
  self->has_content = TRUE;
  g_string_truncate (self->piece, 0);
  foreman_assembler_decode (self->piece, data, string);
  foreman_token_repeats_add (&self->repeats, self->piece->str, self->piece->len);
  return foreman_spool_append (spool, data + string.offset + 1, string.length - 2, error);
}

static gboolean
is_piece (const char *data, ForemanJsonSpan string)
{
  return foreman_json_span_is_string (data, string) && !foreman_json_span_is_empty (data, string);
}

gboolean
foreman_assembler_add_text (ForemanAssembler *self,
                            const char *data,
                            ForemanJsonSpan string,
                            GError **error)
{
  if (!is_piece (data, string))
    return TRUE;
  if (!add_string (self, self->text, data, string, error))
    return FALSE;
  g_string_append_len (self->fresh, self->piece->str, self->piece->len);
  return TRUE;
}

gboolean
foreman_assembler_add_thinking (ForemanAssembler *self,
                                const char *data,
                                ForemanJsonSpan string,
                                GError **error)
{
  return !is_piece (data, string) || add_string (self, self->thinking, data, string, error);
}

static gboolean
add_elements (ForemanSpool *spool, const char *data, ForemanJsonSpan array, GError **error)
{
  ForemanJsonIter iter;
  ForemanJsonSpan element;
  ForemanSpoolWriter writer;

  if (!foreman_json_span_is_array (data, array) ||
      !foreman_json_iter_init (&iter, data, array, NULL))
    return TRUE;
  foreman_spool_writer_init (&writer, spool);
  while (foreman_json_iter_next (&iter, NULL, &element, NULL))
    foreman_spool_writer_span (&writer, data, element);
  return foreman_spool_writer_end (&writer, error);
}

gboolean
foreman_assembler_add_tool_calls (ForemanAssembler *self,
                                  const char *data,
                                  ForemanJsonSpan array,
                                  GError **error)
{
  if (!foreman_json_span_is_array (data, array) || foreman_json_span_is_empty (data, array))
    return TRUE;
  self->n_chunks++;
  self->has_content = TRUE;
  return add_elements (self->tool_calls, data, array, error);
}

gboolean
foreman_assembler_add_logprobs (ForemanAssembler *self,
                                const char *data,
                                ForemanJsonSpan array,
                                GError **error)
{
  return add_elements (self->logprobs, data, array, error);
}

/* A value that tells what the answer has cost. */
void
foreman_assembler_take_usage (ForemanAssembler *self, const char *data, gsize length)
{
  foreman_answer_fields_reset (&self->fields);
  foreman_answer_fields_feed (&self->fields, data, length);
}
