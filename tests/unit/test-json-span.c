/* SPDX-License-Identifier: MIT */
#include "engine/foreman-json-span.h"

#include <string.h>

static ForemanJsonSpan
whole (const char *json)
{
  return (ForemanJsonSpan){ .length = strlen (json) };
}

static void
assert_decodes (const char *json, const char *expected)
{
  g_autofree char *string = foreman_json_span_dup_string (json, whole (json));

  g_assert_cmpstr (string, ==, expected);
  g_assert_true (string == NULL || g_utf8_validate (string, -1, NULL));
}

static void
test_strings_decode_as_go_decodes_them (void)
{
  assert_decodes ("\"\"", "");
  assert_decodes ("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\b\f\n\r\tz");
  assert_decodes ("\"\\u00e9\\u20AC\\uD83D\\ude00é\"", "é€😀é");
  assert_decodes ("\"\\ud83d\"", "\ufffd");
  assert_decodes ("\"\\ud83dx\"", "\ufffdx");
  assert_decodes ("\"\\ud83d\\n\"", "\ufffd\n");
  assert_decodes ("\"\\ud83d\\u0041\"", "\ufffdA");
  assert_decodes ("\"\\ud83d\\ue000\"", "\ufffd\ue000");
  assert_decodes ("\"\\ude00\\ud83d\\ude00\"", "\ufffd😀");
  assert_decodes ("\"\\ud83d\\ud83d\\ude00\"", "\ufffd😀");
  assert_decodes ("\"a\xff\xfe\"", "a\ufffd\ufffd");
  assert_decodes ("\"\xe2\x82\"", "\ufffd\ufffd");
  assert_decodes ("\"\xed\xa0\x80\xc0\xaf\"", "\ufffd\ufffd\ufffd\ufffd\ufffd");
  assert_decodes ("\"\xf4\x90\x80\x80\"", "\ufffd\ufffd\ufffd\ufffd");
  assert_decodes ("\"tiny\\u0000x\"", NULL);
  assert_decodes ("1", NULL);
  assert_decodes ("", NULL);
}

static void
assert_kinds (const char *json, const char *kinds)
{
  ForemanJsonSpan span = whole (json);
  gboolean boolean = FALSE;
  double number = 0;
  GString *found = g_string_new (NULL);

  if (foreman_json_span_is_null (json, span))
    g_string_append (found, "null ");
  if (foreman_json_span_is_string (json, span))
    g_string_append (found, "string ");
  if (foreman_json_span_is_array (json, span))
    g_string_append (found, "array ");
  if (foreman_json_span_is_object (json, span))
    g_string_append (found, "object ");
  if (foreman_json_span_is_empty (json, span))
    g_string_append (found, "empty ");
  if (foreman_json_span_get_boolean (json, span, &boolean))
    g_string_append (found, boolean ? "true " : "false ");
  if (foreman_json_span_get_double (json, span, &number))
    g_string_append_printf (found, "%g ", number);
  g_assert_cmpstr (g_strstrip (found->str), ==, kinds);
  g_string_free (found, TRUE);
}

static void
test_kinds (void)
{
  assert_kinds ("", "");
  assert_kinds ("null", "null");
  assert_kinds ("true", "true");
  assert_kinds ("false", "false");
  assert_kinds ("\"\"", "string empty");
  assert_kinds ("\" \"", "string");
  assert_kinds ("[]", "array empty");
  assert_kinds ("[ \t\r\n]", "array empty");
  assert_kinds ("[null]", "array");
  assert_kinds ("{}", "object empty");
  assert_kinds ("{ \"a\":1}", "object");
  assert_kinds ("0", "0");
  assert_kinds ("-0.5e1", "-5");
  assert_kinds ("1e400", "");
  assert_kinds ("1e-400", "0");
}

static void
test_only_the_span_is_read (void)
{
  static const char json[] = "[12345,\"ab\"]";
  g_autofree char *text = foreman_json_span_dup_text (json, (ForemanJsonSpan){ 7, 4, FALSE });
  double number;

  g_assert_true (foreman_json_span_get_double (json, (ForemanJsonSpan){ 2, 2, FALSE }, &number));
  g_assert_cmpfloat (number, ==, 23);
  g_assert_cmpstr (text, ==, "\"ab\"");
  g_assert_null (foreman_json_span_dup_text (json, (ForemanJsonSpan){ 0 }));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-span/strings-decode-as-go-decodes-them",
                   test_strings_decode_as_go_decodes_them);
  g_test_add_func ("/json-span/kinds", test_kinds);
  g_test_add_func ("/json-span/only-the-span-is-read", test_only_the_span_is_read);
  return g_test_run ();
}
