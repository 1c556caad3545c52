/* SPDX-License-Identifier: MIT */
#include "engine/foreman-multipart.h"

#include <string.h>

#define TYPE         "multipart/form-data; boundary=XX"
#define MODEL(value) "--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n" value "\r\n"
#define FILE_PART                                                                                  \
  "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"                  \
  "Content-Type: audio/wav\r\n\r\nRIFF\r\n--X\r\n-XX\n--XX\r\nmore\0--XX\r\n"
#define END "--XX--\r\n"

/* The model; "?" where it cannot be told. The body comes in pieces of @piece bytes. */
static char *
look (const char *type, const char *body, gsize length, gsize piece)
{
  g_autoptr (ForemanMultipart) multipart = foreman_multipart_new (type);
  ForemanMultipartResult result = FOREMAN_MULTIPART_NEED_MORE;

  for (gsize at = 0; at < length && result == FOREMAN_MULTIPART_NEED_MORE; at += piece)
    {
      gsize n = MIN (at + piece, length);
      g_autofree char *copy = g_memdup2 (body, n);

      result = foreman_multipart_look (multipart, copy, n, n == length);
    }
  if (result == FOREMAN_MULTIPART_MODEL_FOUND)
    return g_strdup (foreman_multipart_get_model (multipart));
  g_assert_null (foreman_multipart_get_model (multipart));
  return g_strdup (result == FOREMAN_MULTIPART_NEED_MORE ? "..." : "?");
}

static void
assert_model_in (const char *type, const char *body, gsize length, const char *expected)
{
  for (gsize piece = 1; piece <= length; piece += 1 + piece / 4)
    {
      g_autofree char *found = look (type, body, length, piece);

      g_assert_cmpstr (found, ==, expected);
    }
}

#define assert_model(body, expected) assert_model_in (TYPE, body, sizeof (body) - 1, expected)

static void
test_the_model_is_found (void)
{
  assert_model (MODEL ("tiny") END, "tiny");
  assert_model (MODEL ("tiny") "--XX", "?");
  assert_model (MODEL ("tiny") "--XX\r\n", "tiny");
  assert_model (MODEL ("tiny") FILE_PART END, "tiny");
  assert_model (FILE_PART MODEL ("tiny") END, "tiny");
  assert_model ("preamble\r\n-XX\r\n--XXX\r\n" MODEL ("tiny") END, "tiny");
  assert_model (MODEL (" hf.co/a/b:c\r\n ") END, " hf.co/a/b:c\r\n ");
  assert_model (MODEL ("one") MODEL ("two") END, "one");
  assert_model (
      "--XX \t\r\ncontent-disposition:FORM-DATA;name=model\r\nX-Y: z\r\n\r\ntiny\r\n--XX \r\n",
      "tiny");
  assert_model (
      "--XX\r\nContent-Disposition: form-data; name=\"model\"; filename=\"\"\r\n\r\ntiny\r\n" END,
      "tiny");
  assert_model ("--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n" END, "");
  assert_model (MODEL ("\xff") END, "\ufffd");
}

static void
test_line_feeds_alone_are_understood (void)
{
  assert_model ("--XX\nContent-Disposition: form-data; name=\"a\"\n\nb\r\n--XX\n"
                "Content-Disposition: form-data; name=\"model\"\n\ntiny\n--XX--\n",
                "tiny");
}

/* What looks like a delimiter to a lenient eye is text to Go, so that a model that stands in
 * another field's text is not taken for the form's. */
static void
test_text_like_a_delimiter_is_text (void)
{
  assert_model ("--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\n" MODEL ("no:cloud")
                    MODEL ("tiny") END,
                "tiny");
  assert_model (MODEL ("a\r\n--XXX\r\n--X\r\n--XX-\r\nb") END, "a\r\n--XXX\r\n--X\r\n--XX-\r\nb");
  assert_model (MODEL ("a\r\n--XX\nb") END, "a\r\n--XX\nb");
  assert_model ("--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--XXY\r\n" MODEL ("tiny")
                    END,
                "tiny");
}

static void
test_other_parts_are_passed_over (void)
{
  assert_model (
      "--XX\r\nContent-Disposition: form-data; name=\"model\"; filename=\"m\"\r\n\r\nno\r\n" MODEL (
          "tiny") END,
      "tiny");
  assert_model ("--XX\r\nContent-Disposition: attachment; name=\"model\"\r\n\r\nno\r\n" MODEL (
                    "tiny") END,
                "tiny");
  assert_model ("--XX\r\n\r\nno\r\n" MODEL ("tiny") END, "tiny");
  assert_model ("--XX\r\nContent-Disposition: form-data; name=\"Model\"\r\n\r\nno\r\n" MODEL (
                    "tiny") END,
                "tiny");
  assert_model ("--XX\r\nContent-Disposition: form-data; name=\"file\"; "
                "filename*=utf-8''%c3%a9\r\n\r\nx\r\n" MODEL ("tiny") END,
                "tiny");
}

