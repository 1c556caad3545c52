/* SPDX-License-Identifier: MIT */
#include "engine/foreman-embedder.h"
#include "fake-ollama.h"
#include "libforeman/foreman-error.h"

#define INTERVAL (30 * G_USEC_PER_SEC)

typedef struct
{
  FakeOllama ollama;
  ForemanReactor *reactor;
  ForemanTarget *target;
  ForemanClock *clock;
  ForemanInventory *inventory;
  ForemanEmbedder *embedder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ForemanModelName) model = foreman_model_name_parse ("nomic-embed-text", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;

  fake_ollama_start (&fixture->ollama);
  url = fake_ollama_get_url (&fixture->ollama);
  fixture->reactor = foreman_reactor_new (NULL);
  fixture->target = foreman_target_new (fixture->reactor, url, NULL, &error);
  g_assert_no_error (error);
  fixture->clock = foreman_clock_new_manual (INTERVAL, INTERVAL);
  fixture->inventory = foreman_inventory_new (fixture->target, fixture->clock, INTERVAL);
  fixture->embedder = foreman_embedder_new (fixture->target, fixture->inventory, model);
  foreman_inventory_start (fixture->inventory);
  foreman_embedder_start (fixture->embedder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gpointer embedder = fixture->embedder;

  foreman_embedder_stop (fixture->embedder);
  foreman_inventory_stop (fixture->inventory);
  g_object_add_weak_pointer (embedder, &embedder);
  g_object_unref (fixture->embedder);
  wait_until (embedder == NULL);
  g_clear_object (&fixture->inventory);
  fake_ollama_clear (&fixture->ollama);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&fixture->target);
  g_clear_object (&fixture->reactor);
  g_clear_object (&fixture->clock);
}

static void
on_told (GObject *source, GAsyncResult *result, gpointer data)
{
  *(gboolean *) data = TRUE;
}

static void
poll_again (Fixture *fixture)
{
  gboolean told = FALSE;

  foreman_inventory_refresh_async (fixture->inventory, FOREMAN_INVENTORY_ALL, TRUE, NULL, on_told,
                                   &told);
  wait_until (told);
}

static void
degrade (Fixture *fixture)
{
  g_autoptr (GError) error = foreman_error_new_unreachable ("cannot reach Ollama");

  g_signal_emit_by_name (fixture->target, "unreachable", error);
}

/* One more call, behind all that is on its way. */
static void
call_target (Fixture *fixture)
{
  gboolean told = FALSE;

  foreman_target_fetch_async (fixture->target, "/api/version", NULL, on_told, &told);
  wait_until (told);
}

static void
install (Fixture *fixture)
{
  fake_ollama_set_tags (&fixture->ollama, "Nomic-Embed-Text:latest");
}

static void
test_warms_at_start (Fixture *fixture, gconstpointer data)
{
  install (fixture);
  wait_until (fixture->ollama.n_embed == 1);
  g_assert_nonnull (strstr (fixture->ollama.last_embed, "\"nomic-embed-text:latest\""));
  g_assert_nonnull (strstr (fixture->ollama.last_embed, "\"keep_alive\":-1"));
  poll_again (fixture);
  fake_ollama_set_ps (&fixture->ollama, "nomic-embed-text:latest");
  poll_again (fixture);
  call_target (fixture);
  g_assert_cmpuint (fixture->ollama.n_embed, ==, 1);
}

static void
test_waits_until_it_is_installed (Fixture *fixture, gconstpointer data)
{
  poll_again (fixture);
  degrade (fixture);
  poll_again (fixture);
  call_target (fixture);
  g_assert_cmpuint (fixture->ollama.n_embed, ==, 0);
  install (fixture);
  poll_again (fixture);
  wait_until (fixture->ollama.n_embed == 1);
  fake_ollama_set_tags (&fixture->ollama, "other");
  poll_again (fixture);
  install (fixture);
  poll_again (fixture);
  wait_until (fixture->ollama.n_embed == 2);
}

static void
test_warms_after_each_recovery (Fixture *fixture, gconstpointer data)
{
  install (fixture);
  for (guint i = 1; i < 4; i++)
    {
      wait_until (fixture->ollama.n_embed == i);
      call_target (fixture);
      degrade (fixture);
      call_target (fixture);
      g_assert_false (foreman_inventory_is_degraded (fixture->inventory));
    }
  wait_until (fixture->ollama.n_embed == 4);
}

static void
test_warms_a_target_that_comes_up_late (Fixture *fixture, gconstpointer data)
{
  fake_ollama_stop (&fixture->ollama);
  wait_until (foreman_inventory_is_degraded (fixture->inventory));
  install (fixture);
  fake_ollama_start (&fixture->ollama);
  poll_again (fixture);
  wait_until (fixture->ollama.n_embed == 1);
  call_target (fixture);
  g_assert_cmpuint (fixture->ollama.n_embed, ==, 1);
}

static void
test_failure_waits_for_the_next_recovery (Fixture *fixture, gconstpointer data)
{
  install (fixture);
  fixture->ollama.embed_status = 500;
  wait_until (fixture->ollama.n_embed == 1);
  for (guint i = 0; i < 5; i++)
    {
      fake_ollama_set_ps (&fixture->ollama, i % 2 ? "a" : "b");
      poll_again (fixture);
      call_target (fixture);
    }
  g_assert_cmpuint (fixture->ollama.n_embed, ==, 1);
  fixture->ollama.embed_status = 200;
  degrade (fixture);
  call_target (fixture);
  wait_until (fixture->ollama.n_embed == 2);
}

static void
test_load_under_way_is_held (Fixture *fixture, gconstpointer data)
{
  install (fixture);
  fixture->ollama.hold_embed = TRUE;
  wait_until (fixture->ollama.n_embed == 1);
  for (guint i = 0; i < 3; i++)
    {
      degrade (fixture);
      call_target (fixture);
    }
  g_assert_cmpuint (fixture->ollama.n_embed, ==, 1);
  g_assert_cmpuint (fixture->ollama.held->len, ==, 1);

  /* It was begun before the target recovered and failed: once more, but not for ever. */
  fixture->ollama.embed_status = 500;
  fake_ollama_answer_held (&fixture->ollama);
  wait_until (fixture->ollama.n_embed == 2);
  fake_ollama_answer_held (&fixture->ollama);
  call_target (fixture);
  call_target (fixture);
  g_assert_cmpuint (fixture->ollama.n_embed, ==, 2);
}

static void
test_stop_gives_the_load_up (Fixture *fixture, gconstpointer data)
{
  install (fixture);
  fixture->ollama.hold_embed = TRUE;
  wait_until (fixture->ollama.n_embed == 1);
  foreman_embedder_stop (fixture->embedder); /* that it hangs up shows when it can be freed */
  degrade (fixture);
  call_target (fixture);
  poll_again (fixture);
  g_assert_cmpuint (fixture->ollama.n_embed, ==, 1);
}

#define ADD(path, func) g_test_add ("/embedder/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("start", test_warms_at_start);
  ADD ("installed", test_waits_until_it_is_installed);
  ADD ("recovery", test_warms_after_each_recovery);
  ADD ("late", test_warms_a_target_that_comes_up_late);
  ADD ("failure", test_failure_waits_for_the_next_recovery);
  ADD ("held", test_load_under_way_is_held);
  ADD ("stop", test_stop_gives_the_load_up);
  return g_test_run ();
}
