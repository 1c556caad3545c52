/* SPDX-License-Identifier: MIT */
/* The way to a connected socket: name, TCP, TLS. */
#include "net/foreman-upstream-connection.h"

#include "libforeman/foreman-error.h"

typedef struct
{
  ForemanReactor *reactor; /* (owned) */
  ForemanOrigin *origin;   /* (owned) */
  GSocketConnection *base; /* (owned) (nullable): connected */
  GIOStream *tls;          /* (owned) (nullable): not yet ready */
} Opening;

static void
opening_free (Opening *opening)
{
  /* The socket goes first, as in foreman_upstream_connection_free(). */
  if (opening->base)
    g_socket_close (g_socket_connection_get_socket (opening->base), NULL);
  g_clear_object (&opening->tls);
  g_clear_object (&opening->base);
  foreman_origin_unref (opening->origin);
  g_object_unref (opening->reactor);
  g_free (opening);
}

/* Returns: (transfer full): @error as it is shown, with what to do about it */
static GError *
explain (ForemanOrigin *origin, const GError *error)
{
  const char *why = error->message;
  const char *hint = "is the address right?";

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      why = error->code == G_IO_ERROR_NOT_FOUND ? "No such socket" : "Connection refused";
      hint = "is it running?";
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES))
    /* That is about this process, and says nothing about Ollama. */
    return g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
                        "cannot connect to Ollama at %s: %s; raise the limit of open files",
                        foreman_origin_get_display_name (origin), why);
  else if (error->domain == G_RESOLVER_ERROR)
    hint = "is the name right?";
  else if (error->domain == G_TLS_ERROR)
    hint = "does it speak TLS, with a certificate that this machine trusts?";

  return foreman_error_new_unreachable ("cannot reach Ollama at %s: %s; %s (FOREMAN_OLLAMA_URL)",
                                        foreman_origin_get_display_name (origin), why, hint);
}

/* @error: (transfer full) */
static void
return_failure (GTask *task, GError *error)
{
  Opening *opening = g_task_get_task_data (task);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_return_error (task, explain (opening->origin, error));
  g_error_free (error);
}

static void
return_connection (GTask *task)
{
  Opening *opening = g_task_get_task_data (task);
  ForemanUpstreamConnection *connection =
      foreman_upstream_connection_new (opening->reactor, opening->origin,
                                       g_steal_pointer (&opening->base),
                                       g_steal_pointer (&opening->tls));

  g_task_return_pointer (task, connection, (GDestroyNotify) foreman_upstream_connection_free);
}

static void
handshake_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error))
    return_connection (task);
  else
    return_failure (task, error);
}

static void
connected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GCancellable *cancellable = g_task_get_cancellable (task);
  Opening *opening = g_task_get_task_data (task);
  GError *error = NULL;

  opening->base = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);
  if (opening->base && !foreman_origin_is_tls (opening->origin))
    {
      return_connection (task);
      return;
    }
  if (opening->base)
    opening->tls =
        g_tls_client_connection_new (G_IO_STREAM (opening->base),
                                     foreman_origin_get_address (opening->origin), &error);
  if (error)
    {
      return_failure (task, error);
      return;
    }
  g_tls_connection_handshake_async (G_TLS_CONNECTION (opening->tls), G_PRIORITY_DEFAULT,
                                    cancellable, handshake_done, g_steal_pointer (&task));
}

/**
 * foreman_upstream_connection_open_async:
 * @reactor: what will watch the socket
 * @origin: where to connect to
 * @cancellable: (nullable): closes what is half open
 * @callback: called when the connection is ready for requests, its TLS handshake done
 * @data: for @callback
 *
 * Looks the name up, connects and does the TLS handshake. There is no deadline but @cancellable.
 * Main thread.
 */
void
foreman_upstream_connection_open_async (ForemanReactor *reactor,
                                        ForemanOrigin *origin,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer data)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Opening *opening = g_new0 (Opening, 1);

  g_task_set_source_tag (task, foreman_upstream_connection_open_async);
  /* A connection that is there is given back in any case: its owner may have use for it. */
  g_task_set_check_cancellable (task, FALSE);
  opening->reactor = g_object_ref (reactor);
  opening->origin = foreman_origin_ref (origin);
  g_task_set_task_data (task, opening, (GDestroyNotify) opening_free);

  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, foreman_origin_get_address (origin), cancellable,
                                 connected, task);
}

/**
 * foreman_upstream_connection_open_finish:
 * @result: what the callback was given
 * @error: return location: an unreachable %FOREMAN_ERROR_CONNECTION (see
 *   foreman_error_is_unreachable()), or %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (nullable): the connection, not yet watched
 */
ForemanUpstreamConnection *
foreman_upstream_connection_open_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
