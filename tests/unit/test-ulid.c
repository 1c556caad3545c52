/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-ulid.h"

#include <string.h>

#define NOW G_GINT64_CONSTANT (1469918176385000)

static void
test_text_and_bytes (void)
{
  static const guint8 bytes[] = { 0x01, 0x56, 0x3d, 0xf3, 0x64, 0x81, 0x00, 0x11,
                                  0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99 };
  guint8 parsed[FOREMAN_ULID_SIZE];
  g_autofree char *text = foreman_ulid_to_string (bytes);
  g_autofree char *small = g_ascii_strdown (text, -1);

  g_assert_cmpstr (text, ==, "01ARYZ6S41008J4CT4ANK7F24S");
  g_assert_true (foreman_ulid_parse (text, parsed));
  g_assert_cmpmem (parsed, sizeof parsed, bytes, sizeof bytes);
  g_assert_true (foreman_ulid_is_valid (text));
  g_assert_false (foreman_ulid_is_valid (small));
  g_assert_true (foreman_ulid_parse (small, parsed));
  g_assert_cmpmem (parsed, sizeof parsed, bytes, sizeof bytes);
  g_assert_cmpint (foreman_ulid_get_real_time (text), ==, NOW);
}

static void
test_round_trips (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (26);

  for (guint i = 0; i < 1000; i++)
    {
      guint8 bytes[FOREMAN_ULID_SIZE], parsed[FOREMAN_ULID_SIZE];
      g_autofree char *text = NULL;

      for (guint j = 0; j < sizeof bytes; j++)
        bytes[j] = g_rand_int (rand) & 0xff;
      text = foreman_ulid_to_string (bytes);
      g_assert_true (foreman_ulid_parse (text, parsed));
      g_assert_cmpmem (parsed, sizeof parsed, bytes, sizeof bytes);
    }
}

static void
test_other_texts_are_refused (void)
{
  static const char *const bad[] = {
    "",
    "0",
    "01ARZ3NDEKTSV4RRFFQ69G5FA",
    "01ARZ3NDEKTSV4RRFFQ69G5FAVX",
    "81ARZ3NDEKTSV4RRFFQ69G5FAV",
    "Z1ARZ3NDEKTSV4RRFFQ69G5FAV",
    "01ARZ3NDEKTSV4RRFFQ69G5FAI",
    "01ARZ3NDEKTSV4RRFFQ69G5FAL",
    "01ARZ3NDEKTSV4RRFFQ69G5FAO",
    "01ARZ3NDEKTSV4RRFFQ69G5FAU",
    "01ARZ3NDEKTSV4RRFFQ69G5FA ",
    "01ARZ3NDEKTSV4RRFFQ69G5FA\xc3",
    "01ARZ3NDEK-SV4RRFFQ69G5FAV",
  };
  guint8 bytes[FOREMAN_ULID_SIZE];

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (foreman_ulid_parse (bad[i], bytes));
      g_assert_false (foreman_ulid_is_valid (bad[i]));
      g_assert_cmpint (foreman_ulid_get_real_time (bad[i]), ==, -1);
    }
  g_assert_false (foreman_ulid_parse (NULL, bytes));
  g_assert_true (foreman_ulid_is_valid ("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
}

static void
assert_ascends (ForemanUlidGenerator *generator, gint64 time, char **last)
{
  char *next = foreman_ulid_generator_next (generator, time);

  g_assert_true (foreman_ulid_is_valid (next));
  g_assert_cmpstr (next, >, *last);
  g_free (*last);
  *last = next;
}

static void
test_each_is_higher_than_the_last (void)
{
  ForemanUlidGenerator generator = { 0 };
  g_autofree char *last = g_strdup ("");

  assert_ascends (&generator, NOW, &last);
  g_assert_cmpint (foreman_ulid_get_real_time (last), ==, NOW);
  for (guint i = 0; i < 5000; i++)
    assert_ascends (&generator, NOW + i / 10, &last);
  for (guint i = 0; i < 100; i++)
    assert_ascends (&generator, NOW - i * G_USEC_PER_SEC, &last);
  g_assert_cmpint (foreman_ulid_get_real_time (last), ==, NOW);
  assert_ascends (&generator, NOW + 1000, &last);
  g_assert_cmpint (foreman_ulid_get_real_time (last), ==, NOW + 1000);
  assert_ascends (&generator, -1, &last);
  assert_ascends (&generator, G_MAXINT64, &last);
  assert_ascends (&generator, G_MAXINT64, &last);
}

static void
test_a_full_millisecond_runs_into_the_next (void)
{
  ForemanUlidGenerator generator = { 0 };
  g_autofree char *last = g_strdup ("01ARYZ6S41ZZZZZZZZZZZZZZZZ");

  g_assert_true (foreman_ulid_generator_seed (&generator, last));
  assert_ascends (&generator, NOW, &last);
  g_assert_cmpstr (last, ==, "01ARYZ6S420000000000000000");
}

static void
test_a_new_millisecond_leaves_room_to_count_up (void)
{
  ForemanUlidGenerator generator = { 0 };

  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *ulid = foreman_ulid_generator_next (&generator, NOW + i * 1000);
      guint8 bytes[FOREMAN_ULID_SIZE];

      g_assert_true (foreman_ulid_parse (ulid, bytes));
      g_assert_cmpuint (bytes[6], <, 0x80);
    }
}

static void
test_a_seed_is_a_lower_bound (void)
{
  ForemanUlidGenerator generator = { 0 };
  g_autofree char *last = g_strdup ("05ARYZ6S4100000000000000ZZ");

  g_assert_true (foreman_ulid_generator_seed (&generator, last));
  g_assert_true (foreman_ulid_generator_seed (&generator, "01ARYZ6S4100000000000000ZZ"));
  g_assert_false (foreman_ulid_generator_seed (&generator, "nonsense"));
  g_assert_false (foreman_ulid_generator_seed (&generator, "7ZZZZZZZZZ0000000000000000"));
  assert_ascends (&generator, NOW, &last);
  g_assert_cmpstr (last, ==, "05ARYZ6S410000000000000100");
}

static void
test_new_strings_ascend_and_are_of_now (void)
{
  gint64 before = g_get_real_time () / 1000 * 1000;
  g_autofree char *last = foreman_ulid_new_string ();
  gint64 time = foreman_ulid_get_real_time (last);

  g_assert_cmpint (time, >=, before);
  for (guint i = 0; i < 1000; i++)
    {
      char *next = foreman_ulid_new_string ();

      g_assert_cmpstr (next, >, last);
      g_free (last);
      last = next;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ulid/text-and-bytes", test_text_and_bytes);
  g_test_add_func ("/ulid/round-trips", test_round_trips);
  g_test_add_func ("/ulid/other-texts-are-refused", test_other_texts_are_refused);
  g_test_add_func ("/ulid/each-is-higher-than-the-last", test_each_is_higher_than_the_last);
  g_test_add_func ("/ulid/a-full-millisecond-runs-into-the-next",
                   test_a_full_millisecond_runs_into_the_next);
  g_test_add_func ("/ulid/a-new-millisecond-leaves-room-to-count-up",
                   test_a_new_millisecond_leaves_room_to_count_up);
  g_test_add_func ("/ulid/a-seed-is-a-lower-bound", test_a_seed_is_a_lower_bound);
  g_test_add_func ("/ulid/new-strings-ascend-and-are-of-now",
                   test_new_strings_ascend_and_are_of_now);
  return g_test_run ();
}
