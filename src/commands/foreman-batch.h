/* SPDX-License-Identifier: MIT */
#pragma once

#include "commands/foreman-client.h"
#include "commands/foreman-job-fields.h"

G_BEGIN_DECLS

/**
 * ForemanBatchReport:
 * @line: its number in what was read, from 1
 * @reply: what foreman says of it: `job_id`, or `error` and `code`
 * @data: what was given to foreman_batch_new()
 *
 * Is told what became of a line.
 */
typedef void (*ForemanBatchReport) (guint64 line, JsonObject *reply, gpointer data);

/**
 * ForemanBatch:
 *
 * Submits many requests, a thousand at a time. Each gets a key that follows from what it says and
 * from how often that was said before: who submits the same again gets the same jobs.
 */
typedef struct _ForemanBatch ForemanBatch;

ForemanBatch *foreman_batch_new (ForemanClient *client,
                                 const ForemanJobFields *fields,
                                 const char *model,
                                 ForemanBatchReport report,
                                 gpointer data);
void foreman_batch_free (ForemanBatch *self);
gboolean foreman_batch_add (ForemanBatch *self,
                            guint64 number,
                            const char *line,
                            gsize length,
                            GError **error);
gboolean foreman_batch_finish (ForemanBatch *self, GError **error);
void foreman_batch_refuse (ForemanBatch *self, guint64 number, const GError *error);
guint64 foreman_batch_get_accepted (ForemanBatch *self);
guint64 foreman_batch_get_refused (ForemanBatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanBatch, foreman_batch_free)

G_END_DECLS
