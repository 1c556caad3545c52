/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanTokenRepeats:
 *
 * Counts how often a model has written the same token again, as Ollama does: after more than 30
 * times it stops the model and says nothing more, neither that it is done nor that it failed. Its
 * fields are private.
 */
typedef struct
{
  GString *last; /* (owned): without white space around it */
  guint n_repeats;
} ForemanTokenRepeats;

void foreman_token_repeats_init (ForemanTokenRepeats *repeats);
void foreman_token_repeats_clear (ForemanTokenRepeats *repeats);
void foreman_token_repeats_add (ForemanTokenRepeats *repeats, const char *token, gsize length);
gboolean foreman_token_repeats_may_stop (const ForemanTokenRepeats *repeats);

G_END_DECLS
