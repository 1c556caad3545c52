/* SPDX-License-Identifier: MIT */
#include "sim-template.h"

#include <string.h>

/* The first word of an action, behind a "-". */
static gboolean
begins_with (const char *action, const char *word)
{
  gsize length = strlen (word);

  while (*action == '-' || g_ascii_isspace (*action))
    action++;
  return strncmp (action, word, length) == 0 && !g_ascii_isalnum (action[length]);
}

static int
depth_change (const char *action)
{
  static const char *const openers[] = { "if", "range", "with", "define", "block" };

  for (guint i = 0; i < G_N_ELEMENTS (openers); i++)
    if (begins_with (action, openers[i]))
      return 1;
  return begins_with (action, "end") ? -1 : 0;
}

/* What Go's text/template says of the form of @text (transfer full), or NULL. Templates are not
 * run. */
char *
sim_template_error (const char *text)
{
  const char *at = text;
  const char *problem = NULL;
  int depth = 0, line = 1;

  while (problem == NULL && (at = strstr (at, "{{")) != NULL)
    {
      const char *end = strstr (at, "}}");

      if (end == NULL)
        problem = "unclosed action";
      else if ((depth += depth_change (at + 2)) < 0)
        problem = "unexpected {{end}}";
      else
        at = end + 2;
    }
  if (problem == NULL && depth > 0)
    problem = "unexpected EOF";
  if (problem == NULL)
    return NULL;
  for (const char *c = text; *c != '\0' && (at == NULL || c < at); c++)
    line += *c == '\n';
  return g_strdup_printf ("template: :%d: %s", line, problem);
}
