/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "store/foreman-job-query.h"
#include "store/foreman-job-record.h"
#include "store/foreman-store-types.h"
#include "store/foreman-submission.h"

G_BEGIN_DECLS

/* All of this is for the main thread, and every callback comes there. Times are µs UTC. What
 * changes something is on disk when its callback comes. Errors: FOREMAN_ERROR_STORE_UNAVAILABLE
 * (also "outcome unknown"), FOREMAN_ERROR_STORAGE_FULL, FOREMAN_ERROR_NOT_FOUND,
 * FOREMAN_ERROR_CONFLICT, FOREMAN_ERROR_INVALID_REQUEST. */

#define FOREMAN_TYPE_STORE (foreman_store_get_type ())
G_DECLARE_FINAL_TYPE (ForemanStore, foreman_store, FOREMAN, STORE, GObject)

/* Life. Until it is open, and whenever it is not available, every call fails with
 * FOREMAN_ERROR_STORE_UNAVAILABLE and the reason. */
ForemanStore *foreman_store_new (const char *path, const ForemanStoreLimits *limits);
void foreman_store_set_limits (ForemanStore *self, const ForemanStoreLimits *limits);
void foreman_store_open_async (ForemanStore *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
gboolean foreman_store_open_finish (ForemanStore *self, GAsyncResult *result, GError **error);
void foreman_store_close_async (ForemanStore *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);
gboolean foreman_store_close_finish (ForemanStore *self, GAsyncResult *result, GError **error);
gboolean foreman_store_is_available (ForemanStore *self);     /* property "available", notified */
const char *foreman_store_get_problem (ForemanStore *self);   /* (nullable): why it is not */
const guint64 *foreman_store_get_counts (ForemanStore *self); /* jobs by ForemanJobState */

/* Signal "changed" (GPtrArray of ForemanJobRecord, without artifacts' data): states that have just
 * been committed, in order. Signal "wanted": there may be something to claim. */

/* Submitting and reading. */
void foreman_store_submit_async (ForemanStore *self,
                                 ForemanSubmission *submission,
                                 gint64 now,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data);
ForemanJobRecord *foreman_store_submit_finish (ForemanStore *self,
                                               GAsyncResult *result,
                                               gboolean *is_repeated,
                                               GError **error);

/* Whether it is a repetition, by its idempotency key; NULL without an error: it is none. */
void foreman_store_find_submitted_async (ForemanStore *self,
                                         ForemanSubmission *submission,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer data);
ForemanJobRecord *
foreman_store_find_submitted_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_get_job_async (ForemanStore *self,
                                  const char *id,
                                  const char *submitter,
                                  gboolean with_data,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);
ForemanJobRecord *
foreman_store_get_job_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_list_jobs_async (ForemanStore *self,
                                    const ForemanJobQuery *query,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer data);
GPtrArray *foreman_store_list_jobs_finish (ForemanStore *self,
                                           GAsyncResult *result,
                                           gboolean *has_more,
                                           GError **error);

void foreman_store_read_async (ForemanStore *self,
                               const char *id,
                               const char *name, /* of an artifact, or FOREMAN_STORE_REQUEST */
                               gint64 offset,
                               gsize length,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
GBytes *foreman_store_read_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_list_groups_async (ForemanStore *self,
                                      const char *submitter,
                                      const char *group,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer data);
GPtrArray * /* of ForemanGroupSummary */
foreman_store_list_groups_finish (ForemanStore *self, GAsyncResult *result, GError **error);

/* As @after: the newest, not the first, of all events. */
#define FOREMAN_STORE_NEWEST (-1)

void foreman_store_list_events_async (ForemanStore *self,
                                      const char *id,
                                      const char *submitter,
                                      gint64 after,
                                      guint limit,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer data);
GPtrArray * /* of ForemanJobEvent */
foreman_store_list_events_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_list_attempts_async (ForemanStore *self,
                                        const char *id,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer data);
GPtrArray * /* of ForemanJobAttempt */
foreman_store_list_attempts_finish (ForemanStore *self, GAsyncResult *result, GError **error);

/* Acting. @submitter NULL is everybody's. */
void foreman_store_act_async (ForemanStore *self,
                              const char *id,
                              const char *submitter,
                              ForemanJobAction action,
                              gint64 now,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data);
ForemanJobRecord *
foreman_store_act_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_act_on_many_async (ForemanStore *self,
                                      const ForemanJobQuery *query,
                                      ForemanJobAction action,
                                      gboolean dry_run,
                                      gint64 now,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer data);
gint64 /* how many; -1 with error */
foreman_store_act_on_many_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_patch_async (ForemanStore *self,
                                const char *id,
                                const char *submitter,
                                const ForemanJobPatch *patch,
                                gint64 now,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);
ForemanJobRecord *
foreman_store_patch_finish (ForemanStore *self, GAsyncResult *result, GError **error);

/* For the dispatcher. @owner is the process's ULID. */
void foreman_store_recover_async (ForemanStore *self,
                                  const char *owner,
                                  const char *boot_id,
                                  gint64 clock_offset,
                                  gint64 now,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);
gboolean /* @clock_offset: the one that delays in the store go by */
foreman_store_recover_finish (ForemanStore *self,
                              GAsyncResult *result,
                              gint64 *clock_offset,
                              GError **error);

void foreman_store_wake_async (ForemanStore *self,
                               gint64 now,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
gboolean /* @next: when to call again, 0: nothing is due ever */
foreman_store_wake_finish (ForemanStore *self, GAsyncResult *result, gint64 *next, GError **error);

void foreman_store_shift_delays_async (ForemanStore *self,
                                       gint64 by,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer data);
gboolean
foreman_store_shift_delays_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_claim_async (ForemanStore *self,
                                const char *owner,
                                guint limit,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);
GPtrArray * /* of ForemanClaim */
foreman_store_claim_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_release_async (ForemanStore *self,
                                  const char *id,
                                  gint64 claim,
                                  const char *owner,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);
gboolean foreman_store_release_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_begin_async (ForemanStore *self,
                                const char *id,
                                gint64 claim,
                                const char *owner,
                                ForemanJobState state,
                                gint64 now,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);
gboolean foreman_store_begin_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_append_async (ForemanStore *self,
                                 const char *id,
                                 gint64 claim,
                                 const char *owner,
                                 const char *name,
                                 const char *content_type,
                                 GBytes *piece,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data);
gboolean foreman_store_append_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_end_async (ForemanStore *self,
                              const ForemanAttemptEnd *end,
                              gint64 now,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data);
ForemanJobRecord *
foreman_store_end_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_list_models_async (ForemanStore *self,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer data);
GPtrArray * /* of ForemanQueuedModel */
foreman_store_list_models_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_park_async (ForemanStore *self,
                               const char *model_key,
                               const char *reason,
                               gint64 now,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
gboolean foreman_store_park_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_hold_async (ForemanStore *self,
                               const char *submitter,
                               const char *group,
                               const char *model_key,
                               const char *error_message,
                               const char *error_code,
                               gint64 now,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
gboolean foreman_store_hold_finish (ForemanStore *self, GAsyncResult *result, GError **error);

void foreman_store_sweep_async (ForemanStore *self,
                                gint64 now,
                                gint64 model_wait,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);
gboolean /* @next: when something expires next, 0: never */
foreman_store_sweep_finish (ForemanStore *self, GAsyncResult *result, gint64 *next, GError **error);

/* For webhooks. */
void foreman_store_list_deliveries_async (ForemanStore *self,
                                          gint64 now,
                                          guint limit,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer data);
GPtrArray * /* of ForemanDelivery; @next: when one is due next, 0: none waits */
foreman_store_list_deliveries_finish (ForemanStore *self,
                                      GAsyncResult *result,
                                      gint64 *next,
                                      GError **error);

void foreman_store_end_delivery_async (ForemanStore *self,
                                       gint64 sequence,
                                       ForemanDeliveryEnd how,
                                       int status,
                                       gint64 next_at,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer data);
gboolean
foreman_store_end_delivery_finish (ForemanStore *self, GAsyncResult *result, GError **error);

/* Small facts that survive restarts: the pause. @value NULL removes. */
void foreman_store_set_fact_async (ForemanStore *self,
                                   const char *name,
                                   const char *value,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer data);
gboolean foreman_store_set_fact_finish (ForemanStore *self, GAsyncResult *result, GError **error);
void foreman_store_get_fact_async (ForemanStore *self,
                                   const char *name,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer data);
char *foreman_store_get_fact_finish (ForemanStore *self, GAsyncResult *result, GError **error);

G_END_DECLS
