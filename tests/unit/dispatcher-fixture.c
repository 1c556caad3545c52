/* SPDX-License-Identifier: MIT */
#include "dispatcher-fixture.h"

#include "engine/foreman-model-name.h"

#include <glib/gstdio.h>

#define START (G_GINT64_CONSTANT (1800000000) * SECOND)

static void
on_changed (ForemanStore *store, GPtrArray *jobs, Fixture *fixture)
{
  for (guint i = 0; i < jobs->len; i++)
    {
      const ForemanJobRecord *job = jobs->pdata[i];

      const char *before = g_hash_table_lookup (fixture->paths, job->id);

      g_hash_table_insert (fixture->paths, g_strdup (job->id),
                           g_strconcat (before != NULL ? before : "", ">",
                                        foreman_job_state_to_string (job->state), NULL));
    }
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

#define await(result) wait_until ((result) != NULL)

static void
open_store (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->folder, "foreman.db", NULL);
  const ForemanStoreLimits limits = { .inline_limit = 256 * 1024 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fixture->store = foreman_store_new (path, &limits);
  g_signal_connect (fixture->store, "changed", G_CALLBACK (on_changed), fixture);
  foreman_store_open_async (fixture->store, NULL, on_done, &result);
  await (result);
  foreman_store_open_finish (fixture->store, result, &error);
  g_assert_no_error (error);
  fixture->pause = foreman_pause_new (fixture->store, fixture->clock);
}

static void
assert_freed (gpointer data)
{
  GObject *object = data;

  turn_loop ();
  g_object_add_weak_pointer (object, &data);
  g_object_unref (object);
  wait_until (data == NULL);
}

/* Without a close it is as if the process had died. */
static void
drop_store (Fixture *fixture)
{
  g_signal_handlers_disconnect_by_data (fixture->store, fixture);
  g_clear_object (&fixture->pause);
  assert_freed (g_steal_pointer (&fixture->store));
}

static void
close_store (Fixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;

  foreman_store_close_async (fixture->store, NULL, on_done, &result);
  await (result);
  foreman_store_close_finish (fixture->store, result, NULL);
  g_clear_object (&result);
  drop_store (fixture);
}

void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  const char *capacity = data != NULL ? data : "1";
  const ForemanConfigSources sources = { 0 };
  g_autofree char *socket = NULL;
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("foreman-dispatcher-XXXXXX", NULL);
  socket = g_build_filename (fixture->folder, "ollama", NULL);
  fixture->target = job_target_new (socket);
  fixture->paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  fixture->config = foreman_config_load (&sources, &error);
  g_assert_no_error (error);
  fixture->clock = foreman_clock_new_manual (HOUR, START);
  fixture->reactor = foreman_reactor_new (NULL);
  url = job_target_dup_url (fixture->target);
  fixture->client = foreman_target_new (fixture->reactor, url, NULL, &error);
  g_assert_no_error (error);
  fixture->inventory = foreman_inventory_new (fixture->client, fixture->clock, 30 * SECOND);
  foreman_inventory_start (fixture->inventory);
  fixture->gate = foreman_gate_new (fixture->clock, capacity, 10, 10, &error);
  g_assert_no_error (error);
  open_store (fixture);
}

static void
end_dispatcher (Fixture *fixture)
{
  if (fixture->dispatcher == NULL)
    return;
  foreman_dispatcher_stop (fixture->dispatcher);
  foreman_dispatcher_preempt (fixture->dispatcher, "drained");
  wait_until (foreman_dispatcher_is_idle (fixture->dispatcher));
  g_clear_object (&fixture->dispatcher);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      g_remove (child);
    }
  g_rmdir (path);
}

void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  job_target_release (fixture->target);
  end_dispatcher (fixture);
  foreman_inventory_stop (fixture->inventory);
  close_store (fixture);
  assert_freed (fixture->inventory);
  assert_freed (fixture->gate);
  assert_freed (fixture->client);
  turn_loop ();
  job_target_free (fixture->target);
  g_clear_object (&fixture->reactor);
  g_clear_object (&fixture->config);
  assert_freed (fixture->clock);
  g_hash_table_unref (fixture->paths);
  remove_folder (fixture->folder);
  g_free (fixture->folder);
}

void
begin (Fixture *fixture)
{
  fixture->dispatcher =
      foreman_dispatcher_new (fixture->store, fixture->gate, fixture->client, fixture->inventory,
                              fixture->pause, fixture->clock, fixture->config);
  foreman_dispatcher_start (fixture->dispatcher);
}

void
restart (Fixture *fixture, gboolean is_crash)
{
  if (is_crash)
    {
      g_clear_object (&fixture->dispatcher);
      drop_store (fixture);
    }
  else
    {
      end_dispatcher (fixture);
      close_store (fixture);
    }
  open_store (fixture);
  begin (fixture);
}

