/* SPDX-License-Identifier: MIT */
#include "inventory-fixture.h"

#include "libforeman/foreman-error.h"

static void
count (guint *number)
{
  (*number)++;
}

void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;

  fake_ollama_start (&fixture->ollama);
  url = fake_ollama_get_url (&fixture->ollama);
  fixture->reactor = foreman_reactor_new (NULL);
  fixture->target = foreman_target_new (fixture->reactor, url, NULL, &error);
  g_assert_no_error (error);
  fixture->clock = foreman_clock_new_manual (START, START);
  fixture->inventory = foreman_inventory_new (fixture->target, fixture->clock, INTERVAL);
  g_signal_connect_swapped (fixture->inventory, "changed", G_CALLBACK (count), &fixture->changed);
  g_signal_connect_swapped (fixture->inventory, "degraded-changed", G_CALLBACK (count),
                            &fixture->degraded_changed);
}

void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  gpointer inventory = fixture->inventory;

  foreman_inventory_stop (fixture->inventory);
  g_assert_cmpint (foreman_clock_get_next_deadline (fixture->clock), ==, -1);
  g_object_add_weak_pointer (inventory, &inventory);
  g_object_unref (fixture->inventory);
  wait_until (inventory == NULL);
  fake_ollama_clear (&fixture->ollama);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&fixture->target);
  g_clear_object (&fixture->reactor);
  g_clear_object (&fixture->clock);
}

gint64
next_poll_in (Fixture *fixture)
{
  return foreman_clock_get_next_deadline (fixture->clock) -
         foreman_clock_get_monotonic (fixture->clock);
}

void
start (Fixture *fixture)
{
  foreman_inventory_start (fixture->inventory);
  wait_until (foreman_inventory_get_last_poll (fixture->inventory) != 0);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  Caller *caller = data;
  g_autoptr (GBytes) body = NULL;

  caller->told++;
  body = foreman_target_fetch_finish (FOREMAN_TARGET (source), result, &caller->error);
}

/* One call of somebody else's, there and back: what was on its way before has arrived then. */
void
call_target (Fixture *fixture)
{
  Caller caller = { 0 };

  foreman_target_fetch_async (fixture->target, "/api/version", NULL, on_fetched, &caller);
  wait_until (caller.told);
  g_assert_no_error (caller.error);
}

void
on_refreshed (GObject *source, GAsyncResult *result, gpointer data)
{
  Caller *caller = data;

  caller->told++;
  foreman_inventory_refresh_finish (FOREMAN_INVENTORY (source), result, &caller->error);
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  Caller *caller = data;

  caller->told++;
  foreman_inventory_settle_finish (FOREMAN_INVENTORY (source), result, &caller->error);
}

void
refresh (Fixture *fixture, ForemanInventoryLists lists, gboolean fresh, Caller *caller)
{
  foreman_inventory_refresh_async (fixture->inventory, lists, fresh, NULL, on_refreshed, caller);
}

void
settle (Fixture *fixture, ForemanInventoryLists lists, Caller *caller)
{
  foreman_inventory_settle_async (fixture->inventory, lists, NULL, on_settled, caller);
}

void
assert_told (Caller *caller)
{
  wait_until (caller->told);
  g_assert_no_error (caller->error);
  g_assert_cmpuint (caller->told, ==, 1);
}

/* Waits for the end of the poll that is under way, or of a new one. */
void
finish_poll (Fixture *fixture)
{
  Caller caller = { 0 };

  refresh (fixture, FOREMAN_INVENTORY_RESIDENT, FALSE, &caller);
  wait_until (caller.told);
  g_clear_error (&caller.error);
}

void
turn_loop (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

gboolean
bytes_are (GBytes *bytes, const char *text)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  return length == strlen (text) && memcmp (data, text, length) == 0;
}

ForemanInventoryMatch
find (Fixture *fixture, const char *text)
{
  g_autoptr (ForemanModelName) name = foreman_model_name_parse (text, NULL);

  return foreman_inventory_find (fixture->inventory, name);
}

gboolean
is_resident (Fixture *fixture, const char *text)
{
  g_autoptr (ForemanModelName) name = foreman_model_name_parse (text, NULL);

  return foreman_inventory_is_resident (fixture->inventory, name);
}

void
tell_unreachable (Fixture *fixture)
{
  g_autoptr (GError) error = foreman_error_new_unreachable ("cannot reach Ollama");

  g_signal_emit_by_name (fixture->target, "unreachable", error);
}
