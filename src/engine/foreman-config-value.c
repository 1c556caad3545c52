/* SPDX-License-Identifier: MIT */
#include "engine/foreman-config-value.h"

#include <gio/gio.h>
#include <string.h>

#include "libforeman/foreman-duration.h"
#include "engine/foreman-gate-capacity.h"
#include "engine/foreman-network.h"
#include "engine/foreman-size.h"
#include "libforeman/foreman-error.h"

#define MASK "********"

/* A checker finds @value->text filled with the stripped text and may replace it. It says what is
 * wrong in a few words; the caller adds key, value and origin. */
typedef gboolean (*Checker) (const ForemanConfigKeyInfo *info,
                             const char *home,
                             ForemanConfigValue *value,
                             GError **error);

static gboolean G_GNUC_PRINTF (2, 3) refuse (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG, format, arguments);
  va_end (arguments);
  return FALSE;
}

static gboolean
is_visible_ascii (const char *text)
{
  for (; *text != '\0'; text++)
    if (!g_ascii_isgraph (*text))
      return FALSE;
  return TRUE;
}

static gboolean
parse_integer (const char *text, gint64 *number)
{
  return *text != '+' && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, number, NULL);
}

static gboolean
check_range (const ForemanConfigKeyInfo *info, gint64 number, GError **error)
{
  if (number < info->minimum)
    return refuse (error, "too small");
  if (number > info->maximum)
    return refuse (error, "too large");
  return TRUE;
}

static gboolean
check_string (const ForemanConfigKeyInfo *info,
              const char *home,
              ForemanConfigValue *value,
              GError **error)
{
  if (!is_visible_ascii (value->text))
    return refuse (error, "it has spaces or control characters");
  return TRUE;
}

static gboolean
check_secret (const ForemanConfigKeyInfo *info,
              const char *home,
              ForemanConfigValue *value,
              GError **error)
{
  if (!is_visible_ascii (value->text))
    return refuse (error, "it has spaces or characters that are not ASCII");
  return TRUE;
}

