/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-duration.h"
#include "engine/foreman-size.h"
#include "libforeman/foreman-error.h"

/* What Go's time.ParseDuration and Duration.String say. */
static const struct
{
  const char *text;
  gboolean ok;
  gint64 nanoseconds;
  const char *shown;
} go_cases[] = {
  { "0", TRUE, G_GINT64_CONSTANT (0), "0s" },
  { "+0", TRUE, G_GINT64_CONSTANT (0), "0s" },
  { "-0", TRUE, G_GINT64_CONSTANT (0), "0s" },
  { "", FALSE, 0, NULL },
  { "+", FALSE, 0, NULL },
  { "-", FALSE, 0, NULL },
  { ".", FALSE, 0, NULL },
  { "1", FALSE, 0, NULL },
  { "-.", FALSE, 0, NULL },
  { "s", FALSE, 0, NULL },
  { ".s", FALSE, 0, NULL },
  { "+.s", FALSE, 0, NULL },
  { "5s", TRUE, G_GINT64_CONSTANT (5000000000), "5s" },
  { "-5s", TRUE, G_GINT64_CONSTANT (-5000000000), "-5s" },
  { "+5s", TRUE, G_GINT64_CONSTANT (5000000000), "5s" },
  { "--5s", FALSE, 0, NULL },
  { "1.5s", TRUE, G_GINT64_CONSTANT (1500000000), "1.5s" },
  { ".5s", TRUE, G_GINT64_CONSTANT (500000000), "500ms" },
  { "5.s", TRUE, G_GINT64_CONSTANT (5000000000), "5s" },
  { "-.5s", TRUE, G_GINT64_CONSTANT (-500000000), "-500ms" },
  { "1h30m", TRUE, G_GINT64_CONSTANT (5400000000000), "1h30m0s" },
  { "1.0h", TRUE, G_GINT64_CONSTANT (3600000000000), "1h0m0s" },
  { "1h1h", TRUE, G_GINT64_CONSTANT (7200000000000), "2h0m0s" },
  { "100ns", TRUE, G_GINT64_CONSTANT (100), "100ns" },
  { "11us", TRUE, G_GINT64_CONSTANT (11000), "11µs" },
  { "12µs", TRUE, G_GINT64_CONSTANT (12000), "12µs" },
  { "12μs", TRUE, G_GINT64_CONSTANT (12000), "12µs" },
  { "13ms", TRUE, G_GINT64_CONSTANT (13000000), "13ms" },
  { "1e3s", FALSE, 0, NULL },
  { "1 s", FALSE, 0, NULL },
  { " 1s", FALSE, 0, NULL },
  { "1s ", FALSE, 0, NULL },
  { "9223372036854775807ns", TRUE, G_GINT64_CONSTANT (9223372036854775807),
    "2562047h47m16.854775807s" },
  { "9223372036854775808ns", FALSE, 0, NULL },
  { "-9223372036854775808ns", TRUE, G_MININT64, "-2562047h47m16.854775808s" },
  { "-9223372036854775809ns", FALSE, 0, NULL },
  { "9223372036854.775807s", FALSE, 0, NULL },
  { "9223372036854775.808us", FALSE, 0, NULL },
  { "-9223372036854775.808us", TRUE, G_MININT64, "-2562047h47m16.854775808s" },
  { "2562047h47m16.854775807s", TRUE, G_GINT64_CONSTANT (9223372036854775807),
    "2562047h47m16.854775807s" },
  { "2562047h47m16.854775808s", FALSE, 0, NULL },
  { "-2562047h47m16.854775808s", TRUE, G_MININT64, "-2562047h47m16.854775808s" },
  { "2562048h", FALSE, 0, NULL },
  { "9007199254.740993ms", TRUE, G_GINT64_CONSTANT (9007199254740993), "2501h59m59.254740993s" },
  { "0.3333333333333333333h", TRUE, G_GINT64_CONSTANT (1200000000000), "20m0s" },
  { "0.100000000000000000000h", TRUE, G_GINT64_CONSTANT (360000000000), "6m0s" },
  { "0.830103483285477580700h", TRUE, G_GINT64_CONSTANT (2988372539827), "49m48.372539827s" },
  { "0.9223372036854775807h", TRUE, G_GINT64_CONSTANT (3320413933267), "55m20.413933267s" },
  { "99999999999999999999s", FALSE, 0, NULL },
  { "3ns0.5ns", TRUE, G_GINT64_CONSTANT (3), "3ns" },
  { "0.5ns", TRUE, G_GINT64_CONSTANT (0), "0s" },
  { "1.9999ns", TRUE, G_GINT64_CONSTANT (1), "1ns" },
  { "1.2.3s", FALSE, 0, NULL },
  { "1m.5s", TRUE, G_GINT64_CONSTANT (60500000000), "1m0.5s" },
  { "00001s", TRUE, G_GINT64_CONSTANT (1000000000), "1s" },
  { "0s", TRUE, G_GINT64_CONSTANT (0), "0s" },
  { "-0s", TRUE, G_GINT64_CONSTANT (0), "0s" },
  { "0.s", TRUE, G_GINT64_CONSTANT (0), "0s" },
  { "1S", FALSE, 0, NULL },
  { "1mo", FALSE, 0, NULL },
  { "1h-1m", FALSE, 0, NULL },
  { "53.3h", TRUE, G_GINT64_CONSTANT (191880000000000), "53h18m0s" },
  { "9223372036s1000000000s", FALSE, 0, NULL },
  { "1.000000001s", TRUE, G_GINT64_CONSTANT (1000000001), "1.000000001s" },
  { "1µ", FALSE, 0, NULL },
};

