/* SPDX-License-Identifier: MIT */
#include "net/foreman-upstream-request.h"

#include <string.h>

struct _ForemanUpstreamRequest
{
  gatomicrefcount ref_count;
  char *method;              /* (owned) */
  char *target;              /* (owned) */
  GString *headers;          /* (owned): as they are sent */
  char *bearer;              /* (owned) (nullable) */
  GBytes *bytes;             /* (owned) (nullable) */
  ForemanByteSource *source; /* (owned) (nullable) */
  gint64 source_length;      /* -1: not known */
};

G_DEFINE_BOXED_TYPE (ForemanUpstreamRequest,
                     foreman_upstream_request,
                     foreman_upstream_request_ref,
                     foreman_upstream_request_unref)

static gboolean
is_one_word (const char *text)
{
  for (; *text; text++)
    if ((guchar) *text <= ' ' || *text == 0x7f)
      return FALSE;
  return TRUE;
}

/**
 * foreman_upstream_request_new:
 * @method: such as `POST`
 * @target: path and query, percent-encoded, with a slash at its start
 *
 * Makes a request without headers and body. Main thread.
 *
 * Returns: (transfer full): the request
 */
ForemanUpstreamRequest *
foreman_upstream_request_new (const char *method, const char *target)
{
  ForemanUpstreamRequest *self;

  g_return_val_if_fail (method != NULL && *method != '\0' && is_one_word (method), NULL);
  g_return_val_if_fail (target != NULL && *target == '/' && is_one_word (target), NULL);

  self = g_new0 (ForemanUpstreamRequest, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->method = g_strdup (method);
  self->target = g_strdup (target);
  self->headers = g_string_new (NULL);
  return self;
}

/**
 * foreman_upstream_request_ref:
 * @self: a request
 *
 * Returns: (transfer full): @self
 */
ForemanUpstreamRequest *
foreman_upstream_request_ref (ForemanUpstreamRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * foreman_upstream_request_unref:
 * @self: (transfer full): a request
 */
void
foreman_upstream_request_unref (ForemanUpstreamRequest *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->method);
  g_free (self->target);
  g_string_free (self->headers, TRUE);
  g_free (self->bearer);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_object (&self->source);
  g_free (self);
}

/* What belongs to one connection and its framing, not to the message. */
static gboolean
is_hop_by_hop (const char *name)
{
  static const char *const names[] = {
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "trailer",
    "upgrade",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (name, names[i]) == 0)
      return TRUE;
  return FALSE;
}

/**
 * foreman_upstream_request_add_header:
 * @self: a request that was not sent yet
 * @name: a field name
 * @value: its value, one line
 *
 * Adds a header field. Those that belong to the connection (Host, Connection, Content-Length,
 * Transfer-Encoding, Expect…) are the client's own and left out, so that the fields of a request
 * that is passed on can all be given. Main thread.
 */
void
foreman_upstream_request_add_header (ForemanUpstreamRequest *self,
                                     const char *name,
                                     const char *value)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (name != NULL && *name != '\0' && is_one_word (name) && !strchr (name, ':'));
  g_return_if_fail (value != NULL && !strpbrk (value, "\r\n"));

  if (is_hop_by_hop (name))
    return;
  g_string_append (self->headers, name);
  g_string_append (self->headers, ": ");
  g_string_append (self->headers, value);
  g_string_append (self->headers, "\r\n");
}

/**
 * foreman_upstream_request_set_bearer:
 * @self: a request that was not sent yet
 * @token: (nullable): a token, or %NULL for none
 *
 * Sends @token in an Authorization header of the client's own. Main thread.
 */
void
foreman_upstream_request_set_bearer (ForemanUpstreamRequest *self, const char *token)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (token == NULL || is_one_word (token));

  g_free (self->bearer);
  self->bearer = g_strdup (token);
}

/**
 * foreman_upstream_request_set_body_bytes:
 * @self: a request that was not sent yet
 * @body: (transfer none): the whole body; it is sent without being copied
 *
 * Gives @self a body with a Content-Length. Main thread.
 */
void
foreman_upstream_request_set_body_bytes (ForemanUpstreamRequest *self, GBytes *body)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (body != NULL);
  g_return_if_fail (self->bytes == NULL && self->source == NULL);

  self->bytes = g_bytes_ref (body);
}

/**
 * foreman_upstream_request_set_body_source:
 * @self: a request that was not sent yet
 * @body: (transfer none): where the body is read from as it can be sent; nobody else reads from it
 *   before the request is over
 * @length: how many bytes it will give, or -1 to send what it gives in chunks
 *
 * Gives @self a body that is streamed. Main thread.
 */
void
foreman_upstream_request_set_body_source (ForemanUpstreamRequest *self,
                                          ForemanByteSource *body,
                                          gint64 length)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (FOREMAN_IS_BYTE_SOURCE (body));
  g_return_if_fail (length >= -1);
  g_return_if_fail (self->bytes == NULL && self->source == NULL);

  self->source = g_object_ref (body);
  self->source_length = length;
}

/**
 * foreman_upstream_request_get_method:
 * @self: a request
 *
 * Returns: its method
 */
const char *
foreman_upstream_request_get_method (ForemanUpstreamRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->method;
}

/**
 * foreman_upstream_request_get_body_bytes:
 * @self: a request
 *
 * Returns: (transfer none) (nullable): the body, if it was given as bytes
 */
GBytes *
foreman_upstream_request_get_body_bytes (ForemanUpstreamRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->bytes;
}

/**
 * foreman_upstream_request_get_body_source:
 * @self: a request
 * @length: (out): its length in bytes, or -1 if that is not known
 *
 * Returns: (transfer none) (nullable): the body, if it is streamed
 */
ForemanByteSource *
foreman_upstream_request_get_body_source (ForemanUpstreamRequest *self, gint64 *length)
{
  g_return_val_if_fail (self != NULL, NULL);

  *length = self->source_length;
  return self->source;
}

/**
 * foreman_upstream_request_dup_head:
 * @self: a request
 * @host: value of the Host field
 * @prefix: what goes before the target
 * @length: (out): length of the head in bytes
 *
 * Renders the head with its empty line.
 *
 * Returns: (transfer full): the head
 */
char *
foreman_upstream_request_dup_head (ForemanUpstreamRequest *self,
                                   const char *host,
                                   const char *prefix,
                                   gsize *length)
{
  GString *head = g_string_sized_new (self->headers->len + 256);
  gint64 body_length = -1;

  g_string_append_printf (head, "%s %s%s HTTP/1.1\r\nHost: %s\r\n", self->method, prefix,
                          self->target, host);
  g_string_append_len (head, self->headers->str, self->headers->len);
  if (self->bearer)
    g_string_append_printf (head, "Authorization: Bearer %s\r\n", self->bearer);

  if (self->bytes)
    body_length = (gint64) g_bytes_get_size (self->bytes);
  else if (self->source)
    body_length = self->source_length;
  else if (!strcmp (self->method, "POST") || !strcmp (self->method, "PUT") ||
           !strcmp (self->method, "PATCH"))
    body_length = 0;

  if (body_length >= 0)
    g_string_append_printf (head, "Content-Length: %" G_GINT64_FORMAT "\r\n", body_length);
  else if (self->source)
    g_string_append (head, "Transfer-Encoding: chunked\r\n");
  g_string_append (head, "\r\n");

  *length = head->len;
  return g_string_free (head, FALSE);
}
