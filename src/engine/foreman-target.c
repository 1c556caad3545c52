/* SPDX-License-Identifier: MIT */
#include "engine/foreman-target.h"

#include "engine/foreman-json-scan.h"
#include "libforeman/foreman-error.h"

#include <json-glib/json-glib.h>

/* The largest answer to a call of foreman's own. */
#define MAX_ANSWER (64 * 1024 * 1024)

/* As much of an error's text as a message has room for, in bytes. */
#define MAX_ERROR_TEXT 400

/**
 * ForemanTarget:
 *
 * The one Ollama that foreman stands in front of: requests that are passed on, and calls that
 * foreman makes itself, with the same connections and the same errors.
 *
 * An error status is %FOREMAN_ERROR_HTTP with Ollama's own words, see
 * foreman_error_get_http_status(); everything that went wrong on the way is
 * %FOREMAN_ERROR_CONNECTION.
 */
struct _ForemanTarget
{
  GObject parent_instance;

  ForemanUpstream *upstream; /* (owned) */
  char *token;               /* (owned) (nullable) */
};

enum
{
  REACHED,
  UNREACHABLE,
  BROKEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ForemanTarget, foreman_target, G_TYPE_OBJECT)

static void
on_reached (ForemanTarget *self)
{
  g_signal_emit (self, signals[REACHED], 0);
}

static void
on_unreachable (ForemanTarget *self, const GError *error)
{
  g_signal_emit (self, signals[UNREACHABLE], 0, error);
}

static void
on_broken (ForemanTarget *self, const GError *error)
{
  g_signal_emit (self, signals[BROKEN], 0, error);
}

static void
foreman_target_finalize (GObject *object)
{
  ForemanTarget *self = FOREMAN_TARGET (object);

  g_clear_object (&self->upstream);
  g_free (self->token);

  G_OBJECT_CLASS (foreman_target_parent_class)->finalize (object);
}

