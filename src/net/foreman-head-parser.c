/* SPDX-License-Identifier: MIT */
/* Bytes to heads. Strict on purpose: what two readers could take for two things is refused. */
#include "net/foreman-head-private.h"
#include "net/foreman-request-target-private.h"
#include "libforeman/foreman-error.h"

#include <string.h>

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST, why);
  return FALSE;
}

static gboolean
too_large (GError **error, const char *why)
{
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE, why);
  return FALSE;
}

/* One line of the head's text: [start, end), the CR at end. */
typedef struct
{
  char *start;
  char *end;
} Line;

static Line
line_at (char *start)
{
  return (Line){ start, strchr (start, '\r') };
}

static ForemanHead *
head_new (const guint8 *data, gsize length, guint n_fields)
{
  gsize fields_size = n_fields * sizeof (ForemanHeadField);
  const guint8 *line_end = memchr (data, '\r', length);
  /* behind the text: room for the decoded path, never longer than the first line */
  gsize size = sizeof (ForemanHead) + fields_size + length + 1 + (line_end - data) + 1;
  ForemanHead *self = g_malloc (size);

  memset (self, 0, sizeof *self);
  g_atomic_ref_count_init (&self->refs);
  self->content_length = -1;
  self->text = (char *) self->fields + fields_size;
  memcpy (self->text, data, length);
  self->text[length] = '\0';
  return self;
}

static gboolean
parse_field (ForemanHead *self, Line line, GError **error)
{
  char *colon = line.start;
  char *value;

  if (*line.start == ' ' || *line.start == '\t')
    return refuse (error, "A field is folded over two lines");
  while (foreman_byte_is_token (*colon))
    colon++;
  if (colon == line.end || colon == line.start)
    return refuse (error, "A line of the head is no field");
  if (*colon != ':')
    return refuse (error, "A field's name has a character that names cannot have");
  *colon = '\0';
  value = colon + 1;
  while (*value == ' ' || *value == '\t')
    value++;
  while (line.end > value && (line.end[-1] == ' ' || line.end[-1] == '\t'))
    line.end--;
  *line.end = '\0';
  self->fields[self->n_fields].name = line.start - self->text;
  self->fields[self->n_fields].value = value - self->text;
  self->n_fields++;
  return TRUE;
}

