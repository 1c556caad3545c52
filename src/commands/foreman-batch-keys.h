/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanBatchKeys:
 *
 * Makes the idempotency keys of the lines of a file.
 */
typedef struct _ForemanBatchKeys ForemanBatchKeys;

ForemanBatchKeys *foreman_batch_keys_new (const char *const *salts);
void foreman_batch_keys_free (ForemanBatchKeys *self);
char *foreman_batch_keys_next (ForemanBatchKeys *self, const char *line, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanBatchKeys, foreman_batch_keys_free)

G_END_DECLS
