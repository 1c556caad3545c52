/* SPDX-License-Identifier: MIT */
#include "http/foreman-tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libforeman/foreman-error.h"

#define NAME_MAX_LENGTH 64
#define FILE_MAX_SIZE   (1 << 20)
#define DIGEST_PREFIX   "sha256:"

/**
 * ForemanTokens:
 *
 * The tokens that are known: `FOREMAN_TOKEN` and those of the file `FOREMAN_TOKENS_FILE`. Filled
 * once and then only read; a reload makes a new one.
 */
struct _ForemanTokens
{
  GObject parent_instance;

  GPtrArray *tokens; /* (owned): ForemanToken */
  char *warning;     /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (ForemanTokens, foreman_tokens, G_TYPE_OBJECT)

static void
foreman_token_free (ForemanToken *token)
{
  g_free (token->name);
  g_free (token);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanToken, foreman_token_free)

static void
foreman_tokens_finalize (GObject *object)
{
  ForemanTokens *self = FOREMAN_TOKENS (object);

  g_ptr_array_unref (self->tokens);
  g_free (self->warning);
  G_OBJECT_CLASS (foreman_tokens_parent_class)->finalize (object);
}

static void
foreman_tokens_class_init (ForemanTokensClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_tokens_finalize;
}

static void
foreman_tokens_init (ForemanTokens *self)
{
  self->tokens = g_ptr_array_new_with_free_func ((GDestroyNotify) foreman_token_free);
}

/**
 * foreman_tokens_new:
 *
 * Returns: (transfer full): a set without tokens
 */
ForemanTokens *
foreman_tokens_new (void)
{
  return g_object_new (FOREMAN_TYPE_TOKENS, NULL);
}

/**
 * foreman_token_digest:
 * @secret: a token as a client sends it
 * @digest: (out caller-allocates): its SHA-256
 */
void
foreman_token_digest (const char *secret, guint8 digest[FOREMAN_TOKEN_DIGEST_SIZE])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize size = FOREMAN_TOKEN_DIGEST_SIZE;

  g_checksum_update (checksum, (const guchar *) secret, -1);
  g_checksum_get_digest (checksum, digest, &size);
}

/**
 * foreman_token_name_is_valid:
 * @name: a name for a token
 *
 * Returns: whether it is 1 to 64 ASCII letters, digits, dots, dashes and underscores, and not the
 *   name that stands for `FOREMAN_TOKEN`
 */
gboolean
foreman_token_name_is_valid (const char *name)
{
  gsize len = strlen (name);

  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isalnum (name[i]) && strchr ("._-", name[i]) == NULL)
      return FALSE;
  return len > 0 && len <= NAME_MAX_LENGTH && !g_str_equal (name, FOREMAN_TOKEN_SETTING_NAME);
}

/**
 * foreman_token_to_line:
 * @token: a token
 *
 * Returns: (transfer full): its line of the tokens file, without line end
 */
char *
foreman_token_to_line (const ForemanToken *token)
{
  g_autofree char *scopes = foreman_scopes_to_string (token->scopes);
  GString *line = g_string_new (NULL);

  g_string_append_printf (line, "%s %s " DIGEST_PREFIX, token->name, scopes);
  for (gsize i = 0; i < FOREMAN_TOKEN_DIGEST_SIZE; i++)
    g_string_append_printf (line, "%02x", token->digest[i]);
  if (token->max_priority != FOREMAN_PRIORITY_MAX)
    g_string_append_printf (line, " max-priority=%d", token->max_priority);
  if (token->background)
    g_string_append (line, " class=background");
  return g_string_free (line, FALSE);
}

static gboolean
parse_digest (const char *text, guint8 digest[FOREMAN_TOKEN_DIGEST_SIZE])
{
  if (!g_str_has_prefix (text, DIGEST_PREFIX))
    return FALSE;
  text += strlen (DIGEST_PREFIX);
  if (strlen (text) != 2 * FOREMAN_TOKEN_DIGEST_SIZE)
    return FALSE;
  for (gsize i = 0; i < FOREMAN_TOKEN_DIGEST_SIZE; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = g_ascii_xdigit_value (text[2 * i + 1]);

      if (high < 0 || low < 0)
        return FALSE;
      digest[i] = (guint8) (high << 4 | low);
    }
  return TRUE;
}

static const char *
parse_attribute (ForemanToken *token, const char *attribute)
{
  gint64 number;

  if (g_str_equal (attribute, "class=background"))
    token->background = TRUE;
  else if (g_str_equal (attribute, "class=interactive"))
    token->background = FALSE;
  else if (!g_str_has_prefix (attribute, "max-priority="))
    return "only max-priority=N and class=background may follow the digest";
  else if (!g_ascii_string_to_signed (attribute + strlen ("max-priority="), 10,
                                      FOREMAN_PRIORITY_MIN, FOREMAN_PRIORITY_MAX, &number, NULL))
    return "max-priority is a whole number from -100 to 100";
  else
    token->max_priority = (int) number;
  return NULL;
}

