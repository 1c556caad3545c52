/* SPDX-License-Identifier: MIT */
#include "commands/foreman-client.h"

#include "foreman-version.h"

#include <gio/gunixsocketaddress.h>
#include <libsoup/soup.h>
#include <string.h>

#include "commands/foreman-await.h"
#include "commands/foreman-client-error.h"
#include "commands/foreman-interrupt.h"
#include "commands/foreman-login.h"
#include "commands/foreman-reply-json.h"
#include "libforeman/foreman-error.h"

#define CONNECT_TIME (10 * G_USEC_PER_SEC)
#define ERROR_MAX    (64 * 1024)
#define UNIX_PREFIX  "unix:"

struct _ForemanClient
{
  char *base;           /* (owned): what paths are put behind */
  char *name;           /* (owned): where that is, for messages: without what may be a secret */
  char *authorization;  /* (owned) (nullable) */
  SoupSession *session; /* (owned) */
  ForemanInterrupt *interrupt; /* (owned) */
  char *farewell;              /* (owned) (nullable) */
};

/* Where a URL leads, without its path: that may hold a token. */
static gboolean
set_url (ForemanClient *self, const char *url, GSocketConnectable **socket, GError **error)
{
  g_autoptr (GUri) uri = NULL;

  if (g_str_has_prefix (url, UNIX_PREFIX) && url[strlen (UNIX_PREFIX)] == '/')
    {
      *socket = G_SOCKET_CONNECTABLE (g_unix_socket_address_new (url + strlen (UNIX_PREFIX)));
      self->base = g_strdup ("http://localhost");
      self->name = g_strdup (url);
      return TRUE;
    }
  uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0' ||
      (!g_str_equal (g_uri_get_scheme (uri), "http") &&
       !g_str_equal (g_uri_get_scheme (uri), "https")) ||
      g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    {
      g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                           "the URL of a foreman is http://HOST:PORT, https://HOST:PORT or "
                           "unix:/PATH");
      return FALSE;
    }
  self->base = g_strdup (url);
  while (g_str_has_suffix (self->base, "/"))
    self->base[strlen (self->base) - 1] = '\0';
  self->name = g_uri_join (G_URI_FLAGS_ENCODED, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri),
                           g_uri_get_port (uri), "", NULL, NULL);
  return TRUE;
}

/**
 * foreman_client_new:
 * @url: where foreman is, `http://…`, `https://…` or `unix:/path`
 * @token: (nullable): what is sent with every call
 * @error: return location for an error
 *
 * Makes a client; nothing is connected to yet. From now on Ctrl-C ends calls, not the process.
 *
 * Returns: (transfer full) (nullable): a client, or %NULL with %FOREMAN_ERROR_INVALID_REQUEST
 */
ForemanClient *
foreman_client_new (const char *url, const char *token, GError **error)
{
  g_autoptr (ForemanClient) self = g_new0 (ForemanClient, 1);
  g_autoptr (GSocketConnectable) socket = NULL;

  self->interrupt = foreman_interrupt_new ();
  if (!set_url (self, url, &socket, error))
    return NULL;
  if (token != NULL)
    self->authorization = g_strconcat ("Bearer ", token, NULL);
  self->session = soup_session_new_with_options ("user-agent", "foreman/" FOREMAN_VERSION, /**/
                                                 "timeout", 0, "idle-timeout", 0,          /**/
                                                 "proxy-resolver", NULL,                   /**/
                                                 "remote-connectable", socket, NULL);
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_CONTENT_DECODER);
  return g_steal_pointer (&self);
}

/**
 * foreman_client_new_from_login:
 * @error: return location for an error
 *
 * Makes a client for where the environment and `foreman login` say.
 *
 * Returns: (transfer full) (nullable): a client, or %NULL with an error
 */
ForemanClient *
foreman_client_new_from_login (GError **error)
{
  g_auto (ForemanLogin) login = { NULL };

  if (!foreman_login_load (&login, error))
    return NULL;
  return foreman_client_new (login.url, login.token, error);
}

/**
 * foreman_client_free:
 * @self: (nullable): a client
 *
 * Frees it.
 */
void
foreman_client_free (ForemanClient *self)
{
  if (self == NULL)
    return;
  g_clear_object (&self->session);
  foreman_interrupt_free (self->interrupt);
  g_free (self->base);
  g_free (self->name);
  g_free (self->authorization);
  g_free (self->farewell);
  g_free (self);
}

