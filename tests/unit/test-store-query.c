/* SPDX-License-Identifier: MIT */
#include "store-fixture.h"

#define BIT(state) (1u << FOREMAN_JOB_##state)

/* Jobs 0 to 9: even ones are of group g, of model b from 5 on, every third of another submitter,
 * and the first four are done. */
typedef struct
{
  StoreFixture store;
  char *ids[10];
} QueryFixture;

static void
set_up (QueryFixture *self, gconstpointer data)
{
  store_fixture_set_up (&self->store, data);
  for (guint i = 0; i < G_N_ELEMENTS (self->ids); i++)
    {
      ForemanSubmission *submission = store_fixture_new_submission (i < 5 ? "a" : "b");

      if (i % 2 == 0)
        submission->group = g_strdup ("g");
      if (i % 3 == 0)
        {
          g_free (submission->submitter);
          submission->submitter = g_strdup ("token:other");
          submission->labels = g_new0 (char *, 3);
          submission->labels[0] = g_strdup ("kind");
          submission->labels[1] = g_strdup (i < 5 ? "low" : "high");
        }
      self->ids[i] = store_fixture_submit (&self->store, submission);
    }
  for (guint i = 0; i < 4; i++)
    store_fixture_run (&self->store, self->ids[i]);
}

static void
tear_down (QueryFixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->ids); i++)
    g_free (self->ids[i]);
  store_fixture_tear_down (&self->store, data);
}

/* Takes the query. @expected: the numbers of the jobs, and a + if there are more. */
static void
assert_listed (QueryFixture *self, ForemanJobQuery *query, const char *expected)
{
  g_autoptr (ForemanJobQuery) taken = query;
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean has_more;

  foreman_store_list_jobs_async (self->store.store, taken, NULL, store_fixture_on_result, &pending);
  result = store_fixture_wait (&pending);
  jobs = foreman_store_list_jobs_finish (self->store.store, result, &has_more, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < jobs->len; i++)
    {
      ForemanJobRecord *job = g_ptr_array_index (jobs, i);

      for (guint number = 0; number < G_N_ELEMENTS (self->ids); number++)
        if (g_str_equal (job->id, self->ids[number]))
          g_string_append_printf (text, "%u", number);
    }
  g_string_append (text, has_more ? "+" : "");
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_pages (QueryFixture *self, gconstpointer data)
{
  ForemanJobQuery *query = foreman_job_query_new ();
  g_autoptr (GError) error = NULL;

  assert_listed (self, foreman_job_query_copy (query), "9876543210");
  query->limit = 3;
  assert_listed (self, foreman_job_query_copy (query), "987+");
  query->after = g_strdup (self->ids[2]);
  assert_listed (self, foreman_job_query_copy (query), "10");
  query->oldest_first = TRUE;
  assert_listed (self, foreman_job_query_copy (query), "345+");
  /* It goes on from a job that is gone, too. */
  foreman_job_record_unref (
      store_fixture_act (&self->store, self->ids[2], FOREMAN_JOB_PURGE, &error));
  assert_listed (self, foreman_job_query_copy (query), "345+");
  query->oldest_first = FALSE;
  assert_listed (self, query, "10");
}

static void
test_filters (QueryFixture *self, gconstpointer data)
{
  static const struct
  {
    const char *submitter;
    guint states;
    const char *model, *group, *label, *value;
    const char *expected;
  } cases[] = {
    { "token:other", 0, NULL, NULL, NULL, NULL, "9630" },
    { "local", BIT (DONE), NULL, NULL, NULL, NULL, "21" },
    { NULL, BIT (QUEUED), NULL, NULL, NULL, NULL, "987654" },
    { "local", BIT (QUEUED), "b", NULL, NULL, NULL, "875" },
    { NULL, BIT (QUEUED) | BIT (DONE), "a", NULL, NULL, NULL, "43210" },
    { NULL, BIT (FAILED) | BIT (DONE), NULL, NULL, NULL, NULL, "3210" },
    { NULL, 0, NULL, "g", NULL, NULL, "86420" },
    { "local", BIT (QUEUED), NULL, "g", NULL, NULL, "84" },
    { NULL, 0, NULL, NULL, "kind", NULL, "9630" },
    { NULL, 0, NULL, NULL, "kind", "high", "96" },
    { "local", 0, NULL, NULL, "kind", "high", "" },
    { "nobody", 0, NULL, NULL, NULL, NULL, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ForemanJobQuery *query = foreman_job_query_new ();

      query->submitter = g_strdup (cases[i].submitter);
      query->states = cases[i].states;
      query->model_key = g_strdup (cases[i].model);
      query->group = g_strdup (cases[i].group);
      query->label_name = g_strdup (cases[i].label);
      query->label_value = g_strdup (cases[i].value);
      assert_listed (self, query, cases[i].expected);
    }
}

static void
test_the_place_in_the_queue (QueryFixture *self, gconstpointer data)
{
  g_autoptr (ForemanClaim) claim = store_fixture_claim (&self->store);
  const gint64 expected[] = { [3] = -1, [4] = 0, [5] = 0, [6] = 1, [9] = 4 };
  const guint looked_at[] = { 3, 4, 5, 6, 9 };

  g_assert_nonnull (claim);
  for (guint i = 0; i < G_N_ELEMENTS (looked_at); i++)
    {
      g_autoptr (ForemanJobRecord) job = store_fixture_get (&self->store, self->ids[looked_at[i]]);

      g_assert_cmpint (job->position, ==, expected[looked_at[i]]);
    }
}

static void
test_facts_stay (QueryFixture *self, gconstpointer data)
{
  const char *values[] = { "one", "two", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      GAsyncResult *pending = NULL;
      g_autoptr (GAsyncResult) set = NULL;
      g_autoptr (GAsyncResult) got = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *value = NULL;

      foreman_store_set_fact_async (self->store.store, "pause", values[i], NULL,
                                    store_fixture_on_result, &pending);
      set = store_fixture_wait (&pending);
      g_assert_true (foreman_store_set_fact_finish (self->store.store, set, &error));
      g_clear_object (&set);
      store_fixture_drop (&self->store);
      store_fixture_open (&self->store);
      foreman_store_get_fact_async (self->store.store, "pause", NULL, store_fixture_on_result,
                                    &pending);
      got = store_fixture_wait (&pending);
      value = foreman_store_get_fact_finish (self->store.store, got, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (value, ==, values[i]);
      g_clear_object (&got);
    }
}

#define ADD(name, function)                                                                        \
  g_test_add ("/store-query/" name, QueryFixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("pages", test_pages);
  ADD ("filters", test_filters);
  ADD ("position", test_the_place_in_the_queue);
  ADD ("facts", test_facts_stay);

  return g_test_run ();
}
