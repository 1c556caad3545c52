/* SPDX-License-Identifier: MIT */
/* A parsed head and what can be asked of it; foreman-head-parser.c makes them. */
#include "net/foreman-head-private.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (ForemanHead, foreman_head, foreman_head_ref, foreman_head_unref)

/**
 * foreman_head_ref:
 * @self: a head
 *
 * Takes one more reference.
 *
 * Returns: (transfer full): @self
 */
ForemanHead *
foreman_head_ref (ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->refs);
  return self;
}

/**
 * foreman_head_unref:
 * @self: (transfer full): a head
 *
 * Gives one reference back; the last one frees @self.
 */
void
foreman_head_unref (ForemanHead *self)
{
  g_return_if_fail (self != NULL);

  if (g_atomic_ref_count_dec (&self->refs))
    g_free (self);
}

/**
 * foreman_head_get_method:
 * @self: a head
 *
 * The request's method with its case as sent (methods are case-sensitive).
 *
 * Returns: (nullable): the method, or %NULL for a response
 */
const char *
foreman_head_get_method (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->method;
}

/**
 * foreman_head_get_target:
 * @self: a head
 *
 * The request target as sent, still percent-encoded, with its query; of an absolute-form target
 * the origin-form part. This is what is forwarded.
 *
 * Returns: (nullable): the target, or %NULL for a response
 */
const char *
foreman_head_get_target (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->target;
}

/**
 * foreman_head_get_path:
 * @self: a head
 *
 * The target's path, percent-decoded once, without the query: valid UTF-8 without dot segments,
 * empty segments, encoded slashes and NUL. This is what is routed by. It can hold control
 * characters (from `%0A`): escape it where it is shown.
 *
 * Returns: (nullable): the path, or %NULL for a response
 */
const char *
foreman_head_get_path (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->path;
}

/**
 * foreman_head_get_query:
 * @self: a head
 *
 * What follows the target's first `?`, as sent.
 *
 * Returns: (nullable): the query, or %NULL if there is none
 */
const char *
foreman_head_get_query (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->query;
}

/**
 * foreman_head_get_host:
 * @self: a head
 *
 * The host and port that the request is for: its Host field, or the authority of an absolute-form
 * target (where both are there they are equal). Its characters have been checked; it can be empty.
 *
 * Returns: (nullable): the host, or %NULL for a response and for an HTTP/1.0 request without one
 */
const char *
foreman_head_get_host (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->host;
}

/**
 * foreman_head_get_status:
 * @self: a head
 *
 * The response's status code.
 *
 * Returns: the code, 100 to 999, or 0 for a request
 */
guint
foreman_head_get_status (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->status;
}

/**
 * foreman_head_get_reason:
 * @self: a head
 *
 * The response's reason phrase, which is often empty.
 *
 * Returns: (nullable): the phrase, or %NULL for a request
 */
const char *
foreman_head_get_reason (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->reason;
}

/**
 * foreman_head_get_minor:
 * @self: a head
 *
 * The minor version: the message is HTTP/1.0 or HTTP/1.1.
 *
 * Returns: 0 or 1
 */
guint
foreman_head_get_minor (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->minor;
}

/**
 * foreman_head_get:
 * @self: a head
 * @name: a field's name, in any case
 *
 * The value of the first field of that name.
 *
 * Returns: (nullable): the value without the white space around it, or %NULL
 */
const char *
foreman_head_get (const ForemanHead *self, const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = 0; i < self->n_fields; i++)
    if (g_ascii_strcasecmp (self->text + self->fields[i].name, name) == 0)
      return self->text + self->fields[i].value;
  return NULL;
}

/**
 * foreman_head_get_n:
 * @self: a head
 *
 * How many fields there are.
 *
 * Returns: the number of fields
 */
guint
foreman_head_get_n (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_fields;
}

/**
 * foreman_head_nth:
 * @self: a head
 * @index: which field, below foreman_head_get_n()
 * @name: (out) (optional) (transfer none): its name, with its case as sent
 * @value: (out) (optional) (transfer none): its value without the white space around it; it may
 *   hold bytes that are no UTF-8
 *
 * The fields in their order.
 */
void
foreman_head_nth (const ForemanHead *self, guint index, const char **name, const char **value)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (index < self->n_fields);

  if (name != NULL)
    *name = self->text + self->fields[index].name;
  if (value != NULL)
    *value = self->text + self->fields[index].value;
}

static gboolean
list_has_token (const char *list, const char *token)
{
  gsize length = strlen (token);

  while (*list != '\0')
    {
      gsize n;

      list += strspn (list, ", \t");
      n = strcspn (list, ",");
      if (n >= length && g_ascii_strncasecmp (list, token, length) == 0 &&
          strspn (list + length, " \t") == n - length)
        return TRUE;
      list += n;
    }
  return FALSE;
}

/**
 * foreman_head_has_token:
 * @self: a head
 * @name: a field's name, in any case
 * @token: a token, in any case
 *
 * Whether one of the comma-separated elements of any field @name is @token.
 *
 * Returns: %TRUE if it is there
 */
gboolean
foreman_head_has_token (const ForemanHead *self, const char *name, const char *token)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (token != NULL && *token != '\0', FALSE);

  for (guint i = 0; i < self->n_fields; i++)
    if (g_ascii_strcasecmp (self->text + self->fields[i].name, name) == 0 &&
        list_has_token (self->text + self->fields[i].value, token))
      return TRUE;
  return FALSE;
}

/**
 * foreman_head_get_content_length:
 * @self: a head
 *
 * What Content-Length says.
 *
 * Returns: a number of bytes, or -1 if there is no such field
 */
gint64
foreman_head_get_content_length (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->content_length;
}

/**
 * foreman_head_is_chunked:
 * @self: a head
 *
 * Whether the body comes in chunks.
 *
 * Returns: %TRUE for `Transfer-Encoding: chunked`
 */
gboolean
foreman_head_is_chunked (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->chunked;
}

/**
 * foreman_head_keeps_alive:
 * @self: a head
 *
 * Whether the sender means to go on with the connection: by default in HTTP/1.1, when asked for in
 * HTTP/1.0, never with `Connection: close`.
 *
 * Returns: %TRUE if the connection can be used again
 */
gboolean
foreman_head_keeps_alive (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (foreman_head_has_token (self, "connection", "close"))
    return FALSE;
  return self->minor > 0 || foreman_head_has_token (self, "connection", "keep-alive");
}

/**
 * foreman_head_expects_continue:
 * @self: a head
 *
 * Whether the sender waits for `100 Continue` before it sends the body.
 *
 * Returns: %TRUE if it does
 */
gboolean
foreman_head_expects_continue (const ForemanHead *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->minor > 0 && foreman_head_has_token (self, "expect", "100-continue");
}