/* Whatever keeps libsoup from an answer, but Ctrl-C, is that foreman is not there. */
static void
set_unreachable (ForemanClient *self, GError *cause, gboolean was_sent, GError **error)
{
  g_autoptr (GError) owned = cause;

  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_steal_pointer (&owned));
  else if (was_sent)
    g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
                 "the connection to %s broke off: %s", self->name, cause->message);
  else
    g_propagate_error (error, foreman_error_new_unreachable ("cannot reach foreman at %s: %s",
                                                             self->name, cause->message));
}

static SoupMessage *
make_message (ForemanClient *self, const ForemanCall *call, GError **error)
{
  g_autofree char *url = g_strconcat (self->base, call->path, NULL);
  SoupMessage *message = soup_message_new (call->method, url);
  SoupMessageHeaders *headers;

  if (message == NULL)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST, "%s is no valid URL",
                   self->name);
      return NULL;
    }
  headers = soup_message_get_request_headers (message);
  if (self->authorization != NULL)
    soup_message_headers_replace (headers, "Authorization", self->authorization);
  if (call->last_event_id != NULL)
    soup_message_headers_replace (headers, "Last-Event-ID", call->last_event_id);
  if (call->body != NULL)
    soup_message_set_request_body_from_bytes (message, call->content_type, call->body);
  /* Connections are used again; libsoup then sends again what an old one did not take. */
  soup_message_add_flags (message, SOUP_MESSAGE_IDEMPOTENT | SOUP_MESSAGE_NO_REDIRECT);
  return message;
}

static void
on_starting (SoupMessage *message, gpointer has_started)
{
  *(gboolean *) has_started = TRUE;
}

/* Waits for the answer's head. Only connecting has a limit: an answer may be long in coming. */
static GInputStream *
send_message (ForemanClient *self, SoupMessage *message, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  GError *failure = NULL;
  GInputStream *stream;
  gboolean has_started = FALSE, is_late = FALSE;

  g_signal_connect (message, "starting", G_CALLBACK (on_starting), &has_started);
  soup_session_send_async (self->session, message, G_PRIORITY_DEFAULT,
                           foreman_interrupt_get_cancellable (self->interrupt), foreman_await_ready,
                           &result);
  if (!foreman_await (&result, g_get_monotonic_time () + CONNECT_TIME) && !has_started)
    {
      is_late = TRUE;
      soup_session_abort (self->session);
    }
  foreman_await (&result, FOREMAN_AWAIT_FOREVER);
  g_signal_handlers_disconnect_by_func (message, on_starting, &has_started);
  stream = soup_session_send_finish (self->session, result, &failure);
  if (stream != NULL)
    return stream;
  if (is_late)
    {
      g_clear_error (&failure);
      failure = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no connection in 10 s");
    }
  set_unreachable (self, failure, has_started, error);
  return NULL;
}

/* Returns: (transfer full) (nullable): all of @stream, or what comes up to a limit */
static GBytes *
read_all (ForemanClient *self, GInputStream *stream, gsize limit, GError **error)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();

  while (all->len < limit)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GBytes) piece = NULL;
      GError *failure = NULL;

      g_input_stream_read_bytes_async (stream, 64 * 1024, G_PRIORITY_DEFAULT,
                                       foreman_interrupt_get_cancellable (self->interrupt),
                                       foreman_await_ready, &result);
      foreman_await (&result, FOREMAN_AWAIT_FOREVER);
      piece = g_input_stream_read_bytes_finish (stream, result, &failure);
      if (piece == NULL)
        {
          set_unreachable (self, failure, TRUE, error);
          return NULL;
        }
      if (g_bytes_get_size (piece) == 0)
        break;
      g_byte_array_append (all, g_bytes_get_data (piece, NULL), (guint) g_bytes_get_size (piece));
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&all));
}

/**
 * foreman_client_open:
 * @self: a client
 * @call: what to ask
 * @error: return location for an error
 *
 * Sends a request, and waits until its answer begins.
 *
 * Returns: (transfer full) (nullable): the answer's body, if it is a good one; otherwise %NULL with
 * %FOREMAN_ERROR_CONNECTION (see foreman_error_is_unreachable(): nothing was sent),
 * %G_IO_ERROR_CANCELLED or what foreman says
 */
