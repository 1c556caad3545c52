/* SPDX-License-Identifier: MIT */
#include "http/foreman-route-pattern.h"

static void
patterns_fit_what_they_stand_for (void)
{
  static const struct
  {
    const char *pattern;
    const char *path;
    gboolean fits;
  } cases[] = {
    { "/jobs", "/jobs", TRUE },
    { "/jobs", "/jobs/", FALSE },
    { "/jobs", "/job", FALSE },
    { "/jobs/{id}", "/jobs/1", TRUE },
    { "/jobs/{id}", "/jobs/", FALSE },
    { "/jobs/{id}", "/jobs", FALSE },
    { "/jobs/{id}", "/jobs/1/", FALSE },
    { "/jobs/{id}", "/jobs/1/request", FALSE },
    { "/jobs/{id}/request", "/jobs/1/request", TRUE },
    { "/jobs/{id}/request", "/jobs//request", FALSE },
    { "/jobs/{id}/request", "/jobs/1/requests", FALSE },
    { "/jobs/{id}/artifacts/{name}", "/jobs/1/artifacts/a.b c", TRUE },
    { "/jobs/{id}/artifacts/{name}", "/jobs/1/artifacts/a/b", FALSE },
    { "/v1/models/*", "/v1/models/a/b", TRUE },
    { "/v1/models/*", "/v1/models", FALSE },
    { "*", "", TRUE },
    { "*", "/any/thing", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    if (foreman_route_pattern_fits (cases[i].pattern, cases[i].path) != cases[i].fits)
      g_error ("%s and %s", cases[i].pattern, cases[i].path);
}

static void
segments_are_found_by_name (void)
{
  static const struct
  {
    const char *path;
    const char *name;
    const char *expected; /* of /jobs/{id}/artifacts/{name} */
  } cases[] = {
    { "/jobs/01J/artifacts/partial", "id", "01J" },
    { "/jobs/01J/artifacts/partial", "name", "partial" },
    { "/jobs/01J/artifacts/{id}", "name", "{id}" },
    { "/jobs/01J/artifacts/partial", "nam", NULL },
    { "/jobs/01J/artifacts/partial", "names", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = foreman_route_pattern_dup_segment ("/jobs/{id}/artifacts/{name}",
                                                                  cases[i].path, cases[i].name);

      g_assert_cmpstr (found, ==, cases[i].expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/route-pattern/fits", patterns_fit_what_they_stand_for);
  g_test_add_func ("/route-pattern/segments", segments_are_found_by_name);
  return g_test_run ();
}
