/* SPDX-License-Identifier: MIT */
#include "http/foreman-multipart.h"

#include <string.h>

#define TYPE "multipart/form-data; boundary=b"
#define FILE_PART \
  "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"model\"\r\n\r\nRIFF\r\n\r\n--x\r\n"
#define MODEL_PART "--b\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nwhisper:v3\r\n"
#define END        "--b--\r\n"

typedef struct
{
  const char *type;
  const char *body;
  ForemanMultipartResult expected;
} Case;

static void
forms_are_searched (void)
{
  static const Case cases[] = {
    { TYPE, MODEL_PART FILE_PART END, FOREMAN_MULTIPART_FOUND },
    { TYPE, FILE_PART MODEL_PART END, FOREMAN_MULTIPART_FOUND },
    { "Multipart/Form-Data; charset=x; boundary=\"b\"", "preamble\r\n" MODEL_PART END, FOREMAN_MULTIPART_FOUND },
    { TYPE, FILE_PART END, FOREMAN_MULTIPART_NOT_FOUND },
    { TYPE, FILE_PART END MODEL_PART END, FOREMAN_MULTIPART_NOT_FOUND },
    { TYPE, FILE_PART, FOREMAN_MULTIPART_NEED_MORE },
    { TYPE, "", FOREMAN_MULTIPART_NEED_MORE },
    { "application/json", MODEL_PART END, FOREMAN_MULTIPART_NOT_FOUND },
    { "multipart/form-data", MODEL_PART END, FOREMAN_MULTIPART_NOT_FOUND },
    { NULL, MODEL_PART END, FOREMAN_MULTIPART_NOT_FOUND },
    { "multipart/form-data; boundary=", MODEL_PART END, FOREMAN_MULTIPART_NOT_FOUND },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *model = NULL;

      g_assert_cmpint (foreman_multipart_find_model (cases[i].type, (const guint8 *) cases[i].body,
                                                     strlen (cases[i].body), &model),
                       ==, cases[i].expected);
      g_assert_cmpstr (model, ==, cases[i].expected == FOREMAN_MULTIPART_FOUND ? "whisper:v3" : NULL);
    }
}

static void
a_form_that_comes_in_pieces_is_never_judged_early (void)
{
  static const char body[] = FILE_PART MODEL_PART END;
  gsize whole = strstr (body, "whisper:v3\r\n--b") + strlen ("whisper:v3\r\n--b") - body;

  for (gsize length = 0; length <= strlen (body); length++)
    {
      g_autofree char *model = NULL;
      /* In its own allocation, so that a read past it is seen. */
      g_autofree guint8 *piece = g_memdup2 (body, length);
      ForemanMultipartResult result = foreman_multipart_find_model (TYPE, piece, length, &model);

      g_assert_cmpint (result, ==, length < whole ? FOREMAN_MULTIPART_NEED_MORE : FOREMAN_MULTIPART_FOUND);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/multipart/forms", forms_are_searched);
  g_test_add_func ("/multipart/pieces", a_form_that_comes_in_pieces_is_never_judged_early);
  return g_test_run ();
}
