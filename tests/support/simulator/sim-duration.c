/* SPDX-License-Identifier: MIT */
#include "sim-duration.h"

#include <string.h>

static const struct
{
  const char *name;
  double nanoseconds;
} units[] = {
  { "ns", 1 },   { "us", 1e3 }, { "\xc2\xb5s", 1e3 }, { "\xce\xbcs", 1e3 },
  { "ms", 1e6 }, { "s", 1e9 },  { "m", 60e9 },        { "h", 3600e9 },
};

static char *
go_quote (const char *text)
{
  GString *out = g_string_new ("\"");

  for (; *text != '\0'; text++)
    {
      if ((guchar) *text < ' ' || (guchar) *text >= 0x80)
        {
          g_string_append_printf (out, "\\x%02x", (guchar) *text);
          continue;
        }
      if (*text == '"' || *text == '\\')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *text);
    }
  g_string_append_c (out, '"');
  return g_string_free (out, FALSE);
}

static gboolean
fail (char **error, const char *text, const char *what, const char *unit)
{
  g_autofree char *quoted = go_quote (text);
  g_autofree char *quoted_unit = unit != NULL ? go_quote (unit) : NULL;

  if (unit != NULL)
    *error = g_strdup_printf ("time: unknown unit %s in duration %s", quoted_unit, quoted);
  else
    *error = g_strdup_printf ("time: %s duration %s", what, quoted);
  return FALSE;
}

/* One "12.5m" of a duration: moves @at behind it. */
static gboolean
parse_part (const char *text, const char **at, double *total, char **error)
{
  const char *start = *at, *number_end, *unit_end;
  g_autofree char *number = NULL, *unit = NULL;

  number_end = start + strspn (start, "0123456789");
  if (*number_end == '.')
    number_end += 1 + strspn (number_end + 1, "0123456789");
  if (number_end == start || (number_end == start + 1 && *start == '.'))
    return fail (error, text, "invalid", NULL);
  unit_end = number_end + strcspn (number_end, "0123456789.");
  if (unit_end == number_end)
    return fail (error, text, "missing unit in", NULL);
  number = g_strndup (start, (gsize) (number_end - start));
  unit = g_strndup (number_end, (gsize) (unit_end - number_end));
  *at = unit_end;
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_str_equal (unit, units[i].name))
      {
        *total += g_ascii_strtod (number, NULL) * units[i].nanoseconds;
        return TRUE;
      }
  return fail (error, text, NULL, unit);
}

/* Go's time.ParseDuration, with its errors. */
gboolean
sim_duration_parse (const char *text, gint64 *duration, char **error)
{
  const char *at = text;
  gboolean negative = *at == '-';
  double total = 0;

  if (*at == '-' || *at == '+')
    at++;
  *duration = 0;
  if (g_str_equal (at, "0"))
    return TRUE;
  if (*at == '\0')
    return fail (error, text, "invalid", NULL);
  while (*at != '\0')
    if (!parse_part (text, &at, &total, error))
      return FALSE;
  if (total >= 9.2233720368547e18)
    return fail (error, text, "invalid", NULL);
  *duration = (gint64) (negative ? -total : total);
  return TRUE;
}

/* A keep_alive: a number is seconds, a string a duration, below zero is for ever. */
gboolean
sim_keep_alive_parse (const SimJson *value, gint64 *duration, char **error)
{
  double seconds;

  if (value->kind == SIM_JSON_STRING)
    {
      if (!sim_duration_parse (value->string, duration, error))
        return FALSE;
    }
  else if (value->kind == SIM_JSON_NUMBER)
    {
      seconds = sim_json_number (value);
      *duration = seconds < 0 ? -1 : seconds > 9e9 ? SIM_FOREVER : (gint64) (seconds * 1e9);
    }
  else
    {
      *error = g_strdup_printf ("Unsupported type: '%s'", value->kind == SIM_JSON_BOOL ? "bool"
                                                          : value->kind == SIM_JSON_ARRAY
                                                              ? "[]interface {}"
                                                              : "map[string]interface {}");
      return FALSE;
    }
  if (*duration < 0)
    *duration = SIM_FOREVER;
  return TRUE;
}
