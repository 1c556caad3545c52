/* SPDX-License-Identifier: MIT */
#pragma once

#include "jobs/foreman-spool.h"

G_BEGIN_DECLS

/**
 * ForemanBulkReplies:
 *
 * What became of the lines of a bulk submission: known in any order, kept in theirs. Whoever begins
 * a reply has to end it.
 */
typedef struct _ForemanBulkReplies ForemanBulkReplies;
typedef struct _ForemanBulkReply ForemanBulkReply;

ForemanBulkReplies *foreman_bulk_replies_new (void);
void foreman_bulk_replies_free (ForemanBulkReplies *self);
ForemanBulkReply *foreman_bulk_replies_begin (ForemanBulkReplies *self, guint64 line);
void foreman_bulk_replies_end_with_id (ForemanBulkReplies *self,
                                       ForemanBulkReply *reply,
                                       const char *id);
void foreman_bulk_replies_end_with_error (ForemanBulkReplies *self,
                                          ForemanBulkReply *reply,
                                          const GError *error);
guint foreman_bulk_replies_get_pending (ForemanBulkReplies *self);
ForemanSpool *foreman_bulk_replies_steal_spool (ForemanBulkReplies *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanBulkReplies, foreman_bulk_replies_free)

G_END_DECLS
