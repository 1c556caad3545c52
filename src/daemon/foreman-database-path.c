/* SPDX-License-Identifier: MIT */
#include "daemon/foreman-database-path.h"

#include <string.h>
#include <unistd.h>

#define FILE_NAME "foreman.db"

/**
 * foreman_database_path_find:
 * @config: the settings
 *
 * Finds where the jobs are kept: `FOREMAN_DB`, or `foreman.db` in the folder that systemd gives for
 * it, the machine's for root, and the user's own for everybody else.
 *
 * Returns: (transfer full): a path
 */
char *
foreman_database_path_find (ForemanConfig *config)
{
  const char *setting = foreman_config_get_string (config, FOREMAN_CONFIG_DB);
  const char *given = g_getenv ("STATE_DIRECTORY");

  if (*setting != '\0')
    return g_strdup (setting);
  if (given && *given != '\0')
    {
      /* of several folders the first */
      g_autofree char *folder = g_strndup (given, strcspn (given, ":"));

      return g_build_filename (folder, FILE_NAME, NULL);
    }
  if (geteuid () == 0)
    return g_strdup ("/var/lib/foreman/" FILE_NAME);
  return g_build_filename (g_get_user_state_dir (), "foreman", FILE_NAME, NULL);
}
