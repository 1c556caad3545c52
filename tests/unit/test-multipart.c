/* SPDX-License-Identifier: MIT */
#include "engine/foreman-multipart.h"

#include <string.h>

#define TYPE        "multipart/form-data; boundary=b"
#define DISPOSITION "Content-Disposition: form-data; "
#define MODEL       "--b\r\n" DISPOSITION "name=\"model\"\r\n\r\ntiny\r\n"
#define FILE_PART                                                                                  \
  "--b\r\n" DISPOSITION "name=\"file\"; filename=\"a.wav\"\r\n"                                    \
  "Content-Type: audio/wav\r\n\r\nRI\r\n--bFF\r\n--b-\r\n\r\n"
#define END "--b--\r\n"

static ForemanMultipartResult
find (const char *type, const char *body, gsize length, char **model)
{
  /* an own block of just this size, so that ASan sees each byte read too many */
  g_autofree guint8 *copy = g_memdup2 (body, length);

  return foreman_multipart_find_model (type, copy, length, model);
}

/* The whole body gives @expected, or is without the field if that is NULL; what is known of the
 * beginning stays true. */
static void
assert_bytes (const char *type, const char *body, gsize length, const char *expected)
{
  gboolean known = FALSE;

  for (gsize n = 0; n <= length; n++)
    {
      g_autofree char *model = NULL;
      ForemanMultipartResult result = find (type, body, n, &model);

      g_assert_true (n < length || result != FOREMAN_MULTIPART_NEED_MORE);
      g_assert_true (!known || result != FOREMAN_MULTIPART_NEED_MORE);
      if (result == FOREMAN_MULTIPART_NEED_MORE)
        {
          g_assert_null (model);
          continue;
        }
      known = TRUE;
      g_assert_cmpint (result, ==,
                       expected != NULL ? FOREMAN_MULTIPART_FOUND : FOREMAN_MULTIPART_NOT_FOUND);
      g_assert_cmpstr (model, ==, expected);
    }
}

static void
assert_model (const char *type, const char *body, const char *expected)
{
  g_test_message ("%s: %s", type, body);
  assert_bytes (type, body, strlen (body), expected);
}

static void
assert_need_more (const char *type, const char *body)
{
  for (gsize n = 0; n <= strlen (body); n++)
    {
      g_autofree char *model = NULL;

      g_assert_cmpint (find (type, body, n, &model), ==, FOREMAN_MULTIPART_NEED_MORE);
      g_assert_null (model);
    }
}

static void
test_finds_the_field_wherever_it_is (void)
{
  assert_model (TYPE, MODEL FILE_PART END, "tiny");
  assert_model (TYPE, FILE_PART MODEL END, "tiny");
  assert_model (TYPE, FILE_PART FILE_PART MODEL MODEL END, "tiny");
  assert_model (TYPE, "preamble\r\n --b\r\n--bb\r\n--b--x\r\n--b- \r\n" MODEL END, "tiny");
  assert_model (TYPE, "--b\r\n\r\nno head\r\n" MODEL END, "tiny");
  assert_model (TYPE, "--b\r\n\r\n" MODEL END, "tiny");
  assert_model (TYPE, "--b \t\r\n" DISPOSITION "name=model\r\n\r\ntiny\r\n--b \t\r\n", "tiny");
  assert_model (TYPE, "--b\n" DISPOSITION "name=model\n\nti\r\nny\n--b--", "ti\r\nny");
  assert_model (TYPE, "--b\n" DISPOSITION "name=model\r\n\r\n\n--b--", "");
}

