/* SPDX-License-Identifier: MIT */
#include "commands/foreman-human.h"

#include <string.h>

#define NOW    (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define MINUTE ((gint64) 60 * G_USEC_PER_SEC)
#define HOUR   (60 * MINUTE)

static void
times_are_told_as_ollama_does (void)
{
  static const struct
  {
    gint64 time;
    const char *text;
  } cases[] = {
    { 0, "-" },
    { NOW, "Less than a second ago" },
    { NOW - G_USEC_PER_SEC, "1 second ago" },
    { NOW - 59 * G_USEC_PER_SEC, "59 seconds ago" },
    { NOW - MINUTE, "About a minute ago" },
    { NOW - 3 * MINUTE, "3 minutes ago" },
    { NOW + 4 * MINUTE, "4 minutes from now" },
    { NOW - HOUR, "About an hour ago" },
    { NOW - 5 * HOUR, "5 hours ago" },
    { NOW - 3 * 24 * HOUR, "3 days ago" },
    { NOW + 21 * 24 * HOUR, "3 weeks from now" },
    { NOW - 100 * 24 * HOUR, "3 months ago" },
    { NOW - 800 * 24 * HOUR, "2 years ago" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = foreman_human_time (cases[i].time, NOW);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
times_within_a_sentence_begin_small (void)
{
  g_autofree char *hour = foreman_human_time_within (NOW + HOUR, NOW);
  g_autofree char *none = foreman_human_time_within (0, NOW);

  g_assert_cmpstr (hour, ==, "about an hour from now");
  g_assert_cmpstr (none, ==, "-");
}

static void
sizes_and_counts_are_short (void)
{
  static const struct
  {
    gint64 bytes;
    const char *text;
  } sizes[] = {
    { 0, "0 B" },
    { 999, "999 B" },
    { 1500, "1.5 KB" },
    { 4700000000, "4.7 GB" },
    { 2000000000, "2 GB" },
    { 42500000000, "42 GB" },
    { 3000000000000, "3 TB" },
  };
  g_autofree char *thousands = foreman_human_count (20000);
  g_autofree char *small = foreman_human_count (7);
  g_autofree char *large = foreman_human_count (-1234567);

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *text = foreman_human_size (sizes[i].bytes);

      g_assert_cmpstr (text, ==, sizes[i].text);
    }
  g_assert_cmpstr (thousands, ==, "20,000");
  g_assert_cmpstr (small, ==, "7");
  g_assert_cmpstr (large, ==, "-1,234,567");
}

static void
a_time_of_day_is_the_next_one (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_offset (2 * 3600);
  g_autoptr (GDateTime) now = g_date_time_new (zone, 2026, 12, 31, 20, 30, 0);
  static const struct
  {
    const char *text;
    const char *time;
  } cases[] = {
    { "22:00", "2026-12-31T22:00:00+02:00" },
    { "20:31", "2026-12-31T20:31:00+02:00" },
    { "20:30", "2027-01-01T20:30:00+02:00" },
    { "7:05", "2027-01-01T07:05:00+02:00" },
    { "24:00", "24:00" },
    { "22:00:00", "22:00:00" },
    { "2026-12-24T06:00:00Z", "2026-12-24T06:00:00Z" },
    { "tomorrow", "tomorrow" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *time = foreman_human_read_time (cases[i].text, now);

      g_assert_cmpstr (time, ==, cases[i].time);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/command-human/time", times_are_told_as_ollama_does);
  g_test_add_func ("/command-human/time-within", times_within_a_sentence_begin_small);
  g_test_add_func ("/command-human/numbers", sizes_and_counts_are_short);
  g_test_add_func ("/command-human/time-of-day", a_time_of_day_is_the_next_one);
  return g_test_run ();
}
