/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-exchange.h"
#include "sim-server.h"

/* How much of an unread body Go reads away before it gives the connection up. */
#define MAX_DISCARDED (256 * 1024)

static gboolean
received (SimExchange *x)
{
  SimConnection *c = x->connection;

  if (c->at < c->in->len || sim_connection_fill (c))
    return TRUE;
  x->body_broken = TRUE;
  x->gone = TRUE;
  return FALSE;
}

static gboolean
read_line (SimExchange *x, char *line, gsize size)
{
  gsize used = 0;

  for (;;)
    {
      guint8 c;

      if (!received (x))
        return FALSE;
      c = x->connection->in->data[x->connection->at++];
      if (c == '\n')
        break;
      if (used + 1 == size)
        return FALSE;
      line[used++] = (char) c;
    }
  if (used > 0 && line[used - 1] == '\r')
    used--;
  line[used] = '\0';
  return TRUE;
}

static gboolean
read_trailers (SimExchange *x)
{
  char line[4096];

  do
    if (!read_line (x, line, sizeof line))
      return FALSE;
  while (*line != '\0');
  return TRUE;
}

static gboolean
nonsense (SimExchange *x, const char *problem)
{
  x->body_problem = problem;
  return FALSE;
}

/* Reads the line in front of a chunk; FALSE for nonsense. */
static gboolean
next_chunk (SimExchange *x)
{
  char line[4096];
  char *end;

  if (x->body_seen > 0 && (!read_line (x, line, sizeof line) || *line != '\0'))
    return nonsense (x, "malformed chunked encoding");
  if (!read_line (x, line, sizeof line))
    return nonsense (x, "unexpected EOF");
  line[strcspn (line, ";")] = '\0';
  g_strchomp (line);
  if (*line == '\0')
    return nonsense (x, "empty hex number for chunk length");
  if (strlen (line) > 16)
    return nonsense (x, "http chunk length too large");
  x->body_left = g_ascii_strtoull (line, &end, 16);
  if (*end != '\0' || !g_ascii_isxdigit (*line))
    return nonsense (x, "invalid byte in chunk length");
  if (x->body_left > 0)
    return TRUE;
  x->body_done = TRUE;
  return read_trailers (x);
}

static void
start_body (SimExchange *x)
{
  if (x->checksum == NULL)
    x->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  if (!x->expects_continue)
    return;
  x->expects_continue = FALSE;
  if (!sim_connection_send (x->connection, "HTTP/1.1 100 Continue\r\n\r\n", 25))
    x->gone = TRUE;
}

/* Reads some of the body: 0 at its end, -1 if it broke off or makes no sense. */
gssize
sim_body_read (SimExchange *x, guint8 *buffer, gsize size)
{
  SimConnection *c = x->connection;
  gsize n;

  if (x->framing == SIM_BODY_NONE)
    x->body_done = TRUE;
  if (x->body_done)
    return 0;
  if (x->body_broken)
    return -1;
  start_body (x);
  if (x->framing == SIM_BODY_CHUNKED && x->body_left == 0 && !next_chunk (x))
    {
      x->body_broken = TRUE;
      return -1;
    }
  if (x->body_done)
    return 0;
  if (!received (x))
    return -1;
  n = (gsize) MIN ((guint64) MIN (size, c->in->len - c->at), x->body_left);
  memcpy (buffer, c->in->data + c->at, n);
  c->at += (guint) n;
  x->body_left -= n;
  g_checksum_update (x->checksum, buffer, (gssize) n);
  if (x->record != NULL && x->body_seen < 4096)
    sim_record_add_excerpt (x->server->stats, x->record, buffer, n);
  x->body_seen += n;
  if (x->framing == SIM_BODY_LENGTH && x->body_left == 0)
    x->body_done = TRUE;
  return (gssize) n;
}

static void
note_body (SimExchange *x)
{
  if (x->record != NULL && x->checksum != NULL)
    sim_record_set_body (x->server->stats, x->record, x->body_seen,
                         g_checksum_get_string (x->checksum));
}

/* Reads the whole body into x->body and parses it; FALSE if the client left before its end. */
gboolean
sim_body_read_all (SimExchange *x)
{
  guint8 buffer[16384];
  gssize n;

  while ((n = sim_body_read (x, buffer, sizeof buffer)) > 0)
    g_byte_array_append (x->body, buffer, (guint) n);
  note_body (x);
  if (n < 0 && x->gone)
    return FALSE;
  x->document = sim_document_parse ((const char *) x->body->data, x->body->len, &x->document_error);
  if (n < 0 && x->document == NULL && g_str_has_suffix (x->document_error, "EOF"))
    {
      /* a value that was whole before the framing went wrong is good enough for Go */
      g_free (x->document_error);
      x->document_error = g_strdup (x->body_problem);
    }
  return TRUE;
}

/* Puts the request that an OpenAI or Anthropic body amounts to in the place of the body. Takes
 * @json. */
gboolean
sim_body_replace (SimExchange *x, GString *json)
{
  gsize length = json->len;
  char *text = sim_exchange_keep (x, g_string_free (json, FALSE));

  sim_document_free (x->original);
  x->original = g_steal_pointer (&x->document);
  g_clear_pointer (&x->document_error, g_free);
  x->document = sim_document_parse (text, length, &x->document_error);
  return x->document != NULL;
}

/* Before the answer's head: reads a small rest of the body away, or decides to close, as Go does.
 */
void
sim_body_finish (SimExchange *x)
{
  guint8 buffer[16384];
  guint64 discarded = 0;
  gssize n = 0;

  if (x->framing == SIM_BODY_NONE || x->body_done)
    {
      note_body (x);
      return;
    }
  if (x->expects_continue || x->body_broken ||
      (x->framing == SIM_BODY_LENGTH && x->body_left > MAX_DISCARDED))
    {
      x->close = TRUE;
      note_body (x);
      return;
    }
  while (discarded <= MAX_DISCARDED && (n = sim_body_read (x, buffer, sizeof buffer)) > 0)
    discarded += (guint64) n;
  if (n != 0)
    x->close = TRUE;
  note_body (x);
}
