/* SPDX-License-Identifier: MIT */
#include "http/foreman-byte-range.h"

static void
ranges_are_read (void)
{
  static const struct
  {
    const char *header;
    gint64 size;
    ForemanByteRangeResult result;
    gint64 offset;
    gint64 length;
  } cases[] = {
    { NULL, 10, FOREMAN_BYTE_RANGE_WHOLE, 0, 10 },
    { "bytes=0-4", 10, FOREMAN_BYTE_RANGE_PART, 0, 5 },
    { "Bytes=3-3", 10, FOREMAN_BYTE_RANGE_PART, 3, 1 },
    { "bytes=3-", 10, FOREMAN_BYTE_RANGE_PART, 3, 7 },
    { "bytes=-3", 10, FOREMAN_BYTE_RANGE_PART, 7, 3 },
    { "bytes=-30", 10, FOREMAN_BYTE_RANGE_PART, 0, 10 },
    { "bytes=9-9", 10, FOREMAN_BYTE_RANGE_PART, 9, 1 },
    { "bytes=5-99999999999999999999999999", 10, FOREMAN_BYTE_RANGE_PART, 5, 5 },
    { "bytes=10-", 10, FOREMAN_BYTE_RANGE_OUTSIDE },
    { "bytes=10-20", 10, FOREMAN_BYTE_RANGE_OUTSIDE },
    { "bytes=99999999999999999999999999-", 10, FOREMAN_BYTE_RANGE_OUTSIDE },
    { "bytes=-0", 10, FOREMAN_BYTE_RANGE_OUTSIDE },
    { "bytes=0-", 0, FOREMAN_BYTE_RANGE_OUTSIDE },
    { "bytes=-5", 0, FOREMAN_BYTE_RANGE_OUTSIDE },
    { "bytes=5-4", 10, FOREMAN_BYTE_RANGE_WHOLE, 0, 10 },
    { "bytes=-", 10, FOREMAN_BYTE_RANGE_WHOLE, 0, 10 },
    { "bytes=", 10, FOREMAN_BYTE_RANGE_WHOLE, 0, 10 },
    { "bytes=a-b", 10, FOREMAN_BYTE_RANGE_WHOLE, 0, 10 },
    { "bytes=0-1,3-4", 10, FOREMAN_BYTE_RANGE_WHOLE, 0, 10 },
    { "bytes=0-1 ", 10, FOREMAN_BYTE_RANGE_WHOLE, 0, 10 },
    { "bytes=--1", 10, FOREMAN_BYTE_RANGE_WHOLE, 0, 10 },
    { "lines=0-1", 10, FOREMAN_BYTE_RANGE_WHOLE, 0, 10 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 offset, length;
      ForemanByteRangeResult result =
          foreman_byte_range_parse (cases[i].header, cases[i].size, &offset, &length);

      if (result != cases[i].result)
        g_error ("%s is taken for %d", cases[i].header, result);
      if (result == FOREMAN_BYTE_RANGE_OUTSIDE)
        continue;
      g_assert_cmpint (offset, ==, cases[i].offset);
      g_assert_cmpint (length, ==, cases[i].length);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/byte-range/parse", ranges_are_read);
  return g_test_run ();
}
