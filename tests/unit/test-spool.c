/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-spool.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libforeman/foreman-error.h"

/* The byte at a place in what the tests write. */
static guint8
byte_at (gint64 place)
{
  return (guint8) (place * 7 + place / 251);
}

static void
append (ForemanSpool *spool, gsize length)
{
  g_autofree guint8 *data = g_malloc (length);
  g_autoptr (GError) error = NULL;
  gint64 start = foreman_spool_get_size (spool);

  for (gsize i = 0; i < length; i++)
    data[i] = byte_at (start + i);
  foreman_spool_append (spool, data, length, &error);
  g_assert_no_error (error);
}

static void
assert_range (ForemanSpool *spool, gint64 offset, gsize length, gsize expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = foreman_spool_read (spool, offset, length, &error);
  const guint8 *data;
  gsize size;

  g_assert_no_error (error);
  data = g_bytes_get_data (bytes, &size);
  g_assert_cmpuint (size, ==, expected);
  for (gsize i = 0; i < size; i++)
    g_assert_cmpuint (data[i], ==, byte_at (offset + i));
}

static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_reads_what_was_written (void)
{
  static const gsize pieces[] = { 0, 1, 100, FOREMAN_SPOOL_MEMORY - 102, 2, 5, 300000, 1 };
  g_autoptr (ForemanSpool) spool = foreman_spool_new ();
  gint64 size = 0;

  assert_range (spool, 0, 10, 0);
  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      append (spool, pieces[i]);
      size += pieces[i];
      g_assert_cmpint (foreman_spool_get_size (spool), ==, size);
      assert_range (spool, 0, G_MAXSIZE, size);
    }
  assert_range (spool, FOREMAN_SPOOL_MEMORY - 3, 6, 6);
  assert_range (spool, FOREMAN_SPOOL_MEMORY, 6, 6);
  assert_range (spool, size - 2, 6, 2);
  assert_range (spool, size, 6, 0);
  assert_range (spool, size + 1000, 6, 0);
}

static void
test_appends_a_spool (void)
{
  g_autoptr (ForemanSpool) whole = foreman_spool_new ();
  g_autoptr (ForemanSpool) part = foreman_spool_new ();
  g_autoptr (GError) error = NULL;

  append (part, 2 * FOREMAN_SPOOL_MEMORY + 3);
  foreman_spool_append_spool (whole, part, &error);
  g_assert_no_error (error);
  assert_range (whole, 0, G_MAXSIZE, 2 * FOREMAN_SPOOL_MEMORY + 3);
  assert_range (part, 0, G_MAXSIZE, 2 * FOREMAN_SPOOL_MEMORY + 3);
}

static void
test_has_a_file_only_if_it_is_large (void)
{
  guint before = count_files ();
  ForemanSpool *spool = foreman_spool_new ();

  append (spool, FOREMAN_SPOOL_MEMORY);
  g_assert_cmpuint (count_files (), ==, before);
  append (spool, 1);
  g_assert_cmpuint (count_files (), ==, before + 1);
  foreman_spool_free (spool);
  g_assert_cmpuint (count_files (), ==, before);
}

/* Neither while it is used nor afterwards can anybody open what was spooled. */
static void
test_its_file_has_no_name (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp ("foreman-test-XXXXXX", &error);
  g_autoptr (ForemanSpool) spool = foreman_spool_new ();
  g_autoptr (GDir) dir = NULL;

  g_assert_no_error (error);
  g_setenv ("TMPDIR", directory, TRUE);
  append (spool, FOREMAN_SPOOL_MEMORY + 1);
  g_unsetenv ("TMPDIR");
  dir = g_dir_open (directory, 0, &error);
  g_assert_no_error (error);
  g_assert_null (g_dir_read_name (dir));
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

static void
test_tells_that_there_is_no_room (void)
{
  static const struct rlimit small = { 4096, RLIM_INFINITY };
  g_autoptr (ForemanSpool) spool = foreman_spool_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *data = g_malloc0 (2 * FOREMAN_SPOOL_MEMORY);
  struct rlimit limit;

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  g_assert_false (foreman_spool_append (spool, data, 2 * FOREMAN_SPOOL_MEMORY, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_STORAGE_FULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spool/reads-what-was-written", test_reads_what_was_written);
  g_test_add_func ("/spool/appends-a-spool", test_appends_a_spool);
  g_test_add_func ("/spool/has-a-file-only-if-it-is-large", test_has_a_file_only_if_it_is_large);
  g_test_add_func ("/spool/its-file-has-no-name", test_its_file_has_no_name);
  g_test_add_func ("/spool/tells-that-there-is-no-room", test_tells_that_there_is_no_room);
  return g_test_run ();
}