ForemanSubmission *
new_submission (Fixture *fixture, const char *model)
{
  ForemanSubmission *submission = foreman_submission_new ();
  g_autoptr (ForemanModelName) name = foreman_model_name_parse (model, NULL);
  g_autofree char *request =
      g_strdup_printf ("{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
                       "\"seed\":%u}",
                       model, fixture->n_submitted++);

  submission->submitter = g_strdup ("local");
  submission->endpoint = g_strdup ("/api/chat");
  submission->model = g_strdup (model);
  submission->model_key = foreman_model_name_to_key (name);
  submission->request = g_bytes_new (request, strlen (request));
  submission->request_hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, submission->request);
  submission->max_attempts = 3;
  return submission;
}

char *
submit (Fixture *fixture, ForemanSubmission *taken)
{
  g_autoptr (ForemanSubmission) submission = taken;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (GError) error = NULL;

  foreman_store_submit_async (fixture->store, submission, foreman_clock_get_real (fixture->clock),
                              NULL, on_done, &result);
  await (result);
  job = foreman_store_submit_finish (fixture->store, result, NULL, &error);
  g_assert_no_error (error);
  return g_strdup (job->id);
}

char *
submit_chat (Fixture *fixture)
{
  return submit (fixture, new_submission (fixture, "m"));
}

ForemanJobRecord *
get_job (Fixture *fixture, const char *id)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ForemanJobRecord *job;

  foreman_store_get_job_async (fixture->store, id, NULL, TRUE, NULL, on_done, &result);
  await (result);
  job = foreman_store_get_job_finish (fixture->store, result, &error);
  g_assert_no_error (error);
  return job;
}

GPtrArray *
list_attempts (Fixture *fixture, const char *id)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *attempts;

  foreman_store_list_attempts_async (fixture->store, id, NULL, on_done, &result);
  await (result);
  attempts = foreman_store_list_attempts_finish (fixture->store, result, &error);
  g_assert_no_error (error);
  return attempts;
}

static GBytes *
read_piece (Fixture *fixture, const char *id, const char *name, gsize offset, gsize length)
{
  g_autoptr (GAsyncResult) result = NULL;

  foreman_store_read_async (fixture->store, id, name, (gint64) offset, length, NULL, on_done,
                            &result);
  await (result);
  return foreman_store_read_finish (fixture->store, result, NULL);
}

gboolean
has_artifact (Fixture *fixture, const char *id, const char *name)
{
  g_autoptr (GBytes) bytes = read_piece (fixture, id, name, 0, 1);

  return bytes != NULL && g_bytes_get_size (bytes) > 0;
}

char *
read_artifact (Fixture *fixture, const char *id, const char *name)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gsize got;

  do
    {
      g_autoptr (GBytes) bytes = read_piece (fixture, id, name, text->len, 1024 * 1024);

      if (bytes == NULL)
        return NULL;
      got = g_bytes_get_size (bytes);
      if (got > 0)
        g_string_append_len (text, g_bytes_get_data (bytes, NULL), (gssize) got);
    }
  while (got > 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
act (Fixture *fixture, const char *id, ForemanJobAction action)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ForemanJobRecord) job = NULL;
  g_autoptr (GError) error = NULL;

  foreman_store_act_async (fixture->store, id, NULL, action,
                           foreman_clock_get_real (fixture->clock), NULL, on_done, &result);
  await (result);
  job = foreman_store_act_finish (fixture->store, result, &error);
  g_assert_no_error (error);
}

void
refresh_inventory (Fixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;

  foreman_inventory_refresh_async (fixture->inventory, FOREMAN_INVENTORY_ALL, TRUE, NULL, on_done,
                                   &result);
  await (result);
  foreman_inventory_refresh_finish (fixture->inventory, result, NULL);
}

void
let_pass (Fixture *fixture, gint64 duration)
{
  while (duration > 0)
    {
      gint64 step = MIN (duration, 20 * SECOND);

      foreman_clock_advance (fixture->clock, step);
      refresh_inventory (fixture);
      duration -= step;
    }
}

void
release_until_done (Fixture *fixture, const char *id)
{
  while (!is_in (fixture, id, FOREMAN_JOB_DONE))
    {
      job_target_release (fixture->target);
      g_main_context_iteration (NULL, TRUE);
    }
}

void
turn_loop (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

gboolean
has_gone (Fixture *fixture, const char *id, const char *path)
{
  const char *whole = g_hash_table_lookup (fixture->paths, id);

  return whole != NULL && g_str_has_suffix (whole, path);
}

gboolean
is_in (Fixture *fixture, const char *id, ForemanJobState state)
{
  g_autofree char *path = g_strconcat (">", foreman_job_state_to_string (state), NULL);

  return has_gone (fixture, id, path);
}
