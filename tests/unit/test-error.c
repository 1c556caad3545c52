/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"

static void
every_code_has_a_name_of_its_own (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < FOREMAN_N_ERRORS; i++)
    {
      const char *code = foreman_error_to_code (i);

      g_assert_nonnull (code);
      g_assert_true (g_hash_table_add (seen, (char *) code));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/codes", every_code_has_a_name_of_its_own);
  return g_test_run ();
}
