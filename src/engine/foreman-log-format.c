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

static gsize
field_length (const GLogField *field)
{
  return field->length < 0 ? strlen (field->value) : (gsize) field->length;
}

/* Whether @text may stand in any line as it is. Nearly all that a line holds may, and so costs
 * nothing but this look. */
static gboolean
is_plain (const char *text, gsize length)
{
  if (length == 0 || length > VALUE_MAX)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (text[i] <= ' ' || text[i] >= 0x7f || text[i] == '"' || text[i] == '=' || text[i] == '\\')
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    if (memmem (text, length, secrets[i].mark, strlen (secrets[i].mark)) != NULL)
      return FALSE;
  return TRUE;
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
  gsize length = len < 0 ? strlen (text) : (gsize) len;
  g_autofree char *tidied = NULL;
  GString *out;

  if (is_plain (text, length))
    return g_strndup (text, length);
  tidied = tidy (text, (gssize) length);
  out = g_string_sized_new (strlen (tidied));
  append_escaped (out, tidied, FALSE);
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
append_name (GString *out, const char *name, gboolean json)
{
  if (!json)
    g_string_append_c (out, ' ');
  else
    g_string_append (out, out->len > 1 ? ",\"" : "\"");
  for (; *name != '\0'; name++)
    g_string_append_c (out, g_ascii_tolower (*name));
  g_string_append (out, json ? "\":" : "=");
}

static void
append_text (GString *out, const char *text, gsize length, gboolean json)
{
  gboolean plain = is_plain (text, length);
  g_autofree char *tidied = plain ? NULL : tidy (text, (gssize) length);
  gboolean quoted = json || (!plain && needs_quotes (tidied));

  if (quoted)
    g_string_append_c (out, '"');
  if (plain)
    g_string_append_len (out, text, (gssize) length);
  else
    append_escaped (out, tidied, quoted);
  if (quoted)
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

static void
format_time (gint64 real_time, char *text, gsize size)
{
  time_t seconds = (time_t) (real_time / G_USEC_PER_SEC);
  struct tm utc;

  gmtime_r (&seconds, &utc);
  g_snprintf (text, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900, utc.tm_mon + 1,
              utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
              (int) (real_time % G_USEC_PER_SEC / 1000));
}

/* The time, the level and the message. */
static void
append_beginning (GString *out,
                  GLogLevelFlags level,
                  gint64 real_time,
                  const GLogField *message,
                  gboolean json)
{
  const char *text = message != NULL ? message->value : "";
  gsize length = message != NULL ? field_length (message) : 0;
  const char *name = level_name (level);
  char time[64];

  format_time (real_time, time, sizeof time);
  if (json)
    {
      append_name (out, "time", TRUE);
      append_text (out, time, strlen (time), TRUE);
      append_name (out, "level", TRUE);
      append_text (out, name, strlen (name), TRUE);
      append_name (out, "message", TRUE);
      append_text (out, text, length, TRUE);
    }
  else
    {
      g_autofree char *clean = foreman_log_clean (text, (gssize) length);

      g_string_append_printf (out, "%s %-7s %s", time, name, clean);
    }
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
  const GLogField *mask = find_field (fields, n_fields, FOREMAN_LOG_NUMERIC_FIELD);
  gboolean json = format == FOREMAN_LOG_FORMAT_JSON;
  GString *out = g_string_sized_new (512);
  guint64 numeric = 0;

  if (mask != NULL && mask->length == sizeof numeric)
    memcpy (&numeric, mask->value, sizeof numeric);
  if (json)
    g_string_append_c (out, '{');
  append_beginning (out, level, real_time, find_field (fields, n_fields, "MESSAGE"), json);
  for (gsize i = 0; i < n_fields; i++)
    {
      const char *text = fields[i].value;
      gsize length = field_length (&fields[i]);

      if (&fields[i] == mask || !g_str_has_prefix (fields[i].key, FIELD_PREFIX))
        continue;
      append_name (out, fields[i].key + strlen (FIELD_PREFIX), json);
      if (i < 64 && (numeric >> i & 1) != 0)
        g_string_append_len (out, text, (gssize) length);
      else
        append_text (out, text, length, json);
    }
  g_string_append (out, json ? "}\n" : "\n");
  return g_string_free (out, FALSE);
}
