/* SPDX-License-Identifier: MIT */
/* One request on its way: from connecting to the head of its answer. */
#include "net/foreman-upstream-private.h"
#include "net/foreman-upstream-writer.h"

#include "libforeman/foreman-error.h"
#include "net/foreman-tcp.h"

#include <string.h>

/* The call owns itself until it is settled: it has given its task a result. */
typedef struct
{
  ForemanUpstream *upstream;       /* (owned) */
  ForemanUpstreamRequest *request; /* (owned) */
  GTask *task;                     /* (owned) (nullable): NULL once it is settled */
  gulong cancelled_id;
  gboolean cancelled;
  ForemanDeadline deadline; /* for connecting, then for the first byte */
  ForemanDeadline check;    /* whether the peer is alive */
  guint looked_dead;        /* so often in a row */

  GCancellable *connecting;              /* (owned) (nullable) */
  ForemanUpstreamConnection *connection; /* (owned) (nullable) */
  gboolean reused;                       /* the connection served another request before */
  ForemanUpstreamWriter *writer; /* (owned) (nullable): NULL once all is sent, or given up */
  gboolean wholly_sent;

  GByteArray *input; /* (owned) (nullable): a head that is not complete yet */
  ForemanHeadScan scan;
} Call;

static void call_connect (Call *call);
static void call_write (Call *call);

static void
call_clear (gpointer data)
{
  Call *call = data;

  g_clear_pointer (&call->input, g_byte_array_unref);
  foreman_upstream_request_unref (call->request);
  g_object_unref (call->upstream);
}

static void
call_unref (Call *call)
{
  g_rc_box_release_full (call, call_clear);
}

static const char *
call_origin_name (Call *call)
{
  return foreman_origin_get_display_name (foreman_upstream_get_origin (call->upstream));
}

/* Lets go of everything that could call back: the socket is closed when this returns. */
static void
call_stop (Call *call)
{
  g_autoptr (GCancellable) connecting = g_steal_pointer (&call->connecting);

  g_clear_signal_handler (&call->cancelled_id, g_task_get_cancellable (call->task));
  foreman_deadline_clear (&call->deadline);
  foreman_deadline_clear (&call->check);
  g_clear_pointer (&call->writer, foreman_upstream_writer_free);
  g_clear_pointer (&call->connection, foreman_upstream_connection_free);
  if (connecting)
    g_cancellable_cancel (connecting);
}

/* @error: (transfer full) */
static void
call_fail (Call *call, GError *error)
{
  g_autoptr (GTask) task = NULL;

  call_stop (call);
  task = g_steal_pointer (&call->task);
  foreman_upstream_report_error (call->upstream, error);
  call_unref (call);
  g_task_return_error (task, error);
}

/* @error: (transfer full): what the connection said */
static void
call_connection_failed (Call *call, GError *error)
{
  if (!call->reused || !call->writer || foreman_upstream_writer_has_begun (call->writer))
    {
      call_fail (call, error);
      return;
    }
  /* The server had ended the idle connection, and cannot have seen any of the request. */
  g_error_free (error);
  g_clear_pointer (&call->connection, foreman_upstream_connection_free);
  foreman_deadline_clear (&call->check);
  g_clear_pointer (&call->input, g_byte_array_unref);
  call->scan = (ForemanHeadScan){ 0 };
  call_connect (call);
}

static void
call_succeed (Call *call, ForemanHead *head, const guint8 *data, gsize length)
{
  const char *method = foreman_upstream_request_get_method (call->request);
  guint status = foreman_head_get_status (head);
  gboolean has_body = strcmp (method, "HEAD") != 0 && status != 204 && status != 304;
  g_autoptr (GTask) task = NULL;
  ForemanUpstreamResponse *response =
      foreman_upstream_response_new (call->upstream, g_steal_pointer (&call->connection), head,
                                     has_body, call->wholly_sent && foreman_head_keeps_alive (head),
                                     data, length);

  call_stop (call);
  task = g_steal_pointer (&call->task);
  foreman_upstream_report_reached (call->upstream);
  call_unref (call);
  g_task_return_pointer (task, response, g_object_unref);
}

static void
call_fail_garbage (Call *call, const char *why)
{
  call_fail (call, g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
                                "what answers at %s does not speak HTTP (%s); is that Ollama? "
                                "(FOREMAN_OLLAMA_URL)",
                                call_origin_name (call), why));
}

