/* SPDX-License-Identifier: MIT */
#include "engine/foreman-config-keys.h"

#include <string.h>

#define SECOND   G_GINT64_CONSTANT (1000000)
#define DAY      (86400 * SECOND)
#define KIB      (G_GINT64_CONSTANT (1) << 10)
#define TIB      (G_GINT64_CONSTANT (1) << 40)
#define LIVE     TRUE
#define RESTART  FALSE
#define TYPE(t)  FOREMAN_CONFIG_TYPE_##t
#define KEY(key) [FOREMAN_CONFIG_##key]

/* The one table of settings. tests/unit/test-config.c holds it against data/foreman.conf and
 * data/foreman.env.example. What is LIVE here, the daemon applies when it reloads. */
static const ForemanConfigKeyInfo keys[] = {
  KEY (ADDR) = { "addr", TYPE (ADDRESSES), 0, 0, RESTART, NULL,
                 "addresses to listen on, by commas: 127.0.0.1:8080, :8080 (every interface), "
                 "[::1]:8080, unix:/path" },
  KEY (OLLAMA_URL) = { "ollama_url", TYPE (URL), 0, 0, RESTART, NULL,
                       "where Ollama is: http://host:port, https://host or unix:/path" },
  KEY (OLLAMA_TOKEN) = { "ollama_token", TYPE (SECRET), 0, 0, RESTART, NULL,
                         "visible ASCII characters without spaces, or nothing" },
  KEY (TOKEN) = { "token", TYPE (SECRET), 0, 0, LIVE, NULL,
                  "visible ASCII characters without spaces, or nothing" },
  KEY (TOKENS_FILE) = { "tokens_file", TYPE (PATH), 0, 0, LIVE, NULL, "the path of a file" },
  KEY (TRUSTED) = { "trusted", TYPE (TRUSTED), 0, 0, LIVE, NULL,
                    "networks with their scopes, by commas: 192.168.1.0/24:inference+manage, "
                    "10.0.0.0/8, fd00::/8:inference, unix:admin" },
  KEY (HOSTS) = { "hosts", TYPE (HOSTS), 0, 0, LIVE, NULL,
                  "host names without ports, by commas: box.example.org, *.lan" },
  KEY (ORIGINS) = { "origins", TYPE (ORIGINS), 0, 0, LIVE, NULL,
                    "origins, by commas, each with at most one *: https://chat.example.org, "
                    "https://*.example.org, *" },
  KEY (TRUSTED_PROXIES) = { "trusted_proxies", TYPE (NETWORKS), 0, 0, LIVE, NULL,
                            "networks, by commas: 127.0.0.1, 10.0.0.0/8, unix" },
  KEY (ALLOW_UNAUTHENTICATED) = { "allow_unauthenticated", TYPE (BOOLEAN), 0, 0, LIVE, NULL,
                                  "1 or 0 (also true, yes, on; false, no, off)" },
  KEY (POLL_INTERVAL) = { "poll_interval", TYPE (DURATION), SECOND / 10, DAY, LIVE, NULL,
                          "a duration from 100ms to 1d, such as 30s" },
  KEY (EMBED_MODEL) = { "embed_model", TYPE (STRING), 0, 0, LIVE, NULL,
                        "the name of a model, or nothing" },
  KEY (KEEP_ALIVE) = { "keep_alive", TYPE (KEEP_ALIVE), 0, 0, LIVE, NULL,
                       "a duration such as 5m, a number of seconds, -1 (for ever), or nothing" },
  KEY (CAPACITY) = { "capacity", TYPE (CAPACITY), 1, 1000, LIVE, NULL,
                     "a number from 1 to 1000, perhaps followed by ,MODEL=NUMBER: 1,qwen3:8b=4" },
  KEY (MAX_QUEUE) = { "max_queue", TYPE (INTEGER), 1, 1000000, LIVE, NULL,
                      "a whole number from 1 to 1000000" },
  KEY (MAX_QUEUE_PER_CLIENT) = { "max_queue_per_client", TYPE (INTEGER), 1, 1000000, LIVE, NULL,
                                 "a whole number from 1 to 1000000" },
  KEY (MAX_CONNECTIONS) = { "max_connections", TYPE (INTEGER), 1, 1000000, LIVE, NULL,
                            "a whole number from 1 to 1000000" },
  KEY (MAX_BODY) = { "max_body", TYPE (SIZE), KIB, TIB, LIVE, NULL,
                     "a size from 1KiB to 1TiB, such as 64MiB" },
  KEY (MAX_BUFFERED) = { "max_buffered", TYPE (SIZE), KIB, TIB, LIVE, NULL,
                         "a size from 1KiB to 1TiB, such as 1GiB" },
  KEY (FIRST_BYTE_TIMEOUT) = { "first_byte_timeout", TYPE (DURATION), 0, 365 * DAY, LIVE, NULL,
                               "a duration from 0 (none) to 365d, such as 30m" },
  KEY (IDLE_TIMEOUT) = { "idle_timeout", TYPE (DURATION), 0, 365 * DAY, LIVE, NULL,
                         "a duration from 0 (none) to 365d, such as 30m" },
  KEY (DRAIN_TIMEOUT) = { "drain_timeout", TYPE (DURATION), 0, DAY, LIVE, NULL,
                          "a duration from 0 (at once) to 1d, such as 25s" },
  KEY (HEADER_TIMEOUT) = { "header_timeout", TYPE (DURATION), SECOND / 10, DAY, LIVE, NULL,
                           "a duration from 100ms to 1d, such as 10s" },
  KEY (BODY_TIMEOUT) = { "body_timeout", TYPE (DURATION), SECOND / 10, DAY, LIVE, NULL,
                         "a duration from 100ms to 1d, such as 60s" },
  KEY (CLIENT_IDLE_TIMEOUT) = { "client_idle_timeout", TYPE (DURATION), SECOND / 10, DAY, LIVE,
                                NULL, "a duration from 100ms to 1d, such as 2m" },
  KEY (DB) = { "db", TYPE (PATH), 0, 0, RESTART, NULL, "the path of a file" },
  KEY (MAX_ATTEMPTS) = { "max_attempts", TYPE (INTEGER), 1, 50, LIVE, NULL,
                         "a whole number from 1 to 50" },
  KEY (JOB_TIMEOUT) = { "job_timeout", TYPE (DURATION), 0, 365 * DAY, LIVE, NULL,
                        "a duration from 0 (none) to 365d, such as 1h" },
  KEY (JOB_TTL) = { "job_ttl", TYPE (DURATION), 0, 36500 * DAY, LIVE, NULL,
                    "a duration from 0 (for ever) to 36500d, such as 30d" },
  KEY (MODEL_WAIT) = { "model_wait", TYPE (DURATION), 0, 36500 * DAY, LIVE, NULL,
                       "a duration from 0 (for ever) to 36500d, such as 7d" },
  KEY (INLINE_LIMIT) = { "inline_limit", TYPE (SIZE), 0, 16 * KIB *KIB, LIVE, NULL,
                         "a size from 0 to 16MiB, such as 256KiB" },
  KEY (MAX_JOBS) = { "max_jobs", TYPE (INTEGER), 0, G_MAXINT64, LIVE, NULL,
                     "a whole number; 0: no limit" },
  KEY (MIN_FREE) = { "min_free", TYPE (SIZE), 0, 1024 * TIB, LIVE, NULL,
                     "a size from 0, such as 1GiB" },
  KEY (WEBHOOK_SECRET) = { "webhook_secret", TYPE (SECRET), 0, 0, LIVE, NULL,
                           "visible ASCII characters without spaces, or nothing" },
  KEY (WEBHOOK_ALLOW) = { "webhook_allow", TYPE (NETWORKS), 0, 0, LIVE, NULL,
                          "networks, by commas: 127.0.0.1, 10.0.0.0/8, fd00::/8; or nothing" },
  KEY (LOG_LEVEL) = { "log_level", TYPE (ENUM), 0, 0, LIVE, "error warning info debug",
                      "error, warning, info or debug" },
  KEY (LOG_FORMAT) = { "log_format", TYPE (ENUM), 0, 0, RESTART, "auto journal text json",
                       "auto, journal, text or json" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (keys) == FOREMAN_CONFIG_N_KEYS);

/* Read by the client commands and by test builds; the service knows them and leaves them alone. */
static const char *const client_names[] = { "url", "failpoint", "planted" };

/**
 * foreman_config_key_get_info:
 * @key: a setting
 *
 * Returns: (transfer none): its line of the table of settings
 */
const ForemanConfigKeyInfo *
foreman_config_key_get_info (ForemanConfigKey key)
{
  g_return_val_if_fail ((guint) key < FOREMAN_CONFIG_N_KEYS, &keys[0]);

  return &keys[key];
}

/**
 * foreman_config_key_get_name:
 * @key: a setting
 *
 * Returns: its name in files, such as `poll_interval`
 */
const char *
foreman_config_key_get_name (ForemanConfigKey key)
{
  return foreman_config_key_get_info (key)->name;
}

/**
 * foreman_config_key_get_env_name:
 * @key: a setting
 *
 * The name people know a setting by, and which messages use.
 *
 * Returns: its name in the environment, such as `FOREMAN_POLL_INTERVAL`
 */
const char *
foreman_config_key_get_env_name (ForemanConfigKey key)
{
  static const char *env_names[FOREMAN_CONFIG_N_KEYS];

  g_return_val_if_fail ((guint) key < FOREMAN_CONFIG_N_KEYS, NULL);

  if (env_names[key] == NULL)
    {
      g_autofree char *upper = g_ascii_strup (keys[key].name, -1);
      g_autofree char *name = g_strconcat ("FOREMAN_", upper, NULL);

      env_names[key] = g_intern_string (name);
    }
  return env_names[key];
}

/**
 * foreman_config_key_is_reloadable:
 * @key: a setting
 *
 * Returns: whether a running service takes a new value; otherwise it needs a restart
 */
gboolean
foreman_config_key_is_reloadable (ForemanConfigKey key)
{
  return foreman_config_key_get_info (key)->reloadable;
}

/**
 * foreman_config_key_is_secret:
 * @key: a setting
 *
 * Returns: whether its value must never be shown
 */
gboolean
foreman_config_key_is_secret (ForemanConfigKey key)
{
  return foreman_config_key_get_info (key)->type == FOREMAN_CONFIG_TYPE_SECRET;
}

/* `FOREMAN_MAX_QUEUE`, `MAX_QUEUE`, `max-queue` and `max_queue` are one name. */
static char *
plain_name (const char *name)
{
  char *plain;

  if (g_ascii_strncasecmp (name, "FOREMAN_", strlen ("FOREMAN_")) == 0)
    name += strlen ("FOREMAN_");
  plain = g_ascii_strdown (name, -1);
  return g_strdelimit (plain, "-", '_');
}

/**
 * foreman_config_key_find:
 * @name: a name as in files, in the environment or after `--set`
 * @key: (out): the setting
 *
 * Returns: whether there is such a setting
 */
gboolean
foreman_config_key_find (const char *name, ForemanConfigKey *key)
{
  g_autofree char *plain = NULL;

  g_return_val_if_fail (name != NULL && key != NULL, FALSE);

  plain = plain_name (name);
  for (guint i = 0; i < FOREMAN_CONFIG_N_KEYS; i++)
    if (g_str_equal (keys[i].name, plain))
      {
        *key = i;
        return TRUE;
      }
  return FALSE;
}

/**
 * foreman_config_key_is_client_name:
 * @name: the name of an environment variable
 *
 * Returns: whether the client commands or test builds read it, so that it is no mistake
 */
gboolean
foreman_config_key_is_client_name (const char *name)
{
  g_autofree char *plain = plain_name (name);

  for (gsize i = 0; i < G_N_ELEMENTS (client_names); i++)
    if (g_str_equal (client_names[i], plain))
      return TRUE;
  return FALSE;
}

/**
 * foreman_edit_distance:
 * @a: a text
 * @b: another
 *
 * How many bytes have to be inserted, removed, replaced or swapped with their neighbour to turn
 * @a into @b.
 *
 * Returns: the distance
 */
guint
foreman_edit_distance (const char *a, const char *b)
{
  gsize rows = strlen (a) + 1, columns = strlen (b) + 1;
  g_autofree guint *table = g_new (guint, rows * columns);

#define AT(i, j) table[(i) *columns + (j)]
  for (gsize i = 0; i < rows; i++)
    AT (i, 0) = (guint) i;
  for (gsize j = 0; j < columns; j++)
    AT (0, j) = (guint) j;
  for (gsize i = 1; i < rows; i++)
    for (gsize j = 1; j < columns; j++)
      {
        guint best = AT (i - 1, j - 1) + (a[i - 1] != b[j - 1]);

        best = MIN (best, AT (i - 1, j) + 1);
        best = MIN (best, AT (i, j - 1) + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
          best = MIN (best, AT (i - 2, j - 2) + 1);
        AT (i, j) = best;
      }
  return AT (rows - 1, columns - 1);
#undef AT
}

/**
 * foreman_config_key_find_nearest:
 * @name: a name that is not known
 *
 * Returns: (nullable): the name in files of the setting that was probably meant
 */
const char *
foreman_config_key_find_nearest (const char *name)
{
  g_autofree char *plain = plain_name (name);
  const char *nearest = NULL;
  guint least = (guint) MAX (strlen (plain) / 3, 2) + 1;

  if (strlen (plain) > 64)
    return NULL;
  for (guint i = 0; i < FOREMAN_CONFIG_N_KEYS; i++)
    {
      guint distance = foreman_edit_distance (plain, keys[i].name);

      if (distance < least)
        {
          least = distance;
          nearest = keys[i].name;
        }
    }
  return nearest;
}
