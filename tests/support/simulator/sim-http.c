/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-exchange.h"
#include "sim-server.h"
#include "sim-url.h"

/* Request heads as Go's net/http reads them: what it takes is taken, what it refuses is refused in
 * its words, which come after "400 Bad Request". */

#define MAX_HEAD        (1024 * 1024 + 4096)
#define UNKNOWN_VERSION 99
#define HTTP2_PREFACE   "PRI * HTTP/2.0"

static gboolean
is_token (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && strchr ("!#$%&'*+-.^_`|~", text[i]) == NULL)
      return FALSE;
  return length > 0;
}

/* Finds the end of the head in what was received. */
static gboolean
find_head (SimConnection *c, gsize *length)
{
  const char *data = (const char *) c->in->data + c->at, *at = data;
  gsize left = c->in->len - c->at;

  for (;;)
    {
      const char *newline = memchr (at, '\n', left - (gsize) (at - data));

      if (newline == NULL)
        return FALSE;
      if (newline == at || (newline == at + 1 && *at == '\r'))
        {
          *length = (gsize) (newline + 1 - data);
          return TRUE;
        }
      at = newline + 1;
    }
}

static void
canonicalise (char *name)
{
  gboolean upper = TRUE;

  for (; *name != '\0'; name++)
    {
      *name = upper ? g_ascii_toupper (*name) : g_ascii_tolower (*name);
      upper = *name == '-';
    }
}

static gboolean
parse_request_line (SimExchange *x, char *line)
{
  g_autofree char *line_copy = g_strdup (line);
  char *space = strchr (line, ' '), *last, *version;

  if (space == NULL)
    return FALSE;
  last = strrchr (space + 1, ' ');
  if (last == NULL)
    return FALSE;
  version = last + 1;
  if (!is_token (line, (gsize) (space - line)) || strlen (version) != 8 ||
      !g_str_has_prefix (version, "HTTP/") || version[6] != '.' || !g_ascii_isdigit (version[5]) ||
      !g_ascii_isdigit (version[7]))
    return FALSE;
  x->method = g_strndup (line, (gsize) (space - line));
  x->target = g_strndup (space + 1, (gsize) (last - space - 1));
  x->minor = version[5] != '1' ? UNKNOWN_VERSION : version[7] == '0' ? 0 : 1;
  if (g_str_equal (line_copy, HTTP2_PREFACE))
    x->minor = 1;
  return sim_url_parse_target (x->target, g_str_equal (x->method, "CONNECT"), &x->url);
}

static gboolean
add_header_line (SimExchange *x, char *line, char **refusal)
{
  char *colon = strchr (line, ':');
  SimHeader header;

  if ((*line == ' ' || *line == '\t') && x->headers->len > 0)
    {
      SimHeader *last = &g_array_index (x->headers, SimHeader, x->headers->len - 1);
      char *joined = g_strconcat (last->value, " ", g_strstrip (line), NULL);

      g_free (last->value);
      last->value = joined;
      return TRUE;
    }
  if (colon == NULL || colon == line)
    return FALSE;
  if (!is_token (line, (gsize) (colon - line)))
    {
      gsize length = strcspn (line, " ");

      if (is_token (line, length) && strspn (line + length, " ") == (gsize) (colon - line) - length)
        *refusal = g_strdup ("400 Bad Request: invalid header name");
      return FALSE;
    }
  header.name = g_strndup (line, (gsize) (colon - line));
  canonicalise (header.name);
  header.value = g_strdup (g_strstrip (colon + 1));
  g_array_append_val (x->headers, header);
  for (const char *c = header.value; *c != '\0'; c++)
    if (((guchar) *c < 0x20 && *c != '\t') || *c == 0x7f)
      return FALSE;
  return TRUE;
}

static guint
count_headers (SimExchange *x, const char *name, const char **first)
{
  guint count = 0;

  for (guint i = 0; i < x->headers->len; i++)
    {
      SimHeader *header = &g_array_index (x->headers, SimHeader, i);

      if (g_str_equal (header->name, name) && count++ == 0)
        *first = header->value;
    }
  return count;
}

static gboolean
parse_length (SimExchange *x)
{
  const char *value = NULL;
  char *end;

  if (count_headers (x, "Content-Length", &value) == 0)
    return TRUE;
  for (guint i = 0; i < x->headers->len; i++)
    {
      SimHeader *header = &g_array_index (x->headers, SimHeader, i);

      if (g_str_equal (header->name, "Content-Length") && !g_str_equal (header->value, value))
        return FALSE;
    }
  if (!g_ascii_isdigit (*value) || strlen (value) > 18)
    return FALSE;
  x->body_left = g_ascii_strtoull (value, &end, 10);
  x->framing = x->body_left > 0 ? SIM_BODY_LENGTH : SIM_BODY_NONE;
  return *end == '\0';
}

