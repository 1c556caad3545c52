/* SPDX-License-Identifier: MIT */
#include "engine/foreman-json-scan.h"

#include <string.h>

#include "libforeman/foreman-error.h"

static const char *const names[] = { "model", "stream", "keep_alive", NULL };

/* The text of the member @index, "-" if there is none; NULL if @json is refused. */
static char *
scan (const char *json, gssize length, guint index)
{
  g_autoptr (GError) error = NULL;
  ForemanJsonSpan spans[3];

  if (length < 0)
    length = strlen (json);
  /* an own block of just this size, so that ASan sees each byte read too many */
  g_autofree char *copy = g_memdup2 (json, length);

  if (!foreman_json_scan (copy, length, names, spans, &error))
    {
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
      return NULL;
    }
  return spans[index].length > 0 ? g_strndup (copy + spans[index].offset, spans[index].length)
                                 : g_strdup ("-");
}

static void
assert_member (const char *json, guint index, const char *expected)
{
  g_autofree char *found = scan (json, -1, index);

  g_assert_cmpstr (found, ==, expected);
}

static void
test_finds_members_as_go_does (void)
{
  assert_member ("{\"model\":\"tiny\"}", 0, "\"tiny\"");
  assert_member (" \t\r\n{ \"model\" : \"tiny\" , \"stream\":false }", 1, "false");
  assert_member ("{\"x\":{\"model\":1},\"y\":[{\"model\":2}]}", 0, "-");
  assert_member ("{}", 0, "-");
  assert_member ("{\"MODEL\":1}", 0, "1");
  assert_member ("{\"\\u006dodel\":1}", 0, "1");
  assert_member ("{\"\\u004Dodel\":1}", 0, "1");
  assert_member ("{\"\u017ftream\":1}", 1, "1");
  assert_member ("{\"\\u017Ftream\":1}", 1, "1");
  assert_member ("{\"\u212aeep_alive\":1}", 2, "1");
  assert_member ("{\"\\u212aeep_alive\":1}", 2, "1");
  assert_member ("{\"mo\xffl\":1,\"models\":1,\"mode\":1,\"\":1,\"modél\":1}", 0, "-");
  assert_member ("{\"model\":1,\"model\":2}", 0, "2");
  assert_member ("{\"model\":1,\"MoDel\":2}", 0, "2");
  assert_member ("{\"model\":[1, {\"a\":2}] ,\"z\":0}", 0, "[1, {\"a\":2}]");
  assert_member ("{\"model\":1}{\"model\":2}", 0, "1");
  assert_member ("{\"model\":1}, garbage \x01", 0, "1");
}

static void
test_a_null_does_not_replace_a_value (void)
{
  static const char json[] = "{\"stream\":null,\"model\":1,\"model\":null,\"keep_alive\":null,"
                             "\"keep_alive\":2}";
  ForemanJsonSpan spans[3];

  g_assert_true (foreman_json_scan (json, strlen (json), names, spans, NULL));
  g_assert_true (json[spans[0].offset] == '1');
  g_assert_true (spans[0].nulled);
  g_assert_true (foreman_json_span_is_null (json, spans[1]));
  g_assert_false (spans[1].nulled);
  g_assert_true (json[spans[2].offset] == '2');
  g_assert_false (spans[2].nulled);
}

static void
test_refuses_what_is_not_json (void)
{
  static const char *const bad[] = {
    "",
    "  ",
    "null",
    "1",
    "\"x\"",
    "[]",
    "\xef\xbb\xbf{}",
    "{",
    "{\"",
    "{\"a",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{,}",
    "{\"a\":1 \"b\":2}",
    "{\"a\" 1}",
    "{a:1}",
    "{'a':1}",
    "{\"a\":1]",
    "{\"a\":[1}",
    "{\"a\":[1,]}",
    "{\"a\":[,]}",
    "{\"a\":{\"b\":1,}}",
    "{\"a\":{\"b\"}}",
    "{\"a\":tru}",
    "{\"a\":True}",
    "{\"a\":nullx}",
    "{\"a\":NaN}",
    "{\"a\":01}",
    "{\"a\":-}",
    "{\"a\":+1}",
    "{\"a\":.5}",
    "{\"a\":1.}",
    "{\"a\":1e}",
    "{\"a\":1e+}",
    "{\"a\":0x1}",
    "{\"a\":\"\n\"}",
    "{\"a\":\"123456789\x1f\"}",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\u12g4\"}",
    "{\"a\":\"\\u123\"}",
    "{\"a\n\":1}",
    "{\"a\":1/**/}",
    "{\"a\":1,// \n\"b\":2}",
    "{\"a\":\xa0 1}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%u", i);
      g_assert_null (scan (bad[i], -1, 0));
    }
  g_assert_null (scan ("{\"a\":\"\0\"}", 9, 0));
  g_assert_null (scan ("{\"a\0\":1}", 8, 0));
  g_assert_null (scan ("{\"a\":1\0}", 8, 0));
}

