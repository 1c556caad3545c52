/* SPDX-License-Identifier: MIT */
#include "engine/foreman-gate-capacity.h"
#include "libforeman/foreman-error.h"

static void
test_reads_the_general_number (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanGateCapacity) capacity = foreman_gate_capacity_parse (" 3 ", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (foreman_gate_capacity_get_general (capacity), ==, 3);
  g_assert_cmpuint (foreman_gate_capacity_get_for_model (capacity, "qwen3:8b"), ==, 3);
}

static void
test_reads_models_by_any_spelling (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanGateCapacity) capacity =
      foreman_gate_capacity_parse ("1, library/Qwen3:8B = 4,llama3.2=2,hf.co/a/B:Q4_0=9", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (foreman_gate_capacity_get_general (capacity), ==, 1);
  g_assert_cmpuint (foreman_gate_capacity_get_for_model (capacity, "qwen3:8b"), ==, 4);
  g_assert_cmpuint (foreman_gate_capacity_get_for_model (capacity, "llama3.2:latest"), ==, 2);
  g_assert_cmpuint (foreman_gate_capacity_get_for_model (capacity, "hf.co/a/b:q4_0"), ==, 9);
  g_assert_cmpuint (foreman_gate_capacity_get_for_model (capacity, "qwen3:latest"), ==, 1);
}

static void
test_refuses_what_makes_no_sense (void)
{
  static const char *const texts[] = {
    "",       ",",         "0",         "-1",      "1001",     "1.5",
    "many",   "qwen3=4",   "1,",        "1,,a=2",  "1,qwen3",  "1,qwen3=",
    "1,=4",   "1,a b=4",   "1,qwen3=0", "2,a=1",   "1,a=1001", "1,a=2,library/A:latest=3",
    "1,a=+2", "1,a=b=c=2", "1 2,a=2",   "1,a@b=2",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ForemanGateCapacity) capacity = foreman_gate_capacity_parse (texts[i], &error);

      g_test_message ("“%s”", texts[i]);
      g_assert_null (capacity);
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
      g_assert_true (g_str_has_prefix (error->message, "FOREMAN_CAPACITY: “"));
      g_assert_nonnull (strstr (error->message, "“1,qwen3:8b=4”"));
      g_assert_null (strchr (error->message, '\n'));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gate-capacity/general", test_reads_the_general_number);
  g_test_add_func ("/gate-capacity/models", test_reads_models_by_any_spelling);
  g_test_add_func ("/gate-capacity/refused", test_refuses_what_makes_no_sense);
  return g_test_run ();
}