static gboolean
parse_fields (ForemanHead *self, char *at, GError **error)
{
  for (Line line = line_at (at); line.start != line.end; line = line_at (at))
    {
      at = line.end + 2;
      if (!parse_field (self, line, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
parse_content_length (ForemanHead *self, const char *value, GError **error)
{
  guint64 number;

  if (self->content_length >= 0)
    return refuse (error, "Content-Length is given twice");
  if (*value == '\0' || value[strspn (value, "0123456789")] != '\0' ||
      !g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64, &number, NULL))
    return refuse (error, "Content-Length is no number of bytes");
  self->content_length = (gint64) number;
  return TRUE;
}

static gboolean
parse_transfer_encoding (ForemanHead *self, const char *value, GError **error)
{
  if (self->chunked)
    return refuse (error, "Transfer-Encoding is given twice");
  if (g_ascii_strcasecmp (value, "chunked") != 0)
    return refuse (error, "Transfer-Encoding can only be chunked");
  if (self->minor == 0)
    return refuse (error, "HTTP/1.0 has no Transfer-Encoding");
  self->chunked = TRUE;
  return TRUE;
}

static gboolean
parse_framing (ForemanHead *self, GError **error)
{
  for (guint i = 0; i < self->n_fields; i++)
    {
      const char *name = self->text + self->fields[i].name;
      const char *value = self->text + self->fields[i].value;

      if (g_ascii_strcasecmp (name, "content-length") == 0)
        {
          if (!parse_content_length (self, value, error))
            return FALSE;
        }
      else if (g_ascii_strcasecmp (name, "transfer-encoding") == 0)
        {
          if (!parse_transfer_encoding (self, value, error))
            return FALSE;
        }
    }
  if (self->chunked && self->content_length >= 0)
    return refuse (error, "Content-Length and Transfer-Encoding are both given");
  return TRUE;
}

/* @authority: (nullable): that of an absolute-form target */
static gboolean
parse_host (ForemanHead *self, const char *authority, GError **error)
{
  const char *host = NULL;

  for (guint i = 0; i < self->n_fields; i++)
    {
      if (g_ascii_strcasecmp (self->text + self->fields[i].name, "host") != 0)
        continue;
      if (host != NULL)
        return refuse (error, "Host is given twice");
      host = self->text + self->fields[i].value;
    }
  if (host == NULL && self->minor > 0)
    return refuse (error, "Host is missing");
  if (host != NULL && !foreman_request_authority_is_valid (host, strlen (host)))
    return refuse (error, "Host is no host name");
  if (host != NULL && authority != NULL && g_ascii_strcasecmp (host, authority) != 0)
    return refuse (error, "Host and the request target name different hosts");
  self->host = host != NULL ? host : authority;
  return TRUE;
}

/* Cuts `http://AUTHORITY` off @target, which becomes origin-form. Its `/` may be missing: the
 * authority moves two bytes to the left, over the `//`, so that there is room to write one. */
static char *
cut_authority (char **target)
{
  char *authority = *target + strlen ("http://");
  gsize length = strcspn (authority, "/?");

  memmove (authority - 2, authority, length);
  authority -= 2;
  authority[length] = '\0';
  *target = authority + length + 1;
  if ((*target)[1] == '/')
    (*target)++;
  else
    **target = '/';
  return authority;
}

/* @spare: where the decoded path goes */
static gboolean
parse_target (ForemanHead *self, char *target, char *spare, char **authority, GError **error)
{
  const char *wrong;
  gsize path_length;

  if (g_ascii_strncasecmp (target, "http://", 7) == 0)
    {
      *authority = cut_authority (&target);
      if (**authority == '\0' ||
          !foreman_request_authority_is_valid (*authority, strlen (*authority)))
        return refuse (error, "The request target names no host");
    }
  wrong = foreman_request_target_check (target, strlen (target));
  if (wrong != NULL)
    return refuse (error, wrong);
  path_length = strcspn (target, "?");
  wrong = foreman_request_path_decode (target, path_length, spare);
  if (wrong != NULL)
    return refuse (error, wrong);
  self->target = target;
  self->path = spare;
  self->query = target[path_length] == '?' ? target + path_length + 1 : NULL;
  return TRUE;
}

static gboolean
parse_version (ForemanHead *self, const char *version, GError **error)
{
  if (strncmp (version, "HTTP/1.", 7) != 0 || (version[7] != '0' && version[7] != '1') ||
      version[8] != '\0')
    return refuse (error, "The HTTP version is not 1.0 or 1.1");
  self->minor = version[7] - '0';
  return TRUE;
}

/* Exactly METHOD SP TARGET SP VERSION. */
static gboolean
parse_request_line (ForemanHead *self, Line line, char *spare, char **authority, GError **error)
{
  char *method_end = line.start;
  char *target, *target_end;

  *line.end = '\0';
  while (foreman_byte_is_token (*method_end))
    method_end++;
  if (method_end == line.start || *method_end != ' ')
    return refuse (error, "The request line does not start with a method");
  target = method_end + 1;
  target_end = strchr (target, ' ');
  if (target_end == NULL)
    return refuse (error, "The request line has no HTTP version");
  if (target_end - target > FOREMAN_HEAD_MAX_TARGET)
    return too_large (error, "The request target is larger than 8 KiB");
  *method_end = *target_end = '\0';
  self->method = line.start;
  if (strcmp (self->method, "CONNECT") == 0)
    return refuse (error, "CONNECT is not served: this is no proxy");
  return parse_version (self, target_end + 1, error) &&
         parse_target (self, target, spare, authority, error);
}

/**
 * foreman_head_parse_request:
 * @data: bytes as they came from a client
 * @length: how many, in bytes
 * @consumed: (out) (optional): the head's length in bytes; what follows is body or the next request
 * @error: return location
 *
 * Parses a request's head. %FOREMAN_ERROR_INVALID_REQUEST means that it is malformed or ambiguous
 * (400), %FOREMAN_ERROR_TOO_LARGE that it is over a limit (431); the connection cannot be used any
 * more after either.
 *
 * Returns: (transfer full) (nullable): the head; %NULL without @error if it is incomplete
 */
ForemanHead *
foreman_head_parse_request (const guint8 *data, gsize length, gsize *consumed, GError **error)
{
  ForemanHeadScan scan = { 0 };
  gsize size = foreman_head_scan (&scan, data, length, error);
  g_autoptr (ForemanHead) self = NULL;
  char *authority = NULL;
  Line first;

  if (size == 0)
    return NULL;
  self = head_new (data, size, scan.lines - 1);
  first = line_at (self->text);
  if (!parse_request_line (self, first, self->text + size + 1, &authority, error) ||
      !parse_fields (self, first.end + 2, error) || !parse_framing (self, error) ||
      !parse_host (self, authority, error))
    return NULL;
  if (consumed != NULL)
    *consumed = size;
  return g_steal_pointer (&self);
}

/* VERSION SP STATUS [SP REASON] */
static gboolean
parse_status_line (ForemanHead *self, Line line, GError **error)
{
  char *status = line.start + strlen ("HTTP/1.x ");

  *line.end = '\0';
  if (line.end - line.start < (gssize) strlen ("HTTP/1.x 200") || status[-1] != ' ')
    return refuse (error, "it does not start with a status line");
  status[-1] = '\0';
  if (!parse_version (self, line.start, error))
    return FALSE;
  for (guint i = 0; i < 3; i++)
    {
      if (!g_ascii_isdigit (status[i]))
        return refuse (error, "its status is no number");
      self->status = self->status * 10 + g_ascii_digit_value (status[i]);
    }
  if (self->status < 100 || (status[3] != ' ' && status[3] != '\0'))
    return refuse (error, "its status has not three digits");
  self->reason = status[3] == ' ' ? status + 4 : status + 3;
  return TRUE;
}

static ForemanHead *
parse_response (const guint8 *data, gsize length, gsize *size, GError **error)
{
  ForemanHeadScan scan = { 0 };
  g_autoptr (ForemanHead) self = NULL;
  Line first;

  *size = foreman_head_scan (&scan, data, length, error);
  if (*size == 0)
    return NULL;
  self = head_new (data, *size, scan.lines - 1);
  first = line_at (self->text);
  if (!parse_status_line (self, first, error) || !parse_fields (self, first.end + 2, error) ||
      !parse_framing (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * foreman_head_parse_response:
 * @data: bytes as they came from a server
 * @length: how many, in bytes
 * @consumed: (out) (optional): the head's length in bytes
 * @error: return location
 *
 * Parses a response's head, as strictly in its framing as a request's. Whatever is wrong with it is
 * %FOREMAN_ERROR_CONNECTION: that is no HTTP server, or one that cannot be trusted to frame.
 *
 * Returns: (transfer full) (nullable): the head; %NULL without @error if it is incomplete
 */
ForemanHead *
foreman_head_parse_response (const guint8 *data, gsize length, gsize *consumed, GError **error)
{
  g_autoptr (GError) why = NULL;
  gsize size = 0;
  ForemanHead *self = parse_response (data, length, &size, &why);

  if (why != NULL)
    g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
                 "The answer's head is malformed: %s", why->message);
  if (self != NULL && consumed != NULL)
    *consumed = size;
  return self;
}
