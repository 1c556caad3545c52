/* SPDX-License-Identifier: MIT */
#include "engine/foreman-zstd.h"

#include <string.h>
#include <zstd.h>

#include "libforeman/foreman-error.h"

#define MIB (1024 * 1024)

static GBytes *
compress_with (const void *data, gsize length, ZSTD_cParameter parameter, int value)
{
  ZSTD_CCtx *encoder = ZSTD_createCCtx ();
  gsize room = ZSTD_compressBound (length);
  guint8 *compressed = g_malloc (room);
  gsize size;

  ZSTD_CCtx_setParameter (encoder, parameter, value);
  size = ZSTD_compress2 (encoder, compressed, room, data, length);
  g_assert_false (ZSTD_isError (size));
  ZSTD_freeCCtx (encoder);
  return g_bytes_new_take (compressed, size);
}

static GBytes *
compress (const void *data, gsize length)
{
  return compress_with (data, length, ZSTD_c_compressionLevel, 3);
}

static GBytes *
join (GBytes *a, GBytes *b)
{
  GByteArray *array = g_byte_array_new ();

  g_byte_array_append (array, g_bytes_get_data (a, NULL), g_bytes_get_size (a));
  g_byte_array_append (array, g_bytes_get_data (b, NULL), g_bytes_get_size (b));
  return g_byte_array_free_to_bytes (array);
}

static void
assert_text (GBytes *compressed, gsize limit, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = foreman_zstd_decompress (compressed, limit, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected,
                   strlen (expected));
}

static void
assert_refused (GBytes *compressed, gsize limit, ForemanError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (foreman_zstd_decompress (compressed, limit, &error));
  g_assert_error (error, FOREMAN_ERROR, (gint) code);
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_frames_come_out_as_one (void)
{
  static const guint8 skippable[] = { 0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'x', 'y', 'z' };
  g_autoptr (GBytes) hello = compress ("{\"model\":", 9);
  g_autoptr (GBytes) world = compress_with ("\"tiny\"}", 7, ZSTD_c_checksumFlag, 1);
  g_autoptr (GBytes) nothing = compress ("", 0);
  g_autoptr (GBytes) skipped = g_bytes_new_static (skippable, sizeof skippable);
  g_autoptr (GBytes) both = join (hello, world);
  g_autoptr (GBytes) behind = join (both, nothing);
  g_autoptr (GBytes) all = join (skipped, behind);

  assert_text (hello, 9, "{\"model\":");
  assert_text (nothing, 0, "");
  assert_text (skipped, 0, "");
  assert_text (both, 16, "{\"model\":\"tiny\"}");
  assert_text (all, 16, "{\"model\":\"tiny\"}");
}

static void
test_all_sizes_around_the_limit (void)
{
  static const gsize sizes[] = { 1, 1000, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 3 * MIB };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *text = g_strnfill (sizes[i], 'a');
      g_autoptr (GBytes) compressed = compress (text, sizes[i]);

      assert_text (compressed, sizes[i], text);
      assert_text (compressed, sizes[i] + 1, text);
      assert_text (compressed, G_MAXSIZE, text);
      assert_refused (compressed, sizes[i] - 1, FOREMAN_ERROR_TOO_LARGE);
    }
}

static void
test_what_does_not_compress_comes_out_too (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  gsize length = 300000;
  g_autofree guint8 *noise = g_malloc (length);
  g_autoptr (GBytes) compressed = NULL;
  g_autoptr (GBytes) bytes = NULL;

  for (gsize i = 0; i < length; i++)
    noise[i] = g_rand_int (rand);
  compressed = compress (noise, length);
  bytes = foreman_zstd_decompress (compressed, MIB, NULL);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), noise, length);
}

static void
test_a_bomb_is_refused (void)
{
  g_autofree char *zeroes = g_malloc0 (64 * MIB);
  g_autoptr (GBytes) bomb = compress (zeroes, 64 * MIB);
  g_autoptr (GBytes) small = compress (zeroes, MIB / 2);
  g_autoptr (GBytes) two = join (small, small);
  g_autoptr (GBytes) three = join (two, small);

  g_assert_cmpuint (g_bytes_get_size (bomb), <, 8192);
  assert_refused (bomb, 20 * MIB, FOREMAN_ERROR_TOO_LARGE);
  assert_refused (three, MIB, FOREMAN_ERROR_TOO_LARGE);
}

