/* SPDX-License-Identifier: MIT */
#include "commands/foreman-batch-keys.h"

#include <string.h>

struct _ForemanBatchKeys
{
  GChecksum *salted; /* (owned): of what all keys begin with */
  /* (owned): how often a line was there, by the beginning of its digest. Two lines that share that
   * may confuse the count, but not their keys, which hold the whole digest. */
  GHashTable *counts;
};

/**
 * foreman_batch_keys_new:
 * @salts: (array zero-terminated=1): what else tells jobs apart, such as their group
 *
 * Returns: (transfer full): what makes keys
 */
ForemanBatchKeys *
foreman_batch_keys_new (const char *const *salts)
{
  ForemanBatchKeys *self = g_new0 (ForemanBatchKeys, 1);

  self->salted = g_checksum_new (G_CHECKSUM_SHA256);
  for (gsize i = 0; salts[i] != NULL; i++)
    g_checksum_update (self->salted, (const guchar *) salts[i], (gssize) strlen (salts[i]) + 1);
  self->counts = g_hash_table_new (NULL, NULL);
  return self;
}

/**
 * foreman_batch_keys_free:
 * @self: (nullable): what makes keys
 *
 * Frees it.
 */
void
foreman_batch_keys_free (ForemanBatchKeys *self)
{
  if (self == NULL)
    return;
  g_checksum_free (self->salted);
  g_hash_table_unref (self->counts);
  g_free (self);
}

/**
 * foreman_batch_keys_next:
 * @self: what makes keys
 * @line: (array length=length): the next line
 * @length: how long it is
 *
 * The same lines in the same order get the same keys again; a line that stands there twice gets
 * two, since somebody wants two answers.
 *
 * Returns: (transfer full): the key
 */
char *
foreman_batch_keys_next (ForemanBatchKeys *self, const char *line, gsize length)
{
  g_autoptr (GChecksum) checksum = g_checksum_copy (self->salted);
  const char *digest;
  gpointer beginning;
  guint count;

  g_checksum_update (checksum, (const guchar *) line, (gssize) length);
  digest = g_checksum_get_string (checksum);
  {
    g_autofree char *part = g_strndup (digest, sizeof (gpointer) * 2);

    beginning = (gpointer) (guintptr) g_ascii_strtoull (part, NULL, 16);
  }
  count = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, beginning)) + 1;
  g_hash_table_insert (self->counts, beginning, GUINT_TO_POINTER (count));
  return g_strdup_printf ("%s-%u", digest, count);
}