static void
foreman_target_class_init (ForemanTargetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_target_finalize;

  /**
   * ForemanTarget::reached:
   * @self: a target
   *
   * An answer has begun, whatever its status: the target is there.
   */
  signals[REACHED] = g_signal_new ("reached", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);

  /**
   * ForemanTarget::unreachable:
   * @self: a target
   * @error: why: refused, an unknown name, no connection in time
   *
   * No connection could be made for a call of any kind.
   */
  signals[UNREACHABLE] =
      g_signal_new ("unreachable", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 1, G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * ForemanTarget::broken:
   * @self: a target
   * @error: how
   *
   * A connection broke off, before the answer or within it: no more than a reason to have a look.
   */
  signals[BROKEN] =
      g_signal_new ("broken", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 1, G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
foreman_target_init (ForemanTarget *self)
{
}

/**
 * foreman_target_new:
 * @reactor: what watches the connections
 * @url: where Ollama is, see foreman_origin_parse()
 * @token: (nullable): sent as `Authorization: Bearer` with everything
 * @error: return location for %FOREMAN_ERROR_INVALID_CONFIG
 *
 * Makes a target; nothing is connected yet. Main thread.
 *
 * Returns: (transfer full) (nullable): the target
 */
ForemanTarget *
foreman_target_new (ForemanReactor *reactor, const char *url, const char *token, GError **error)
{
  g_autoptr (ForemanUpstream) upstream = foreman_upstream_new (reactor, url, error);
  ForemanTarget *self;

  if (!upstream)
    return NULL;

  self = g_object_new (FOREMAN_TYPE_TARGET, NULL);
  self->token = token && *token ? g_strdup (token) : NULL;
  g_signal_connect_object (upstream, "reached", G_CALLBACK (on_reached), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (upstream, "unreachable", G_CALLBACK (on_unreachable), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (upstream, "broken", G_CALLBACK (on_broken), self, G_CONNECT_SWAPPED);
  self->upstream = g_steal_pointer (&upstream);
  return self;
}

/**
 * foreman_target_get_origin: (skip)
 * @self: a target
 *
 * Returns: (transfer none): where it is
 */
ForemanOrigin *
foreman_target_get_origin (ForemanTarget *self)
{
  g_return_val_if_fail (FOREMAN_IS_TARGET (self), NULL);

  return foreman_upstream_get_origin (self->upstream);
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
  return foreman_origin_get_display_name (foreman_target_get_origin (self));
}

/**
 * foreman_target_set_timeouts:
 * @self: a target
 * @first_byte_timeout: microseconds that an answer may take to begin; 0 for no limit, the default
 * @idle_timeout: microseconds that an answer may be silent; 0 for no limit, the default
 *
 * Sets `FOREMAN_FIRST_BYTE_TIMEOUT` and `FOREMAN_IDLE_TIMEOUT`, from the next request on. Main
 * thread.
 */
void
foreman_target_set_timeouts (ForemanTarget *self, gint64 first_byte_timeout, gint64 idle_timeout)
{
  g_return_if_fail (FOREMAN_IS_TARGET (self));

  foreman_upstream_set_first_byte_timeout (self->upstream, first_byte_timeout);
  foreman_upstream_set_idle_timeout (self->upstream, idle_timeout);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  ForemanUpstreamResponse *response =
      foreman_upstream_send_finish (FOREMAN_UPSTREAM (source), result, &error);

  if (response)
    g_task_return_pointer (task, response, g_object_unref);
  else
    g_task_return_error (task, error);
}

/**
 * foreman_target_send_async: (skip)
 * @self: a target
 * @request: what to send; the target's own token is added
 * @cancellable: (nullable): closes the connection at once
 * @callback: called when the head of the answer is there
 * @data: for @callback
 *
 * Passes a request on, see foreman_upstream_send_async(). Main thread.
 */
void
foreman_target_send_async (ForemanTarget *self,
                           ForemanUpstreamRequest *request,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  GTask *task;

  g_return_if_fail (FOREMAN_IS_TARGET (self));
  g_return_if_fail (request != NULL);

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, foreman_target_send_async);
  foreman_upstream_request_set_bearer (request, self->token);
  foreman_upstream_send_async (self->upstream, request, cancellable, on_sent, task);
}

/**
 * foreman_target_send_finish: (skip)
 * @self: a target
 * @result: what the callback was given
 * @error: return location, see foreman_upstream_send_finish()
 *
 * Returns: (transfer full) (nullable): the answer, whatever its status
 */
ForemanUpstreamResponse *
foreman_target_send_finish (ForemanTarget *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Returns: (transfer full) (nullable): what Ollama, or OpenAI's shape of it, says in @body */
static char *
dup_error_text (GBytes *body)
{
  static const char *const names[] = { "error", NULL };
  gsize length;
  const char *data = g_bytes_get_data (body, &length);
  ForemanJsonSpan span;
  g_autofree char *text = NULL;

  if (length == 0 || !foreman_json_scan (data, length, names, &span, NULL))
    return NULL;
  if (foreman_json_span_is_object (data, span) &&
      !foreman_json_scan_member (data, span, "message", FOREMAN_JSON_MATCH_STRUCT, &span))
    return NULL;
  text = foreman_json_span_dup_string (data, span);
  if (!text)
    return NULL;

  for (char *p = text; *p; p++)
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  if (strlen (text) <= MAX_ERROR_TEXT)
    return g_steal_pointer (&text);
  *g_utf8_find_prev_char (text, text + MAX_ERROR_TEXT) = '\0';
  return g_strconcat (text, "…", NULL);
}

/**
 * foreman_target_new_http_error: (skip)
 * @status: the status of an answer
 * @body: its body
 *
 * Makes an error of an answer with an error status, with the text that Ollama has put into it.
 *
 * Returns: (transfer full): a %FOREMAN_ERROR_HTTP
 */
GError *
foreman_target_new_http_error (guint status, GBytes *body)
{
  g_autofree char *text = NULL;

  g_return_val_if_fail (body != NULL, NULL);

  text = dup_error_text (body);
  if (text)
    return foreman_error_new_http (status, "Ollama answered %u: %s", status, text);
  return foreman_error_new_http (status, "Ollama answered %u", status);
}

static void
on_collected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  ForemanUpstreamResponse *response = FOREMAN_UPSTREAM_RESPONSE (source);
  guint status = foreman_upstream_response_get_status (response);
  GError *error = NULL;
  g_autoptr (GBytes) body =
      foreman_byte_source_collect_finish (FOREMAN_BYTE_SOURCE (source), result, &error);

  foreman_upstream_response_close (response);
  if (body && (status < 200 || status > 299))
    error = foreman_target_new_http_error (status, body);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_steal_pointer (&body), (GDestroyNotify) g_bytes_unref);
}

static void
on_head (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;
  g_autoptr (ForemanUpstreamResponse) response =
      foreman_upstream_send_finish (FOREMAN_UPSTREAM (source), result, &error);

  if (response)
    foreman_byte_source_collect_async (FOREMAN_BYTE_SOURCE (response), MAX_ANSWER, cancellable,
                                       on_collected, g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

/* A call of foreman's own; its result is the body of the answer.
 * @body: (transfer full) (nullable): JSON */
static void
call (GTask *task, const char *method, const char *path, char *body)
{
  ForemanTarget *self = g_task_get_source_object (task);
  g_autoptr (ForemanUpstreamRequest) request = foreman_upstream_request_new (method, path);

  foreman_upstream_request_add_header (request, "User-Agent", "foreman");
  foreman_upstream_request_add_header (request, "Accept", "application/json");
  foreman_upstream_request_set_bearer (request, self->token);
  if (body)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_take (body, strlen (body));

      foreman_upstream_request_add_header (request, "Content-Type", "application/json");
      foreman_upstream_request_set_body_bytes (request, bytes);
    }
  foreman_upstream_send_async (self->upstream, request, g_task_get_cancellable (task), on_head,
                               task);
}

static gboolean
call_finish (ForemanTarget *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GBytes) body = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  body = g_task_propagate_pointer (G_TASK (result), error);
  return body != NULL;
}

/**
 * foreman_target_fetch_async:
 * @self: a target
 * @path: such as `/api/tags`
 * @cancellable: (nullable): closes the connection
 * @callback: called when the answer is whole
 * @data: for @callback
 *
 * Gets what is at @path, up to 64 MiB. There is no deadline but @cancellable. Main thread.
 */
void
foreman_target_fetch_async (ForemanTarget *self,
                            const char *path,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  GTask *task;

  g_return_if_fail (FOREMAN_IS_TARGET (self));

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, foreman_target_fetch_async);
  call (task, "GET", path, NULL);
}

/**
 * foreman_target_fetch_finish:
 * @self: a target
 * @result: what the callback was given
 * @error: return location: %FOREMAN_ERROR_HTTP for any status but 2xx, %FOREMAN_ERROR_CONNECTION,
 *   %FOREMAN_ERROR_TIMEOUT, %FOREMAN_ERROR_TOO_LARGE, %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (nullable): the body of the answer
 */
GBytes *
foreman_target_fetch_finish (ForemanTarget *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* @extra: (nullable): more members, with a comma before. Returns: (transfer full): a JSON object */
static char *
dup_model_body (const char *model, const char *extra)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), model);
  g_autofree char *name = json_to_string (node, FALSE);

  return g_strdup_printf ("{\"model\":%s%s}", name, extra ? extra : "");
}

