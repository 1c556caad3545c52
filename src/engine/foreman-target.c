/* SPDX-License-Identifier: MIT */
#include "engine/foreman-target.h"

#include "libforeman/foreman-error.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* Lists of models are a few hundred bytes a model; more than this is none. */
#define ANSWER_MAX (64 * 1024 * 1024)

/**
 * ForemanTarget:
 *
 * The one Ollama. Every call goes through it, so that it knows whether Ollama can be reached.
 */
struct _ForemanTarget
{
  GObject parent_instance;

  ForemanUpstream *upstream; /* (owned) */
  char *authorization;       /* (owned) (nullable): the value of that header */
};

enum
{
  SIGNAL_REACHED,
  SIGNAL_UNREACHABLE,
  SIGNAL_BROKEN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ForemanTarget, foreman_target, G_TYPE_OBJECT)

static void
foreman_target_finalize (GObject *object)
{
  ForemanTarget *self = FOREMAN_TARGET (object);

  g_clear_object (&self->upstream);
  g_clear_pointer (&self->authorization, g_free);
  G_OBJECT_CLASS (foreman_target_parent_class)->finalize (object);
}

static void
foreman_target_class_init (ForemanTargetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_target_finalize;

  /**
   * ForemanTarget::reached:
   *
   * Ollama has answered something, whatever it was.
   */
  signals[SIGNAL_REACHED] = g_signal_new ("reached", FOREMAN_TYPE_TARGET, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * ForemanTarget::unreachable:
   * @error: (type GError): why
   *
   * No connection came about: refused, no such name, or no answer to it in time.
   */
  signals[SIGNAL_UNREACHABLE] =
      g_signal_new ("unreachable", FOREMAN_TYPE_TARGET, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 1, G_TYPE_ERROR);
  /**
   * ForemanTarget::broken:
   * @error: (type GError): how
   *
   * A connection broke off before its answer. That alone does not say that Ollama is gone.
   */
  signals[SIGNAL_BROKEN] = g_signal_new ("broken", FOREMAN_TYPE_TARGET, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
foreman_target_init (ForemanTarget *self)
{
}

/**
 * foreman_target_new:
 * @reactor: where connections are watched
 * @url: where Ollama is, as FOREMAN_OLLAMA_URL has it
 * @token: (nullable): what it wants as bearer token; empty: nothing
 * @error: return location for an error
 *
 * Makes a target; nothing is connected before the first call. Main thread, as is everything here.
 *
 * Returns: (transfer full) (nullable): a new target; %NULL with FOREMAN_ERROR_INVALID_CONFIG
 */
ForemanTarget *
foreman_target_new (ForemanReactor *reactor, const char *url, const char *token, GError **error)
{
  g_autoptr (ForemanTarget) self = g_object_new (FOREMAN_TYPE_TARGET, NULL);

  self->upstream = foreman_upstream_new (reactor, url, error);
  if (self->upstream == NULL)
    return NULL;
  if (token != NULL && *token != '\0')
    self->authorization = g_strconcat ("Bearer ", token, NULL);
  return g_steal_pointer (&self);
}

/**
 * foreman_target_get_display_name:
 * @self: a target
 *
 * Returns: (transfer none): its URL as it may be shown
 */
const char *
foreman_target_get_display_name (ForemanTarget *self)
{
  return foreman_origin_get_display_name (foreman_upstream_get_origin (self->upstream));
}

/**
 * foreman_target_set_timeouts:
 * @self: a target
 * @first_byte: how long it may be silent before an answer, in µs; 0: for ever
 * @idle: how long it may be silent within one, in µs; 0: for ever
 *
 * Applies to calls that begin from now on.
 */
void
foreman_target_set_timeouts (ForemanTarget *self, gint64 first_byte, gint64 idle)
{
  foreman_upstream_set_first_byte_timeout (self->upstream, first_byte);
  foreman_upstream_set_idle_timeout (self->upstream, idle);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ForemanTarget *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  ForemanUpstreamResponse *response =
      foreman_upstream_send_finish (FOREMAN_UPSTREAM (source), result, &error);

  if (response != NULL)
    g_signal_emit (self, signals[SIGNAL_REACHED], 0);
  else if (foreman_error_is_unreachable (error))
    g_signal_emit (self, signals[SIGNAL_UNREACHABLE], 0, error);
  else if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION))
    g_signal_emit (self, signals[SIGNAL_BROKEN], 0, error);

  if (response != NULL)
    g_task_return_pointer (task, response, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * foreman_target_send_async:
 * @self: a target
 * @request: (transfer none): what to send; gets the target's own credentials
 * @cancellable: (nullable): ends the call, and its connection, at any time
 * @callback: called when the head of the answer is there
 * @user_data: for @callback
 *
 * Sends a request as it is and hands over the answer as it comes.
 */
void
foreman_target_send_async (ForemanTarget *self,
                           ForemanUpstreamRequest *request,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, foreman_target_send_async);
  if (self->authorization != NULL)
    foreman_upstream_request_add_header (request, "Authorization", self->authorization);
  foreman_upstream_send_async (self->upstream, request, cancellable, on_sent, task);
}

/**
 * foreman_target_send_finish:
 * @self: the target
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends foreman_target_send_async().
 *
 * Returns: (transfer full): the answer, whatever its status; %NULL with FOREMAN_ERROR_CONNECTION,
 *   FOREMAN_ERROR_TIMEOUT or G_IO_ERROR_CANCELLED
 */
ForemanUpstreamResponse *
foreman_target_send_finish (ForemanTarget *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Ollama's own words for what is wrong, where there are any. */
static char *
dup_error_text (GBytes *body)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  gsize length;
  const char *data = g_bytes_get_data (body, &length);
  JsonNode *root;

  if (length == 0 || !json_parser_load_from_data (parser, data, length, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;
  return g_strdup (
      json_object_get_string_member_with_default (json_node_get_object (root), "error", NULL));
}

static void
on_collected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ForemanUpstreamResponse *response = FOREMAN_UPSTREAM_RESPONSE (source);
  guint status = foreman_upstream_response_get_status (response);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body =
      foreman_byte_source_collect_finish (FOREMAN_BYTE_SOURCE (source), result, &error);
  g_autofree char *text = NULL;

  if (body == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (status == 200)
    {
      g_task_return_pointer (task, g_steal_pointer (&body), (GDestroyNotify) g_bytes_unref);
      return;
    }
  text = dup_error_text (body);
  g_task_return_error (task, foreman_error_new_http (status, "Ollama answered %u%s%s", status,
                                                     text ? ": " : "", text ? text : ""));
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanUpstreamResponse) response =
      foreman_target_send_finish (FOREMAN_TARGET (source), result, &error);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (response == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  foreman_byte_source_collect_async (FOREMAN_BYTE_SOURCE (response), ANSWER_MAX, cancellable,
                                     on_collected, g_steal_pointer (&task));
}

/* A call of foreman's own, whose answer is read whole. */
static void
call (ForemanTarget *self, ForemanUpstreamRequest *request, GTask *task)
{
  foreman_upstream_request_add_header (request, "Accept", "application/json");
  foreman_target_send_async (self, request, g_task_get_cancellable (task), on_answered, task);
}

/**
 * foreman_target_fetch_async:
 * @self: a target
 * @path: what to get, such as `/api/tags`
 * @cancellable: (nullable): ends the call
 * @callback: called when all of the answer is there
 * @user_data: for @callback
 *
 * Reads one of Ollama's lists.
 */
void
foreman_target_fetch_async (ForemanTarget *self,
                            const char *path,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("GET", path);

  g_task_set_source_tag (task, foreman_target_fetch_async);
  call (self, request, task);
}

/**
 * foreman_target_fetch_finish:
 * @self: the target
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends foreman_target_fetch_async().
 *
 * Returns: (transfer full): the body of a 200; %NULL with FOREMAN_ERROR_HTTP for another status, or
 *   what foreman_target_send_finish() says
 */
GBytes *
foreman_target_fetch_finish (ForemanTarget *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Returns: (transfer full): `{"model":…,"keep_alive":-1}` */
static GBytes *
pin_body (const char *model)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  char *text;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "model");
  json_builder_add_string_value (builder, model);
  json_builder_set_member_name (builder, "keep_alive");
  json_builder_add_int_value (builder, -1);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  return g_bytes_new_take (text, strlen (text));
}

/**
 * foreman_target_warm_embedder_async:
 * @self: a target
 * @model: an embedding model
 * @cancellable: (nullable): ends the call
 * @callback: called when the model is loaded, which may take minutes
 * @user_data: for @callback
 *
 * Loads an embedding model for good. The connection is held: Ollama gives up a load when nobody
 * waits for it.
 */
void
foreman_target_warm_embedder_async (ForemanTarget *self,
                                    const char *model,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new ("POST", "/api/embed");
  g_autoptr (GBytes) body = pin_body (model);

  g_task_set_source_tag (task, foreman_target_warm_embedder_async);
  foreman_upstream_request_add_header (request, "Content-Type", "application/json");
  foreman_upstream_request_set_body_bytes (request, body);
  call (self, request, task);
}

/**
 * foreman_target_warm_embedder_finish:
 * @self: the target
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends foreman_target_warm_embedder_async().
 *
 * Returns: whether the model is loaded
 */
gboolean
foreman_target_warm_embedder_finish (ForemanTarget *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GBytes) answer = g_task_propagate_pointer (G_TASK (result), error);

  return answer != NULL;
}
