/* SPDX-License-Identifier: MIT */
#include "http/foreman-tokens-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libforeman/foreman-error.h"

/* A change of the file: read under a lock of its folder, written beside it, renamed over it. */
typedef struct
{
  char *path; /* (owned): links followed, or renaming would replace the link */
  int folder; /* locked; -1 not open */
  gboolean is_new;
  struct stat status;
  char *text; /* (owned): what it holds */
} Edit;

static gboolean
set_errno_error (GError **error, const char *path, const char *what)
{
  int saved = errno;

  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (saved), "%s: %s: %s", path, what,
               g_strerror (saved));
  return FALSE;
}

static void
edit_clear (Edit *edit)
{
  /* closing gives the lock up */
  if (edit->folder >= 0)
    close (edit->folder);
  g_free (edit->path);
  g_free (edit->text);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Edit, edit_clear)

/* @tokens gets those that are there. */
static gboolean
edit_begin (Edit *edit, const char *path, ForemanTokens *tokens, GError **error)
{
  g_autofree char *parent = NULL;
  char *real = realpath (path, NULL);

  edit->path = g_strdup (real != NULL ? real : path);
  free (real);
  parent = g_path_get_dirname (edit->path);
  if (g_mkdir_with_parents (parent, 0700) != 0)
    return set_errno_error (error, parent, "the folder cannot be made");
  edit->folder = open (parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (edit->folder < 0 || flock (edit->folder, LOCK_EX) != 0)
    return set_errno_error (error, parent, "the folder cannot be locked");
  edit->is_new = stat (edit->path, &edit->status) != 0;
  if (edit->is_new && errno != ENOENT)
    return set_errno_error (error, edit->path, "cannot be read");
  if (edit->is_new)
    {
      edit->text = g_strdup ("");
      return TRUE;
    }
  /* a file with a mistake in it is not made worse */
  return foreman_tokens_add_file (tokens, edit->path, error) &&
         g_file_get_contents (edit->path, &edit->text, NULL, error);
}

static gboolean
write_and_sync (int fd, const char *text)
{
  gsize left = strlen (text);

  while (left > 0)
    {
      gssize n = write (fd, text, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      text += n;
      left -= (gsize) n;
    }
  return fsync (fd) == 0;
}

static gboolean
edit_commit (Edit *edit, const char *text, GError **error)
{
  g_autofree char *temporary = g_strconcat (edit->path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return set_errno_error (error, edit->path, "no file can be made beside it");
  /* root may keep a file that the service's user reads */
  ok = edit->is_new || ((edit->status.st_uid == geteuid () && edit->status.st_gid == getegid ()) ||
                        fchown (fd, edit->status.st_uid, edit->status.st_gid) == 0);
  ok = ok && (edit->is_new || fchmod (fd, edit->status.st_mode & 0640) == 0);
  ok = write_and_sync (fd, text) && ok;
  ok = close (fd) == 0 && ok;
  ok = ok && rename (temporary, edit->path) == 0;
  if (!ok)
    {
      set_errno_error (error, edit->path, "cannot be written");
      g_unlink (temporary);
      return FALSE;
    }
  fsync (edit->folder);
  return TRUE;
}

/**
 * foreman_tokens_file_add:
 * @path: the tokens file, which need not exist
 * @token: the token to add
 * @error: return location for an error
 *
 * Adds a line to the file, in one step: whoever reads it sees the old content or the new.
 *
 * Returns: %TRUE, or %FALSE with %FOREMAN_ERROR_CONFLICT where the name is taken,
 *   %FOREMAN_ERROR_INVALID_CONFIG or a #GFileError
 */
gboolean
foreman_tokens_file_add (const char *path, const ForemanToken *token, GError **error)
{
  g_auto (Edit) edit = { .folder = -1 };
  g_autoptr (ForemanTokens) tokens = foreman_tokens_new ();
  g_autofree char *line = foreman_token_to_line (token);
  g_autofree char *text = NULL;

  if (!edit_begin (&edit, path, tokens, error))
    return FALSE;
  if (foreman_tokens_find_name (tokens, token->name) != NULL)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONFLICT,
                   "there is a token called %s already; remove it first", token->name);
      return FALSE;
    }
  if (edit.is_new)
    text = g_strconcat ("# Tokens of foreman, a line each; see \"foreman token --help\".\n", line,
                        "\n", NULL);
  else
    text = g_strconcat (edit.text,
                        *edit.text == '\0' || g_str_has_suffix (edit.text, "\n") ? "" : "\n", line,
                        "\n", NULL);
  return edit_commit (&edit, text, error);
}

static gboolean
line_is_of (const char *line, const char *name)
{
  line += strspn (line, " \t");
  return g_str_has_prefix (line, name) && strchr (" \t", line[strlen (name)]) != NULL &&
         line[strlen (name)] != '\0';
}

/**
 * foreman_tokens_file_remove:
 * @path: the tokens file
 * @name: the name of the token to remove
 * @found: (out): whether there was one
 * @error: return location for an error
 *
 * Takes a line out of the file, in one step; comments stay.
 *
 * Returns: %TRUE, or %FALSE with %FOREMAN_ERROR_INVALID_CONFIG or a #GFileError
 */
gboolean
foreman_tokens_file_remove (const char *path, const char *name, gboolean *found, GError **error)
{
  g_auto (Edit) edit = { .folder = -1 };
  g_autoptr (ForemanTokens) tokens = foreman_tokens_new ();
  g_autoptr (GStrvBuilder) kept = g_strv_builder_new ();
  g_auto (GStrv) lines = NULL;
  g_auto (GStrv) rest = NULL;
  g_autofree char *text = NULL;

  *found = FALSE;
  if (!foreman_token_name_is_valid (name))
    return TRUE;
  if (!edit_begin (&edit, path, tokens, error))
    return FALSE;
  lines = g_strsplit (edit.text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    if (line_is_of (lines[i], name))
      *found = TRUE;
    else
      g_strv_builder_add (kept, lines[i]);
  if (!*found)
    return TRUE;
  rest = g_strv_builder_end (kept);
  text = g_strjoinv ("\n", rest);
  return edit_commit (&edit, text, error);
}