GInputStream *
foreman_client_open (ForemanClient *self, const ForemanCall *call, GError **error)
{
  g_autoptr (SoupMessage) message = make_message (self, call, error);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GBytes) body = NULL;
  guint status;

  if (message == NULL)
    return NULL;
  stream = send_message (self, message, error);
  if (stream == NULL)
    return NULL;
  status = soup_message_get_status (message);
  if (status >= 200 && status < 300)
    return g_steal_pointer (&stream);
  body = read_all (self, stream, ERROR_MAX, NULL);
  g_propagate_error (error, foreman_client_error_new_answer (
                                status, body != NULL ? g_bytes_get_data (body, NULL) : "",
                                body != NULL ? g_bytes_get_size (body) : 0));
  return NULL;
}

/**
 * foreman_client_call:
 * @self: a client
 * @call: what to ask
 * @error: return location for an error
 *
 * Sends a request, and waits for the whole answer.
 *
 * Returns: (transfer full) (nullable): its body, or %NULL as foreman_client_open() does
 */
GBytes *
foreman_client_call (ForemanClient *self, const ForemanCall *call, GError **error)
{
  g_autoptr (GInputStream) stream = foreman_client_open (self, call, error);

  return stream != NULL ? read_all (self, stream, G_MAXUINT, error) : NULL;
}

/**
 * foreman_client_call_json:
 * @self: a client
 * @call: what to ask
 * @error: return location for an error
 *
 * Like foreman_client_call(), for an answer that is a JSON object.
 *
 * Returns: (transfer full) (nullable): the object's node, or %NULL with an error
 */
JsonNode *
foreman_client_call_json (ForemanClient *self, const ForemanCall *call, GError **error)
{
  g_autoptr (GBytes) body = foreman_client_call (self, call, error);
  JsonNode *root;

  if (body == NULL)
    return NULL;
  root = foreman_reply_json_parse (g_bytes_get_data (body, NULL), g_bytes_get_size (body), NULL);
  if (root == NULL)
    g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_FAILED,
                 "what %s answers is no JSON object; is it a foreman?", self->name);
  return root;
}

/**
 * foreman_client_get_json:
 * @self: a client
 * @path: with its query, percent-encoded
 * @error: return location for an error
 *
 * `GET`s an object.
 *
 * Returns: (transfer full) (nullable): the object's node, or %NULL with an error
 */
JsonNode *
foreman_client_get_json (ForemanClient *self, const char *path, GError **error)
{
  const ForemanCall call = { .method = "GET", .path = path };

  return foreman_client_call_json (self, &call, error);
}

/**
 * foreman_client_get_cancellable:
 * @self: a client
 *
 * Returns: (transfer none): what Ctrl-C and foreman_client_set_timeout() cancel
 */
GCancellable *
foreman_client_get_cancellable (ForemanClient *self)
{
  return foreman_interrupt_get_cancellable (self->interrupt);
}

/**
 * foreman_client_set_timeout:
 * @self: a client
 * @timeout: in µs
 *
 * Ends whatever it waits for after this time.
 */
void
foreman_client_set_timeout (ForemanClient *self, gint64 timeout)
{
  foreman_interrupt_set_timeout (self->interrupt, timeout);
}

/**
 * foreman_client_set_farewell:
 * @self: a client
 * @format: what is told to who does not wait for the end
 * @...: for @format
 *
 * Says what goes on although nobody waits for it.
 */
void
foreman_client_set_farewell (ForemanClient *self, const char *format, ...)
{
  va_list arguments;

  g_free (self->farewell);
  va_start (arguments, format);
  self->farewell = g_strdup_vprintf (format, arguments);
  va_end (arguments);
}

/**
 * foreman_client_fail:
 * @self: (nullable): a client
 * @error: why the command ends
 *
 * Tells it on stderr, in one line.
 *
 * Returns: the exit code for it
 */
ForemanExit
foreman_client_fail (ForemanClient *self, const GError *error)
{
  ForemanExit ended = self != NULL ? foreman_interrupt_get_exit (self->interrupt) : FOREMAN_EXIT_OK;

  if (ended != FOREMAN_EXIT_OK)
    {
      g_printerr ("foreman: %s%s%s\n",
                  ended == FOREMAN_EXIT_TIMEOUT ? "the time is over" : "interrupted",
                  self->farewell != NULL ? "; " : "", self->farewell != NULL ? self->farewell : "");
      return ended;
    }
  g_printerr ("foreman: %s\n", error->message);
  return foreman_client_error_get_exit (error);
}
