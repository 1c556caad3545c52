/* SPDX-License-Identifier: MIT */
#include "commands/foreman-results-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/foreman-reply-json.h"
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-ulid.h"

#define BLOCK 65536

struct _ForemanResultsFile
{
  char *path;    /* (owned) */
  FILE *stream;  /* (owned) (nullable) */
  char *last_id; /* (owned) (nullable): of the last whole line */
};

static gboolean
fail (ForemanResultsFile *self, const char *what, GError **error)
{
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_FAILED, "%s: %s: %s", self->path, what,
               g_strerror (errno));
  return FALSE;
}

/* The offset behind the last line feed before @end; 0: there is none; -1: an error. */
static off_t
find_line_end (int fd, off_t end)
{
  char block[BLOCK];

  while (end > 0)
    {
      off_t start = MAX (0, end - BLOCK);
      ssize_t n = pread (fd, block, (size_t) (end - start), start);
      const char *feed;

      if (n != end - start)
        return -1;
      feed = memrchr (block, '\n', (size_t) n);
      if (feed != NULL)
        return start + (feed - block) + 1;
      end = start;
    }
  return 0;
}

/* The id at the beginning of a line is enough; the line itself may be long. */
static char *
read_id (int fd, off_t start, off_t end)
{
  g_autofree char *line = g_malloc ((gsize) (end - start));
  g_autoptr (JsonNode) root = NULL;
  const char *id;

  if (pread (fd, line, (size_t) (end - start), start) != end - start)
    return NULL;
  root = foreman_reply_json_parse (line, (gsize) (end - start), NULL);
  id = root != NULL ? foreman_reply_json_get_string (json_node_get_object (root), "id") : NULL;
  return id != NULL && foreman_ulid_is_valid (id) ? g_strdup (id) : NULL;
}

/* Nothing is cut off a file that somebody else wrote. */
static gboolean
begins_like_results (int fd)
{
  static const char beginning[] = "{\"id\":\"";
  char found[32] = "", *end = found;

  if (pread (fd, found, sizeof found - 1, 0) < 0)
    return FALSE;
  for (const char *p = found; *p != '\0'; p++)
    if (*p != ' ')
      *end++ = *p;
  *end = '\0';
  return strncmp (found, beginning, MIN (strlen (found), strlen (beginning))) == 0;
}

/* Finds the last whole line, and cuts off what stands behind it: a line that was being written when
 * the machine or the command went down. */
static gboolean
find_last (ForemanResultsFile *self, int fd, off_t size, GError **error)
{
  off_t end = find_line_end (fd, size);
  off_t start = end > 0 ? find_line_end (fd, end - 1) : 0;

  if (end < 0 || start < 0)
    return fail (self, "cannot be read", error);
  if (end > 0)
    self->last_id = read_id (fd, start, end);
  if (size > 0 && ((end > 0 && self->last_id == NULL) || !begins_like_results (fd)))
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_FAILED,
                   "%s is there and holds no results; it was not touched", self->path);
      return FALSE;
    }
  if (end < size && ftruncate (fd, end) != 0)
    return fail (self, "cannot be written", error);
  return TRUE;
}

/**
 * foreman_results_file_open:
 * @path: of a file, which need not be there
 * @error: return location for an error
 *
 * Opens a file to go on with it. A last line that is not whole is cut off.
 *
 * Returns: (transfer full) (nullable): the file, or %NULL with %FOREMAN_ERROR_FAILED, also for one
 * that holds something else
 */
ForemanResultsFile *
foreman_results_file_open (const char *path, GError **error)
{
  g_autoptr (ForemanResultsFile) self = g_new0 (ForemanResultsFile, 1);
  struct stat info;
  int fd;

  self->path = g_strdup (path);
  fd = open (path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0)
    {
      fail (self, "cannot be opened", error);
      return NULL;
    }
  self->stream = fdopen (fd, "a");
  if (self->stream == NULL || fstat (fd, &info) != 0)
    {
      fail (self, "cannot be opened", error);
      return NULL;
    }
  /* a pipe or a terminal has no past */
  if (S_ISREG (info.st_mode) && !find_last (self, fd, info.st_size, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * foreman_results_file_free:
 * @self: (nullable): a file
 *
 * Closes it.
 */
void
foreman_results_file_free (ForemanResultsFile *self)
{
  if (self == NULL)
    return;
  if (self->stream != NULL)
    fclose (self->stream);
  g_free (self->path);
  g_free (self->last_id);
  g_free (self);
}

/**
 * foreman_results_file_get_last_id:
 * @self: a file
 *
 * Returns: (nullable) (transfer none): the id of its last line, after which the next belongs
 */
const char *
foreman_results_file_get_last_id (ForemanResultsFile *self)
{
  return self->last_id;
}

/**
 * foreman_results_file_append:
 * @self: a file
 * @line: (array length=length): a line, without its end
 * @length: how long it is
 * @error: return location for an error
 *
 * Returns: whether it could be written
 */
gboolean
foreman_results_file_append (ForemanResultsFile *self,
                             const char *line,
                             gsize length,
                             GError **error)
{
  if (fwrite (line, 1, length, self->stream) == length && fputc ('\n', self->stream) != EOF)
    return TRUE;
  return fail (self, "cannot be written", error);
}

/**
 * foreman_results_file_close:
 * @self: a file
 * @error: return location for an error
 *
 * Returns: whether all of it is on the disk
 */
gboolean
foreman_results_file_close (ForemanResultsFile *self, GError **error)
{
  FILE *stream = g_steal_pointer (&self->stream);
  gboolean is_written = fflush (stream) == 0;

  /* what is no file cannot be synced, and need not be */
  if (is_written && fsync (fileno (stream)) != 0 && errno != EINVAL && errno != EROFS)
    is_written = FALSE;
  if (fclose (stream) != 0)
    is_written = FALSE;
  return is_written || fail (self, "cannot be written", error);
}
