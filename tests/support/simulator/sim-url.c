/* SPDX-License-Identifier: MIT */
#include "sim-url.h"

#include <string.h>

static char *
unescape (const char *text, gsize length)
{
  GString *out = g_string_sized_new (length);

  for (gsize i = 0; i < length; i++)
    {
      if (text[i] != '%')
        {
          g_string_append_c (out, text[i]);
          continue;
        }
      if (i + 2 >= length || !g_ascii_isxdigit (text[i + 1]) || !g_ascii_isxdigit (text[i + 2]))
        {
          g_string_free (out, TRUE);
          return NULL;
        }
      g_string_append_c (out, (char) (g_ascii_xdigit_value (text[i + 1]) * 16 +
                                      g_ascii_xdigit_value (text[i + 2])));
      i += 2;
    }
  return g_string_free (out, FALSE);
}

/* Takes a request target apart: origin form, absolute form, "*", and for CONNECT an authority. */
gboolean
sim_url_parse_target (const char *target, gboolean authority, SimUrl *url)
{
  const char *mark, *start = target;

  for (const char *c = target; *c != '\0'; c++)
    if ((guchar) *c <= 0x20 || *c == 0x7f)
      return FALSE;
  if (authority && *target != '/')
    {
      url->host = g_strdup (target);
      start = "";
    }
  else if (*start != '/' && !g_str_equal (target, "*"))
    {
      const char *scheme = strstr (start, "://");

      if (scheme == NULL || scheme == start)
        return FALSE;
      start = scheme + 3 + strcspn (scheme + 3, "/?");
      url->host = g_strndup (scheme + 3, (gsize) (start - scheme - 3));
    }
  mark = strchr (start, '?');
  if (mark != NULL)
    url->query = g_strdup (mark + 1);
  url->escaped = g_strndup (start, mark != NULL ? (gsize) (mark - start) : strlen (start));
  url->path = unescape (url->escaped, strlen (url->escaped));
  return url->path != NULL;
}

void
sim_url_clear (SimUrl *url)
{
  g_clear_pointer (&url->path, g_free);
  g_clear_pointer (&url->escaped, g_free);
  g_clear_pointer (&url->query, g_free);
  g_clear_pointer (&url->host, g_free);
}

/* What Go's ServeMux redirects to: no dot segments, no double slashes, a trailing slash kept. */
char *
sim_url_clean_path (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  GString *out = g_string_new (NULL);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (*parts[i] == '\0' || g_str_equal (parts[i], "."))
        continue;
      if (!g_str_equal (parts[i], ".."))
        g_ptr_array_add (kept, parts[i]);
      else if (kept->len > 0)
        g_ptr_array_set_size (kept, (gint) kept->len - 1);
    }
  for (guint i = 0; i < kept->len; i++)
    g_string_append_printf (out, "/%s", (char *) kept->pdata[i]);
  if (out->len == 0 || g_str_has_suffix (path, "/"))
    g_string_append_c (out, '/');
  return g_string_free (out, FALSE);
}
