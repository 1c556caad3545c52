/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"
#include "net/foreman-body-decoder.h"

#include <string.h>

typedef struct
{
  const char *name;
  const char *framed;
  const char *payload; /* (nullable): NULL if the framing is refused */
  const char *rest;    /* what is left for the next message */
  gint64 length;       /* -1: chunked */
} Case;

/* clang-format off */
static const Case cases[] = {
  { "length", "abcGET", "abc", "GET", 3 },
  { "length-0", "GET", "", "GET", 0 },
  { "chunks", "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\nGET", "abcdefg", "GET", -1 },
  { "chunk-with-framing", "6\r\n0\r\n\r\nx\r\n0\r\n\r\n", "0\r\n\r\nx", "", -1 },
  { "hex", "A\r\n0123456789\r\n0b\r\n0123456789a\r\n000\r\n\r\n", "01234567890123456789a", "", -1 },
  { "no-chunk", "0\r\n\r\n", "", "", -1 },
  { "extension", "3;a=b;c=\"d e\"\r\nabc\r\n0;x\r\n\r\n", "abc", "", -1 },
  { "extension-space", "3 \t;a\r\nabc\r\n0\r\n\r\n", "abc", "", -1 },
  { "extension-8bit", "3;\xc3\xa9\r\nabc\r\n0\r\n\r\n", "abc", "", -1 },
  { "trailers", "1\r\na\r\n0\r\nX-Sum: 1\r\nContent-Length: 7\r\n\r\nGET", "a", "GET", -1 },
  { "minus", "-1\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "plus", "+3\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "junk", "zz\r\nGET /smug HTTP/1.1\r\nHost: x\r\n\r\n", NULL, NULL, -1 },
  { "hex-prefix", "0x3\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "no-size", "\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "no-size-extension", ";a\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "leading-space", " 3\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "trailing-space", "3 \r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "inner-space", "3 3\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "junk-after-size", "3g\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "lf", "3\nabc\n0\n\n", NULL, NULL, -1 },
  { "lf-after-data", "3\r\nabc\n0\r\n\r\n", NULL, NULL, -1 },
  { "lf-at-end", "3\r\nabc\r\n0\r\n\n", NULL, NULL, -1 },
  { "lf-in-trailer", "0\r\na: b\n\r\n", NULL, NULL, -1 },
  { "lf-in-extension", "3;a\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "cr-in-extension", "3;a\rb\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "cr-after-size", "3\rabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "cr-at-end", "0\r\n\rx", NULL, NULL, -1 },
  { "control-in-extension", "3;\x01\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "control-in-trailer", "0\r\na: \x7f\r\n\r\n", NULL, NULL, -1 },
  { "too-long", "3\r\nabcd\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "too-short", "4\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "overflow", "8000000000000000\r\n", NULL, NULL, -1 },
  { "overflow-64", "10000000000000003\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
  { "many-zeros", "00000000000000003\r\nabc\r\n0\r\n\r\n", NULL, NULL, -1 },
};
/* clang-format on */

static void
init (ForemanBodyDecoder *decoder, gint64 length)
{
  if (length >= 0)
    foreman_body_decoder_init_length (decoder, length);
  else
    foreman_body_decoder_init_chunked (decoder);
}

/* Feeds one piece, which may not be read past its end: it is an allocation of its own.
 * Returns: how much of it was consumed, -1 if it was refused */
static gssize
feed (ForemanBodyDecoder *decoder, const char *piece, gsize length, GString *payload)
{
  g_autofree guint8 *copy = g_memdup2 (piece, length);
  g_autoptr (GError) error = NULL;
  gsize consumed, produced;

  if (!foreman_body_decoder_decode (decoder, copy, length, &consumed, &produced, &error))
    {
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
      return -1;
    }
  g_assert_no_error (error);
  g_assert_cmpuint (produced, <=, consumed);
  g_assert_true (consumed == length || foreman_body_decoder_is_done (decoder));
  g_assert_cmpmem (copy + consumed, length - consumed, piece + consumed, length - consumed);
  g_string_append_len (payload, (const char *) copy, produced);
  return consumed;
}

/* In pieces that end at @first, @second and the end. */
static void
check_split (const Case *c, gsize first, gsize second)
{
  const gsize ends[] = { first, second, strlen (c->framed) };
  g_autoptr (GString) payload = g_string_new (NULL);
  ForemanBodyDecoder decoder;
  gsize at = 0;

  init (&decoder, c->length);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      gssize consumed = feed (&decoder, c->framed + at, ends[i] - at, payload);

      if (consumed < 0)
        {
          g_assert_null (c->payload);
          return;
        }
      at += consumed;
      if (at < ends[i])
        break;
    }
  g_assert_cmpstr (payload->str, ==, c->payload);
  g_assert_cmpstr (c->framed + at, ==, c->rest);
  g_assert_true (foreman_body_decoder_is_done (&decoder));
  g_assert_true (foreman_body_decoder_end (&decoder, NULL));
}

static void
framing_is_taken_off_wherever_reads_end (gconstpointer data)
{
  const Case *c = data;
  gsize length = strlen (c->framed);

  for (gsize first = 0; first <= length; first++)
    for (gsize second = first; second <= length; second++)
      check_split (c, first, second);
}

/* What is not whole must never look whole. */
static void
a_body_that_broke_off_is_an_error (gconstpointer data)
{
  const Case *c = data;
  gsize whole = strlen (c->framed) - (c->rest ? strlen (c->rest) : 0);

  for (gsize length = 0; c->payload != NULL && length < whole; length++)
    {
      g_autoptr (GString) payload = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      ForemanBodyDecoder decoder;

      init (&decoder, c->length);
      feed (&decoder, c->framed, length, payload);
      g_assert_false (foreman_body_decoder_is_done (&decoder));
      g_assert_false (foreman_body_decoder_end (&decoder, &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
    }
}

static void
a_length_tells_how_much_to_read (void)
{
  g_autoptr (GString) payload = g_string_new (NULL);
  ForemanBodyDecoder decoder;

  init (&decoder, 5);
  g_assert_cmpint (foreman_body_decoder_get_remaining (&decoder), ==, 5);
  feed (&decoder, "abc", 3, payload);
  g_assert_cmpint (foreman_body_decoder_get_remaining (&decoder), ==, 2);
  feed (&decoder, "de", 2, payload);
  g_assert_cmpint (foreman_body_decoder_get_remaining (&decoder), ==, 0);

  init (&decoder, -1);
  g_assert_cmpint (foreman_body_decoder_get_remaining (&decoder), ==, -1);
  feed (&decoder, "3\r\n", 3, payload);
  g_assert_cmpint (foreman_body_decoder_get_remaining (&decoder), ==, -1);
}

static void
without_framing_the_connection_ends_the_body (void)
{
  g_autoptr (GString) payload = g_string_new (NULL);
  ForemanBodyDecoder decoder;

  foreman_body_decoder_init_until_close (&decoder);
  g_assert_cmpint (feed (&decoder, "0\r\n\r\n", 5, payload), ==, 5);
  g_assert_false (foreman_body_decoder_is_done (&decoder));
  g_assert_true (foreman_body_decoder_end (&decoder, NULL));
  g_assert_true (foreman_body_decoder_is_done (&decoder));
  g_assert_cmpstr (payload->str, ==, "0\r\n\r\n");
}

static void
zero_filled_memory_is_no_body (void)
{
  ForemanBodyDecoder decoder = { 0 };
  g_autoptr (GString) payload = g_string_new (NULL);

  g_assert_true (foreman_body_decoder_is_done (&decoder));
  g_assert_cmpint (feed (&decoder, "GET", 3, payload), ==, 0);
}

/* Returns: whether @start, then @n times @repeat, then @end is let through */
static gboolean
takes (const char *start, const char *repeat, guint n, const char *end)
{
  g_autoptr (GString) framed = g_string_new (start);
  g_autoptr (GString) payload = g_string_new (NULL);
  ForemanBodyDecoder decoder;

  for (guint i = 0; i < n; i++)
    g_string_append (framed, repeat);
  g_string_append (framed, end);
  foreman_body_decoder_init_chunked (&decoder);
  return feed (&decoder, framed->str, framed->len, payload) >= 0;
}

static void
extensions_and_trailers_are_bounded (void)
{
  /* the line is `3;` + a… + CR LF, of each chunk anew */
  g_assert_true (takes ("3;", "a", FOREMAN_BODY_MAX_CHUNK_LINE - 4, "\r\nabc\r\n0\r\n\r\n"));
  g_assert_false (takes ("3;", "a", FOREMAN_BODY_MAX_CHUNK_LINE - 3, "\r\nabc\r\n0\r\n\r\n"));
  g_assert_true (
      takes ("1\r\nx\r\n3;", "a", FOREMAN_BODY_MAX_CHUNK_LINE - 4, "\r\nabc\r\n0\r\n\r\n"));
  g_assert_true (takes ("", "1;aaaaaaaaaaaaaaaaa\r\nx\r\n", 10000, "0\r\n\r\n"));
  g_assert_true (takes ("0\r\n", "a: bcd\r\n", FOREMAN_BODY_MAX_TRAILERS / 8 - 1, "\r\n"));
  g_assert_false (takes ("0\r\n", "a: bcd\r\n", FOREMAN_BODY_MAX_TRAILERS / 8, "\r\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *split = g_strconcat ("/body-decoder/split/", cases[i].name, NULL);
      g_autofree char *cut = g_strconcat ("/body-decoder/cut/", cases[i].name, NULL);

      g_test_add_data_func (split, &cases[i], framing_is_taken_off_wherever_reads_end);
      g_test_add_data_func (cut, &cases[i], a_body_that_broke_off_is_an_error);
    }
  g_test_add_func ("/body-decoder/remaining", a_length_tells_how_much_to_read);
  g_test_add_func ("/body-decoder/until-close", without_framing_the_connection_ends_the_body);
  g_test_add_func ("/body-decoder/none", zero_filled_memory_is_no_body);
  g_test_add_func ("/body-decoder/bounds", extensions_and_trailers_are_bounded);
  return g_test_run ();
}