static void
test_gives_the_value_as_it_is (void)
{
  assert_model (TYPE, "--b\r\n" DISPOSITION "name=model\r\n\r\n a \r\n\r\n--b--", " a \r\n");
  assert_model (TYPE, "--b\r\n" DISPOSITION "name=model\r\n\r\n\r\n--b--", "");
  assert_model (TYPE, "--b\r\n" DISPOSITION "name=model\r\n\r\n--b\r\n", "");
  assert_model (TYPE, "--b\r\n" DISPOSITION "name=model\r\n\r\n--bx\r\n--b--", "--bx");
  assert_model (TYPE, "--b\r\n" DISPOSITION "name=model\r\n\r\nmod\xc3\xa9l\r\n--b--",
                "mod\xc3\xa9l");
  assert_model (TYPE, "--b\r\n" DISPOSITION "name=model\r\n\r\n\xff\r\n--b--", NULL);
  assert_bytes (TYPE, "--b\r\n" DISPOSITION "name=model\r\n\r\na\0b\r\n--b--",
                sizeof "--b\r\n" DISPOSITION "name=model\r\n\r\na\0b\r\n--b--" - 1, NULL);
}

static void
test_reads_the_head_as_go_does (void)
{
  static const char *const heads[] = {
    "content-disposition:form-data;name=model",
    "CONTENT-DISPOSITION: Form-Data ; NAME = \"model\" ;",
    "Content-Disposition: form-data; name=\"m\\odel\"; name=\"m\\odel\"",
    "Content-Disposition: form-data;\r\n\tname=\"model\"",
    "Content-Disposition: form-data; filename=\"\"; name=\"model\"",
    "X: y\r\nContent-Disposition: form-data; x=\"; name=y\"; name=\"model\"\r\nX:",
    "Content-Disposition: form-data; name=model\r\nContent-Disposition: form-data; name=x",
  };
  static const char *const others[] = {
    "",
    "X: form-data; name=model",
    "Content-Disposition: form-data",
    "Content-Disposition: form-data; name",
    "Content-Disposition: form-data; name=",
    "Content-Disposition: form-data; name=\"\"",
    "Content-Disposition: form-data; name=\"model",
    "Content-Disposition: form-data; name=\"models\"",
    "Content-Disposition: form-data; name=\"Model\"",
    "Content-Disposition: form-data; name=\"file\"; x=\"name=model\"",
    "Content-Disposition: form-data; name=\"model\"; filename=\"a\"",
    "Content-Disposition: form-data; name=\"model\"; filename*=utf-8''a",
    "Content-Disposition: form-data; name=\"model\"; name=\"other\"",
    "Content-Disposition: form-data; name=\"model\"x",
    "Content-Disposition: attachment; name=\"model\"",
    "Content-Disposition: name=\"model\"",
    "Content-Disposition: form-data; name=x\r\nContent-Disposition: form-data; name=model",
    "Content-Disposition form-data; name=\"model\"",
    ": form-data; name=\"model\"",
  };

  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autofree char *body = g_strdup_printf ("--b\r\n%s\r\n\r\ntiny\r\n--b--", heads[i]);

      /* a backslash that escapes nothing is one */
      assert_model (TYPE, body, strchr (heads[i], '\\') != NULL ? NULL : "tiny");
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *body = g_strdup_printf ("--b\r\n%s%s\r\ntiny\r\n--b--", others[i],
                                               *others[i] != '\0' ? "\r\n" : "");

      assert_model (TYPE, body, NULL);
    }
}

static void
test_boundary_as_the_type_says_it (void)
{
  static const char *const types[] = {
    "multipart/form-data;boundary=b",
    " Multipart/Form-Data ; charset=utf-8; BOUNDARY = \"b\" ; ",
    "multipart/form-data; boundary=\"b\"; boundary=b",
    "multipart/form-data; x=\"boundary=a\"; boundary=b",
  };
  static const char *const others[] = {
    "",
    ";boundary=b",
    "multipart/mixed; boundary=b",
    "multipart/form-data-x; boundary=b",
    "application/json; boundary=b",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\"\"",
    "multipart/form-data; boundary=\"b",
    "multipart/form-data; boundary=\"b\\",
    "multipart/form-data; boundary=b; boundary=c",
    "multipart/form-data; boundary=\"b\001\"",
    "multipart/form-data, boundary=b",
    "multipart/form-data; boundary=b c",
    "multipart/form-data; boundary=b;;",
  };
  g_autofree char *model = NULL;
  g_autofree char *fill = g_strnfill (100, '-');
  g_autofree char *type =
      g_strdup_printf ("multipart/form-data; boundary=\"%s\\\"(\xc3\xa9 \"", fill);
  g_autofree char *body = g_strdup_printf ("--%s\"(\xc3\xa9 \r\n" DISPOSITION
                                           "name=model\r\n\r\ntiny\r\n--%s\"(\xc3\xa9 --",
                                           fill, fill);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    assert_model (types[i], MODEL END, "tiny");
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    assert_model (others[i], MODEL END, NULL);
  g_assert_cmpint (find (NULL, MODEL END, 10, &model), ==, FOREMAN_MULTIPART_NOT_FOUND);
  assert_model (type, body, "tiny");
}

