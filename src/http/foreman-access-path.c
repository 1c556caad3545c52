/* SPDX-License-Identifier: MIT */
#include "http/foreman-access-path.h"

#include <string.h>

#define MARK "as"

/* The end of the segment that starts at @segment, which is after a slash. */
static const char *
segment_end (const char *segment)
{
  return segment + strcspn (segment, "/?#");
}

static gboolean
segment_is (const char *raw, const char *end, const char *plain)
{
  g_autofree char *decoded = g_uri_unescape_segment (raw, end, NULL);

  return decoded != NULL && g_str_equal (decoded, plain);
}

/**
 * foreman_access_split_path:
 * @path: the decoded path
 * @target: the raw target
 * @token: (out): the token in the path, "" where it cannot be told; %NULL without the prefix
 * @prefix: (out) (nullable): the raw prefix
 * @rest_path: (out): the path without the prefix
 * @rest_target: (out): the target without it
 *
 * `OLLAMA_HOST` keeps a path, and clients that can send no header can so send a token:
 * `/as/TOKEN/api/chat` is `/api/chat`.
 *
 * Returns: whether there is such a prefix
 */
gboolean
foreman_access_split_path (const char *path,
                           const char *target,
                           char **token,
                           char **prefix,
                           char **rest_path,
                           char **rest_target)
{
  const char *mark_end, *start, *end, *plain_end;

  *token = *prefix = NULL;
  if (!g_str_has_prefix (path, "/" MARK "/") && !g_str_equal (path, "/" MARK))
    {
      *rest_path = g_strdup (path);
      *rest_target = g_strdup (target);
      return FALSE;
    }
  /* the raw target may spell both segments with escapes; they have to be the same ones */
  mark_end = segment_end (target + 1);
  start = *mark_end == '/' ? mark_end + 1 : mark_end;
  end = segment_end (start);
  plain_end = path + strlen ("/" MARK);
  *token = g_strdup ("");
  if (*plain_end == '/')
    {
      g_free (*token);
      *token = g_strndup (plain_end + 1, strcspn (plain_end + 1, "/"));
      plain_end += 1 + strlen (*token);
    }
  if (!segment_is (target + 1, mark_end, MARK) || !segment_is (start, end, *token))
    {
      /* they are not: nothing after it can be trusted to be what it seems */
      g_free (*token);
      *token = g_strdup ("");
    }
  *prefix = g_strndup (target, (gsize) (end - target));
  *rest_path = g_strdup (*plain_end == '/' ? plain_end : "/");
  *rest_target = *end == '/' ? g_strdup (end) : g_strconcat ("/", end, NULL);
  return TRUE;
}
