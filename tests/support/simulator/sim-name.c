/* SPDX-License-Identifier: MIT */
#include "sim-name.h"

#include <string.h>

#define DEFAULT_HOST      "registry.ollama.ai"
#define DEFAULT_NAMESPACE "library"
#define MISSING           "!MISSING!"

/* Cuts what follows the last @separator off @text; an empty side makes the name invalid. */
static char *
cut_last (char *text, char separator)
{
  char *at = strrchr (text, separator);

  if (at == NULL)
    return NULL;
  *at = '\0';
  return g_strdup (at[1] != '\0' ? at + 1 : MISSING);
}

static gboolean
valid_part (const char *part, gsize limit, const char *extra)
{
  gsize length = strlen (part);

  if (length < 1 || length > limit || (!g_ascii_isalnum (part[0]) && part[0] != '_'))
    return FALSE;
  for (gsize i = 1; i < length; i++)
    if (!g_ascii_isalnum (part[i]) && strchr (extra, part[i]) == NULL)
      return FALSE;
  return TRUE;
}

static void
split (char *rest, SimName *name)
{
  const char *colon = strrchr (rest, ':'), *slash = strrchr (rest, '/');
  char *separator;

  if (colon != NULL && (slash == NULL || colon > slash))
    name->tag = cut_last (rest, ':');
  name->model = cut_last (rest, '/');
  if (name->model == NULL)
    {
      name->model = g_strdup (*rest != '\0' ? rest : MISSING);
      return;
    }
  name->namespace = cut_last (rest, '/');
  if (name->namespace == NULL)
    {
      name->namespace = g_strdup (*rest != '\0' ? rest : MISSING);
      return;
    }
  separator = strstr (rest, "://");
  if (separator != NULL)
    {
      name->scheme = g_strndup (rest, (gsize) (separator - rest));
      rest = separator + 3;
    }
  name->host = g_strdup (*rest != '\0' ? rest : MISSING);
}

/* Parses [[scheme://]host/][namespace/]model[:tag] with Ollama's defaults; FALSE if it is no valid
 * name. */
gboolean
sim_name_parse (const char *text, SimName *name)
{
  g_autofree char *rest = g_strdup (text);

  memset (name, 0, sizeof *name);
  split (rest, name);
  if (name->scheme == NULL)
    name->scheme = g_strdup ("https");
  if (name->host == NULL)
    name->host = g_strdup (DEFAULT_HOST);
  if (name->namespace == NULL)
    name->namespace = g_strdup (DEFAULT_NAMESPACE);
  if (name->tag == NULL)
    name->tag = g_strdup ("latest");
  name->base = g_strdup (text);
  return valid_part (name->host, 350, "_-.:") && valid_part (name->namespace, 80, "_-") &&
         valid_part (name->model, 80, "_-.") && valid_part (name->tag, 80, "_-.");
}

/* Strips ":cloud", "-cloud" of a tag, or ":local" from @text. */
static SimSource
strip_source (char *text)
{
  char *colon = strrchr (text, ':'), *suffix;
  g_autofree char *lower = NULL;

  if (colon == NULL)
    return SIM_SOURCE_NONE;
  suffix = g_strstrip (g_strdup (colon + 1));
  lower = g_ascii_strdown (suffix, -1);
  g_free (suffix);
  if (g_str_equal (lower, "cloud") || g_str_equal (lower, "local"))
    {
      *colon = '\0';
      return lower[0] == 'c' ? SIM_SOURCE_CLOUD : SIM_SOURCE_LOCAL;
    }
  if (strchr (lower, '/') == NULL && g_str_has_suffix (lower, "-cloud"))
    {
      g_strchomp (colon);
      text[strlen (text) - strlen ("-cloud")] = '\0';
      return SIM_SOURCE_CLOUD;
    }
  return SIM_SOURCE_NONE;
}

/* Parses what a request calls a model. @name is to be cleared whatever is returned. */
SimNameStatus
sim_name_parse_reference (const char *text, gsize length, SimName *name, char **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  g_autofree char *base = g_strdup (trimmed);
  SimSource source;

  memset (name, 0, sizeof *name);
  if (strlen (text) != length)
    return SIM_NAME_INVALID;
  if (*trimmed == '\0')
    return SIM_NAME_MISSING;
  source = strip_source (base);
  if (source != SIM_SOURCE_NONE)
    {
      g_autofree char *nested = g_strdup (base);

      if (strip_source (nested) != SIM_SOURCE_NONE)
        {
          *error = g_strdup_printf ("use either :local or :cloud, not both: \"%s\"", trimmed);
          return SIM_NAME_CONFLICTING;
        }
    }
  if (!sim_name_parse (base, name))
    return SIM_NAME_INVALID;
  name->source = source;
  return SIM_NAME_OK;
}

void
sim_name_clear (SimName *name)
{
  g_clear_pointer (&name->scheme, g_free);
  g_clear_pointer (&name->host, g_free);
  g_clear_pointer (&name->namespace, g_free);
  g_clear_pointer (&name->model, g_free);
  g_clear_pointer (&name->tag, g_free);
  g_clear_pointer (&name->base, g_free);
}

/* host/namespace/model:tag */
char *
sim_name_full (const SimName *name)
{
  return g_strdup_printf ("%s/%s/%s:%s", name->host, name->namespace, name->model, name->tag);
}

/* The form that tags and ps print. */
char *
sim_name_shortest (const SimName *name)
{
  if (g_ascii_strcasecmp (name->host, DEFAULT_HOST) != 0)
    return sim_name_full (name);
  if (g_ascii_strcasecmp (name->namespace, DEFAULT_NAMESPACE) != 0)
    return g_strdup_printf ("%s/%s:%s", name->namespace, name->model, name->tag);
  return g_strdup_printf ("%s:%s", name->model, name->tag);
}

gboolean
sim_name_same (const SimName *a, const SimName *b, gboolean fold)
{
  int (*compare) (const char *, const char *) = fold ? g_ascii_strcasecmp : strcmp;

  return compare (a->host, b->host) == 0 && compare (a->namespace, b->namespace) == 0 &&
         compare (a->model, b->model) == 0 && compare (a->tag, b->tag) == 0;
}
