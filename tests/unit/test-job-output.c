/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-output.h"

#include <string.h>

static void
test_a_short_text_is_kept_whole (void)
{
  g_autoptr (ForemanJobOutput) output = foreman_job_output_new ();
  g_autofree char *text = NULL;
  guint64 offset = 99;

  g_assert_cmpuint (foreman_job_output_append (output, "Hel"), ==, 0);
  g_assert_cmpuint (foreman_job_output_append (output, "lo"), ==, 3);
  text = foreman_job_output_dup (output, &offset);
  g_assert_cmpstr (text, ==, "Hello");
  g_assert_cmpuint (offset, ==, 0);
}

/* Three bytes a character, so that no cut by bytes fits. */
static void
test_of_a_long_text_the_end_is_kept (void)
{
  g_autoptr (ForemanJobOutput) output = foreman_job_output_new ();
  guint64 total = 0;

  for (guint i = 0; i < 400000; i++)
    {
      g_assert_cmpuint (foreman_job_output_append (output, "€"), ==, total);
      total += strlen ("€");
      if (i % 50000 == 49999)
        {
          guint64 offset;
          g_autofree char *text = foreman_job_output_dup (output, &offset);

          g_assert_cmpuint (strlen (text), <=, FOREMAN_JOB_OUTPUT_SIZE);
          g_assert_cmpuint (offset + strlen (text), ==, total);
          g_assert_cmpuint (offset % strlen ("€"), ==, 0);
          g_assert_true (g_utf8_validate (text, -1, NULL));
          g_assert_true (offset == 0 || strlen (text) > FOREMAN_JOB_OUTPUT_SIZE - 3);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job-output/short", test_a_short_text_is_kept_whole);
  g_test_add_func ("/job-output/long", test_of_a_long_text_the_end_is_kept);
  return g_test_run ();
}
