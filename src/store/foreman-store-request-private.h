/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "store/foreman-store-database-private.h"
#include "store/foreman-store.h"

G_BEGIN_DECLS

typedef struct _ForemanStoreRequest ForemanStoreRequest;

/* Does what a request asks, in the store thread. FALSE with a foreman error: nothing was changed.
 */
typedef gboolean (*ForemanStoreWork) (ForemanStoreDatabase *database,
                                      ForemanStoreRequest *request,
                                      GError **error);

typedef enum
{
  FOREMAN_STORE_READS,
  FOREMAN_STORE_WRITES,
  FOREMAN_STORE_OPENS,
  FOREMAN_STORE_CLOSES,
} ForemanStoreKind;

/**
 * ForemanStoreRequest:
 *
 * A call on its way to the store thread and back; the data of its task. It belongs to the thread
 * that has it. Which of the fields are used is up to the call.
 */
struct _ForemanStoreRequest
{
  GTask *task; /* (unowned): whose data this is */
  ForemanStoreWork work;
  ForemanStoreKind kind;
  gsize weight; /* bytes that it brings along */
  GList link;

  /* What is asked. */
  char *id;
  char *submitter;
  char *owner;
  char *name;
  char *text;
  char *group;
  char *error_code;
  gint64 claim;
  gint64 now;
  gint64 number;
  guint limit;
  int code;
  gboolean flag;
  gpointer value;
  GDestroyNotify free_value;

  /* What goes in steps: whether there is another one, and how far it is. */
  gboolean again;
  gint64 cursor;
  gint64 count;
  gint64 cursor_before; /* as they were before the step that is under way */
  gint64 count_before;

  /* What is answered. */
  gpointer result; /* (nullable) */
  GDestroyNotify free_result;
  gint64 result_number;
  gboolean result_flag;
  GError *error;
};

ForemanStoreRequest *foreman_store_request_new (ForemanStore *store,
                                                ForemanStoreKind kind,
                                                ForemanStoreWork work,
                                                gpointer source_tag,
                                                GCancellable *cancellable,
                                                GAsyncReadyCallback callback,
                                                gpointer data);
void foreman_store_request_set_result (ForemanStoreRequest *self,
                                       gpointer result,
                                       GDestroyNotify free_result);
void foreman_store_request_remember (ForemanStoreRequest *self);
void foreman_store_request_forget (ForemanStoreRequest *self);
void foreman_store_request_return (ForemanStoreRequest *self);

/* In foreman-store.c: hands it over. */
void foreman_store_send (ForemanStore *self, ForemanStoreRequest *request);

/* What the finish functions have in common; NULL and -1 with error. */
ForemanStoreRequest *foreman_store_request_of (GAsyncResult *result);
gpointer foreman_store_finish (ForemanStore *self,
                               GAsyncResult *result,
                               gpointer source_tag,
                               GError **error);
gboolean foreman_store_finish_boolean (ForemanStore *self,
                                       GAsyncResult *result,
                                       gpointer source_tag,
                                       GError **error);

G_END_DECLS