/* Looks for the head at the start of the bytes; interim ones (1xx) are skipped.
 * Returns: whether the call is settled */
static gboolean
call_parse (Call *call, const guint8 *data, gsize length)
{
  for (;;)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ForemanHead) head = NULL;
      gsize consumed = 0;

      if (memcmp (data, "HTTP/", MIN (length, 5)) != 0)
        {
          call_fail_garbage (call, "it does not begin with HTTP/");
          return TRUE;
        }
      if (foreman_head_scan (&call->scan, data, length, &error) > 0)
        head = foreman_head_parse_response (data, length, &consumed, &error);
      if (error || (head && foreman_head_get_status (head) == 101))
        {
          call_fail_garbage (call, error ? error->message : "it switches protocols");
          return TRUE;
        }
      if (head && foreman_head_get_status (head) >= 200)
        {
          call_succeed (call, head, data + consumed, length - consumed);
          return TRUE;
        }

      data += consumed;
      length -= consumed;
      if (head)
        call->scan = (ForemanHeadScan){ 0 };
      if (!head || length == 0)
        break;
    }

  if (!call->input || data != call->input->data)
    {
      g_autoptr (GByteArray) old = g_steal_pointer (&call->input);

      call->input = g_byte_array_sized_new ((guint) length);
      g_byte_array_append (call->input, data, (guint) length);
    }
  return FALSE;
}

/* Returns: whether the call is settled, or on its way over another connection */
static gboolean
call_read (Call *call)
{
  static guint8 buffer[16 * 1024];

  for (;;)
    {
      GError *error = NULL;
      gssize n = foreman_upstream_connection_read (call->connection, buffer, sizeof buffer, &error);

      if (n == FOREMAN_IO_WOULD_BLOCK)
        return FALSE;
      if (n == 0)
        error =
            foreman_upstream_connection_new_error (call->connection,
                                                   "closed the connection before it had answered");
      if (n <= 0)
        {
          call_connection_failed (call, error);
          return TRUE;
        }
      if (call->input)
        g_byte_array_append (call->input, buffer, (guint) n);
      if (call->input ? call_parse (call, call->input->data, call->input->len)
                      : call_parse (call, buffer, (gsize) n))
        return TRUE;
    }
}

static void
call_ready (guint32 events, gpointer data)
{
  Call *call = data;

  /* Reading goes first: an answer ends the sending. */
  if ((events & ~EPOLLOUT) && call_read (call))
    return;
  if (events & EPOLLOUT)
    call_write (call);
}

static void
call_sent (Call *call)
{
  gint64 timeout = foreman_upstream_get_first_byte_timeout (call->upstream);

  call->wholly_sent = TRUE;
  g_clear_pointer (&call->writer, foreman_upstream_writer_free);
  foreman_upstream_connection_set_events (call->connection, EPOLLIN);
  if (timeout > 0)
    foreman_deadline_set (&call->deadline, g_get_monotonic_time () + timeout);
}

