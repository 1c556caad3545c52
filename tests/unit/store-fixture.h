/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-store.h"

G_BEGIN_DECLS

#define MINUTE (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define NOW    (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC) /* 2026-01-01 */
#define OWNER  "01KDVDFG00000000000000AAAA"

/* A store in a folder of its own, and its calls, each waited for. What a signal brought is kept. */
typedef struct
{
  char *folder; /* (owned) */
  char *path;   /* (owned) */
  ForemanStoreLimits limits;
  ForemanStore *store; /* (owned) */
  gint64 now;
  GPtrArray *changed; /* (owned) (element-type ForemanJobRecord) */
  guint wanted;
} StoreFixture;

void store_fixture_set_up (StoreFixture *self, gconstpointer data);
void store_fixture_tear_down (StoreFixture *self, gconstpointer data);
void store_fixture_open (StoreFixture *self);
gboolean store_fixture_try_open (StoreFixture *self, GError **error);
void store_fixture_close (StoreFixture *self);
void store_fixture_drop (StoreFixture *self); /* as if killed, but for what is under way */

/* The result of a call whose callback this is; the data is where to put it. */
void store_fixture_on_result (GObject *source, GAsyncResult *result, gpointer data);
GAsyncResult *store_fixture_wait (GAsyncResult **result); /* (transfer full) */

ForemanSubmission *store_fixture_new_submission (const char *model);
ForemanJobRecord *
store_fixture_try_submit (StoreFixture *self, ForemanSubmission *submission, GError **error);
char *store_fixture_submit (StoreFixture *self, ForemanSubmission *submission); /* takes it */
char *store_fixture_submit_model (StoreFixture *self, const char *model);
ForemanJobRecord *store_fixture_get (StoreFixture *self, const char *id);
ForemanJobState store_fixture_get_state (StoreFixture *self, const char *id);
ForemanClaim *store_fixture_claim (StoreFixture *self); /* (nullable) */
void store_fixture_begin (StoreFixture *self, ForemanClaim *claim, ForemanJobState state);
gboolean store_fixture_try_begin (StoreFixture *self,
                                  ForemanClaim *claim,
                                  ForemanJobState state,
                                  GError **error);
void
store_fixture_append (StoreFixture *self, ForemanClaim *claim, const char *name, const char *text);
ForemanAttemptEnd *store_fixture_new_end (ForemanClaim *claim, ForemanJobState state);
ForemanJobRecord *
store_fixture_try_end (StoreFixture *self, ForemanAttemptEnd *end, GError **error); /* takes it */
void store_fixture_end (StoreFixture *self, ForemanClaim *claim, ForemanJobState state);
void store_fixture_run (StoreFixture *self, const char *id); /* the next, which must be that one */
ForemanJobRecord *
store_fixture_act (StoreFixture *self, const char *id, ForemanJobAction action, GError **error);
gint64 store_fixture_wake (StoreFixture *self);
gint64 store_fixture_recover_at (StoreFixture *self,
                                 const char *owner,
                                 const char *boot_id,
                                 gint64 clock_offset); /* the one that delays go by */
void store_fixture_recover (StoreFixture *self, const char *owner, const char *boot_id);
char *store_fixture_read (StoreFixture *self, const char *id, const char *name);

G_END_DECLS
