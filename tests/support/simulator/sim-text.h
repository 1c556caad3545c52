/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-model.h"

G_BEGIN_DECLS

/* Deterministic words: a function of a seed and a position. */

guint64 sim_hash (const char *text, gsize length, guint64 seed);
guint64 sim_mix (guint64 value);
void sim_text_token (GString *out, gboolean english, guint64 seed, guint index);
void sim_text_word (GString *out, gboolean english, guint64 value);
int sim_text_count_tokens (const char *text, gsize length);
int sim_text_token_id (const char *text, gsize length, int vocabulary);
void sim_text_append_ids (GArray *ids, const char *text, int vocabulary);
GPtrArray *sim_text_split (const char *json);

G_END_DECLS
