/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "sim-exchange.h"
#include "sim-server.h"
#include "sim-surface.h"
#include "sim-wire.h"
#include "sim-write.h"

/* Up to here Go holds an answer back and gives it a Content-Length; above, it is chunked. */
#define HELD_BACK 2048

/* "X-Name: value" beside what is there already. */
void
sim_reply_header (SimExchange *x, const char *name, const char *value)
{
  SimHeader header = { g_strdup (name), g_strdup (value) };
  guint at = 0;

  while (at < x->answer_headers->len &&
         strcmp (g_array_index (x->answer_headers, SimHeader, at).name, name) <= 0)
    at++;
  g_array_insert_val (x->answer_headers, at, header);
}

/* The same, but in the place of an earlier one. */
void
sim_reply_set_header (SimExchange *x, const char *name, const char *value)
{
  for (guint i = x->answer_headers->len; i > 0; i--)
    if (g_str_equal (g_array_index (x->answer_headers, SimHeader, i - 1).name, name))
      g_array_remove_index (x->answer_headers, i - 1);
  sim_reply_header (x, name, value);
}

static const char *
status_text (int status)
{
  static const struct
  {
    int status;
    const char *text;
  } texts[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 204, "No Content" },
    { 301, "Moved Permanently" },
    { 307, "Temporary Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 413, "Request Entity Too Large" },
    { 417, "Expectation Failed" },
    { 418, "I'm a teapot" },
    { 422, "Unprocessable Entity" },
    { 429, "Too Many Requests" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i].status == status)
      return texts[i].text;
  return NULL;
}

static void
append_date (GString *head)
{
  static const char days[] = "SunMonTueWedThuFriSat";
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  time_t now = time (NULL);
  struct tm tm;

  gmtime_r (&now, &tm);
  g_string_append_printf (head, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n",
                          days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
                          tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* @length: of the whole body, or -1 for one that is streamed. */
static GString *
build_head (SimExchange *x, gint64 length)
{
  GString *head = g_string_sized_new (512);
  const char *text = status_text (x->status);
  gboolean own_connection = FALSE;
  gboolean bodiless = x->status == 204 || x->status == 304;

  if (text != NULL)
    g_string_append_printf (head, "HTTP/1.%u %d %s\r\n", x->minor, x->status, text);
  else
    g_string_append_printf (head, "HTTP/1.%u %d status code %d\r\n", x->minor, x->status,
                            x->status);
  for (guint i = 0; i < x->answer_headers->len; i++)
    {
      SimHeader *header = &g_array_index (x->answer_headers, SimHeader, i);

      if (g_str_equal (header->name, "Connection"))
        {
          if (x->close)
            continue;
          own_connection = TRUE;
        }
      g_string_append_printf (head, "%s: %s\r\n", header->name, header->value);
    }
  append_date (head);
  if (length >= 0 && !bodiless)
    g_string_append_printf (head, "Content-Length: %" G_GINT64_FORMAT "\r\n", length);
  if (x->close && x->minor > 0)
    g_string_append (head, "Connection: close\r\n");
  else if (!x->close && x->minor == 0 && !own_connection && length >= 0)
    g_string_append (head, "Connection: keep-alive\r\n");
  if (x->chunked)
    g_string_append (head, "Transfer-Encoding: chunked\r\n");
  g_string_append (head, "\r\n");
  return head;
}

static gboolean
is_head (SimExchange *x)
{
  return g_str_equal (x->method, "HEAD");
}

static void
settle (SimExchange *x)
{
  sim_body_finish (x);
  if (!x->keep_alive)
    x->close = TRUE;
  x->head_sent = TRUE;
}

/* Starts a streamed answer. */
static GString *
open_stream (SimExchange *x)
{
  settle (x);
  if (x->minor == 0)
    {
      x->until_close = TRUE;
      x->close = TRUE;
    }
  else
    x->chunked = !is_head (x);
  return build_head (x, -1);
}

/* Sends one piece of a streamed answer at once. FALSE: the client is gone. */
gboolean
sim_reply_chunk (SimExchange *x, const char *data, gsize length)
{
  GString *head = NULL;

  if (x->status == 0)
    x->status = 200;
  if (!x->head_sent)
    head = open_stream (x);
  return sim_wire_send (x, head, data, is_head (x) ? 0 : length);
}

gboolean
sim_reply_end (SimExchange *x)
{
  x->ended = TRUE;
  if (!x->head_sent)
    return sim_reply_whole (x, x->status != 0 ? x->status : 200, "", 0);
  if (x->chunked && !x->gone)
    return sim_wire_finish (x);
  return !x->gone;
}

/* Sends a whole answer, framed as Go frames one of that length. */
gboolean
sim_reply_whole (SimExchange *x, int status, const char *data, gsize length)
{
  gint64 framed = (gint64) length;

  x->status = status;
  if (length > HELD_BACK && x->minor > 0 && !is_head (x))
    return sim_reply_chunk (x, data, length) && sim_reply_end (x);
  x->ended = TRUE;
  if (length > HELD_BACK && x->minor == 0)
    {
      x->keep_alive = FALSE;
      framed = -1;
    }
  if (is_head (x) && (length == 0 || length > HELD_BACK))
    framed = -1;
  settle (x);
  framed = sim_wire_claim (x, framed);
  return sim_wire_send (x, build_head (x, framed), data, is_head (x) ? 0 : length);
}

/* Sends @json (transfer full) as gin's c.JSON does. */
gboolean
sim_reply_json (SimExchange *x, int status, GString *json)
{
  gboolean sent;

  sim_reply_set_header (x, "Content-Type", "application/json; charset=utf-8");
  sent = sim_reply_whole (x, status, json->str, json->len);
  g_string_free (json, TRUE);
  return sent;
}

gboolean
sim_reply_text (SimExchange *x, int status, const char *type, const char *text)
{
  sim_reply_set_header (x, "Content-Type", type);
  return sim_reply_whole (x, status, text, strlen (text));
}

/* Answers with an error in the shape of the API that was called. */
gboolean
sim_reply_error (SimExchange *x, int status, const char *message)
{
  g_autofree char *json = NULL;

  if (x->surface != NULL && x->surface->error != NULL)
    {
      g_autoptr (GString) out = g_string_new (NULL);

      x->surface->error (status, message, out);
      g_string_append_c (out, '\n');
      sim_reply_set_header (x, "Content-Type", "application/json");
      return sim_reply_whole (x, status, out->str, out->len);
    }
  json = sim_write_error (message);
  return sim_reply_text (x, status, "application/json; charset=utf-8", json);
}

gboolean
sim_reply_errorf (SimExchange *x, int status, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return sim_reply_error (x, status, message);
}

/* Sends bytes that are no HTTP, and then closes. */
gboolean
sim_reply_raw (SimExchange *x, const char *data, gsize length)
{
  x->head_sent = TRUE;
  x->ended = TRUE;
  x->close = TRUE;
  return sim_connection_send (x->connection, data, length);
}