static gboolean
check_path (const ForemanConfigKeyInfo *info,
            const char *home,
            ForemanConfigValue *value,
            GError **error)
{
  char *path;

  if (*value->text == '\0')
    return TRUE;
  for (const char *p = value->text; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return refuse (error, "it has control characters");
  if (g_str_has_suffix (value->text, "/"))
    return refuse (error, "it is a folder");
  if (g_str_has_prefix (value->text, "~/") && home != NULL)
    path = g_build_filename (home, value->text + 2, NULL);
  else
    path = g_canonicalize_filename (value->text, NULL);
  g_free (value->text);
  value->text = path;
  return TRUE;
}

static gboolean
check_enum (const ForemanConfigKeyInfo *info,
            const char *home,
            ForemanConfigValue *value,
            GError **error)
{
  g_auto (GStrv) words = g_strsplit (info->words, " ", -1);

  for (gsize i = 0; words[i] != NULL; i++)
    if (g_ascii_strcasecmp (words[i], value->text) == 0)
      {
        value->number = (gint64) i;
        g_free (value->text);
        value->text = g_steal_pointer (&words[i]);
        for (; words[i + 1] != NULL; i++)
          words[i] = g_steal_pointer (&words[i + 1]);
        return TRUE;
      }
  return refuse (error, "not known");
}

static gboolean
check_keep_alive (const ForemanConfigKeyInfo *info,
                  const char *home,
                  ForemanConfigValue *value,
                  GError **error)
{
  gint64 ignored;

  if (*value->text == '\0' || parse_integer (value->text, &ignored) ||
      foreman_duration_parse (value->text, &ignored, NULL))
    return TRUE;
  return refuse (error, "neither a duration nor a number");
}

static gboolean
check_capacity (const ForemanConfigKeyInfo *info,
                const char *home,
                ForemanConfigValue *value,
                GError **error)
{
  g_auto (GStrv) parts = g_strsplit (value->text, ",", -1);
  g_autoptr (ForemanGateCapacity) capacity = NULL;

  for (gsize i = 0; parts[i] != NULL; i++)
    {
      char *equals, *number = g_strstrip (parts[i]);

      if (i > 0)
        {
          equals = strrchr (parts[i], '=');
          if (equals == NULL || equals == parts[i])
            return refuse (error, "\"%s\" is not MODEL=NUMBER", parts[i]);
          number = equals + 1;
        }
      if (!parse_integer (number, &value->number))
        return refuse (error, "\"%s\" is no whole number", number);
      if (!check_range (info, value->number, error))
        return FALSE;
    }
  capacity = foreman_gate_capacity_parse (value->text, NULL);
  if (capacity == NULL)
    return refuse (error, "a model is named twice, has no model's name, or less than the first "
                          "number");
  return TRUE;
}

static gboolean
check_integer (const ForemanConfigKeyInfo *info,
               const char *home,
               ForemanConfigValue *value,
               GError **error)
{
  if (!parse_integer (value->text, &value->number))
    return refuse (error, "not a whole number");
  return check_range (info, value->number, error);
}

static gboolean
check_size (const ForemanConfigKeyInfo *info,
            const char *home,
            ForemanConfigValue *value,
            GError **error)
{
  return foreman_size_parse (value->text, &value->number, error) &&
         check_range (info, value->number, error);
}

static gboolean
check_duration (const ForemanConfigKeyInfo *info,
                const char *home,
                ForemanConfigValue *value,
                GError **error)
{
  return foreman_duration_parse_usec (value->text, &value->number, error) &&
         check_range (info, value->number, error);
}

static gboolean
check_boolean (const ForemanConfigKeyInfo *info,
               const char *home,
               ForemanConfigValue *value,
               GError **error)
{
  static const char *const words[] = { "0", "1", "false", "true", "no", "yes", "off", "on" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (words[i], value->text) == 0)
      {
        value->number = i % 2;
        g_free (value->text);
        value->text = g_strdup (value->number != 0 ? "1" : "0");
        return TRUE;
      }
  return refuse (error, "not known");
}

static gboolean
check_addresses (const ForemanConfigKeyInfo *info,
                 const char *home,
                 ForemanConfigValue *value,
                 GError **error)
{
  for (gsize i = 0; value->list[i] != NULL; i++)
    {
      char *address = foreman_config_value_normalize_address (value->list[i], error);

      if (address == NULL)
        return FALSE;
      g_free (value->list[i]);
      value->list[i] = address;
    }
  if (value->list[0] == NULL)
    return refuse (error, "at least one address is needed");
  return TRUE;
}

static gboolean
check_networks (const ForemanConfigKeyInfo *info,
                const char *home,
                ForemanConfigValue *value,
                GError **error)
{
  g_autoptr (GPtrArray) networks = NULL;

  networks = foreman_network_parse_list ((const char *const *) value->list,
                                         info->type == FOREMAN_CONFIG_TYPE_TRUSTED, error);
  return networks != NULL;
}

static gboolean
check_hosts (const ForemanConfigKeyInfo *info,
             const char *home,
             ForemanConfigValue *value,
             GError **error)
{
  for (gsize i = 0; value->list[i] != NULL; i++)
    {
      const char *host = value->list[i];
      const char *name = g_str_has_prefix (host, "*.") ? host + 2 : host;

      if (g_hostname_is_ip_address (host))
        continue;
      if (*name == '\0' ||
          strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
              strlen (name))
        return refuse (error, "\"%s\" is no host name", host);
    }
  return TRUE;
}

static gboolean
check_origins (const ForemanConfigKeyInfo *info,
               const char *home,
               ForemanConfigValue *value,
               GError **error)
{
  for (gsize i = 0; value->list[i] != NULL; i++)
    {
      const char *origin = value->list[i];
      const char *separator = strstr (origin, "://");
      const char *star = strchr (origin, '*');

      if (g_str_equal (origin, "*") || g_str_equal (origin, "null"))
        continue;
      if (separator == NULL || separator == origin || separator[3] == '\0')
        return refuse (error, "\"%s\" has no scheme as in https://", origin);
      if (strchr (separator + 3, '/') != NULL)
        return refuse (error, "\"%s\" has a path; an origin is scheme://host or scheme://host:port",
                       origin);
      if (!is_visible_ascii (origin) || (star != NULL && strchr (star + 1, '*') != NULL))
        return refuse (error, "\"%s\" is no origin with at most one *", origin);
    }
  return TRUE;
}

static gboolean
check_url (const ForemanConfigKeyInfo *info,
           const char *home,
           ForemanConfigValue *value,
           GError **error)
{
  return foreman_config_value_check_url (value->text, error);
}

static const struct
{
  Checker check;
  gboolean is_list;
  gboolean may_be_empty;
} types[] = {
  [FOREMAN_CONFIG_TYPE_STRING] = { check_string, FALSE, TRUE },
  [FOREMAN_CONFIG_TYPE_SECRET] = { check_secret, FALSE, TRUE },
  [FOREMAN_CONFIG_TYPE_PATH] = { check_path, FALSE, TRUE },
  [FOREMAN_CONFIG_TYPE_URL] = { check_url, FALSE, FALSE },
  [FOREMAN_CONFIG_TYPE_ENUM] = { check_enum, FALSE, FALSE },
  [FOREMAN_CONFIG_TYPE_KEEP_ALIVE] = { check_keep_alive, FALSE, TRUE },
  [FOREMAN_CONFIG_TYPE_CAPACITY] = { check_capacity, FALSE, FALSE },
  [FOREMAN_CONFIG_TYPE_INTEGER] = { check_integer, FALSE, FALSE },
  [FOREMAN_CONFIG_TYPE_SIZE] = { check_size, FALSE, FALSE },
  [FOREMAN_CONFIG_TYPE_DURATION] = { check_duration, FALSE, FALSE },
  [FOREMAN_CONFIG_TYPE_BOOLEAN] = { check_boolean, FALSE, FALSE },
  [FOREMAN_CONFIG_TYPE_ADDRESSES] = { check_addresses, TRUE, FALSE },
  [FOREMAN_CONFIG_TYPE_TRUSTED] = { check_networks, TRUE, TRUE },
  [FOREMAN_CONFIG_TYPE_NETWORKS] = { check_networks, TRUE, TRUE },
  [FOREMAN_CONFIG_TYPE_HOSTS] = { check_hosts, TRUE, TRUE },
  [FOREMAN_CONFIG_TYPE_ORIGINS] = { check_origins, TRUE, TRUE },
};

static GStrv
split_list (const char *text)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  for (gsize i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      g_strv_builder_add (builder, parts[i]);
  return g_strv_builder_end (builder);
}

/**
 * foreman_config_value_hide:
 * @key: a setting
 * @text: a value of it, perhaps a bad one
 *
 * Returns: (transfer full): the value as it may be shown
 */
char *
foreman_config_value_hide (ForemanConfigKey key, const char *text)
{
  if (foreman_config_key_is_secret (key))
    return g_strdup (*text != '\0' ? MASK : "");
  if (foreman_config_key_get_info (key)->type == FOREMAN_CONFIG_TYPE_URL)
    return foreman_config_value_hide_in_url (text);
  return g_strdup (text);
}

/**
 * foreman_config_value_parse:
 * @key: a setting
 * @text: its value as it was written
 * @home: (nullable): what `~` stands for
 * @value: (out caller-allocates): the checked value; its origin is left to the caller
 * @error: return location for an error
 *
 * Returns: %TRUE, or %FALSE with an error that says in a few words what is wrong with @text
 */
gboolean
foreman_config_value_parse (ForemanConfigKey key,
                            const char *text,
                            const char *home,
                            ForemanConfigValue *value,
                            GError **error)
{
  const ForemanConfigKeyInfo *info = foreman_config_key_get_info (key);
  ForemanConfigValue result = { NULL };

  g_return_val_if_fail (text != NULL && value != NULL, FALSE);

  if (!g_utf8_validate (text, -1, NULL))
    return refuse (error, "it is not UTF-8");
  result.text = g_strstrip (g_strdup (text));
  if (*result.text == '\0' && !types[info->type].may_be_empty)
    {
      g_free (result.text);
      return refuse (error, "it is empty");
    }
  if (types[info->type].is_list)
    result.list = split_list (result.text);
  if (!types[info->type].check (info, home, &result, error))
    {
      foreman_config_value_clear (&result);
      return FALSE;
    }
  if (result.list != NULL)
    {
      g_free (result.text);
      result.text = g_strjoinv (",", result.list);
    }
  *value = result;
  return TRUE;
}

/**
 * foreman_config_value_copy:
 * @from: a value
 * @to: (out caller-allocates): its copy
 */
void
foreman_config_value_copy (const ForemanConfigValue *from, ForemanConfigValue *to)
{
  to->text = g_strdup (from->text);
  to->number = from->number;
  to->list = g_strdupv (from->list);
  to->origin = g_strdup (from->origin);
}

/**
 * foreman_config_value_clear:
 * @value: a value, whose members are freed
 */
void
foreman_config_value_clear (ForemanConfigValue *value)
{
  g_clear_pointer (&value->text, g_free);
  g_clear_pointer (&value->list, g_strfreev);
  g_clear_pointer (&value->origin, g_free);
}

/**
 * foreman_config_value_equal:
 * @a: a value
 * @b: another of the same setting
 *
 * `60s` and `1m` are equal; the origin does not matter.
 *
 * Returns: whether both mean the same
 */
gboolean
foreman_config_value_equal (const ForemanConfigValue *a, const ForemanConfigValue *b)
{
  if (a->number != 0 || b->number != 0)
    return a->number == b->number && (a->list == NULL || g_str_equal (a->text, b->text));
  return g_str_equal (a->text, b->text);
}