static void
test_accepts_what_go_accepts (void)
{
  static const char *const good[] = {
    "{\"a\":0,\"b\":-0,\"c\":1.0e+10,\"d\":1E-9,\"e\":-12.5,\"f\":1e400}",
    "{\"a\":\"\xff\xc0\xed\xa0\x80\x7f\"}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\udc00\\ud800\\u0041\"}",
    "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uAbCd\"}",
    "{\"a\":[[],{},[{}],{\"b\":[]}, [ ] , { } ]}",
    "{\"\":1,\"\xff\":2,\"a b\":true,\"c\":null}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    assert_member (good[i], 0, "-");
}

static void
test_strings_of_every_length (void)
{
  /* what ends a string is found at each place of the eight bytes that are looked at together */
  for (guint length = 0; length < 40; length++)
    {
      g_autofree char *plain = g_strnfill (length, 'x');
      g_autofree char *json = g_strdup_printf ("{\"model\":\"%s\"}", plain);
      g_autofree char *quoted = g_strdup_printf ("\"%s\"", plain);

      assert_member (json, 0, quoted);
      for (guint i = 0; i < length; i++)
        {
          g_autofree char *found = NULL;

          json[10 + i] = '\x1f';
          g_assert_null (scan (json, -1, 0));
          json[10 + i] = '"';
          g_assert_null (scan (json, -1, 0));
          json[10 + i] = '\x80';
          found = scan (json, -1, 0);
          g_assert_nonnull (found);
          json[10 + i] = 'x';
        }
    }
}

static char *
nest (guint depth, char open, char close, const char *prefix)
{
  GString *json = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    {
      g_string_append_c (json, open);
      if (open == '{')
        g_string_append (json, prefix);
    }
  g_string_append_c (json, '1');
  for (guint i = 0; i < depth; i++)
    g_string_append_c (json, close);
  return g_string_free (json, FALSE);
}

static void
test_depth_is_limited_to_gos (void)
{
  g_autofree char *deep = nest (FOREMAN_JSON_MAX_DEPTH, '{', '}', "\"x\":");
  g_autofree char *deeper = nest (FOREMAN_JSON_MAX_DEPTH + 1, '{', '}', "\"x\":");
  g_autofree char *list = nest (FOREMAN_JSON_MAX_DEPTH - 1, '[', ']', NULL);
  g_autofree char *lists = g_strdup_printf ("{\"x\":%s,\"model\":%s}", list, list);
  g_autofree char *too_many = g_strdup_printf ("{\"x\":[%s]}", list);
  g_autofree char *unclosed = g_strnfill (1000 * 1000, '[');

  assert_member (deep, 0, "-");
  g_assert_null (scan (deeper, -1, 0));
  assert_member (lists, 0, list);
  g_assert_null (scan (too_many, -1, 0));
  memcpy (unclosed, "{\"x\":", 5);
  g_assert_null (scan (unclosed, -1, 0));
}

static void
test_every_prefix_is_refused (void)
{
  static const char json[] = "{\"model\":\"ti\\u00e9ny\",\"n\":[-1.5e+3,true,null,{\"a\":\"b\"}]}";

  for (gsize length = 0; length < strlen (json); length++)
    g_assert_null (scan (json, length, 0));
  assert_member (json, 0, "\"ti\\u00e9ny\"");
}

static void
test_errors_say_where (void)
{
  g_autoptr (GError) error = NULL;
  ForemanJsonSpan spans[3];

  g_assert_false (foreman_json_scan ("{\"a\":tru}", 9, names, spans, &error));
  g_assert_cmpstr (error->message, ==,
                   "the body is not valid JSON at byte 8: a value was expected");
  g_clear_error (&error);
  g_assert_false (foreman_json_scan ("{\"a\":1", 6, names, spans, &error));
  g_assert_cmpstr (error->message, ==, "the body is not valid JSON at byte 6: it ends too early");
}

static void
test_iterates_arrays_and_objects (void)
{
  static const char json[] = "{\"list\": [1, [2], \"3\" ,{}], \"empty\":[ ]}";
  static const char *const keys[] = { "list", "empty", NULL };
  ForemanJsonSpan spans[2], value, name;
  GString *seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  ForemanJsonIter iter;

  g_assert_true (foreman_json_scan (json, strlen (json), keys, spans, NULL));
  g_assert_true (foreman_json_iter_init (&iter, json, spans[0], NULL));
  while (foreman_json_iter_next (&iter, NULL, &value, &error))
    g_string_append_printf (seen, "%.*s;", (int) value.length, json + value.offset);
  g_assert_no_error (error);
  g_assert_false (foreman_json_iter_next (&iter, &name, &value, &error));
  g_assert_cmpstr (seen->str, ==, "1;[2];\"3\";{};");
  g_string_free (seen, TRUE);

  g_assert_true (foreman_json_iter_init (&iter, json, spans[1], NULL));
  g_assert_false (foreman_json_iter_next (&iter, NULL, &value, &error));
  g_assert_no_error (error);
}

static void
test_members_of_members (void)
{
  static const char json[] =
      "{\"options\":{\"NUM_CTX\":1,\"num_ctx\":2,\"num_ctx\":3,\"seed\":4,\"seed\":null}}";
  static const char *const keys[] = { "options", NULL };
  ForemanJsonSpan options, span;

  g_assert_true (foreman_json_scan (json, strlen (json), keys, &options, NULL));
  g_assert_true (
      foreman_json_scan_member (json, options, "num_ctx", FOREMAN_JSON_MATCH_MAP, &span));
  g_assert_true (json[span.offset] == '3');
  g_assert_true (foreman_json_scan_member (json, options, "seed", FOREMAN_JSON_MATCH_MAP, &span));
  g_assert_true (foreman_json_span_is_null (json, span));
  g_assert_true (
      foreman_json_scan_member (json, options, "Seed", FOREMAN_JSON_MATCH_STRUCT, &span));
  g_assert_true (json[span.offset] == '4' && span.nulled);
  g_assert_false (foreman_json_scan_member (json, options, "Seed", FOREMAN_JSON_MATCH_MAP, &span));
  g_assert_false (foreman_json_scan_member (json, span, "seed", FOREMAN_JSON_MATCH_MAP, &span));
}

static void
test_whole_is_one_object_alone (void)
{
  static const char *const wanted[] = { "a", NULL };
  g_autoptr (GError) error = NULL;
  ForemanJsonSpan span;

  g_assert_true (foreman_json_scan_whole (" {\"a\":1} \r\n\t", 12, wanted, &span, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (span.offset, ==, 6);
  g_assert_false (foreman_json_scan_whole ("{\"a\":1} {}", 10, wanted, &span, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
  g_assert_nonnull (strstr (error->message, "byte 8: something follows"));
  g_assert_false (foreman_json_scan_whole ("{}\0", 3, wanted, &span, NULL));
  g_assert_false (foreman_json_scan_whole ("[]", 2, wanted, &span, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-scan/finds-members-as-go-does", test_finds_members_as_go_does);
  g_test_add_func ("/json-scan/a-null-does-not-replace-a-value",
                   test_a_null_does_not_replace_a_value);
  g_test_add_func ("/json-scan/refuses-what-is-not-json", test_refuses_what_is_not_json);
  g_test_add_func ("/json-scan/accepts-what-go-accepts", test_accepts_what_go_accepts);
  g_test_add_func ("/json-scan/strings-of-every-length", test_strings_of_every_length);
  g_test_add_func ("/json-scan/depth-is-limited-to-gos", test_depth_is_limited_to_gos);
  g_test_add_func ("/json-scan/every-prefix-is-refused", test_every_prefix_is_refused);
  g_test_add_func ("/json-scan/errors-say-where", test_errors_say_where);
  g_test_add_func ("/json-scan/iterates-arrays-and-objects", test_iterates_arrays_and_objects);
  g_test_add_func ("/json-scan/members-of-members", test_members_of_members);
  g_test_add_func ("/json-scan/whole-is-one-object-alone", test_whole_is_one_object_alone);
  return g_test_run ();
}
