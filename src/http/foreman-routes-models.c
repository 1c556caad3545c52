/* SPDX-License-Identifier: MIT */
#include "engine/foreman-keep-alive.h"
#include "http/foreman-body.h"
#include "http/foreman-chat-pause.h"
#include "http/foreman-job-access.h"
#include "http/foreman-params.h"
#include "http/foreman-routes.h"
#include "jobs/foreman-job-json.h"

/**
 * ForemanResidency:
 *
 * A model that is being loaded or unloaded by hand.
 */
typedef struct
{
  ForemanExchange *exchange; /* (owned) */
  ForemanModelName *name;    /* (owned) */
  char *model;               /* (owned): as it was written */
  char *keep_alive;          /* (owned) (nullable): as a JSON value */
  ForemanTicket *ticket;     /* (owned) (nullable): the place at the target, while it is ours */
  gulong paused_id;          /* while it waits at the gate */
  gboolean is_load;
} ForemanResidency;

static void
residency_free (ForemanResidency *self)
{
  if (self->ticket)
    foreman_ticket_release (self->ticket);
  g_clear_object (&self->ticket);
  if (self->exchange)
    foreman_chat_pause_clear (self->exchange, &self->paused_id);
  g_clear_object (&self->exchange);
  g_clear_pointer (&self->name, foreman_model_name_free);
  g_free (self->model);
  g_free (self->keep_alive);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanResidency, residency_free)

static ForemanHttpContext *
context_of (ForemanResidency *self)
{
  return foreman_exchange_get_context (self->exchange);
}

/* The lists are asked for anew before the client can know that it is done. */
static void
answer (ForemanResidency *self, const GError *error)
{
  g_autoptr (GString) json = g_string_new ("{\"model\":");

  foreman_inventory_expect_change (context_of (self)->inventory, self->is_load ? NULL : self->name);
  if (error)
    {
      foreman_exchange_answer_failure (self->exchange, error);
      return;
    }
  foreman_job_json_append_string (json, self->model);
  g_string_append_printf (json, ",\"%s\":true}", self->is_load ? "loaded" : "unloaded");
  foreman_job_access_answer_json (self->exchange, json);
}

static void
on_embedder_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanResidency) self = user_data;
  g_autoptr (GError) error = NULL;

  foreman_target_warm_embedder_finish (FOREMAN_TARGET (source), result, &error);
  answer (self, error);
}

static void
load_embedder (ForemanResidency *self)
{
  foreman_target_warm_embedder_async (context_of (self)->target, self->model, self->keep_alive,
                                      foreman_exchange_get_cancellable (self->exchange),
                                      on_embedder_loaded, self);
}

/* Which models embed and do not chat no list tells, but Ollama does when it is asked. */
static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanResidency) self = user_data;
  g_autoptr (GError) error = NULL;

  if (foreman_target_load_finish (FOREMAN_TARGET (source), result, &error) ||
      foreman_error_get_http_status (error) != 400)
    answer (self, error);
  else
    load_embedder (g_steal_pointer (&self));
}

static void
load (ForemanResidency *self)
{
  foreman_exchange_get_record (self->exchange)->stage = FOREMAN_STAGE_WAITING;
  foreman_target_load_async (context_of (self)->target, self->model, self->keep_alive,
                             foreman_exchange_get_cancellable (self->exchange), on_loaded, self);
}

static void
on_unloaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanResidency) self = user_data;
  g_autoptr (GError) error = NULL;

  foreman_target_unload_finish (FOREMAN_TARGET (source), result, &error);
  answer (self, error);
}

static void
unload (ForemanResidency *self)
{
  foreman_target_unload_async (context_of (self)->target, self->model, NULL, on_unloaded, self);
}

static void
on_entered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanResidency) self = user_data;
  g_autoptr (GError) error = NULL;

  foreman_chat_pause_clear (self->exchange, &self->paused_id);
  self->ticket = foreman_gate_enter_finish (FOREMAN_GATE (source), result, &error);
  if (self->ticket)
    load (g_steal_pointer (&self));
  else
    foreman_exchange_answer_failure (self->exchange, error);
}