/* A head that asks for a window, then an empty last block. */
static GBytes *
frame_with_window (guint log)
{
  const guint8 frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, (log - 10) << 3, 1, 0, 0 };

  return g_bytes_new (frame, sizeof frame);
}

static void
test_a_window_far_over_the_limit_is_refused (void)
{
  g_autoptr (GBytes) large = frame_with_window (26);
  g_autoptr (GBytes) huge = frame_with_window (30);

  assert_text (large, 64 * MIB, "");
  assert_refused (large, 20 * MIB, FOREMAN_ERROR_TOO_LARGE);
  assert_refused (huge, 20 * MIB, FOREMAN_ERROR_TOO_LARGE);
  assert_refused (huge, G_MAXSIZE, FOREMAN_ERROR_TOO_LARGE);
}

static void
test_usual_windows_are_taken (void)
{
  for (int window = 10; window <= 23; window++)
    {
      ZSTD_CCtx *encoder = ZSTD_createCCtx ();
      guint8 room[256];
      ZSTD_inBuffer in = { "{}", 2, 0 };
      ZSTD_outBuffer out = { room, sizeof room, 0 };
      g_autoptr (GBytes) compressed = NULL;

      ZSTD_CCtx_setParameter (encoder, ZSTD_c_windowLog, window);
      /* in two steps, so that it cannot know the size and writes the window down */
      ZSTD_compressStream2 (encoder, &out, &in, ZSTD_e_flush);
      g_assert_cmpuint (ZSTD_compressStream2 (encoder, &out, &in, ZSTD_e_end), ==, 0);
      ZSTD_freeCCtx (encoder);
      compressed = g_bytes_new (room, out.pos);
      assert_text (compressed, 16, "{}");
    }
}

static void
test_what_is_cut_or_broken_is_refused (void)
{
  g_autofree char *text = g_strnfill (100000, 'a');
  g_autoptr (GBytes) whole = compress_with (text, 100000, ZSTD_c_checksumFlag, 1);
  g_autoptr (GBytes) junk = g_bytes_new_static ("not zstd", 8);
  g_autoptr (GBytes) behind = join (whole, junk);
  gsize length;
  const guint8 *data = g_bytes_get_data (whole, &length);
  g_autofree guint8 *flipped = g_memdup2 (data, length);
  g_autoptr (GBytes) broken = NULL;

  for (gsize n = 0; n < length; n++)
    {
      g_autoptr (GBytes) cut = g_bytes_new (data, n);

      assert_refused (cut, MIB, FOREMAN_ERROR_INVALID_REQUEST);
    }
  assert_refused (junk, MIB, FOREMAN_ERROR_INVALID_REQUEST);
  assert_refused (behind, MIB, FOREMAN_ERROR_INVALID_REQUEST);
  flipped[length - 1] ^= 1;
  broken = g_bytes_new (flipped, length);
  assert_refused (broken, MIB, FOREMAN_ERROR_INVALID_REQUEST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/zstd/frames-come-out-as-one", test_frames_come_out_as_one);
  g_test_add_func ("/zstd/all-sizes-around-the-limit", test_all_sizes_around_the_limit);
  g_test_add_func ("/zstd/what-does-not-compress-comes-out-too",
                   test_what_does_not_compress_comes_out_too);
  g_test_add_func ("/zstd/a-bomb-is-refused", test_a_bomb_is_refused);
  g_test_add_func ("/zstd/a-window-far-over-the-limit-is-refused",
                   test_a_window_far_over_the_limit_is_refused);
  g_test_add_func ("/zstd/usual-windows-are-taken", test_usual_windows_are_taken);
  g_test_add_func ("/zstd/what-is-cut-or-broken-is-refused", test_what_is_cut_or_broken_is_refused);
  return g_test_run ();
}