static const struct
{
  const char *text;
  gboolean ok;
  gint64 nanoseconds;
} day_cases[] = {
  { "1d", TRUE, G_GINT64_CONSTANT (86400000000000) },
  { "-1d", TRUE, G_GINT64_CONSTANT (-86400000000000) },
  { "1.5d", TRUE, G_GINT64_CONSTANT (129600000000000) },
  { "7d12h", TRUE, G_GINT64_CONSTANT (648000000000000) },
  { "106751d", TRUE, G_GINT64_CONSTANT (9223286400000000000) },
  { "106752d", FALSE, 0 },
  { "1D", FALSE, 0 },
  { "d", FALSE, 0 },
  /* two halves that wrap around to nothing */
  { "-9223372036854775808ns9223372036854775808ns", FALSE, 0 },
};

static const struct
{
  const char *text;
  gboolean ok;
  gint64 bytes;
  const char *shown;
} size_cases[] = {
  { "0", TRUE, 0, "0" },
  { "65536", TRUE, 65536, "64KiB" },
  { "64MiB", TRUE, 67108864, "64MiB" },
  { "64 MiB", TRUE, 67108864, "64MiB" },
  { "1GiB", TRUE, 1073741824, "1GiB" },
  { "1024GiB", TRUE, G_GINT64_CONSTANT (1099511627776), "1TiB" },
  { "1MB", TRUE, 1000000, "1000000" },
  { "2 kB", TRUE, 2000, "2000" },
  { "10B", TRUE, 10, "10" },
  { "9223372036854775807", TRUE, G_MAXINT64, "9223372036854775807" },
  { "9223372036854775808", FALSE, 0, NULL },
  { "99999999999999999999999", FALSE, 0, NULL },
  { "8388608TiB", FALSE, 0, NULL },
  { "8388607TiB", TRUE, G_GINT64_CONSTANT (9223370937343148032), "8388607TiB" },
  { "", FALSE, 0, NULL },
  { "MiB", FALSE, 0, NULL },
  { "-1", FALSE, 0, NULL },
  { "+1", FALSE, 0, NULL },
  { "1.5GiB", FALSE, 0, NULL },
  { "64M", FALSE, 0, NULL },
  { "64mib", FALSE, 0, NULL },
  { "64 MiB ", FALSE, 0, NULL },
};

static void
durations_are_read_and_written_as_go_does (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (go_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *shown = NULL;
      gint64 value = 42;
      gboolean ok = foreman_duration_parse (go_cases[i].text, &value, &error);

      g_test_message ("\"%s\"", go_cases[i].text);
      g_assert_cmpint (ok, ==, go_cases[i].ok);
      if (!ok)
        {
          g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
          g_assert_cmpint (value, ==, 42);
          continue;
        }
      g_assert_no_error (error);
      g_assert_cmpint (value, ==, go_cases[i].nanoseconds);
      shown = foreman_duration_to_string (value);
      g_assert_cmpstr (shown, ==, go_cases[i].shown);
    }
}

static void
a_duration_may_have_days (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (day_cases); i++)
    {
      gint64 value = 0;

      g_test_message ("\"%s\"", day_cases[i].text);
      g_assert_cmpint (foreman_duration_parse (day_cases[i].text, &value, NULL), ==,
                       day_cases[i].ok);
      g_assert_cmpint (value, ==, day_cases[i].nanoseconds);
    }
}

static void
microseconds_are_never_rounded_to_none (void)
{
  gint64 value;

  g_assert_true (foreman_duration_parse_usec ("1s", &value, NULL));
  g_assert_cmpint (value, ==, 1000000);
  g_assert_true (foreman_duration_parse_usec ("1ns", &value, NULL));
  g_assert_cmpint (value, ==, 1);
  g_assert_true (foreman_duration_parse_usec ("-1ns", &value, NULL));
  g_assert_cmpint (value, ==, -1);
  g_assert_true (foreman_duration_parse_usec ("0", &value, NULL));
  g_assert_cmpint (value, ==, 0);
}

static void
sizes_have_units_that_mean_one_thing (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (size_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *shown = NULL;
      gint64 value = 0;
      gint64 again = -1;
      gboolean ok = foreman_size_parse (size_cases[i].text, &value, &error);

      g_test_message ("\"%s\"", size_cases[i].text);
      g_assert_cmpint (ok, ==, size_cases[i].ok);
      g_assert_cmpint (ok, ==, error == NULL);
      g_assert_cmpint (value, ==, size_cases[i].bytes);
      if (!ok)
        continue;
      shown = foreman_size_to_string (value);
      g_assert_cmpstr (shown, ==, size_cases[i].shown);
      g_assert_true (foreman_size_parse (shown, &again, NULL));
      g_assert_cmpint (again, ==, value);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/duration/go", durations_are_read_and_written_as_go_does);
  g_test_add_func ("/duration/days", a_duration_may_have_days);
  g_test_add_func ("/duration/microseconds", microseconds_are_never_rounded_to_none);
  g_test_add_func ("/size", sizes_have_units_that_mean_one_thing);
  return g_test_run ();
}