static void
call_write (Call *call)
{
  GError *error = NULL;

  if (!call->connection || !call->writer)
    return;

  switch (foreman_upstream_writer_run (call->writer, call->connection, &error))
    {
    case FOREMAN_UPSTREAM_WRITER_BLOCKED:
      foreman_upstream_connection_set_events (call->connection, EPOLLIN | EPOLLOUT);
      break;
    case FOREMAN_UPSTREAM_WRITER_STARVED:
      foreman_upstream_connection_set_events (call->connection, EPOLLIN);
      break;
    case FOREMAN_UPSTREAM_WRITER_DONE:
      call_sent (call);
      break;
    case FOREMAN_UPSTREAM_WRITER_SOCKET_FAILED:
      /* What the server said before it closed counts for more than that it closed. */
      if (call_read (call))
        {
          g_error_free (error);
          break;
        }
      call_connection_failed (call, error);
      break;
    case FOREMAN_UPSTREAM_WRITER_SOURCE_FAILED:
      call_fail (call, error);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* Slow is not dead: see foreman_tcp_looks_dead(). */
static void
call_check (gpointer data)
{
  Call *call = data;

  call->looked_dead =
      foreman_upstream_connection_looks_dead (call->connection) ? call->looked_dead + 1 : 0;
  if (call->looked_dead < FOREMAN_TCP_DEAD_AFTER)
    foreman_deadline_set (&call->check, g_get_monotonic_time () + FOREMAN_TCP_CHECK_INTERVAL);
  else
    call_connection_failed (call, foreman_upstream_connection_new_error (
                                      call->connection, "does not acknowledge what it is sent"));
}

static void
call_body_readable (gpointer data)
{
  call_write (data);
}

/* @connection: (transfer full) */
static void
call_begin (Call *call, ForemanUpstreamConnection *connection)
{
  foreman_deadline_clear (&call->deadline);
  foreman_deadline_set (&call->check, g_get_monotonic_time () + FOREMAN_TCP_CHECK_INTERVAL);
  call->looked_dead = 0;
  call->connection = connection;
  foreman_upstream_connection_watch (connection, EPOLLIN, call_ready, call);
  call_write (call);
}

static void
call_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  GError *error = NULL;
  ForemanUpstreamConnection *connection = foreman_upstream_connection_open_finish (result, &error);

  if (!call->connecting)
    {
      /* Too late: the call was settled without it. */
      g_clear_pointer (&connection, foreman_upstream_connection_free);
      g_clear_error (&error);
    }
  else
    {
      g_clear_object (&call->connecting);
      if (connection)
        call_begin (call, connection);
      else
        call_fail (call, error);
    }
  call_unref (call);
}

static void
call_connect (Call *call)
{
  call->reused = FALSE;
  call->connecting = g_cancellable_new ();
  foreman_deadline_set (&call->deadline, g_get_monotonic_time () +
                                             foreman_upstream_get_connect_timeout (call->upstream));
  foreman_upstream_connection_open_async (foreman_upstream_get_reactor (call->upstream),
                                          foreman_upstream_get_origin (call->upstream),
                                          call->connecting, call_connected,
                                          g_rc_box_acquire (call));
}

static void
call_deadline (gpointer data)
{
  Call *call = data;

  if (call->cancelled)
    call_fail (call, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
  else if (call->connecting)
    call_fail (call,
               foreman_error_new_unreachable (
                   "cannot reach Ollama at %s: no connection within %.3g seconds; is the address "
                   "right, and no firewall between? (FOREMAN_OLLAMA_URL)",
                   call_origin_name (call),
                   foreman_upstream_get_connect_timeout (call->upstream) / 1e6));
  else
    call_fail (call, g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT,
                                  "Ollama at %s did not begin to answer within %.3g seconds "
                                  "(FOREMAN_FIRST_BYTE_TIMEOUT)",
                                  call_origin_name (call),
                                  foreman_upstream_get_first_byte_timeout (call->upstream) / 1e6));
}

static void
call_cancelled (GCancellable *cancellable, gpointer data)
{
  Call *call = data;

  /* The socket is closed at once, but the callback comes from the main loop: whoever cancels does
   * not expect to be called back before that returns. */
  call->cancelled = TRUE;
  call_stop (call);
  foreman_deadline_set (&call->deadline, g_get_monotonic_time ());
}

/* Sends @request; @task gets the response. @task: (transfer full) */
void
foreman_upstream_call_start (ForemanUpstream *upstream,
                             ForemanUpstreamRequest *request,
                             GTask *task)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  ForemanReactor *reactor = foreman_upstream_get_reactor (upstream);
  ForemanUpstreamConnection *connection;
  Call *call;

  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }

  call = g_rc_box_new0 (Call);
  call->upstream = g_object_ref (upstream);
  call->request = foreman_upstream_request_ref (request);
  call->task = task;
  foreman_deadline_init (&call->deadline, reactor, call_deadline, call);
  foreman_deadline_init (&call->check, reactor, call_check, call);
  /* Not g_cancellable_connect(): disconnecting within its callback is a deadlock. All of this
   * happens on one thread, so that nothing can slip in between. */
  if (cancellable)
    call->cancelled_id =
        g_signal_connect (cancellable, "cancelled", G_CALLBACK (call_cancelled), call);
  call->writer = foreman_upstream_writer_new (request, foreman_upstream_get_origin (upstream),
                                              call_body_readable, call);

  connection = foreman_upstream_take_idle (upstream);
  call->reused = connection != NULL;
  if (connection)
    call_begin (call, connection);
  else
    call_connect (call);
}
