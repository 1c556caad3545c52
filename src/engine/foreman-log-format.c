/* SPDX-License-Identifier: MIT */
#include "engine/foreman-log-format.h"

#include <string.h>

#define VALUE_MAX    2048
#define FIELD_PREFIX "FOREMAN_"
#define MASK         "***"

/* What stands after these is a secret; nobody means to log it, and here nobody can. */
static const struct
{
  const char *mark;
  const char *until;
} secrets[] = {
  { "/as/", "/?# \t\"" },
  { "Bearer ", " \t,\"" },
};

static const char *
level_name (GLogLevelFlags level)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return "error";
  if (level & G_LOG_LEVEL_WARNING)
    return "warning";
  return level & (G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO) ? "info" : "debug";
}

static char *
mask_secrets (char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      char *found = strstr (text, secrets[i].mark);
      GString *masked;

      if (found == NULL)
        continue;
      masked = g_string_new_len (text, found - text);
      while (found != NULL)
        {
          const char *rest = found + strlen (secrets[i].mark);
          char *next;

          g_string_append (masked, secrets[i].mark);
          g_string_append (masked, MASK);
          rest += strcspn (rest, secrets[i].until);
          next = strstr (rest, secrets[i].mark);
          g_string_append_len (masked, rest, next != NULL ? next - rest : (gssize) strlen (rest));
          found = next;
        }
      g_free (text);
      text = g_string_free (masked, FALSE);
    }
  return text;
}

static gboolean
needs_escape (gunichar c)
{
  /* FORMAT holds the characters that turn the direction of a line around */
  return g_unichar_iscntrl (c) || c == 0x2028 || c == 0x2029 ||
         g_unichar_type (c) == G_UNICODE_FORMAT;
}

/* Text as it may stand in a log, control characters escaped; a backslash is one only when @strict,
 * where the result shall be unambiguous. */
static void
append_escaped (GString *out, const char *text, gboolean strict)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (strict && (c == '"' || c == '\\'))
        g_string_append_printf (out, "\\%c", (char) c);
      else if (c == '\n')
        g_string_append (out, "\\n");
      else if (c == '\t')
        g_string_append (out, "\\t");
      else if (needs_escape (c) && c > 0xffff)
        g_string_append_printf (out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                                0xdc00 + ((c - 0x10000) & 0x3ff));
      else if (needs_escape (c))
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_unichar (out, c);
    }
}

/* A bounded, valid, unsecret copy; nothing is escaped yet. */
static char *
tidy (const char *text, gssize len)
{
  gsize full = len < 0 ? strlen (text) : (gsize) len;
  gsize kept = MIN (full, VALUE_MAX);
  g_autofree char *valid = NULL;

  /* not through the middle of a character */
  while (kept < full && kept > 0 && ((guchar) text[kept] & 0xc0) == 0x80)
    kept--;
  valid = g_utf8_make_valid (text, (gssize) kept);
  if (kept < full)
    return mask_secrets (g_strconcat (valid, "…", NULL));
  return mask_secrets (g_steal_pointer (&valid));
}

/**
 * foreman_log_clean:
 * @text: any bytes
 * @len: how many, -1 up to the NUL
 *
 * Returns: (transfer full): @text as it may stand in a log: valid UTF-8, one line, bounded, without
 *   control characters and secrets
 */
char *
foreman_log_clean (const char *text, gssize len)
{
  g_autofree char *plain = tidy (text, len);
  GString *out = g_string_sized_new (strlen (plain));

  append_escaped (out, plain, FALSE);
  return g_string_free (out, FALSE);
}

static gboolean
needs_quotes (const char *text)
{
  if (*text == '\0')
    return TRUE;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (*p == ' ' || *p == '"' || *p == '=' || *p == '\\' || needs_escape (g_utf8_get_char (p)))
      return TRUE;
  return FALSE;
}

static void
append_text_field (GString *out, const char *name, const char *value, gboolean is_number)
{
  g_string_append_printf (out, " %s=", name);
  if (is_number || !needs_quotes (value))
    {
      g_string_append (out, value);
      return;
    }
  g_string_append_c (out, '"');
  append_escaped (out, value, TRUE);
  g_string_append_c (out, '"');
}

static void
append_json_field (GString *out, const char *name, const char *value, gboolean is_number)
{
  g_string_append_printf (out, "%s\"%s\":", out->len > 1 ? "," : "", name);
  if (is_number)
    {
      g_string_append (out, value);
      return;
    }
  g_string_append_c (out, '"');
  append_escaped (out, value, TRUE);
  g_string_append_c (out, '"');
}

static const GLogField *
find_field (const GLogField *fields, gsize n_fields, const char *name)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, name))
      return &fields[i];
  return NULL;
}

static char *
format_time (gint64 real_time)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (real_time / G_USEC_PER_SEC);
  g_autofree char *text = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");

  return g_strdup_printf ("%s.%03dZ", text, (int) (real_time % G_USEC_PER_SEC / 1000));
}

/**
 * foreman_log_format_line:
 * @format: text or JSON
 * @level: the level
 * @real_time: when, in microseconds since 1970
 * @fields: (array length=n_fields): the fields
 * @n_fields: how many
 *
 * Writes one line. Of the fields, the message and those that start with `FOREMAN_` are shown.
 * Whatever they hold, it stays one line.
 *
 * Returns: (transfer full): the line, with its line end
 */
char *
foreman_log_format_line (ForemanLogFormat format,
                         GLogLevelFlags level,
                         gint64 real_time,
                         const GLogField *fields,
                         gsize n_fields)
{
  const GLogField *message = find_field (fields, n_fields, "MESSAGE");
  const GLogField *mask = find_field (fields, n_fields, FOREMAN_LOG_NUMERIC_FIELD);
  g_autofree char *time = format_time (real_time);
  g_autofree char *text = message != NULL ? tidy (message->value, message->length) : g_strdup ("");
  gboolean json = format == FOREMAN_LOG_FORMAT_JSON;
  GString *out = g_string_sized_new (256);
  guint64 numeric = 0;

  if (mask != NULL && mask->length == sizeof numeric)
    memcpy (&numeric, mask->value, sizeof numeric);
  if (json)
    {
      g_string_append_c (out, '{');
      append_json_field (out, "time", time, FALSE);
      append_json_field (out, "level", level_name (level), FALSE);
      append_json_field (out, "message", text, FALSE);
    }
  else
    {
      g_string_append_printf (out, "%s %-7s ", time, level_name (level));
      append_escaped (out, text, FALSE);
    }
  for (gsize i = 0; i < n_fields; i++)
    {
      g_autofree char *name = NULL;
      g_autofree char *value = NULL;

      if (&fields[i] == mask || !g_str_has_prefix (fields[i].key, FIELD_PREFIX))
        continue;
      name = g_ascii_strdown (fields[i].key + strlen (FIELD_PREFIX), -1);
      value = tidy (fields[i].value, fields[i].length);
      (json ? append_json_field : append_text_field) (out, name, value,
                                                      i < 64 && (numeric >> i & 1) != 0);
    }
  g_string_append (out, json ? "}\n" : "\n");
  return g_string_free (out, FALSE);
}
