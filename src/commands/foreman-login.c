/* SPDX-License-Identifier: MIT */
#include "commands/foreman-login.h"

#include <glib/gstdio.h>
#include <string.h>

#include "libforeman/foreman-error.h"

#define DEFAULT_URL "http://127.0.0.1:8080"
#define GROUP       "foreman"

/**
 * foreman_login_get_file:
 *
 * Returns: (transfer full): the path of what `foreman login` saves
 */
char *
foreman_login_get_file (void)
{
  return g_build_filename (g_get_user_config_dir (), "foreman", "login", NULL);
}

static const char *
get_variable (const char *name)
{
  const char *value = g_getenv (name);

  return value != NULL && *value != '\0' ? value : NULL;
}

/* What was saved; nothing at all is no error. */
static gboolean
load_file (ForemanLogin *login, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = foreman_login_get_file ();
  g_autoptr (GError) failure = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &failure))
    {
      if (g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   "%s: %s; \"foreman login URL\" writes it anew", path, failure->message);
      return FALSE;
    }
  login->url = g_key_file_get_string (file, GROUP, "url", NULL);
  login->token = g_key_file_get_string (file, GROUP, "token", NULL);
  return TRUE;
}

static char *
without_slash (const char *url)
{
  gsize length = strlen (url);

  while (length > 0 && url[length - 1] == '/')
    length--;
  return g_strndup (url, length);
}

/**
 * foreman_login_load:
 * @login: gets what applies
 * @error: return location for an error
 *
 * `FOREMAN_URL` and `FOREMAN_TOKEN`, or else what was saved, or else the service on this machine. A
 * saved token goes only where it was saved for.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_CONFIG if what was saved cannot be read
 */
gboolean
foreman_login_load (ForemanLogin *login, GError **error)
{
  g_auto (ForemanLogin) saved = { NULL };
  const char *url = get_variable ("FOREMAN_URL");
  const char *token = get_variable ("FOREMAN_TOKEN");

  if ((url == NULL || token == NULL) && !load_file (&saved, error))
    return FALSE;
  login->url = without_slash (url != NULL ? url : saved.url != NULL ? saved.url : DEFAULT_URL);
  if (token != NULL)
    login->token = g_strdup (token);
  else if (saved.url != NULL && g_str_equal (saved.url, login->url))
    login->token = g_steal_pointer (&saved.token);
  return TRUE;
}

/**
 * foreman_login_save:
 * @login: what to save
 * @error: return location for an error
 *
 * Saves it for this user alone. Whatever happens, the file holds either the old or the new.
 *
 * Returns: whether that worked
 */
gboolean
foreman_login_save (const ForemanLogin *login, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = foreman_login_get_file ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *url = without_slash (login->url);
  g_autofree char *text = NULL;
  gsize length;

  g_key_file_set_string (file, GROUP, "url", url);
  if (login->token != NULL)
    g_key_file_set_string (file, GROUP, "token", login->token);
  text = g_key_file_to_data (file, &length, NULL);
  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_FAILED, "%s cannot be made: %s", folder,
                   g_strerror (errno));
      return FALSE;
    }
  return g_file_set_contents_full (path, text, (gssize) length,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   0600, error);
}

/**
 * foreman_login_clear:
 * @login: what is freed
 */
void
foreman_login_clear (ForemanLogin *login)
{
  g_clear_pointer (&login->url, g_free);
  g_clear_pointer (&login->token, g_free);
}
