/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-webhook-post.h"

#include "libforeman/foreman-error.h"

#include <string.h>

#include "config-fixture.h"
#include "fake-resolver.h"
#include "raw-server.h"

#define BODY   "{\"job_id\":\"01JZZZZZZZZZZZZZZZZZZZZZZZ\"}"
#define SECOND G_USEC_PER_SEC

/* echo -n BODY | openssl dgst -sha256 -hmac hush */
#define SIGNATURE "1efc9e91101ad04e174f7e5ac49ff8c4bb40c6379e9c57ae948ede83663cfcaa"

/* What a receiver saw last, and what it says. */
typedef struct
{
  const char *answer; /* (nullable) */
  gboolean hangs;     /* after that */
  char *head;         /* (owned) */
  char body[256];
  int n_received; /* atomic */
  int n_ended;    /* atomic */
} Receiver;

static void
receive (int fd, guint nth, gpointer data)
{
  Receiver *receiver = data;

  g_free (receiver->head);
  receiver->head = raw_read_head (fd);
  memset (receiver->body, 0, sizeof receiver->body);
  raw_read (fd, receiver->body, strlen (BODY));
  g_atomic_int_inc (&receiver->n_received);
  g_main_context_wakeup (NULL);
  if (receiver->answer != NULL)
    raw_say (fd, receiver->answer);
  if (receiver->hangs)
    raw_wait_for_end (fd);
  g_atomic_int_inc (&receiver->n_ended);
  g_main_context_wakeup (NULL);
}

typedef struct
{
  ForemanClock *clock;
  GCancellable *cancellable;
  Receiver receiver;
  RawServer *server;
  guint port;
  gboolean is_done;
  guint status;
  GError *error;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->clock = foreman_clock_new_manual (0, 0);
  f->cancellable = g_cancellable_new ();
  f->receiver.answer = "HTTP/1.1 204 No Content\r\n\r\n";
  f->server = raw_server_start (receive, &f->receiver);
  f->port = raw_server_get_port (f->server);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  if (f->server != NULL)
    raw_server_stop (f->server);
  g_assert_cmpint (foreman_clock_get_next_deadline (f->clock), ==, -1);
  g_object_unref (f->clock);
  g_object_unref (f->cancellable);
  g_clear_error (&f->error);
  g_free (f->receiver.head);
}

static void
on_posted (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  f->status = foreman_webhook_post_finish (result, &f->error);
  f->is_done = TRUE;
}

static void
begin_post (Fixture *f, const char *host, const char *setting, gboolean is_trusted)
{
  g_autoptr (ForemanConfig) config = make_config (setting);
  g_autofree char *url = g_strdup_printf ("http://%s:%u/hook?a=%%20b", host, f->port);
  const ForemanWebhookPost post = {
    .url = url, .body = BODY, .event_id = 42, .is_trusted = is_trusted
  };

  f->is_done = FALSE;
  g_clear_error (&f->error);
  foreman_webhook_post_async (&post, config, f->clock, f->cancellable, on_posted, f);
}

static void
finish_post (Fixture *f)
{
  while (!f->is_done)
    g_main_context_iteration (NULL, TRUE);
}

static void
post (Fixture *f, const char *host, const char *setting, gboolean is_trusted)
{
  begin_post (f, host, setting, is_trusted);
  finish_post (f);
}

static gboolean
has_line (const char *head, const char *line)
{
  g_autofree char *whole = g_strdup_printf ("\r\n%s\r\n", line);

  return strstr (head, whole) != NULL;
}

static guint
count_connections (Fixture *f)
{
  return raw_server_stop (g_steal_pointer (&f->server));
}

static void
test_what_is_sent (Fixture *f, gconstpointer data)
{
  g_autofree char *host = g_strdup_printf ("Host: 127.0.0.1:%u", f->port);

  post (f, "127.0.0.1", NULL, TRUE);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->status, ==, 204);
  g_assert_true (g_str_has_prefix (f->receiver.head, "POST /hook?a=%20b HTTP/1.1\r\n"));
  g_assert_true (has_line (f->receiver.head, host));
  g_assert_true (has_line (f->receiver.head, "Content-Type: application/json"));
  g_assert_true (has_line (f->receiver.head, "X-Foreman-Event-Id: 42"));
  g_assert_nonnull (strstr (f->receiver.head, "\r\nUser-Agent: foreman/"));
  g_assert_null (strstr (f->receiver.head, "X-Foreman-Signature"));
  g_assert_cmpstr (f->receiver.body, ==, BODY);
}

static void
test_signature (Fixture *f, gconstpointer data)
{
  post (f, "127.0.0.1", "WEBHOOK_SECRET=hush", TRUE);
  g_assert_no_error (f->error);
  g_assert_true (has_line (f->receiver.head, "X-Foreman-Signature: sha256=" SIGNATURE));
  g_assert_null (strstr (f->receiver.head, "hush"));
}