static gboolean
parse_framing (SimExchange *x, char **refusal)
{
  const char *encoding = NULL;
  guint count = count_headers (x, "Transfer-Encoding", &encoding);

  if (!parse_length (x))
    return FALSE;
  if (count == 0 || x->minor == 0)
    return TRUE;
  if (count > 1 || g_ascii_strcasecmp (encoding, "chunked") != 0)
    {
      *refusal = g_strdup ("501 Not Implemented");
      return FALSE;
    }
  x->framing = SIM_BODY_CHUNKED;
  x->body_left = 0;
  return TRUE;
}

static gboolean
check_host (SimExchange *x, char **refusal)
{
  const char *host = NULL;
  guint count = count_headers (x, "Host", &host);

  if (count > 1)
    return FALSE;
  if (count == 0 && x->minor > 0 && !g_str_equal (x->method, "CONNECT") &&
      !g_str_equal (x->method, "PRI"))
    *refusal = g_strdup ("400 Bad Request: missing required Host header");
  else if (count == 1 && strpbrk (host, " \t\"<>\\^`{|}/?#@") != NULL)
    *refusal = g_strdup ("400 Bad Request: malformed Host header");
  if (*refusal != NULL)
    return FALSE;
  x->host = g_strdup (x->url.host != NULL ? x->url.host : host != NULL ? host : "");
  return TRUE;
}

static gboolean
parse_head (SimExchange *x, char *head, char **refusal)
{
  char *line = head;
  gboolean first = TRUE;

  while (line != NULL && *line != '\0')
    {
      char *next = strchr (line, '\n');

      if (next != NULL)
        *next++ = '\0';
      if (*line != '\0' && line[strlen (line) - 1] == '\r')
        line[strlen (line) - 1] = '\0';
      if (*line == '\0')
        break;
      if (!(first ? parse_request_line (x, line) : add_header_line (x, line, refusal)))
        return FALSE;
      first = FALSE;
      line = next;
    }
  if (first)
    return FALSE;
  if (x->minor == UNKNOWN_VERSION)
    {
      *refusal = g_strdup ("505 HTTP Version Not Supported: unsupported protocol version");
      return FALSE;
    }
  if (!check_host (x, refusal) || !parse_framing (x, refusal))
    return FALSE;
  x->keep_alive = x->minor == 1 ? !sim_exchange_has_token (x, "Connection", "close")
                                : sim_exchange_has_token (x, "Connection", "keep-alive");
  x->expects_continue = x->minor == 1 && sim_exchange_has_token (x, "Expect", "100-continue");
  return TRUE;
}

/* Go forgives newlines between a POST and the next request. */
static void
skip_newlines (SimConnection *c)
{
  if (!c->after_post)
    return;
  for (int i = 0; i < 4 && c->at < c->in->len; i++, c->at++)
    if (c->in->data[c->at] != '\r' && c->in->data[c->at] != '\n')
      return;
}

/* Reads the next request's head. SIM_READ_REFUSED: @refusal is the whole answer's text. */
SimRead
sim_http_read_head (SimExchange *x, char **refusal)
{
  SimConnection *c = x->connection;
  gboolean late = c->at < c->in->len;
  g_autofree char *head = NULL;
  gsize length = 0;

  skip_newlines (c);
  while (c->in->len == c->at || !find_head (c, &length))
    {
      if (c->in->len - c->at > MAX_HEAD)
        {
          *refusal = g_strdup ("431 Request Header Fields Too Large");
          return SIM_READ_REFUSED;
        }
      if (!sim_connection_fill (c))
        {
          if (c->in->len == c->at)
            return SIM_READ_CLOSED;
          *refusal = g_strdup ("400 Bad Request");
          return SIM_READ_REFUSED;
        }
      if (!late)
        skip_newlines (c);
    }
  head = g_strndup ((const char *) c->in->data + c->at, length);
  if (strlen (head) == length && !g_atomic_int_get (&c->stopping))
    {
      g_autofree char *lines = g_strdup (head);

      c->at += (guint) length;
      if (parse_head (x, lines, refusal))
        {
          if (!g_str_has_prefix (x->url.path, SIM_CONTROL_PREFIX))
            x->record = sim_record_new (x->server->stats, c->id, head, x->method, x->url.path);
          return SIM_READ_OK;
        }
    }
  if (*refusal == NULL)
    *refusal = g_strdup ("400 Bad Request");
  return SIM_READ_REFUSED;
}