static void
test_without_the_field_it_ends_at_the_last_delimiter (void)
{
  assert_model (TYPE, FILE_PART "--b--", NULL);
  assert_model (TYPE, "--b--\r\n" MODEL, NULL);
  assert_model (TYPE, FILE_PART "--b x\r\n" MODEL, NULL);
  assert_need_more (TYPE, FILE_PART);
  assert_need_more (TYPE, FILE_PART "--b\r\n" DISPOSITION "name=model\r\n\r\ntiny\r\n--b");
  assert_need_more (TYPE, "--b\r\nno colon\r\n");
  assert_need_more (TYPE, "no delimiter\r\n");
}

static void
test_a_long_file_costs_once_its_length (void)
{
  g_autoptr (GString) body = g_string_new ("--b\r\n" DISPOSITION "name=file; filename=a\r\n\r\n");
  g_autofree char *model = NULL;

  for (guint i = 0; i < 200000; i++)
    g_string_append (body, "\r\n--bx");
  g_string_append (body, "\r\n" MODEL END);
  g_assert_cmpint (find (TYPE, body->str, body->len, &model), ==, FOREMAN_MULTIPART_FOUND);
  g_assert_cmpstr (model, ==, "tiny");
}

/* What is not sure to be the model for Go too must not be taken for it, least of all when a decoy
 * follows. */
static void
test_what_only_go_can_read_is_not_guessed (void)
{
  static const char *const heads[] = {
    DISPOSITION "name*=utf-8''model",
    DISPOSITION "name*0=mo; name*1=del",
    DISPOSITION "name=\"model\"; filename*=utf-8''%zz",
    DISPOSITION "name=\"model\"; filename*0=x",
    "Content-Transfer-Encoding: quoted-printable\r\n" DISPOSITION "name=\"model\"",
    DISPOSITION "name=\"model\"\r\ncontent-transfer-encoding:quoted-printable",
  };

  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autofree char *body = g_strdup_printf ("--b\r\n%s\r\n\r\nt=69ny\r\n--b\r\n" DISPOSITION
                                               "name=\"model\"\r\n\r\ndecoy:cloud\r\n" END,
                                               heads[i]);

      assert_model (TYPE, body, NULL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/multipart/finds-the-field-wherever-it-is",
                   test_finds_the_field_wherever_it_is);
  g_test_add_func ("/multipart/gives-the-value-as-it-is", test_gives_the_value_as_it_is);
  g_test_add_func ("/multipart/reads-the-head-as-go-does", test_reads_the_head_as_go_does);
  g_test_add_func ("/multipart/what-only-go-can-read-is-not-guessed",
                   test_what_only_go_can_read_is_not_guessed);
  g_test_add_func ("/multipart/boundary-as-the-type-says-it", test_boundary_as_the_type_says_it);
  g_test_add_func ("/multipart/without-the-field-it-ends-at-the-last-delimiter",
                   test_without_the_field_it_ends_at_the_last_delimiter);
  g_test_add_func ("/multipart/a-long-file-costs-once-its-length",
                   test_a_long_file_costs_once_its_length);
  return g_test_run ();
}
