/* SPDX-License-Identifier: MIT */
#include "assembler-fixture.h"

#include <string.h>

#include "engine/foreman-json-scan.h"

char *
spool_dup_text (ForemanSpool *spool)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = foreman_spool_read (spool, 0, foreman_spool_get_size (spool), &error);

  g_assert_no_error (error);
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* Wrapped, so that what follows is seen. */
gboolean
is_one_object (const char *json)
{
  static const char *const names[] = { "x", NULL };
  g_autofree char *text = g_strstrip (g_strdup (json));
  g_autofree char *wrapped = g_strdup_printf ("{\"x\":%s}", text);
  ForemanJsonSpan span;

  return foreman_json_scan (wrapped, strlen (wrapped), names, &span, NULL) &&
         foreman_json_span_is_object (wrapped, span) && span.length == strlen (text);
}

static void
take_text (ForemanAssembler *assembler, GString *text)
{
  g_autofree char *piece = foreman_assembler_take_text (assembler);

  if (piece == NULL)
    return;
  g_assert_cmpstr (piece, !=, "");
  g_assert_true (g_utf8_validate (piece, -1, NULL));
  g_string_append (text, piece);
}

Assembled *
assemble (ForemanEndpoint endpoint,
          const char *content_type,
          const char *stream,
          gssize length,
          gsize step)
{
  g_autoptr (ForemanAssembler) assembler = foreman_assembler_new (endpoint, content_type);
  g_autoptr (ForemanSpool) spool = NULL;
  Assembled *assembled = g_new0 (Assembled, 1);
  GString *text = g_string_new (NULL);
  gsize size = length >= 0 ? (gsize) length : strlen (stream);
  gboolean fed = TRUE;

  step = step > 0 ? step : MAX (size, 1);
  for (gsize at = 0; fed && at < size; at += step)
    {
      /* A copy of its own, so that nothing is read past it. */
      g_autofree char *piece = g_memdup2 (stream + at, MIN (step, size - at));

      fed = foreman_assembler_feed (assembler, piece, MIN (step, size - at), &assembled->error);
      take_text (assembler, text);
    }
  if (fed)
    spool = foreman_assembler_finish (assembler, &assembled->warning, &assembled->error);
  take_text (assembler, text);

  g_assert_true ((spool == NULL) == (assembled->error != NULL));
  assembled->answer = spool != NULL ? spool_dup_text (spool) : NULL;
  assembled->text = g_string_free (text, FALSE);
  assembled->n_chunks = foreman_assembler_get_n_chunks (assembler);
  assembled->usage = *foreman_assembler_get_usage (assembler);
  assembled->is_complete = foreman_assembler_is_complete (assembler);
  assembled->is_empty = foreman_assembler_is_empty (assembler);
  assembled->content_type = g_strdup (foreman_assembler_get_content_type (assembler));
  return assembled;
}

void
assembled_free (Assembled *assembled)
{
  g_free (assembled->answer);
  g_free (assembled->text);
  g_free (assembled->content_type);
  g_clear_error (&assembled->error);
  g_free (assembled);
}