/* What is wrong with the line, without a word of it: someone may have put a token there. */
static const char *
parse_line (const char *line, ForemanToken *token)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) parts = g_strsplit_set (line, " \t\r", -1);
  g_auto (GStrv) words = NULL;
  const char *why = NULL;

  for (gsize i = 0; parts[i] != NULL; i++)
    if (*parts[i] != '\0')
      g_strv_builder_add (builder, parts[i]);
  words = g_strv_builder_end (builder);
  if (g_strv_length (words) < 3)
    return "a line is NAME SCOPES sha256:HEX [max-priority=N] [class=background]";
  if (!foreman_token_name_is_valid (words[0]))
    return "a name is 1 to 64 letters, digits, dots, dashes and underscores, and not "
           "FOREMAN_TOKEN";
  if (!foreman_scopes_parse (words[1], ',', &token->scopes, NULL))
    return "scopes are inference, jobs, jobs:all, manage, admin, with commas between them";
  if (!parse_digest (words[2], token->digest))
    return "the third word is sha256: and 64 hexadecimal digits";
  token->max_priority = FOREMAN_PRIORITY_MAX;
  for (gsize i = 3; words[i] != NULL && why == NULL; i++)
    why = parse_attribute (token, words[i]);
  if (why == NULL)
    token->name = g_strdup (words[0]);
  return why;
}

static gboolean
digests_are_equal (const guint8 *a, const guint8 *b)
{
  volatile guint8 difference = 0;

  for (gsize i = 0; i < FOREMAN_TOKEN_DIGEST_SIZE; i++)
    difference |= a[i] ^ b[i];
  return difference == 0;
}

static const char *
find_clash (ForemanTokens *self, const ForemanToken *token)
{
  for (guint i = 0; i < self->tokens->len; i++)
    {
      const ForemanToken *other = self->tokens->pdata[i];

      if (g_str_equal (other->name, token->name))
        return "the name was used before";
      if (digests_are_equal (other->digest, token->digest))
        return "the token was used before, under another name";
    }
  return NULL;
}

/**
 * foreman_tokens_add_text:
 * @self: the tokens
 * @path: the name of the file, for messages
 * @text: its content
 * @error: return location for an error
 *
 * Adds the tokens of a file: a line each, empty lines and those that start with `#` are skipped.
 * No message repeats a word of the file.
 *
 * Returns: %TRUE, or %FALSE with %FOREMAN_ERROR_INVALID_CONFIG
 */
gboolean
foreman_tokens_add_text (ForemanTokens *self, const char *path, const char *text, GError **error)
{
  g_auto (GStrv) lines = NULL;

  g_return_val_if_fail (FOREMAN_IS_TOKENS (self), FALSE);

  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr (ForemanToken) token = NULL;
      const char *why, *line = g_strstrip (lines[i]);

      if (*line == '\0' || *line == '#')
        continue;
      token = g_new0 (ForemanToken, 1);
      why = parse_line (line, token);
      if (why == NULL)
        why = find_clash (self, token);
      if (why != NULL)
        {
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                       "FOREMAN_TOKENS_FILE (%s:%u): %s", path, i + 1, why);
          return FALSE;
        }
      g_ptr_array_add (self->tokens, g_steal_pointer (&token));
    }
  return TRUE;
}

static gboolean
check_mode (ForemanTokens *self, const char *path, const struct stat *status, GError **error)
{
  const char *why = NULL;

  if (!S_ISREG (status->st_mode))
    why = "is not a file";
  else if (status->st_size > FILE_MAX_SIZE)
    why = "is larger than 1MiB";
  else if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
    why = "can be written by others than its owner; chmod 600 it";
  else if ((status->st_mode & S_IROTH) != 0)
    why = "can be read by everybody; chmod 600 it";
  if (why != NULL)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG, "FOREMAN_TOKENS_FILE: %s %s",
                   path, why);
      return FALSE;
    }
  /* root:foreman 0640 is how a system package may keep it */
  if ((status->st_mode & S_IRGRP) != 0 && self->warning == NULL)
    self->warning = g_strdup_printf ("FOREMAN_TOKENS_FILE: %s can be read by its group; chmod 600 "
                                     "it unless that is meant",
                                     path);
  return TRUE;
}

