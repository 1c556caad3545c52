/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-webhook-post.h"

#include "foreman-version.h"
#include "jobs/foreman-webhook-address.h"
#include "libforeman/foreman-error.h"

#include <libsoup/soup.h>
#include <string.h>

/* From the beginning to the end of the answer, with the name's resolution. */
#define DEADLINE (30 * (gint64) G_USEC_PER_SEC)

/* As much of an answer is read, for the receiver's sake: it may not like to be cut off. */
#define MAX_ANSWER 4096

typedef struct
{
  ForemanClock *clock;  /* (owned) */
  SoupSession *session; /* (owned): of this request alone, since it is bound to an address */
  SoupMessage *message; /* (owned) */
  GInputStream *answer; /* (owned) (nullable) */
  GCancellable *ending; /* (owned): cancelled at the deadline, or with the caller's */
  gulong cancelled_id;  /* of the caller's cancellable */
  guint timer;
  gboolean is_late;
  char buffer[MAX_ANSWER];
} Post;

static void
post_free (Post *post)
{
  foreman_clock_clear_timer (post->clock, &post->timer);
  g_cancellable_cancel (post->ending);
  if (post->answer != NULL)
    g_input_stream_close (post->answer, post->ending, NULL);
  g_clear_object (&post->answer);
  soup_session_abort (post->session);
  g_object_unref (post->message);
  g_object_unref (post->session);
  g_object_unref (post->ending);
  g_object_unref (post->clock);
  g_free (post);
}

static void
on_deadline (gpointer data)
{
  Post *post = data;

  post->timer = 0;
  post->is_late = TRUE;
  g_cancellable_cancel (post->ending);
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  g_cancellable_cancel (data);
}

static void
post_end (GTask *task, GError *error)
{
  Post *post = g_task_get_task_data (task);

  g_cancellable_disconnect (g_task_get_cancellable (task), post->cancelled_id);
  if (error == NULL)
    g_task_return_int (task, soup_message_get_status (post->message));
  else if (post->is_late)
    g_task_return_new_error (task, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT,
                             "the receiver did not answer in time");
  else
    g_task_return_error (task, g_error_copy (error));
}

/* The status has come; how the rest goes does not matter. */
static void
on_answer_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, NULL, NULL);
  post_end (task, NULL);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Post *post = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  post->answer = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (post->answer == NULL)
    post_end (task, error);
  else
    g_input_stream_read_all_async (post->answer, post->buffer, sizeof post->buffer,
                                   G_PRIORITY_DEFAULT, post->ending, on_answer_read,
                                   g_object_ref (task));
}

static SoupSession *
make_session (GUri *uri, ForemanWebhookPolicy *policy)
{
  g_autoptr (ForemanWebhookAddress) address =
      foreman_webhook_address_new (g_uri_get_host (uri), (guint16) g_uri_get_port (uri), policy);
  SoupSession *session =
      soup_session_new_with_options ("remote-connectable", address, "proxy-resolver", NULL,
                                     "timeout", 0, "user-agent", "foreman/" FOREMAN_VERSION, NULL);

  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  return session;
}

static SoupMessage *
make_message (GUri *uri, const ForemanWebhookPost *what, const char *secret)
{
  SoupMessage *message = soup_message_new_from_uri (SOUP_METHOD_POST, uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autoptr (GBytes) body = g_bytes_new (what->body, strlen (what->body));
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, what->event_id);

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  soup_message_set_request_body_from_bytes (message, "application/json", body);
  soup_message_headers_replace (headers, "X-Foreman-Event-Id", id);
  if (secret != NULL && *secret != '\0')
    {
      g_autofree char *hmac = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) secret,
                                                         strlen (secret), what->body, -1);
      g_autofree char *signature = g_strconcat ("sha256=", hmac, NULL);

      soup_message_headers_replace (headers, "X-Foreman-Signature", signature);
    }
  return message;
}

/**
 * foreman_webhook_post_async:
 * @post: what is to be sent
 * @config: the settings: `FOREMAN_WEBHOOK_ALLOW`, `FOREMAN_WEBHOOK_SECRET`
 * @clock: the time
 * @cancellable: (nullable): to cancel it
 * @callback: called when it is done
 * @data: for @callback
 *
 * Sends one webhook, signed if there is a secret, to an address that is allowed. Redirects are
 * answers, proxies are not asked, no connection is used twice. It takes 30 s at most. Main thread.
 */
void
foreman_webhook_post_async (const ForemanWebhookPost *post,
                            ForemanConfig *config,
                            ForemanClock *clock,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr (GUri) uri = g_uri_parse (post->url, SOUP_HTTP_URI_FLAGS, NULL);
  const char *secret = foreman_config_get_string (config, FOREMAN_CONFIG_WEBHOOK_SECRET);
  Post *self;

  g_task_set_source_tag (task, foreman_webhook_post_async);
  g_task_set_check_cancellable (task, FALSE);
  if (uri == NULL || g_uri_get_host (uri) == NULL)
    {
      g_task_return_new_error (task, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                               "the webhook's URL cannot be used");
      g_object_unref (task);
      return;
    }

  self = g_new0 (Post, 1);
  self->clock = g_object_ref (clock);
  self->session = make_session (uri, foreman_webhook_policy_new (config, post->is_trusted));
  self->message = make_message (uri, post, secret);
  self->ending = g_cancellable_new ();
  g_task_set_task_data (task, self, (GDestroyNotify) post_free);
  self->timer = foreman_clock_add_timer (clock, foreman_clock_get_monotonic (clock) + DEADLINE,
                                         on_deadline, self, NULL);
  if (cancellable != NULL)
    self->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
                                                g_object_ref (self->ending), g_object_unref);
  soup_session_send_async (self->session, self->message, G_PRIORITY_DEFAULT, self->ending,
                           on_answered, task);
}

/**
 * foreman_webhook_post_finish:
 * @result: what the callback was given
 * @error: return location for an error: %FOREMAN_ERROR_FORBIDDEN if no address was allowed,
 * %FOREMAN_ERROR_TIMEOUT, or another of those a connection fails with
 *
 * Returns: the status that it was answered with; 0 with @error if it was not
 */
guint
foreman_webhook_post_finish (GAsyncResult *result, GError **error)
{
  gssize status;

  g_return_val_if_fail (g_task_is_valid (result, NULL), 0);

  status = g_task_propagate_int (G_TASK (result), error);
  return status > 0 ? (guint) status : 0;
}
