/* SPDX-License-Identifier: MIT */
#include "libforeman/foreman-error.h"
#include "store-fixture.h"

static GPtrArray *
list_some_events (StoreFixture *self,
                  const char *id,
                  const char *submitter,
                  gint64 after,
                  guint limit)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *events;

  foreman_store_list_events_async (self->store, id, submitter, after, limit, NULL,
                                   store_fixture_on_result, &pending);
  result = store_fixture_wait (&pending);
  events = foreman_store_list_events_finish (self->store, result, &error);
  g_assert_no_error (error);
  return events;
}

static GPtrArray *
list_events (StoreFixture *self, const char *id, const char *submitter, gint64 after)
{
  return list_some_events (self, id, submitter, after, 100);
}

static GPtrArray *
list_newest_events (StoreFixture *self, guint limit)
{
  return list_some_events (self, NULL, NULL, FOREMAN_STORE_NEWEST, limit);
}

static char *
describe (GPtrArray *events)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < events->len; i++)
    {
      ForemanJobEvent *event = g_ptr_array_index (events, i);

      g_string_append_printf (text, "%s>%s ",
                              event->previous_state < 0
                                  ? ""
                                  : foreman_job_state_to_string (event->previous_state),
                              foreman_job_state_to_string (event->state));
    }
  return g_string_free (text, FALSE);
}

static void
test_every_state_is_an_event (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  g_autofree char *other = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanClaim) claim = store_fixture_claim (self);
  g_autoptr (ForemanClaim) fresh = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GPtrArray) rest = NULL;
  g_autoptr (GPtrArray) newest = NULL;
  g_autoptr (GPtrArray) nobodys = NULL;
  g_autofree char *text = NULL;
  g_autofree char *tail = NULL;
  g_autofree char *last = NULL;

  store_fixture_begin (self, claim, FOREMAN_JOB_LOADING);
  store_fixture_end (self, claim, FOREMAN_JOB_QUEUED);
  fresh = store_fixture_claim (self);
  store_fixture_begin (self, fresh, FOREMAN_JOB_WORKING);
  store_fixture_end (self, fresh, FOREMAN_JOB_DONE);
  events = list_events (self, id, "local", 0);
  text = describe (events);
  g_assert_cmpstr (text, ==, ">queued queued>loading loading>queued queued>working working>done ");
  rest =
      list_events (self, NULL, NULL, ((ForemanJobEvent *) g_ptr_array_index (events, 2))->sequence);
  tail = describe (rest);
  g_assert_cmpstr (tail, ==, "queued>working working>done ");
  newest = list_newest_events (self, 2);
  last = describe (newest);
  g_assert_cmpstr (last, ==, "queued>working working>done ");
  nobodys = list_events (self, NULL, "token:other", 0);
  g_assert_cmpuint (nobodys->len, ==, 0);
}

static void
test_changed_tells_what_was_committed (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  const ForemanJobState expected[] = { FOREMAN_JOB_QUEUED, FOREMAN_JOB_WORKING, FOREMAN_JOB_DONE };

  store_fixture_run (self, id);
  g_assert_cmpuint (self->changed->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      ForemanJobRecord *job = g_ptr_array_index (self->changed, i);

      g_assert_cmpstr (job->id, ==, id);
      g_assert_cmpint (job->state, ==, expected[i]);
    }
}

static void
test_attempts_are_on_record (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = store_fixture_submit_model (self, "llama");
  g_autoptr (ForemanClaim) claim = store_fixture_claim (self);
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) attempts = NULL;
  g_autoptr (GError) error = NULL;
  ForemanJobAttempt *attempt;

  store_fixture_begin (self, claim, FOREMAN_JOB_WORKING);
  self->now += MINUTE;
  store_fixture_end (self, claim, FOREMAN_JOB_FAILED);
  foreman_job_record_unref (store_fixture_act (self, id, FOREMAN_JOB_RETRY, &error));
  store_fixture_run (self, id);
  foreman_store_list_attempts_async (self->store, id, NULL, store_fixture_on_result, &pending);
  result = store_fixture_wait (&pending);
  attempts = foreman_store_list_attempts_finish (self->store, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (attempts->len, ==, 2);
  attempt = g_ptr_array_index (attempts, 0);
  g_assert_cmpstr (attempt->outcome, ==, "failed");
  g_assert_cmpstr (attempt->error, ==, "no");
  g_assert_cmpint (attempt->ended_at - attempt->started_at, ==, MINUTE);
  attempt = g_ptr_array_index (attempts, 1);
  g_assert_cmpint (attempt->number, ==, 2);
  g_assert_cmpstr (attempt->outcome, ==, "done");
}

/* Webhooks */

static char *
submit_hooked (StoreFixture *self, guint events)
{
  ForemanSubmission *submission = store_fixture_new_submission ("llama");

  submission->webhook_url = g_strdup ("http://hook.test/");
  submission->webhook_events = events;
  return store_fixture_submit (self, submission);
}

static GPtrArray *
list_deliveries (StoreFixture *self, gint64 *next)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *deliveries;

  foreman_store_list_deliveries_async (self->store, self->now, 100, NULL, store_fixture_on_result,
                                       &pending);
  result = store_fixture_wait (&pending);
  deliveries = foreman_store_list_deliveries_finish (self->store, result, next, &error);
  g_assert_no_error (error);
  return deliveries;
}

