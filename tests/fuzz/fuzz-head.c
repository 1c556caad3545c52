/* SPDX-License-Identifier: MIT */
/* Request and response heads from any bytes, and what must hold for those that are let through. */
#include "fuzz.h"

#include <string.h>

#include "net/foreman-head.h"

static void
check_fields (ForemanHead *head)
{
  guint n_hosts = 0, n_lengths = 0, n_encodings = 0;

  g_assert (foreman_head_get_n (head) <= FOREMAN_HEAD_MAX_FIELDS);
  for (guint i = 0; i < foreman_head_get_n (head); i++)
    {
      const char *name, *value;

      foreman_head_nth (head, i, &name, &value);
      g_assert (*name != '\0' && strpbrk (name, " \t\r\n:") == NULL);
      g_assert (strpbrk (value, "\r\n") == NULL);
      g_assert (*value == '\0' || strchr (" \t", *value) == NULL);
      g_assert (*value == '\0' || strchr (" \t", value[strlen (value) - 1]) == NULL);
      g_assert (foreman_head_get (head, name) != NULL);
      n_hosts += g_ascii_strcasecmp (name, "host") == 0;
      n_lengths += g_ascii_strcasecmp (name, "content-length") == 0;
      n_encodings += g_ascii_strcasecmp (name, "transfer-encoding") == 0;
    }
  g_assert (foreman_head_get_method (head) == NULL || n_hosts <= 1);
  g_assert (n_lengths + n_encodings <= 1);
  g_assert ((foreman_head_get_content_length (head) >= 0) == (n_lengths == 1));
  g_assert (foreman_head_is_chunked (head) == (n_encodings == 1));
  g_assert (!foreman_head_is_chunked (head) || foreman_head_get_minor (head) == 1);
  foreman_head_keeps_alive (head);
  foreman_head_expects_continue (head);
}

static void
check_target (ForemanHead *head)
{
  const char *target = foreman_head_get_target (head);
  const char *path = foreman_head_get_path (head);
  g_autofree char *closed = g_strconcat (path, "/", NULL);

  g_assert (*target == '/' && *path == '/');
  g_assert (strpbrk (target, " \r\n#") == NULL);
  g_assert (g_utf8_validate (path, -1, NULL));
  g_assert (strstr (path, "//") == NULL);
  g_assert (strstr (closed, "/./") == NULL && strstr (closed, "/../") == NULL);
  if (foreman_head_get_query (head) != NULL)
    g_assert (foreman_head_get_query (head)[-1] == '?');
  g_assert (foreman_head_get_minor (head) == 0 || foreman_head_get_host (head) != NULL);
  if (foreman_head_get_host (head) != NULL)
    g_assert (strpbrk (foreman_head_get_host (head), "@/?#,% \\") == NULL);
}

/* Written anew from what was understood, it must be understood in the same way: what foreman
 * forwards is built like this. */
static void
check_round_trip (ForemanHead *head)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (ForemanHead) again = NULL;
  gsize consumed;

  g_string_append_printf (text, "%s %s HTTP/1.%u\r\n", foreman_head_get_method (head),
                          foreman_head_get_target (head), foreman_head_get_minor (head));
  for (guint i = 0; i < foreman_head_get_n (head); i++)
    {
      const char *name, *value;

      foreman_head_nth (head, i, &name, &value);
      g_string_append_printf (text, "%s: %s\r\n", name, value);
    }
  g_string_append (text, "\r\n");
  /* `a:b` has become `a: b` */
  if (text->len > FOREMAN_HEAD_MAX_BYTES)
    return;
  again = foreman_head_parse_request ((const guint8 *) text->str, text->len, &consumed, NULL);
  g_assert (again != NULL && consumed == text->len);
  g_assert (g_str_equal (foreman_head_get_path (again), foreman_head_get_path (head)));
  g_assert (foreman_head_get_n (again) == foreman_head_get_n (head));
  g_assert (foreman_head_get_content_length (again) == foreman_head_get_content_length (head));
  g_assert (foreman_head_is_chunked (again) == foreman_head_is_chunked (head));
}

/* A head that comes in two pieces is found at the same place. */
static void
check_scan (const guint8 *data, gsize size, gsize expected)
{
  ForemanHeadScan scan = { 0 };
  gsize first = size > 0 ? data[size - 1] % (size + 1) : 0;
  gsize end = foreman_head_scan (&scan, data, first, NULL);

  if (end == 0)
    end = foreman_head_scan (&scan, data, size, NULL);
  g_assert (end == expected);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  /* allocations of their own, so that reading past the end is seen */
  g_autofree guint8 *copy = g_memdup2 (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) response_error = NULL;
  gsize consumed = 0;
  g_autoptr (ForemanHead) request = foreman_head_parse_request (copy, size, &consumed, &error);
  g_autoptr (ForemanHead) response = NULL;

  g_assert (request == NULL || error == NULL);
  if (request != NULL)
    {
      g_assert (consumed >= 4 && consumed <= size);
      check_fields (request);
      check_target (request);
      check_round_trip (request);
      check_scan (copy, size, consumed);
    }
  response = foreman_head_parse_response (copy, size, &consumed, &response_error);
  g_assert (response == NULL || response_error == NULL);
  if (response != NULL)
    {
      g_assert (foreman_head_get_status (response) >= 100);
      check_fields (response);
    }
  return 0;
}
