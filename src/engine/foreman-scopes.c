/* SPDX-License-Identifier: MIT */
#include "engine/foreman-scopes.h"

#include "libforeman/foreman-error.h"

static const struct
{
  const char *name;
  ForemanScopes scope;
} scope_names[] = {
  { "inference", FOREMAN_SCOPE_INFERENCE }, { "jobs", FOREMAN_SCOPE_JOBS },
  { "jobs:all", FOREMAN_SCOPE_JOBS_ALL },   { "manage", FOREMAN_SCOPE_MANAGE },
  { "admin", FOREMAN_SCOPE_ADMIN },
};

/**
 * foreman_scopes_parse:
 * @text: names of scopes, at least one
 * @separator: what stands between them, `,` or `+`
 * @scopes: (out): the scopes
 * @error: return location for an error
 *
 * Reads a list of scopes as the tokens file and `FOREMAN_TRUSTED` have them.
 *
 * Returns: %TRUE, or %FALSE with %FOREMAN_ERROR_INVALID_REQUEST
 */
gboolean
foreman_scopes_parse (const char *text, char separator, ForemanScopes *scopes, GError **error)
{
  const char delimiter[] = { separator, '\0' };
  g_auto (GStrv) names = NULL;
  ForemanScopes sum = FOREMAN_SCOPE_NONE;

  g_return_val_if_fail (text != NULL && scopes != NULL, FALSE);

  names = g_strsplit (text, delimiter, -1);
  for (gsize i = 0; names[i] != NULL || i == 0; i++)
    {
      const char *name = names[i] != NULL ? names[i] : "";
      gsize s;

      for (s = 0; s < G_N_ELEMENTS (scope_names); s++)
        if (g_str_equal (scope_names[s].name, name))
          break;
      if (s == G_N_ELEMENTS (scope_names))
        {
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                       "\"%s\" is no scope; scopes are inference, jobs, jobs:all, manage, admin",
                       name);
          return FALSE;
        }
      sum |= scope_names[s].scope;
    }
  *scopes = sum;
  return TRUE;
}

/**
 * foreman_scopes_to_string:
 * @scopes: some scopes
 *
 * Returns: (transfer full): their names, by commas
 */
char *
foreman_scopes_to_string (ForemanScopes scopes)
{
  GString *out = g_string_new (NULL);

  for (gsize s = 0; s < G_N_ELEMENTS (scope_names); s++)
    if (scopes & scope_names[s].scope)
      g_string_append_printf (out, "%s%s", out->len > 0 ? "," : "", scope_names[s].name);
  return g_string_free (out, FALSE);
}

/**
 * foreman_scopes_allow:
 * @have: what a caller was given
 * @need: what is asked for; all of it is needed
 *
 * `admin` holds every other scope, `jobs:all` holds `jobs`.
 *
 * Returns: whether @have is enough
 */
gboolean
foreman_scopes_allow (ForemanScopes have, ForemanScopes need)
{
  if (have & FOREMAN_SCOPE_ADMIN)
    return TRUE;
  if (have & FOREMAN_SCOPE_JOBS_ALL)
    have |= FOREMAN_SCOPE_JOBS;
  return (need & ~have) == 0;
}