/* A load takes the box as a chat does. */
static void
enter_gate (ForemanResidency *self)
{
  ForemanCaller *caller = foreman_exchange_get_caller (self->exchange);
  ForemanGateRequest request = {
    .model = self->model,
    .class = caller->background ? FOREMAN_WORK_JOB : FOREMAN_WORK_INTERACTIVE,
    .client = caller->client,
    .request_id = foreman_exchange_get_record (self->exchange)->request_id,
  };

  foreman_exchange_get_record (self->exchange)->stage = FOREMAN_STAGE_QUEUED;
  self->paused_id = foreman_chat_pause_cut_later (self->exchange);
  foreman_gate_enter_async (context_of (self)->gate, &request,
                            foreman_exchange_get_cancellable (self->exchange), on_entered, self);
}

static void
proceed (ForemanResidency *taken)
{
  g_autoptr (ForemanResidency) self = taken;
  g_autoptr (GError) error = NULL;

  if (foreman_inventory_find (context_of (self)->inventory, self->name) ==
      FOREMAN_INVENTORY_UNKNOWN)
    foreman_exchange_answer_error (self->exchange, 404, FOREMAN_ERROR_NOT_FOUND,
                                   "the model is not installed", "POST /api/pull installs it");
  else if (!self->is_load)
    unload (g_steal_pointer (&self));
  else if (foreman_chat_pause_allows (self->exchange, &error))
    enter_gate (g_steal_pointer (&self));
  else
    foreman_exchange_answer_failure (self->exchange, error);
}

static void
on_refreshed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  foreman_inventory_refresh_finish (FOREMAN_INVENTORY (source), result, NULL);
  proceed (user_data);
}

static ForemanResidency *
read_residency (ForemanExchange *exchange, GBytes *body, gboolean is_load, GError **error)
{
  static const char *const load_names[] = { "model", "keep_alive", NULL };
  static const char *const unload_names[] = { "model", NULL };
  g_autoptr (ForemanResidency) self = g_new0 (ForemanResidency, 1);
  g_autoptr (ForemanParams) params =
      foreman_params_read (exchange, is_load ? load_names : unload_names, error);
  const char *keep_alive;

  if (!params || !foreman_params_add_body (params, body, error))
    return NULL;
  self->exchange = g_object_ref (exchange);
  self->is_load = is_load;
  self->model = g_strdup (foreman_params_get (params, "model"));
  if (self->model)
    self->name = foreman_model_name_parse (self->model, NULL);
  if (!self->name)
    {
      g_propagate_error (error, foreman_error_new_field ("model", "model must name a model"));
      return NULL;
    }
  keep_alive = is_load ? foreman_params_get (params, "keep_alive") : NULL;
  self->keep_alive =
      keep_alive
          ? foreman_keep_alive_to_json (keep_alive)
          : foreman_config_dup_keep_alive_json (foreman_exchange_get_context (exchange)->config);
  if (!keep_alive || self->keep_alive)
    return g_steal_pointer (&self);
  g_propagate_error (error, foreman_error_new_field ("keep_alive",
                                                     "keep_alive must be a number of seconds, -1 "
                                                     "for ever, or a duration such as 10m"));
  return NULL;
}

/* @self: what is to be done, once its model was looked for */
static void
run (ForemanResidency *self)
{
  ForemanInventory *inventory = context_of (self)->inventory;

  foreman_exchange_get_record (self->exchange)->model = g_strdup (self->model);
  if (foreman_inventory_find (inventory, self->name) == FOREMAN_INVENTORY_KNOWN)
    proceed (self);
  else
    foreman_inventory_refresh_async (inventory, FOREMAN_INVENTORY_INSTALLED, TRUE,
                                     foreman_exchange_get_cancellable (self->exchange),
                                     on_refreshed, self);
}

static void
on_body (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = FOREMAN_EXCHANGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = foreman_body_read_finish (exchange, result, &error);
  ForemanResidency *self =
      body ? read_residency (exchange, body, GPOINTER_TO_INT (user_data), &error) : NULL;

  if (self)
    run (self);
  else
    foreman_exchange_answer_failure (exchange, error);
}

/**
 * foreman_route_load_model:
 * @exchange: an exchange
 *
 * `POST /models/load`: makes a model resident when it is its turn; answers when it is.
 */
void
foreman_route_load_model (ForemanExchange *exchange)
{
  foreman_body_read_async (g_object_ref (exchange), on_body, GINT_TO_POINTER (TRUE));
}

/**
 * foreman_route_unload_model:
 * @exchange: an exchange
 *
 * `POST /models/unload`: has a model go, at once or when its work is done.
 */
void
foreman_route_unload_model (ForemanExchange *exchange)
{
  foreman_body_read_async (g_object_ref (exchange), on_body, GINT_TO_POINTER (FALSE));
}
