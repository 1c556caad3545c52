/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-answer-fields.h"
#include "engine/foreman-endpoint.h"
#include "jobs/foreman-spool.h"

G_BEGIN_DECLS

/**
 * ForemanAssembler:
 *
 * Makes of a streamed answer the one that the endpoint gives without streaming. Bytes go in as they
 * come; memory does not grow with the answer.
 */
typedef struct _ForemanAssembler ForemanAssembler;

ForemanAssembler *foreman_assembler_new (ForemanEndpoint endpoint, const char *content_type);
void foreman_assembler_free (ForemanAssembler *self);

gboolean
foreman_assembler_feed (ForemanAssembler *self, const char *data, gsize length, GError **error);

char *foreman_assembler_take_text (ForemanAssembler *self);
guint64 foreman_assembler_get_n_chunks (ForemanAssembler *self);
const ForemanAnswerUsage *foreman_assembler_get_usage (ForemanAssembler *self);
gboolean foreman_assembler_is_complete (ForemanAssembler *self);
gboolean foreman_assembler_is_empty (ForemanAssembler *self);
const char *foreman_assembler_get_content_type (ForemanAssembler *self);
ForemanSpool *
foreman_assembler_finish (ForemanAssembler *self, const char **warning, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanAssembler, foreman_assembler_free)

G_END_DECLS
