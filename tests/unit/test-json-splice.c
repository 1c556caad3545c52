/* SPDX-License-Identifier: MIT */
#include "engine/foreman-json-splice.h"

#include <string.h>

#include "libforeman/foreman-error.h"

/* Cuts "x" and "y", sets "stream". */
static void
assert_splice (const char *json, const char *stream, const char *expected)
{
  const ForemanJsonEdit edits[] = { { "x", NULL }, { "stream", stream }, { "y", NULL } };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      foreman_json_splice (json, strlen (json), edits, G_N_ELEMENTS (edits), &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_assert_cmpstr (text, ==, expected);
}

static void
test_cuts_members_with_their_commas (void)
{
  assert_splice ("{}", NULL, "{}");
  assert_splice ("{\"a\":1}", NULL, "{\"a\":1}");
  assert_splice ("{\"x\":1}", NULL, "{}");
  assert_splice ("{ \"x\" : 1 }", NULL, "{  }");
  assert_splice ("{\"x\":1,\"a\":2}", NULL, "{\"a\":2}");
  assert_splice ("{\"a\":2,\"x\":1}", NULL, "{\"a\":2}");
  assert_splice ("{ \"a\":1, \"x\":2, \"b\":3 }", NULL, "{ \"a\":1, \"b\":3 }");
  assert_splice ("{ \"x\":1, \"y\":2, \"b\":3 }", NULL, "{ \"b\":3 }");
  assert_splice ("{ \"a\":1, \"x\":2, \"y\":3 }", NULL, "{ \"a\":1 }");
  assert_splice ("{\"x\":1,\"a\":1,\"x\":2,\"b\":3,\"y\":4}", NULL, "{\"a\":1,\"b\":3}");
  assert_splice ("{\"x\":1,\"y\":2,\"X\":3,\"\\u0078\":4}", NULL, "{}");
  assert_splice ("{\"a\":{\"x\":1},\"x\":{\"a\":[1,2]}}", NULL, "{\"a\":{\"x\":1}}");
}

static void
test_sets_every_occurrence (void)
{
  assert_splice ("{\"stream\":false}", "true", "{\"stream\":true}");
  assert_splice ("{\"stream\" : false , \"a\":1}", "true", "{\"stream\" : true , \"a\":1}");
  assert_splice ("{\"stream\":false,\"STREAM\":null}", "true", "{\"stream\":true,\"STREAM\":true}");
  assert_splice ("{\"x\":1,\"\u017ftream\":0}", "true", "{\"\u017ftream\":true}");
}

static void
test_adds_what_is_not_there (void)
{
  assert_splice ("{}", "true", "{\"stream\":true}");
  assert_splice ("{ }", "true", "{\"stream\":true }");
  assert_splice ("{\"a\":1}", "true", "{\"a\":1,\"stream\":true}");
  assert_splice ("{\"a\":1 }", "true", "{\"a\":1,\"stream\":true }");
  assert_splice ("{\"x\":1}", "true", "{\"stream\":true}");
  assert_splice ("{\"a\":1,\"x\":1}", "true", "{\"a\":1,\"stream\":true}");
  assert_splice ("{\"x\":1,\"a\":1}", "true", "{\"a\":1,\"stream\":true}");
}

static void
test_other_bytes_stay (void)
{
  assert_splice (
      " \n{\"big\":12345678901234567890,\"n\":0.1,\"s\":\"\xff\\u0041\"}\n trailing", "true",
      " \n{\"big\":12345678901234567890,\"n\":0.1,\"s\":\"\xff\\u0041\",\"stream\":true}\n "
      "trailing");
}

static void
test_nested_by_two_splices (void)
{
  static const char json[] = "{\"stream_options\":{\"a\":1},\"m\":2}";
  static const char *const names[] = { "stream_options", NULL };
  const ForemanJsonEdit inner = { "include_usage", "true" };
  g_autoptr (GBytes) value = NULL, bytes = NULL;
  g_autofree char *text = NULL;
  g_autofree char *result = NULL;
  ForemanJsonEdit outer = { "stream_options", NULL };
  ForemanJsonSpan span;

  g_assert_true (foreman_json_scan (json, strlen (json), names, &span, NULL));
  value = foreman_json_splice (json + span.offset, span.length, &inner, 1, NULL);
  text = g_strndup (g_bytes_get_data (value, NULL), g_bytes_get_size (value));
  outer.value = text;
  bytes = foreman_json_splice (json, strlen (json), &outer, 1, NULL);
  result = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_assert_cmpstr (result, ==, "{\"stream_options\":{\"a\":1,\"include_usage\":true},\"m\":2}");
}

static void
test_refuses_what_is_not_an_object (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (foreman_json_splice ("[1]", 3, NULL, 0, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
  g_clear_error (&error);
  g_assert_null (foreman_json_splice ("{\"a\":1,}", 8, NULL, 0, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-splice/cuts-members-with-their-commas",
                   test_cuts_members_with_their_commas);
  g_test_add_func ("/json-splice/sets-every-occurrence", test_sets_every_occurrence);
  g_test_add_func ("/json-splice/adds-what-is-not-there", test_adds_what_is_not_there);
  g_test_add_func ("/json-splice/other-bytes-stay", test_other_bytes_stay);
  g_test_add_func ("/json-splice/nested-by-two-splices", test_nested_by_two_splices);
  g_test_add_func ("/json-splice/refuses-what-is-not-an-object",
                   test_refuses_what_is_not_an_object);
  return g_test_run ();
}
