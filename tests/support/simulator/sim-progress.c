/* SPDX-License-Identifier: MIT */
#include "sim-progress.h"

#include <stdarg.h>

#include "sim-write.h"

void
sim_progress_begin (SimProgress *progress, SimExchange *x, gboolean streaming)
{
  progress->x = x;
  progress->streaming = streaming;
  progress->last = g_string_new (NULL);
  sim_reply_set_header (x, "Content-Type", streaming ? "application/x-ndjson" : "application/json");
}

void
sim_progress_clear (SimProgress *progress)
{
  if (progress->last != NULL)
    g_string_free (progress->last, TRUE);
  progress->last = NULL;
}

static gboolean
send (SimProgress *progress)
{
  if (!progress->streaming)
    return !progress->x->gone;
  g_string_append_c (progress->last, '\n');
  return sim_reply_chunk (progress->x, progress->last->str, progress->last->len);
}

gboolean
sim_progress_say (SimProgress *progress, const char *format, ...)
{
  g_autofree char *status = NULL;
  va_list arguments;

  va_start (arguments, format);
  status = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_string_assign (progress->last, "{");
  sim_write_member (progress->last, "status", status);
  sim_write_close (progress->last, '}');
  return send (progress);
}

/* @hex: the layer's digest */
gboolean
sim_progress_layer (SimProgress *progress,
                    const char *verb,
                    const char *hex,
                    gint64 total,
                    gint64 completed)
{
  g_autofree char *status = g_strdup_printf ("%s %.12s", verb, hex);
  g_autofree char *digest = g_strconcat ("sha256:", hex, NULL);

  g_string_assign (progress->last, "{");
  sim_write_member (progress->last, "status", status);
  sim_write_member (progress->last, "digest", digest);
  sim_write_nonzero (progress->last, "total", total);
  sim_write_nonzero (progress->last, "completed", completed);
  sim_write_close (progress->last, '}');
  return send (progress);
}

/* Ends with an error: with a status if nothing has been sent yet. */
void
sim_progress_fail (SimProgress *progress, int status, const char *message)
{
  SimExchange *x = progress->x;
  g_autofree char *json = sim_write_error (message);
  g_autofree char *line = g_strconcat (json, "\n", NULL);

  if (!x->head_sent)
    sim_reply_set_header (x, "Content-Type", "application/json");
  if (!progress->streaming)
    {
      sim_reply_whole (x, status, json, strlen (json));
      return;
    }
  if (x->head_sent)
    sim_reply_chunk (x, line, strlen (line));
  else
    {
      x->status = status;
      sim_reply_chunk (x, json, strlen (json));
    }
  sim_reply_end (x);
}

void
sim_progress_end (SimProgress *progress)
{
  if (progress->streaming)
    sim_reply_end (progress->x);
  else
    sim_reply_whole (progress->x, 200, progress->last->str, progress->last->len);
}
