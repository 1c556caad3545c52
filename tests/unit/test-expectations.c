/* SPDX-License-Identifier: MIT */
#include "engine/foreman-expectations.h"

#define MS 1000

static ForemanModelList *
list_of (const char *model)
{
  g_autofree char *text = g_strdup_printf ("{\"models\":[{\"name\":\"%s\",\"expires_at\":\"%u\"}]}",
                                           model, g_test_rand_int ());
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  return foreman_model_list_new (body, NULL);
}

static void
test_nothing_is_expected_at_first (void)
{
  g_autoptr (ForemanExpectations) expectations = foreman_expectations_new ();

  g_assert_cmpint (foreman_expectations_check (expectations, NULL, NULL, 1, 0), ==, -1);
  g_assert_cmpint (foreman_expectations_get_lists (expectations), ==, 0);
}

static void
test_looks_more_rarely_and_gives_up (void)
{
  g_autoptr (ForemanExpectations) expectations = foreman_expectations_new ();
  g_autoptr (ForemanModelList) tags = list_of ("a");
  g_autoptr (ForemanModelList) ps = list_of ("a");
  gint64 now = 50 * MS, looks = 0, delay;

  foreman_expectations_add (expectations, NULL, tags, ps, 0, now);
  g_assert_cmpint (foreman_expectations_get_lists (expectations), ==, FOREMAN_INVENTORY_ALL);
  while ((delay = foreman_expectations_check (expectations, tags, ps, 1 + looks, now)) >= 0)
    {
      g_assert_cmpint (delay, >=, 250 * MS);
      g_assert_cmpint (delay, <=, 2000 * MS);
      now += delay;
      looks++;
    }
  g_assert_cmpint (now, >=, 10050 * MS);
  g_assert_cmpint (now, <=, 12050 * MS);
  g_assert_cmpint (looks, <, 10);
  g_assert_cmpint (foreman_expectations_get_lists (expectations), ==, 0);
}

static void
test_any_other_models_will_do (void)
{
  g_autoptr (ForemanExpectations) expectations = foreman_expectations_new ();
  g_autoptr (ForemanModelList) before = list_of ("a");
  g_autoptr (ForemanModelList) used = list_of ("a");
  g_autoptr (ForemanModelList) after = list_of ("b");

  foreman_expectations_add (expectations, NULL, before, before, 0, 0);
  g_assert_cmpint (foreman_expectations_check (expectations, used, used, 1, 0), >, 0);
  g_assert_cmpint (foreman_expectations_check (expectations, before, after, 2, 0), ==, -1);
  foreman_expectations_add (expectations, NULL, before, before, 2, 0);
  g_assert_cmpint (foreman_expectations_check (expectations, after, before, 3, 0), ==, -1);
  foreman_expectations_add (expectations, NULL, NULL, NULL, 3, 0);
  g_assert_cmpint (foreman_expectations_check (expectations, NULL, NULL, 4, 0), >, 0);
  g_assert_cmpint (foreman_expectations_check (expectations, before, before, 5, 0), ==, -1);
}

static void
test_each_model_must_leave_by_itself (void)
{
  g_autoptr (ForemanExpectations) expectations = foreman_expectations_new ();
  g_autoptr (ForemanModelName) a = foreman_model_name_parse ("a", NULL);
  g_autoptr (ForemanModelName) b = foreman_model_name_parse ("B", NULL);
  g_autoptr (ForemanModelList) has_a = list_of ("a");
  g_autoptr (ForemanModelList) has_b = list_of ("b");
  g_autoptr (ForemanModelList) has_c = list_of ("c");

  foreman_expectations_add (expectations, a, has_a, has_a, 0, 0);
  foreman_expectations_add (expectations, b, has_a, has_a, 0, 0);
  g_assert_cmpint (foreman_expectations_get_lists (expectations), ==, FOREMAN_INVENTORY_RESIDENT);
  g_assert_cmpint (foreman_expectations_check (expectations, NULL, has_b, 1, 0), >, 0);
  g_assert_cmpint (foreman_expectations_check (expectations, NULL, has_b, 2, 0), >, 0);
  g_assert_cmpint (foreman_expectations_check (expectations, NULL, has_c, 3, 0), ==, -1);
}

static void
test_older_polls_show_nothing (void)
{
  g_autoptr (ForemanExpectations) expectations = foreman_expectations_new ();
  g_autoptr (ForemanModelName) a = foreman_model_name_parse ("a", NULL);
  g_autoptr (ForemanModelList) has_b = list_of ("b");

  /* Poll 7 was under way when a was asked to leave, and perhaps not yet listed. */
  foreman_expectations_add (expectations, a, NULL, has_b, 7, 0);
  g_assert_cmpint (foreman_expectations_check (expectations, NULL, has_b, 7, 0), >, 0);
  g_assert_cmpint (foreman_expectations_check (expectations, NULL, has_b, 8, 0), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/expectations/none", test_nothing_is_expected_at_first);
  g_test_add_func ("/expectations/rarely", test_looks_more_rarely_and_gives_up);
  g_test_add_func ("/expectations/any", test_any_other_models_will_do);
  g_test_add_func ("/expectations/each", test_each_model_must_leave_by_itself);
  g_test_add_func ("/expectations/older", test_older_polls_show_nothing);
  return g_test_run ();
}
