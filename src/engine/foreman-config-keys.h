/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanConfigKey:
 *
 * The settings of foreman. What each means stands in `data/foreman.conf`, which is also where its
 * default comes from.
 */
typedef enum
{
  FOREMAN_CONFIG_ADDR,
  FOREMAN_CONFIG_OLLAMA_URL,
  FOREMAN_CONFIG_OLLAMA_TOKEN,
  FOREMAN_CONFIG_TOKEN,
  FOREMAN_CONFIG_TOKENS_FILE,
  FOREMAN_CONFIG_TRUSTED,
  FOREMAN_CONFIG_HOSTS,
  FOREMAN_CONFIG_ORIGINS,
  FOREMAN_CONFIG_TRUSTED_PROXIES,
  FOREMAN_CONFIG_ALLOW_UNAUTHENTICATED,
  FOREMAN_CONFIG_POLL_INTERVAL,
  FOREMAN_CONFIG_EMBED_MODEL,
  FOREMAN_CONFIG_KEEP_ALIVE,
  FOREMAN_CONFIG_CAPACITY,
  FOREMAN_CONFIG_MAX_QUEUE,
  FOREMAN_CONFIG_MAX_QUEUE_PER_CLIENT,
  FOREMAN_CONFIG_MAX_CONNECTIONS,
  FOREMAN_CONFIG_MAX_BODY,
  FOREMAN_CONFIG_MAX_BUFFERED,
  FOREMAN_CONFIG_FIRST_BYTE_TIMEOUT,
  FOREMAN_CONFIG_IDLE_TIMEOUT,
  FOREMAN_CONFIG_DRAIN_TIMEOUT,
  FOREMAN_CONFIG_HEADER_TIMEOUT,
  FOREMAN_CONFIG_BODY_TIMEOUT,
  FOREMAN_CONFIG_CLIENT_IDLE_TIMEOUT,
  FOREMAN_CONFIG_DB,
  FOREMAN_CONFIG_MAX_ATTEMPTS,
  FOREMAN_CONFIG_JOB_TIMEOUT,
  FOREMAN_CONFIG_JOB_TTL,
  FOREMAN_CONFIG_MODEL_WAIT,
  FOREMAN_CONFIG_INLINE_LIMIT,
  FOREMAN_CONFIG_MAX_JOBS,
  FOREMAN_CONFIG_MIN_FREE,
  FOREMAN_CONFIG_WEBHOOK_SECRET,
  FOREMAN_CONFIG_WEBHOOK_ALLOW,
  FOREMAN_CONFIG_LOG_LEVEL,
  FOREMAN_CONFIG_LOG_FORMAT,
} ForemanConfigKey;

#define FOREMAN_CONFIG_N_KEYS (FOREMAN_CONFIG_LOG_FORMAT + 1)

/**
 * ForemanConfigType:
 *
 * What the value of a setting looks like; it decides which getter reads it.
 */
typedef enum
{
  FOREMAN_CONFIG_TYPE_STRING,     /* get_string */
  FOREMAN_CONFIG_TYPE_SECRET,     /* get_string; never shown */
  FOREMAN_CONFIG_TYPE_PATH,       /* get_string; absolute, or empty */
  FOREMAN_CONFIG_TYPE_URL,        /* get_string */
  FOREMAN_CONFIG_TYPE_ENUM,       /* get_string, one of the table's words; get_int, its index */
  FOREMAN_CONFIG_TYPE_KEEP_ALIVE, /* get_string; see foreman_config_dup_keep_alive_json() */
  FOREMAN_CONFIG_TYPE_CAPACITY,   /* get_string */
  FOREMAN_CONFIG_TYPE_INTEGER,    /* get_int */
  FOREMAN_CONFIG_TYPE_SIZE,       /* get_size, bytes */
  FOREMAN_CONFIG_TYPE_DURATION,   /* get_duration, µs */
  FOREMAN_CONFIG_TYPE_BOOLEAN,    /* get_boolean */
  FOREMAN_CONFIG_TYPE_ADDRESSES,  /* get_list */
  FOREMAN_CONFIG_TYPE_TRUSTED,    /* get_list; foreman_network_parse_list() with scopes */
  FOREMAN_CONFIG_TYPE_NETWORKS,   /* get_list; foreman_network_parse_list() without scopes */
  FOREMAN_CONFIG_TYPE_HOSTS,      /* get_list */
  FOREMAN_CONFIG_TYPE_ORIGINS,    /* get_list */
} ForemanConfigType;

/**
 * ForemanConfigKeyInfo:
 * @name: the name in files, `poll_interval`; in the environment `FOREMAN_POLL_INTERVAL`
 * @type: what values look like
 * @minimum: the least value (integers; bytes; µs)
 * @maximum: the greatest value
 * @reloadable: whether a running service can take a new value
 * @words: (nullable): the values of an enum, by spaces
 * @allowed: what is allowed, in words, for error messages and documentation
 */
typedef struct
{
  const char *name;
  ForemanConfigType type;
  gint64 minimum;
  gint64 maximum;
  gboolean reloadable;
  const char *words;
  const char *allowed;
} ForemanConfigKeyInfo;

const ForemanConfigKeyInfo *foreman_config_key_get_info (ForemanConfigKey key);
const char *foreman_config_key_get_name (ForemanConfigKey key);
const char *foreman_config_key_get_env_name (ForemanConfigKey key);
gboolean foreman_config_key_is_reloadable (ForemanConfigKey key);
gboolean foreman_config_key_is_secret (ForemanConfigKey key);
gboolean foreman_config_key_find (const char *name, ForemanConfigKey *key);
gboolean foreman_config_key_is_client_name (const char *name);
const char *foreman_config_key_find_nearest (const char *name);
guint foreman_edit_distance (const char *a, const char *b);

G_END_DECLS