/**
 * foreman_target_load_async:
 * @self: a target
 * @model: a model's name
 * @keep_alive_json: (nullable): how long it stays, as a JSON value: a number of seconds (-1: for
 *   ever) or a string with a Go duration; %NULL for Ollama's default
 * @cancellable: (nullable): closes the connection, which aborts the load
 * @callback: called when the model is loaded
 * @data: for @callback
 *
 * Has a model loaded that can chat or generate, which can take minutes. Main thread.
 */
void
foreman_target_load_async (ForemanTarget *self,
                           const char *model,
                           const char *keep_alive_json,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  g_autofree char *extra = NULL;
  GTask *task;

  g_return_if_fail (FOREMAN_IS_TARGET (self));
  g_return_if_fail (model != NULL);

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, foreman_target_load_async);
  extra = g_strconcat (",\"stream\":false", keep_alive_json ? ",\"keep_alive\":" : NULL,
                       keep_alive_json, NULL);
  call (task, "POST", "/api/generate", dup_model_body (model, extra));
}

/**
 * foreman_target_load_finish:
 * @self: a target
 * @result: what the callback was given
 * @error: return location, as in foreman_target_fetch_finish()
 *
 * Returns: %TRUE if the model is loaded
 */
gboolean
foreman_target_load_finish (ForemanTarget *self, GAsyncResult *result, GError **error)
{
  return call_finish (self, result, error);
}

/**
 * foreman_target_unload_async:
 * @self: a target
 * @model: a model's name, of an embedding model, too
 * @cancellable: (nullable): closes the connection
 * @callback: called when Ollama has taken notice
 * @data: for @callback
 *
 * Has a model unloaded. Ollama answers at once, the model goes when its work is done. Main thread.
 */
void
foreman_target_unload_async (ForemanTarget *self,
                             const char *model,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  GTask *task;

  g_return_if_fail (FOREMAN_IS_TARGET (self));
  g_return_if_fail (model != NULL);

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, foreman_target_unload_async);
  call (task, "POST", "/api/generate",
        dup_model_body (model, ",\"stream\":false,\"keep_alive\":0"));
}

/**
 * foreman_target_unload_finish:
 * @self: a target
 * @result: what the callback was given
 * @error: return location, as in foreman_target_fetch_finish()
 *
 * Returns: %TRUE if it will be unloaded, or was not loaded
 */
gboolean
foreman_target_unload_finish (ForemanTarget *self, GAsyncResult *result, GError **error)
{
  return call_finish (self, result, error);
}

/**
 * foreman_target_warm_embedder_async:
 * @self: a target
 * @model: an embedding model's name
 * @keep_alive_json: (nullable): how long it stays, see foreman_target_load_async()
 * @cancellable: (nullable): closes the connection, which aborts the load
 * @callback: called when the model is loaded
 * @data: for @callback
 *
 * Has an embedding model loaded. Main thread.
 */
void
foreman_target_warm_embedder_async (ForemanTarget *self,
                                    const char *model,
                                    const char *keep_alive_json,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer data)
{
  g_autofree char *extra = NULL;
  GTask *task;

  g_return_if_fail (FOREMAN_IS_TARGET (self));
  g_return_if_fail (model != NULL);

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, foreman_target_warm_embedder_async);
  if (keep_alive_json)
    extra = g_strconcat (",\"keep_alive\":", keep_alive_json, NULL);
  call (task, "POST", "/api/embed", dup_model_body (model, extra));
}

/**
 * foreman_target_warm_embedder_finish:
 * @self: a target
 * @result: what the callback was given
 * @error: return location, as in foreman_target_fetch_finish()
 *
 * Returns: %TRUE if the model is loaded
 */
gboolean
foreman_target_warm_embedder_finish (ForemanTarget *self, GAsyncResult *result, GError **error)
{
  return call_finish (self, result, error);
}
