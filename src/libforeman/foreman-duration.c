/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-duration.h"

#include <string.h>

#include "libforeman/foreman-error.h"

/* One above G_MAXINT64: what a negative duration may reach. */
#define MAGNITUDE_MAX (G_GUINT64_CONSTANT (1) << 63)

static const struct
{
  const char *name;
  guint64 nanoseconds;
} units[] = {
  { "ns", 1 },
  { "us", 1000 },
  { "\302\265s", 1000 }, /* U+00B5, the micro sign */
  { "\316\274s", 1000 }, /* U+03BC, the Greek letter mu */
  { "ms", 1000000 },
  { "s", G_GUINT64_CONSTANT (1000000000) },
  { "m", G_GUINT64_CONSTANT (60000000000) },
  { "h", G_GUINT64_CONSTANT (3600000000000) },
  { "d", G_GUINT64_CONSTANT (86400000000000) },
};

#define UNITS "one of ns, us, ms, s, m, h, d"

static const char too_long[] = "the duration is too long to count";
static const char no_number[] = "a duration starts with a number";

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST, why);
  return FALSE;
}

static gboolean
read_whole (const char **cursor, guint64 *value)
{
  const char *p = *cursor;
  guint64 sum = 0;

  for (; g_ascii_isdigit (*p); p++)
    {
      if (sum > MAGNITUDE_MAX / 10)
        return FALSE;
      sum = sum * 10 + (guint64) (*p - '0');
      if (sum > MAGNITUDE_MAX)
        return FALSE;
    }
  *cursor = p;
  *value = sum;
  return TRUE;
}

/* Digits beyond what 63 bits hold are read and dropped, as Go does. */
static void
read_fraction (const char **cursor, guint64 *value, double *scale)
{
  const char *p = *cursor;
  gboolean full = FALSE;

  *value = 0;
  *scale = 1;
  for (; g_ascii_isdigit (*p); p++)
    {
      guint64 next;

      if (full || *value > (MAGNITUDE_MAX - 1) / 10)
        {
          full = TRUE;
          continue;
        }
      next = *value * 10 + (guint64) (*p - '0');
      if (next > MAGNITUDE_MAX)
        {
          full = TRUE;
          continue;
        }
      *value = next;
      *scale *= 10;
    }
  *cursor = p;
}

static guint64
read_unit (const char **cursor)
{
  gsize len = strcspn (*cursor, ".0123456789");

  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (strlen (units[i].name) == len && strncmp (units[i].name, *cursor, len) == 0)
      {
        *cursor += len;
        return units[i].nanoseconds;
      }
  return 0;
}

/* One number with its unit; the sum so far is in @total. */
static const char *
read_term (const char **cursor, guint64 *total)
{
  const char *start = *cursor;
  gboolean has_digits;
  guint64 whole, fraction = 0, unit;
  double scale = 1;

  if (!read_whole (cursor, &whole))
    return too_long;
  has_digits = *cursor != start;
  if (**cursor == '.')
    {
      const char *after_dot = ++*cursor;

      read_fraction (cursor, &fraction, &scale);
      has_digits = has_digits || *cursor != after_dot;
    }
  if (!has_digits)
    return "a number is missing in the duration";
  if (**cursor == '\0' || **cursor == '.')
    return "a duration needs a unit, " UNITS;
  unit = read_unit (cursor);
  if (unit == 0)
    return "the unit of a duration is " UNITS;
  if (whole > MAGNITUDE_MAX / unit)
    return too_long;
  whole *= unit;
  if (fraction > 0)
    whole += (guint64) ((double) fraction * ((double) unit / scale));
  if (whole > MAGNITUDE_MAX - *total)
    return too_long;
  *total += whole;
  return NULL;
}

/**
 * foreman_duration_parse:
 * @text: a duration such as `1h30m`, `-1.5s`, `0` or `7d`
 * @nanoseconds: (out): the duration in nanoseconds
 * @error: return location for an error
 *
 * Reads a duration exactly as Go's `time.ParseDuration` does (signs, fractions, overflow), and `d`
 * for days of 24 hours beside its units.
 *
 * Returns: %TRUE, or %FALSE with %FOREMAN_ERROR_INVALID_REQUEST
 */
