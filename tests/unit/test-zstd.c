/* SPDX-License-Identifier: MIT */
#include "engine/foreman-zstd.h"

#include <string.h>
#include <zstd.h>

#include "libforeman/foreman-error.h"

static GBytes *
compress (const char *data, gsize length)
{
  gsize bound = ZSTD_compressBound (length);
  char *out = g_malloc (bound);
  gsize size = ZSTD_compress (out, bound, data, length, 3);

  g_assert_false (ZSTD_isError (size));
  return g_bytes_new_take (out, size);
}

/* In blocks, without the content's size in the header, as a client streams. */
static GBytes *
compress_streamed (const char *data, gsize length)
{
  ZSTD_CStream *stream = ZSTD_createCStream ();
  gsize bound = ZSTD_compressBound (length) + 1024;
  ZSTD_outBuffer out = { g_malloc (bound), bound, 0 };

  for (gsize at = 0; at < length; at += 1000)
    {
      ZSTD_inBuffer in = { data + at, MIN (1000, length - at), 0 };

      ZSTD_compressStream2 (stream, &out, &in, ZSTD_e_flush);
    }
  ZSTD_endStream (stream, &out);
  ZSTD_freeCStream (stream);
  return g_bytes_new_take (out.dst, out.pos);
}

static void
assert_comes_back (GBytes *compressed, const char *data, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = foreman_zstd_decompress (compressed, length, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), data, length);
}

static void
test_comes_back_whole (void)
{
  static const gsize lengths[] = { 0, 1, 65535, 65536, 65537, 131072, 500000 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *data = g_malloc0 (lengths[i] + 1);
      g_autoptr (GBytes) once = NULL;
      g_autoptr (GBytes) streamed = NULL;

      for (gsize j = 0; j < lengths[i]; j++)
        data[j] = (char) (j * j % 251);
      once = compress (data, lengths[i]);
      streamed = compress_streamed (data, lengths[i]);
      assert_comes_back (once, data, lengths[i]);
      assert_comes_back (streamed, data, lengths[i]);
    }
}

static void
test_several_frames_are_one_body (void)
{
  g_autoptr (GBytes) one = compress ("one", 3);
  g_autoptr (GBytes) two = compress (" two", 4);
  g_autoptr (GByteArray) both = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  g_byte_array_append (both, g_bytes_get_data (one, NULL), g_bytes_get_size (one));
  g_byte_array_append (both, g_bytes_get_data (two, NULL), g_bytes_get_size (two));
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&both));
  assert_comes_back (bytes, "one two", 7);
}

static void
test_nothing_is_nothing (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("", 0);

  assert_comes_back (bytes, "", 0);
}

static void
assert_refused (GBytes *compressed, gsize max_size, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (foreman_zstd_decompress (compressed, max_size, &error));
  g_assert_error (error, FOREMAN_ERROR, code);
}

static void
test_a_bomb_is_refused (void)
{
  gsize length = FOREMAN_ZSTD_MAX_SIZE + 1;
  g_autofree char *zeros = g_malloc0 (length);
  g_autoptr (GBytes) bomb = compress (zeros, length);
  g_autoptr (GBytes) just = compress (zeros, length - 1);

  g_assert_cmpuint (g_bytes_get_size (bomb), <, 10000);
  assert_refused (bomb, FOREMAN_ZSTD_MAX_SIZE, FOREMAN_ERROR_TOO_LARGE);
  assert_comes_back (just, zeros, length - 1);
  assert_refused (just, 1000, FOREMAN_ERROR_TOO_LARGE);
}

static void
test_what_is_not_zstd_is_refused (void)
{
  g_autofree char *data = g_strnfill (2000, 'x');
  g_autoptr (GBytes) junk = g_bytes_new_static ("{\"model\":\"tiny\"}", 16);
  g_autoptr (GBytes) whole = compress_streamed (data, 2000);
  gsize size = g_bytes_get_size (whole);

  assert_refused (junk, 1000, FOREMAN_ERROR_INVALID_REQUEST);
  for (gsize length = 1; length < size; length++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (whole, 0, length);

      assert_refused (cut, 2000, FOREMAN_ERROR_INVALID_REQUEST);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/zstd/comes-back-whole", test_comes_back_whole);
  g_test_add_func ("/zstd/several-frames-are-one-body", test_several_frames_are_one_body);
  g_test_add_func ("/zstd/nothing-is-nothing", test_nothing_is_nothing);
  g_test_add_func ("/zstd/a-bomb-is-refused", test_a_bomb_is_refused);
  g_test_add_func ("/zstd/what-is-not-zstd-is-refused", test_what_is_not_zstd_is_refused);
  return g_test_run ();
}
