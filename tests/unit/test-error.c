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

static void
a_detail_stays_with_the_error (void)
{
  g_autoptr (GError) plain = g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION, "broke off");
  g_autoptr (GError) unreachable = foreman_error_new_unreachable ("no route to %s", "it");
  g_autoptr (GError) http = foreman_error_new_http (503, "it says: %s", "busy");
  g_autoptr (GError) foreign = g_error_new (G_FILE_ERROR, G_FILE_ERROR_IO, "foreign");
  g_autoptr (GError) copy = g_error_copy (unreachable);

  g_assert_error (unreachable, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
  g_assert_cmpstr (unreachable->message, ==, "no route to it");
  g_assert_true (foreman_error_is_unreachable (unreachable));
  g_assert_false (foreman_error_is_unreachable (plain));
  g_assert_false (foreman_error_is_unreachable (foreign));

  g_assert_error (http, FOREMAN_ERROR, FOREMAN_ERROR_HTTP);
  g_assert_cmpuint (foreman_error_get_http_status (http), ==, 503);
  g_assert_cmpuint (foreman_error_get_http_status (plain), ==, 0);
  g_assert_cmpuint (foreman_error_get_http_status (foreign), ==, 0);

  g_prefix_error (&copy, "polling: ");
  g_assert_true (foreman_error_is_unreachable (copy));
}

static void
the_domain_keeps_its_name (void)
{
  g_assert_cmpstr (g_quark_to_string (FOREMAN_ERROR), ==, "foreman-error-quark");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/codes", every_code_has_a_name_of_its_own);
  g_test_add_func ("/error/detail", a_detail_stays_with_the_error);
  g_test_add_func ("/error/domain", the_domain_keeps_its_name);
  return g_test_run ();
}