static void
end_delivery (StoreFixture *self, gint64 sequence, ForemanDeliveryEnd how, int status)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  foreman_store_end_delivery_async (self->store, sequence, how, status, self->now + MINUTE, NULL,
                                    store_fixture_on_result, &pending);
  result = store_fixture_wait (&pending);
  foreman_store_end_delivery_finish (self->store, result, &error);
  g_assert_no_error (error);
}

/* The one delivery that is due must be of that state; it is ended so. */
static void
deliver (StoreFixture *self, ForemanJobState state, ForemanDeliveryEnd how, int status)
{
  g_autoptr (GPtrArray) due = list_deliveries (self, NULL);
  ForemanDelivery *delivery;

  g_assert_cmpuint (due->len, ==, 1);
  delivery = g_ptr_array_index (due, 0);
  g_assert_cmpint (delivery->event->state, ==, state);
  g_assert_nonnull (delivery->job);
  g_assert_cmpstr (delivery->job->id, ==, delivery->event->job_id);
  end_delivery (self, delivery->event->sequence, how, status);
}

static void
test_webhooks_are_told_in_order (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = submit_hooked (self, 0);
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (ForemanJobRecord) redelivered = NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GError) error = NULL;
  gint64 next;

  store_fixture_run (self, id);
  deliver (self, FOREMAN_JOB_QUEUED, FOREMAN_DELIVERY_DONE, 200);
  deliver (self, FOREMAN_JOB_WORKING, FOREMAN_DELIVERY_LATER, 503);
  none = list_deliveries (self, &next);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpint (next, ==, self->now + MINUTE);
  job = store_fixture_get (self, id);
  g_assert_cmpint (job->webhook_pending, ==, 2);
  g_assert_cmpint (job->webhook_last_status, ==, 503);

  store_fixture_drop (self);
  store_fixture_open (self);
  self->now += MINUTE;
  deliver (self, FOREMAN_JOB_WORKING, FOREMAN_DELIVERY_DROPPED, -1);
  deliver (self, FOREMAN_JOB_DONE, FOREMAN_DELIVERY_DONE, 204);
  redelivered = store_fixture_act (self, id, FOREMAN_JOB_REDELIVER, &error);
  g_assert_no_error (error);
  g_assert_cmpint (redelivered->webhook_pending, ==, 3);
  deliver (self, FOREMAN_JOB_QUEUED, FOREMAN_DELIVERY_DONE, 200);
  deliver (self, FOREMAN_JOB_WORKING, FOREMAN_DELIVERY_DONE, 200);
  deliver (self, FOREMAN_JOB_DONE, FOREMAN_DELIVERY_DONE, 200);
}

static void
test_only_the_states_asked_for_are_told (StoreFixture *self, gconstpointer data)
{
  g_autofree char *id = submit_hooked (self, 1u << FOREMAN_JOB_DONE);

  store_fixture_run (self, id);
  deliver (self, FOREMAN_JOB_DONE, FOREMAN_DELIVERY_DONE, 200);
}

/* Groups */

static void
test_groups_are_summed_up (StoreFixture *self, gconstpointer data)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) groups = NULL;
  g_autoptr (GError) error = NULL;
  ForemanGroupSummary *night;
  gint64 *failed;

  for (guint i = 0; i < 6; i++)
    {
      ForemanSubmission *submission = store_fixture_new_submission ("llama");
      g_autofree char *id = NULL;

      submission->group = g_strdup (i < 5 ? "night" : "another");
      id = store_fixture_submit (self, submission);
    }
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (ForemanClaim) claim = store_fixture_claim (self);
      ForemanAttemptEnd *end =
          store_fixture_new_end (claim, i < 2 ? FOREMAN_JOB_DONE : FOREMAN_JOB_FAILED);
      g_autoptr (ForemanJobRecord) job = NULL;

      end->completion_tokens = 10;
      end->run_time = MINUTE;
      store_fixture_begin (self, claim, FOREMAN_JOB_WORKING);
      job = store_fixture_try_end (self, end, &error);
      g_assert_no_error (error);
    }
  foreman_store_list_groups_async (self->store, "local", NULL, NULL, store_fixture_on_result,
                                   &pending);
  result = store_fixture_wait (&pending);
  groups = foreman_store_list_groups_finish (self->store, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (groups->len, ==, 2);
  night = g_ptr_array_index (groups, 1);
  g_assert_cmpstr (night->group, ==, "night");
  g_assert_cmpint (night->counts[FOREMAN_JOB_DONE], ==, 2);
  g_assert_cmpint (night->counts[FOREMAN_JOB_QUEUED], ==, 2);
  g_assert_cmpint (night->completion_tokens, ==, 30);
  g_assert_cmpint (night->run_time, ==, 2 * MINUTE);
  failed = g_hash_table_lookup (night->errors, "target_error");
  g_assert_nonnull (failed);
  g_assert_cmpint (*failed, ==, 1);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/store-history/" name, StoreFixture, NULL, store_fixture_set_up, function,          \
              store_fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("events", test_every_state_is_an_event);
  ADD ("changed", test_changed_tells_what_was_committed);
  ADD ("attempts", test_attempts_are_on_record);
  ADD ("webhooks", test_webhooks_are_told_in_order);
  ADD ("webhook-events", test_only_the_states_asked_for_are_told);
  ADD ("groups", test_groups_are_summed_up);

  return g_test_run ();
}
