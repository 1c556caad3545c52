/* SPDX-License-Identifier: MIT */
#include "engine/foreman-zstd.h"

#include "libforeman/foreman-error.h"

#include <string.h>
#include <zstd.h>

static GBytes *
compress (const char *text, gsize length)
{
  gsize room = ZSTD_compressBound (length);
  guint8 *data = g_malloc (room);
  gsize size = ZSTD_compress (data, room, text, length, 3);

  g_assert_false (ZSTD_isError (size));
  return g_bytes_new_take (data, size);
}

static void
what_was_compressed_comes_back (void)
{
  static const char text[] = "{\"model\":\"m\"}";
  g_autoptr (GBytes) one = compress (text, strlen (text));
  g_autoptr (GByteArray) two = g_byte_array_new ();
  g_autoptr (GBytes) frames = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GError) error = NULL;

  /* A body may be several frames. */
  for (int i = 0; i < 2; i++)
    g_byte_array_append (two, g_bytes_get_data (one, NULL), g_bytes_get_size (one));
  frames = g_bytes_new (two->data, two->len);
  content = foreman_zstd_decompress (frames, 1024, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (content, NULL), g_bytes_get_size (content),
                   "{\"model\":\"m\"}{\"model\":\"m\"}", 2 * strlen (text));
}

static void
bombs_junk_and_stumps_are_refused (void)
{
  g_autofree char *zeros = g_malloc0 (4 * 1024 * 1024);
  g_autoptr (GBytes) bomb = compress (zeros, 4 * 1024 * 1024);
  g_autoptr (GBytes) junk = g_bytes_new_static ("not zstd", 8);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  g_autoptr (GBytes) stump = g_bytes_new_from_bytes (bomb, 0, g_bytes_get_size (bomb) - 3);
  g_autoptr (GError) error = NULL;

  g_assert_null (foreman_zstd_decompress (bomb, 4 * 1024 * 1024 - 1, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_null (foreman_zstd_decompress (junk, 1024, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
  g_clear_error (&error);
  g_assert_null (foreman_zstd_decompress (nothing, 1024, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
  g_clear_error (&error);
  g_assert_null (foreman_zstd_decompress (stump, 8 * 1024 * 1024, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/zstd/content", what_was_compressed_comes_back);
  g_test_add_func ("/zstd/refused", bombs_junk_and_stumps_are_refused);
  return g_test_run ();
}
