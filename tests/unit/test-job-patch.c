/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-patch.h"

#include "libforeman/foreman-error.h"

#include <string.h>

static ForemanSubmission *
read_patch (const char *text, ForemanJobPatch *patch, GError **error)
{
  g_autoptr (GBytes) body = g_bytes_new_static (text, strlen (text));

  return foreman_job_patch_read (body, 50, patch, error);
}

static void
what_is_named_is_to_change (void)
{
  g_autoptr (GError) error = NULL;
  ForemanJobPatch patch;
  g_autoptr (ForemanSubmission) values =
      read_patch ("{\"priority\":-7,\"run_at\":\"2030-01-02T03:04:05Z\",\"model\":\"Qwen3\","
                  "\"labels\":{\"b\":\"2\",\"a\":\"1\"},\"ttl\":\"7d\"}",
                  &patch, &error);

  g_assert_no_error (error);
  g_assert_true (patch.has_priority && patch.has_run_at && patch.has_labels && patch.has_ttl);
  g_assert_cmpint (patch.priority, ==, -7);
  g_assert_cmpint (patch.run_at, ==, G_GINT64_CONSTANT (1893553445) * G_USEC_PER_SEC);
  g_assert_cmpstr (patch.model, ==, "Qwen3");
  g_assert_nonnull (patch.model_key);
  g_assert_cmpstrv (patch.labels, ((const char *[]){ "a", "1", "b", "2", NULL }));
  g_assert_cmpint (patch.ttl, ==, 7 * 24 * 3600 * (gint64) G_USEC_PER_SEC);
}

static void
what_is_not_named_stays (void)
{
  g_autoptr (GError) error = NULL;
  ForemanJobPatch patch;
  g_autoptr (ForemanSubmission) values = read_patch ("{\"priority\":3}", &patch, &error);

  g_assert_no_error (error);
  g_assert_true (patch.has_priority);
  g_assert_false (patch.has_run_at || patch.has_labels || patch.has_ttl);
  g_assert_null (patch.model);
}

static void
null_takes_away (void)
{
  g_autoptr (GError) error = NULL;
  ForemanJobPatch patch;
  g_autoptr (ForemanSubmission) values =
      read_patch ("{\"run_at\":null,\"labels\":null}", &patch, &error);

  g_assert_no_error (error);
  g_assert_true (patch.has_run_at && patch.has_labels);
  g_assert_cmpint (patch.run_at, ==, 0);
  g_assert_true (patch.labels == NULL || patch.labels[0] == NULL);
}

static void
what_cannot_be_is_refused_by_name (void)
{
  static const struct
  {
    const char *text;
    const char *field; /* NULL: none */
  } cases[] = {
    { "", NULL },
    { "[]", NULL },
    { "{\"state\":\"done\"}", NULL },
    { "{\"priority\":1,\"priority\":2}", NULL },
    { "{\"priority\":1", NULL },
    { "{\"priority\":51}", "priority" },
    { "{\"priority\":101}", "priority" },
    { "{\"priority\":1.5}", "priority" },
    { "{\"priority\":null}", "priority" },
    { "{\"priority\":[1]}", "priority" },
    { "{\"run_at\":\"tomorrow\"}", "run_at" },
    { "{\"run_at\":\"2030-01-02T03:04:05\"}", "run_at" },
    { "{\"model\":\"a b\"}", "model" },
    { "{\"model\":5}", "model" },
    { "{\"priority\":true}", "priority" },
    { "{\"ttl\":[0]}", "ttl" },
    { "{\"labels\":[\"a\"]}", "labels" },
    { "{\"labels\":{\"a\":1}}", "labels" },
    { "{\"ttl\":\"-1s\"}", "ttl" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      ForemanJobPatch patch;
      g_autoptr (ForemanSubmission) values = read_patch (cases[i].text, &patch, &error);

      if (values)
        g_error ("%s is taken", cases[i].text);
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
      g_assert_cmpstr (foreman_error_get_field (error), ==, cases[i].field);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job-patch/named", what_is_named_is_to_change);
  g_test_add_func ("/job-patch/not-named", what_is_not_named_stays);
  g_test_add_func ("/job-patch/null", null_takes_away);
  g_test_add_func ("/job-patch/refused", what_cannot_be_is_refused_by_name);
  return g_test_run ();
}