static char *
read_all (int fd, gsize size, GError **error)
{
  g_autofree char *text = g_malloc (size + 1);
  gsize done = 0;

  while (done < size)
    {
      gssize n = read (fd, text + done, size - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                       "FOREMAN_TOKENS_FILE cannot be read: %s", g_strerror (errno));
          return NULL;
        }
      if (n == 0)
        break;
      done += (gsize) n;
    }
  text[done] = '\0';
  return g_steal_pointer (&text);
}

/**
 * foreman_tokens_add_file:
 * @self: the tokens
 * @path: the tokens file
 * @error: return location for an error
 *
 * Adds the tokens of a file. It is refused when others than its owner may write it or everybody may
 * read it; that its group may read it is a warning.
 *
 * Returns: %TRUE, or %FALSE with %FOREMAN_ERROR_INVALID_CONFIG
 */
gboolean
foreman_tokens_add_file (ForemanTokens *self, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  struct stat status;
  int fd;

  g_return_val_if_fail (FOREMAN_IS_TOKENS (self), FALSE);

  /* O_NONBLOCK: a FIFO in its place must not hold the start up */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
                   "FOREMAN_TOKENS_FILE: %s: %s%s", path, g_strerror (errno),
                   errno == ENOENT ? "; \"foreman token add NAME --scope SCOPES\" makes it" : "");
      return FALSE;
    }
  if (fstat (fd, &status) != 0)
    g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG, "FOREMAN_TOKENS_FILE: %s: %s",
                 path, g_strerror (errno));
  else if (check_mode (self, path, &status, error))
    text = read_all (fd, (gsize) status.st_size, error);
  close (fd);
  return text != NULL && foreman_tokens_add_text (self, path, text, error);
}

/**
 * foreman_tokens_add_secret:
 * @self: the tokens
 * @name: its name
 * @secret: a token in the clear, as `FOREMAN_TOKEN` has it
 * @scopes: what its bearer may do
 */
void
foreman_tokens_add_secret (ForemanTokens *self,
                           const char *name,
                           const char *secret,
                           ForemanScopes scopes)
{
  ForemanToken *token;

  g_return_if_fail (FOREMAN_IS_TOKENS (self));
  g_return_if_fail (*secret != '\0');

  token = g_new0 (ForemanToken, 1);
  token->name = g_strdup (name);
  token->scopes = scopes;
  token->max_priority = FOREMAN_PRIORITY_MAX;
  foreman_token_digest (secret, token->digest);
  g_ptr_array_add (self->tokens, token);
}

/**
 * foreman_tokens_find:
 * @self: the tokens
 * @secret: what a client sent
 *
 * Looks a token up. The time it takes depends on how many there are, not on which one it is or how
 * much of it is right.
 *
 * Returns: (transfer none) (nullable): the token
 */
const ForemanToken *
foreman_tokens_find (ForemanTokens *self, const char *secret)
{
  const ForemanToken *found = NULL;
  guint8 digest[FOREMAN_TOKEN_DIGEST_SIZE];

  g_return_val_if_fail (FOREMAN_IS_TOKENS (self), NULL);

  foreman_token_digest (secret, digest);
  for (guint i = 0; i < self->tokens->len; i++)
    {
      const ForemanToken *token = self->tokens->pdata[i];

      if (digests_are_equal (token->digest, digest))
        found = token;
    }
  return found;
}

/**
 * foreman_tokens_find_name:
 * @self: the tokens
 * @name: a name
 *
 * Returns: (transfer none) (nullable): the token called @name
 */
const ForemanToken *
foreman_tokens_find_name (ForemanTokens *self, const char *name)
{
  g_return_val_if_fail (FOREMAN_IS_TOKENS (self), NULL);

  for (guint i = 0; i < self->tokens->len; i++)
    if (g_str_equal (((const ForemanToken *) self->tokens->pdata[i])->name, name))
      return self->tokens->pdata[i];
  return NULL;
}

/**
 * foreman_tokens_get_n:
 * @self: the tokens
 *
 * Returns: how many there are
 */
guint
foreman_tokens_get_n (ForemanTokens *self)
{
  return self->tokens->len;
}

/**
 * foreman_tokens_get_nth:
 * @self: the tokens
 * @n: an index below foreman_tokens_get_n()
 *
 * Returns: (transfer none): the token
 */
const ForemanToken *
foreman_tokens_get_nth (ForemanTokens *self, guint n)
{
  g_return_val_if_fail (n < self->tokens->len, NULL);

  return self->tokens->pdata[n];
}

/**
 * foreman_tokens_get_warning:
 * @self: the tokens
 *
 * Returns: (transfer none) (nullable): a line for the log about the mode of the file
 */
const char *
foreman_tokens_get_warning (ForemanTokens *self)
{
  return self->warning;
}
