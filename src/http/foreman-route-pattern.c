/* SPDX-License-Identifier: MIT */
#include "http/foreman-route-pattern.h"

#include <string.h>

/* Follows @pattern along @path up to the segment called @name, or to the end without one.
 * Returns: (nullable): where in @path that is, or %NULL if the path is none of these */
static const char *
follow (const char *pattern, const char *path, const char *name)
{
  while (*pattern != '\0')
    {
      if (*pattern == '*' && pattern[1] == '\0')
        return path + strlen (path);
      if (*pattern == '{')
        {
          const char *end = strchr (pattern, '}');
          gsize segment = strcspn (path, "/");

          if (segment == 0)
            return NULL;
          if (name && strlen (name) == (gsize) (end - pattern - 1) &&
              strncmp (pattern + 1, name, end - pattern - 1) == 0)
            return path;
          pattern = end + 1;
          path += segment;
        }
      else if (*pattern++ != *path++)
        return NULL;
    }
  return *path == '\0' ? path : NULL;
}

/**
 * foreman_route_pattern_fits:
 * @pattern: a path of the router's table
 * @path: the decoded path of a request
 *
 * Returns: whether @path is one of those that @pattern stands for. Any thread.
 */
gboolean
foreman_route_pattern_fits (const char *pattern, const char *path)
{
  return follow (pattern, path, NULL) != NULL;
}

/**
 * foreman_route_pattern_dup_segment:
 * @pattern: a path of the router's table
 * @path: a path that it fits
 * @name: the name of one of its segments
 *
 * Returns: (transfer full) (nullable): what stands in @path for `{name}`; %NULL if @pattern has no
 *   such segment. Any thread.
 */
char *
foreman_route_pattern_dup_segment (const char *pattern, const char *path, const char *name)
{
  const char *segment = follow (pattern, path, name);

  if (!segment || *segment == '\0')
    return NULL;
  return g_strndup (segment, strcspn (segment, "/"));
}
