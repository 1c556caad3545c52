/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "libforeman/foreman-error.h"

/* For what is large: /tmp is often memory, which is what a spool saves. TMPDIR overrides it. */
#define DIRECTORY "/var/tmp"

#define COPY_SIZE (64 * 1024)

struct _ForemanSpool
{
  GByteArray *head; /* (owned): the first bytes */
  int fd;           /* the file with what follows them; -1: none yet */
  gint64 tail_size; /* how much is in the file */
};

/**
 * foreman_spool_new:
 *
 * Begins with nothing.
 *
 * Returns: (transfer full): a spool
 */
ForemanSpool *
foreman_spool_new (void)
{
  ForemanSpool *self = g_new0 (ForemanSpool, 1);

  self->head = g_byte_array_new ();
  self->fd = -1;
  return self;
}

/**
 * foreman_spool_free:
 * @self: (nullable): a spool
 *
 * Frees @self; the file goes with it.
 */
void
foreman_spool_free (ForemanSpool *self)
{
  if (self == NULL)
    return;
  g_byte_array_unref (self->head);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

static gboolean
fail (int number, GError **error)
{
  gboolean is_full = number == ENOSPC || number == EDQUOT || number == EFBIG;

  g_set_error (error, FOREMAN_ERROR, is_full ? FOREMAN_ERROR_STORAGE_FULL : FOREMAN_ERROR_FAILED,
               "an answer cannot be kept in a temporary file: %s", g_strerror (number));
  return FALSE;
}

/* Not every file system has files that never had a name. */
static int
open_in (const char *directory)
{
  g_autofree char *path = NULL;
  int fd = open (directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  if (fd >= 0)
    return fd;
  path = g_build_filename (directory, "foreman-XXXXXX", NULL);
  fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0)
    g_unlink (path);
  return fd;
}

static gboolean
open_file (ForemanSpool *self, GError **error)
{
  if (self->fd >= 0)
    return TRUE;
  if (g_getenv ("TMPDIR") == NULL)
    self->fd = open_in (DIRECTORY);
  if (self->fd < 0)
    self->fd = open_in (g_get_tmp_dir ());
  return self->fd >= 0 || fail (errno, error);
}

static gboolean
append_to_file (ForemanSpool *self, const char *data, gsize length, GError **error)
{
  if (!open_file (self, error))
    return FALSE;
  while (length > 0)
    {
      gssize n = pwrite (self->fd, data, length, self->tail_size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail (errno, error);
      self->tail_size += n;
      data += n;
      length -= n;
    }
  return TRUE;
}

/**
 * foreman_spool_append:
 * @self: a spool
 * @data: (array length=length): what to add
 * @length: how many bytes
 * @error: return location for an error
 *
 * Adds to the end.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_STORAGE_FULL if there is no room for temporary files, or
 *   %FOREMAN_ERROR_FAILED
 */
gboolean
foreman_spool_append (ForemanSpool *self, const void *data, gsize length, GError **error)
{
  gsize in_memory;

  g_return_val_if_fail (self != NULL && (data != NULL || length == 0), FALSE);

  in_memory = MIN (length, FOREMAN_SPOOL_MEMORY - self->head->len);
  if (in_memory > 0)
    g_byte_array_append (self->head, data, in_memory);
  return length == in_memory ||
         append_to_file (self, (const char *) data + in_memory, length - in_memory, error);
}

/**
 * foreman_spool_append_spool:
 * @self: a spool
 * @other: another one; it stays as it is
 * @error: return location for an error
 *
 * Adds all of @other to the end, a piece at a time.
 *
 * Returns: %FALSE as foreman_spool_append() and foreman_spool_read()
 */
gboolean
foreman_spool_append_spool (ForemanSpool *self, ForemanSpool *other, GError **error)
{
  gint64 size;

  g_return_val_if_fail (self != NULL && other != NULL && self != other, FALSE);

  size = foreman_spool_get_size (other);
  for (gint64 offset = 0; offset < size; offset += COPY_SIZE)
    {
      g_autoptr (GBytes) piece = foreman_spool_read (other, offset, COPY_SIZE, error);
      gsize length;
      const void *data;

      if (piece == NULL)
        return FALSE;
      data = g_bytes_get_data (piece, &length);
      if (!foreman_spool_append (self, data, length, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * foreman_spool_get_size:
 * @self: a spool
 *
 * Returns: how many bytes were added
 */
gint64
foreman_spool_get_size (ForemanSpool *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->head->len + self->tail_size;
}

static gboolean
read_file (ForemanSpool *self, gint64 offset, guint8 *data, gsize length, GError **error)
{
  while (length > 0)
    {
      gssize n = pread (self->fd, data, length, offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return fail (n < 0 ? errno : EIO, error);
      offset += n;
      data += n;
      length -= n;
    }
  return TRUE;
}

/**
 * foreman_spool_read:
 * @self: a spool
 * @offset: where to begin, in bytes
 * @length: how much at most
 * @error: return location for an error
 *
 * Reads without taking away: as much as was asked for, but at the end.
 *
 * Returns: (transfer full) (nullable): the bytes, none at the end; %NULL with %FOREMAN_ERROR_FAILED
 */
GBytes *
foreman_spool_read (ForemanSpool *self, gint64 offset, gsize length, GError **error)
{
  g_autofree guint8 *data = NULL;
  gint64 size;
  gsize in_memory = 0;

  g_return_val_if_fail (self != NULL && offset >= 0, NULL);

  size = foreman_spool_get_size (self);
  length = offset < size ? MIN ((guint64) (size - offset), length) : 0;
  data = g_malloc (length);
  if (length > 0 && offset < self->head->len)
    {
      in_memory = MIN (length, self->head->len - (gsize) offset);
      memcpy (data, self->head->data + offset, in_memory);
    }
  if (length > in_memory && !read_file (self, offset + in_memory - self->head->len,
                                        data + in_memory, length - in_memory, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&data), length);
}
