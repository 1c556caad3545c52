/* SPDX-License-Identifier: MIT */
#include "commands/foreman-human.h"

#include <stdio.h>
#include <string.h>

#define MINUTE 60
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/**
 * foreman_human_span:
 * @span: in µs, not negative
 *
 * A stretch of time in one unit, as `ollama` writes it.
 *
 * Returns: (transfer full): such as `3 minutes`
 */
char *
foreman_human_span (gint64 span)
{
  gint64 seconds = span / G_USEC_PER_SEC;

  if (seconds < 1)
    return g_strdup ("Less than a second");
  if (seconds == 1)
    return g_strdup ("1 second");
  if (seconds < MINUTE)
    return g_strdup_printf ("%d seconds", (int) seconds);
  if (seconds < 2 * MINUTE)
    return g_strdup ("About a minute");
  if (seconds < HOUR)
    return g_strdup_printf ("%d minutes", (int) (seconds / MINUTE));
  if (seconds < 3 * HOUR / 2)
    return g_strdup ("About an hour");
  if (seconds < 2 * DAY)
    return g_strdup_printf ("%d hours", (int) ((seconds + HOUR / 2) / HOUR));
  if (seconds < 14 * DAY)
    return g_strdup_printf ("%d days", (int) (seconds / DAY));
  if (seconds < 60 * DAY)
    return g_strdup_printf ("%d weeks", (int) (seconds / (7 * DAY)));
  if (seconds < 730 * (gint64) DAY)
    return g_strdup_printf ("%d months", (int) (seconds / (30 * DAY)));
  return g_strdup_printf ("%d years", (int) (seconds / (365 * (gint64) DAY)));
}

/**
 * foreman_human_time:
 * @time: in µs UTC; 0: there is none
 * @now: the present, likewise
 *
 * Returns: (transfer full): such as `3 minutes ago` or `2 hours from now`; `-` for none
 */
char *
foreman_human_time (gint64 time, gint64 now)
{
  g_autofree char *span = NULL;

  if (time == 0)
    return g_strdup ("-");
  span = foreman_human_span (ABS (now - time));
  return g_strconcat (span, time > now ? " from now" : " ago", NULL);
}

/**
 * foreman_human_time_within:
 * @time: in µs UTC; 0: there is none
 * @now: the present, likewise
 *
 * Returns: (transfer full): the same, as it stands within a sentence
 */
char *
foreman_human_time_within (gint64 time, gint64 now)
{
  char *text = foreman_human_time (time, now);

  *text = g_ascii_tolower (*text);
  return text;
}

/**
 * foreman_human_size:
 * @bytes: a size
 *
 * Returns: (transfer full): it as `ollama` writes it, such as `4.7 GB`
 */
char *
foreman_human_size (gint64 bytes)
{
  static const char *const units[] = { "B", "KB", "MB", "GB", "TB" };
  double value = (double) bytes;
  guint unit = 0;

  while (value >= 1000 && unit + 1 < G_N_ELEMENTS (units))
    {
      value /= 1000;
      unit++;
    }
  if (value >= 10 || value == (double) (int) value)
    return g_strdup_printf ("%d %s", (int) value, units[unit]);
  return g_strdup_printf ("%.1f %s", value, units[unit]);
}

/**
 * foreman_human_count:
 * @count: a number
 *
 * Returns: (transfer full): it with commas, such as `20,000`
 */
char *
foreman_human_count (gint64 count)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GINT64_FORMAT, ABS (count));
  GString *out = g_string_new (count < 0 ? "-" : "");
  gsize length = strlen (digits);

  for (gsize i = 0; i < length; i++)
    {
      if (i > 0 && (length - i) % 3 == 0)
        g_string_append_c (out, ',');
      g_string_append_c (out, digits[i]);
    }
  return g_string_free (out, FALSE);
}

/**
 * foreman_human_read_time:
 * @text: `22:00`, which is the next time that a clock on the wall shows it, or anything else
 * @now: the present, in the local time zone
 *
 * Returns: (transfer full): an RFC 3339 time, or @text as it is, for foreman to judge
 */
char *
foreman_human_read_time (const char *text, GDateTime *now)
{
  g_autoptr (GDateTime) today = NULL;
  g_autoptr (GDateTime) next = NULL;
  int hour, minute, end = 0;

  if (sscanf (text, "%2d:%2d%n", &hour, &minute, &end) != 2 || text[end] != '\0' || hour < 0 ||
      hour > 23 || minute < 0 || minute > 59)
    return g_strdup (text);
  today = g_date_time_new (g_date_time_get_timezone (now), g_date_time_get_year (now),
                           g_date_time_get_month (now), g_date_time_get_day_of_month (now), hour,
                           minute, 0);
  if (today == NULL)
    return g_strdup (text);
  next = g_date_time_compare (today, now) > 0 ? g_date_time_ref (today)
                                              : g_date_time_add_days (today, 1);
  return g_date_time_format (next, "%Y-%m-%dT%H:%M:%S%:z");
}
