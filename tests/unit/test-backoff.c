/* SPDX-License-Identifier: MIT */
#include "engine/foreman-backoff.h"

static void
test_delays_double_up_to_the_longest (void)
{
  static const gint64 expected[] = { 100, 200, 400, 800, 1000, 1000, 1000 };
  ForemanBackoff backoff = { .first = 100, .max = 1000 };

  for (guint round = 0; round < 50; round++)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
        {
          gint64 delay = foreman_backoff_next (&backoff);

          g_assert_cmpint (delay, <=, expected[i]);
          g_assert_cmpint (delay, >=, expected[i] / 2);
        }
      foreman_backoff_reset (&backoff);
    }
}

static void
test_delays_are_not_all_the_same (void)
{
  ForemanBackoff backoff = { .first = 1000000, .max = 1000000 };
  gint64 first = foreman_backoff_next (&backoff);
  gboolean differs = FALSE;

  for (guint i = 0; i < 100; i++)
    differs |= foreman_backoff_next (&backoff) != first;
  g_assert_true (differs);
}

static void
test_longest_delays_do_not_overflow (void)
{
  ForemanBackoff backoff = { .first = G_MAXINT64 / 2, .max = G_MAXINT64 };

  for (guint i = 0; i < 5; i++)
    g_assert_cmpint (foreman_backoff_next (&backoff), >=, G_MAXINT64 / 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backoff/doubles", test_delays_double_up_to_the_longest);
  g_test_add_func ("/backoff/jitter", test_delays_are_not_all_the_same);
  g_test_add_func ("/backoff/overflow", test_longest_delays_do_not_overflow);
  return g_test_run ();
}
