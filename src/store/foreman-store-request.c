/* SPDX-License-Identifier: MIT */
#include "store/foreman-store-request-private.h"

static void
request_free (gpointer data)
{
  ForemanStoreRequest *self = data;

  foreman_store_request_forget (self);
  if (self->value != NULL && self->free_value != NULL)
    self->free_value (self->value);
  g_free (self->id);
  g_free (self->submitter);
  g_free (self->owner);
  g_free (self->name);
  g_free (self->text);
  g_free (self->group);
  g_free (self->error_code);
  g_free (self);
}

/* (transfer none): it belongs to its task, and that to whoever has the request */
ForemanStoreRequest *
foreman_store_request_new (ForemanStore *store,
                           ForemanStoreKind kind,
                           ForemanStoreWork work,
                           gpointer source_tag,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  ForemanStoreRequest *self = g_new0 (ForemanStoreRequest, 1);

  self->task = g_task_new (store, cancellable, callback, data);
  g_task_set_source_tag (self->task, source_tag);
  /* Once it is on its way what was asked may be done, and then that is what the caller hears. */
  g_task_set_check_cancellable (self->task, FALSE);
  g_task_set_task_data (self->task, self, request_free);
  self->kind = kind;
  self->work = work;
  self->link.data = self;
  return self;
}

/* @result: (transfer full) */
void
foreman_store_request_set_result (ForemanStoreRequest *self,
                                  gpointer result,
                                  GDestroyNotify free_result)
{
  self->result = result;
  self->free_result = free_result;
}

/* Before the work, or a step of it. */
void
foreman_store_request_remember (ForemanStoreRequest *self)
{
  self->cursor_before = self->cursor;
  self->count_before = self->count;
}

/* Drops what the work left, because it did not come to be. */
void
foreman_store_request_forget (ForemanStoreRequest *self)
{
  if (self->result != NULL && self->free_result != NULL)
    self->free_result (self->result);
  self->result = NULL;
  self->result_number = 0;
  self->result_flag = FALSE;
  self->again = FALSE;
  self->cursor = self->cursor_before;
  self->count = self->count_before;
  g_clear_error (&self->error);
}

/* (transfer full) self: tells the caller, on the main thread. */
void
foreman_store_request_return (ForemanStoreRequest *self)
{
  g_autoptr (GTask) task = self->task;

  if (self->error != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_boolean (task, TRUE);
}

ForemanStoreRequest *
foreman_store_request_of (GAsyncResult *result)
{
  return g_task_get_task_data (G_TASK (result));
}

gboolean
foreman_store_finish_boolean (ForemanStore *self,
                              GAsyncResult *result,
                              gpointer source_tag,
                              GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == source_tag, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* (transfer full) (nullable): what the work left */
gpointer
foreman_store_finish (ForemanStore *self, GAsyncResult *result, gpointer source_tag, GError **error)
{
  if (!foreman_store_finish_boolean (self, result, source_tag, error))
    return NULL;
  return g_steal_pointer (&foreman_store_request_of (result)->result);
}