gboolean
foreman_duration_parse (const char *text, gint64 *nanoseconds, GError **error)
{
  const char *cursor = text;
  gboolean negative = FALSE;
  guint64 total = 0;

  g_return_val_if_fail (text != NULL && nanoseconds != NULL, FALSE);

  if (*cursor == '-' || *cursor == '+')
    negative = *cursor++ == '-';
  if (g_str_equal (cursor, "0"))
    {
      *nanoseconds = 0;
      return TRUE;
    }
  if (*cursor == '\0')
    return refuse (error, no_number);
  while (*cursor != '\0')
    {
      const char *why = read_term (&cursor, &total);

      if (why != NULL)
        return refuse (error, why);
    }
  if (!negative && total == MAGNITUDE_MAX)
    return refuse (error, too_long);
  if (total == MAGNITUDE_MAX)
    *nanoseconds = G_MININT64;
  else
    *nanoseconds = negative ? -(gint64) total : (gint64) total;
  return TRUE;
}

/**
 * foreman_duration_parse_usec:
 * @text: a duration, see foreman_duration_parse()
 * @microseconds: (out): the duration in microseconds
 * @error: return location for an error
 *
 * Like foreman_duration_parse(), in the unit GLib counts time in. What is not zero never becomes
 * zero, because zero often means "none": it is rounded away from it.
 *
 * Returns: %TRUE, or %FALSE with %FOREMAN_ERROR_INVALID_REQUEST
 */
gboolean
foreman_duration_parse_usec (const char *text, gint64 *microseconds, GError **error)
{
  gint64 nanoseconds;

  g_return_val_if_fail (microseconds != NULL, FALSE);

  if (!foreman_duration_parse (text, &nanoseconds, error))
    return FALSE;
  *microseconds = nanoseconds / 1000;
  if (*microseconds == 0 && nanoseconds != 0)
    *microseconds = nanoseconds > 0 ? 1 : -1;
  return TRUE;
}

static void
append_fraction (GString *out, guint64 value, guint64 unit, const char *name)
{
  g_autofree char *fraction = NULL;
  gsize len;
  guint digits = 0;

  for (guint64 u = unit; u > 1; u /= 10)
    digits++;
  g_string_append_printf (out, "%" G_GUINT64_FORMAT, value / unit);
  if (value % unit != 0)
    {
      fraction = g_strdup_printf ("%0*" G_GUINT64_FORMAT, (int) digits, value % unit);
      for (len = strlen (fraction); fraction[len - 1] == '0'; len--)
        fraction[len - 1] = '\0';
      g_string_append_printf (out, ".%s", fraction);
    }
  g_string_append (out, name);
}

/**
 * foreman_duration_to_string:
 * @nanoseconds: a duration in nanoseconds
 *
 * Writes a duration as Go's `Duration.String` does, without days: `1h0m0s`, `1.5ms`, `0s`. Any
 * Go program reads it back.
 *
 * Returns: (transfer full): the text
 */
char *
foreman_duration_to_string (gint64 nanoseconds)
{
  guint64 value = nanoseconds < 0 ? (guint64) (-(nanoseconds + 1)) + 1 : (guint64) nanoseconds;
  GString *out = g_string_new (nanoseconds < 0 ? "-" : "");
  const guint64 second = G_GUINT64_CONSTANT (1000000000);

  if (value == 0)
    g_string_append (out, "0s");
  else if (value < 1000)
    append_fraction (out, value, 1, "ns");
  else if (value < 1000000)
    append_fraction (out, value, 1000, "\302\265s");
  else if (value < second)
    append_fraction (out, value, 1000000, "ms");
  else
    {
      guint64 minutes = value / second / 60;

      if (minutes >= 60)
        g_string_append_printf (out, "%" G_GUINT64_FORMAT "h", minutes / 60);
      if (minutes > 0)
        g_string_append_printf (out, "%" G_GUINT64_FORMAT "m", minutes % 60);
      append_fraction (out, value - minutes * 60 * second, second, "s");
    }
  return g_string_free (out, FALSE);
}