static void
test_redirect_is_an_answer (Fixture *f, gconstpointer data)
{
  g_autofree char *answer =
      g_strdup_printf ("HTTP/1.1 303 See Other\r\nLocation: http://127.0.0.1:%u/\r\n"
                       "Content-Length: 0\r\n\r\n",
                       f->port);

  f->receiver.answer = answer;
  post (f, "127.0.0.1", NULL, TRUE);
  g_assert_cmpuint (f->status, ==, 303);
  g_assert_cmpuint (count_connections (f), ==, 1);
}

static void
test_address_that_is_not_allowed (Fixture *f, gconstpointer data)
{
  post (f, "127.0.0.1", NULL, FALSE);
  g_assert_error (f->error, FOREMAN_ERROR, FOREMAN_ERROR_FORBIDDEN);
  g_assert_cmpuint (f->status, ==, 0);
  g_assert_cmpuint (count_connections (f), ==, 0);
}

/* What a name stands for is looked at each time, where it is connected to. */
static void
test_name_that_changes_its_address (Fixture *f, gconstpointer data)
{
  g_autoptr (FakeResolver) resolver = fake_resolver_install ();

  fake_resolver_add (resolver, "hook.test", "127.0.0.1");
  post (f, "hook.test", "WEBHOOK_ALLOW=127.0.0.1", FALSE);
  g_assert_no_error (f->error);
  g_assert_nonnull (strstr (f->receiver.head, "\r\nHost: hook.test:"));

  fake_resolver_add (resolver, "hook.test", "169.254.169.254");
  post (f, "hook.test", "WEBHOOK_ALLOW=0.0.0.0/0", TRUE);
  g_assert_error (f->error, FOREMAN_ERROR, FOREMAN_ERROR_FORBIDDEN);

  fake_resolver_add (resolver, "hook.test", "127.0.0.1");
  post (f, "hook.test", NULL, FALSE);
  g_assert_error (f->error, FOREMAN_ERROR, FOREMAN_ERROR_FORBIDDEN);
  g_assert_cmpuint (count_connections (f), ==, 1);
}

/* Of several addresses only those are tried that are allowed. */
static void
test_name_with_several_addresses (Fixture *f, gconstpointer data)
{
  g_autoptr (FakeResolver) resolver = fake_resolver_install ();

  fake_resolver_add (resolver, "hook.test", "169.254.169.254 127.0.0.1");
  post (f, "hook.test", NULL, TRUE);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->status, ==, 204);
}

static void
test_nobody_listens (Fixture *f, gconstpointer data)
{
  count_connections (f);
  post (f, "127.0.0.1", NULL, TRUE);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static void
run_what_is_ready (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
wait_until_received (Fixture *f)
{
  while (g_atomic_int_get (&f->receiver.n_received) == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_until_left (Fixture *f)
{
  while (g_atomic_int_get (&f->receiver.n_ended) == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_receiver_that_hangs (Fixture *f, gconstpointer data)
{
  f->receiver.answer = NULL;
  f->receiver.hangs = TRUE;
  begin_post (f, "127.0.0.1", NULL, TRUE);
  wait_until_received (f);
  foreman_clock_advance (f->clock, 30 * SECOND - 1);
  run_what_is_ready ();
  g_assert_false (f->is_done);
  foreman_clock_advance (f->clock, 1);
  finish_post (f);
  g_assert_error (f->error, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT);
  wait_until_left (f);
}

/* The status is what counts, and no more of the rest is read than a receiver may need. */
static void
test_answer_without_end (Fixture *f, gconstpointer data)
{
  g_autofree char *much = g_strnfill (8192, 'x');
  g_autofree char *answer =
      g_strconcat ("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", much, NULL);

  f->receiver.answer = answer;
  f->receiver.hangs = TRUE;
  post (f, "127.0.0.1", NULL, TRUE);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->status, ==, 200);
  wait_until_left (f);
}

static void
test_garbage (Fixture *f, gconstpointer data)
{
  f->receiver.answer = "SSH-2.0-OpenSSH_9.2\r\n\r\n";
  post (f, "127.0.0.1", NULL, TRUE);
  g_assert_nonnull (f->error);
  g_assert_cmpuint (f->status, ==, 0);
}

static void
test_cancelled (Fixture *f, gconstpointer data)
{
  f->receiver.answer = NULL;
  f->receiver.hangs = TRUE;
  begin_post (f, "127.0.0.1", NULL, TRUE);
  wait_until_received (f);
  g_cancellable_cancel (f->cancellable);
  finish_post (f);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  wait_until_left (f);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/webhook-post/sent", test_what_is_sent },
    { "/webhook-post/signature", test_signature },
    { "/webhook-post/redirect", test_redirect_is_an_answer },
    { "/webhook-post/address/refused", test_address_that_is_not_allowed },
    { "/webhook-post/address/changes", test_name_that_changes_its_address },
    { "/webhook-post/address/several", test_name_with_several_addresses },
    { "/webhook-post/down", test_nobody_listens },
    { "/webhook-post/hangs", test_receiver_that_hangs },
    { "/webhook-post/endless", test_answer_without_end },
    { "/webhook-post/garbage", test_garbage },
    { "/webhook-post/cancelled", test_cancelled },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, setup, tests[i].func, teardown);
  return g_test_run ();
}