static void
test_what_cannot_be_told (void)
{
  assert_model (END, "?");
  assert_model (FILE_PART END, "?");
  assert_model (FILE_PART END MODEL ("late") END, "?");
  assert_model ("{\"model\":\"tiny\"}", "?");
  assert_model ("--XX\r\nContent-Disposition: form-data; name*=utf-8''model\r\n\r\ntiny\r\n" END,
                "?");
  assert_model ("--XX\r\nContent-Disposition: form-data; name*0=mo; name*1=del\r\n\r\ntiny\r\n" END,
                "?");
  assert_model (
      "--XX\r\nContent-Disposition: form-data; name=\"model\"; filename*=x\r\n\r\ntiny\r\n" END,
      "?");
  assert_model ("--XX\r\nContent-Disposition: form-data; name=\"model\r\n\r\ntiny\r\n" END, "?");
  assert_model ("--XX\r\nContent-Disposition: form-data;\r\n name=\"model\"\r\n\r\ntiny\r\n" END,
                "?");
  assert_model ("--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n"
                "Content-Transfer-Encoding: quoted-printable\r\n\r\nt=69ny\r\n" END,
                "?");
  assert_model (MODEL ("ti\0ny") END, "?");
  assert_model ("--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ntiny", "?");
}

static void
test_the_type_has_to_be_a_form (void)
{
  static const char *const bad[] = {
    NULL,
    "",
    "application/json",
    "multipart/mixed; boundary=XX",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\"\"",
    "multipart/form-data; boundary=\"XX",
    "multipart/form-data; boundary=XX; boundary=YY",
    "multipart/form-data; boundary=XX YY",
  };
  static const char *const good[] = {
    TYPE,
    "Multipart/Form-Data ; charset=utf-8; Boundary=\"XX\" ;",
    "multipart/form-data;boundary=XX",
    "multipart/form-data; boundary = XX",
  };
  static const char body[] = MODEL ("tiny") END;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_model_in (bad[i], body, strlen (body), "?");
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    assert_model_in (good[i], body, strlen (body), "tiny");
}

static void
test_the_search_has_bounds (void)
{
  g_autoptr (GString) late =
      g_string_new ("--XX\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n");
  g_autoptr (GString) header = g_string_new ("--XX\r\n");
  gsize start = late->len;
  g_autofree char *found = NULL;

  g_string_set_size (late, FOREMAN_MULTIPART_MAX_SIZE);
  memset (late->str + start, '\n', late->len - start);
  g_string_append (late, "\r\n" MODEL ("tiny") END);
  found = look (TYPE, late->str, late->len, 16384);
  g_assert_cmpstr (found, ==, "?");
  g_clear_pointer (&found, g_free);

  for (guint i = 0; i < 2000; i++)
    g_string_append (header, "X-Y: 123456789\r\n");
  found = look (TYPE, header->str, header->len + 1, 1000);
  g_assert_cmpstr (found, ==, "?");
}

static void
assert_query (const char *query, const char *expected)
{
  g_autofree char *model = foreman_multipart_dup_query_model (query);

  g_assert_cmpstr (model, ==, expected);
}

static void
test_the_query_comes_first (void)
{
  assert_query (NULL, NULL);
  assert_query ("", NULL);
  assert_query ("a=b&c", NULL);
  assert_query ("model=tiny", "tiny");
  assert_query ("a=b&m%6fdel=ti%6Ey%3a8b+x&model=other", "tiny:8b x");
  assert_query ("model", "");
  assert_query ("model=%zz&model=tiny", "tiny");
  assert_query ("model=a;b&model=tiny", "tiny");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/multipart/the-model-is-found", test_the_model_is_found);
  g_test_add_func ("/multipart/line-feeds-alone-are-understood",
                   test_line_feeds_alone_are_understood);
  g_test_add_func ("/multipart/text-like-a-delimiter-is-text", test_text_like_a_delimiter_is_text);
  g_test_add_func ("/multipart/other-parts-are-passed-over", test_other_parts_are_passed_over);
  g_test_add_func ("/multipart/what-cannot-be-told", test_what_cannot_be_told);
  g_test_add_func ("/multipart/the-type-has-to-be-a-form", test_the_type_has_to_be_a_form);
  g_test_add_func ("/multipart/the-search-has-bounds", test_the_search_has_bounds);
  g_test_add_func ("/multipart/the-query-comes-first", test_the_query_comes_first);
  return g_test_run ();
}
