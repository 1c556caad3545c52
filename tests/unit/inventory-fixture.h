/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-inventory.h"
#include "fake-ollama.h"

G_BEGIN_DECLS

#define SECOND   G_USEC_PER_SEC
#define INTERVAL (30 * SECOND)
#define START    (G_GINT64_CONSTANT (1000000) * SECOND)

typedef struct
{
  FakeOllama ollama;
  ForemanReactor *reactor;
  ForemanTarget *target;
  ForemanClock *clock;
  ForemanInventory *inventory;
  guint changed;
  guint degraded_changed;
} Fixture;

typedef struct
{
  guint told;
  GError *error;
} Caller;
void fixture_set_up (Fixture *fixture, gconstpointer data);
void fixture_tear_down (Fixture *fixture, gconstpointer data);
gint64 next_poll_in (Fixture *fixture);
void start (Fixture *fixture);
void call_target (Fixture *fixture);
void on_refreshed (GObject *source, GAsyncResult *result, gpointer data);
void refresh (Fixture *fixture, ForemanInventoryLists lists, gboolean fresh, Caller *caller);
void settle (Fixture *fixture, ForemanInventoryLists lists, Caller *caller);
void assert_told (Caller *caller);
void finish_poll (Fixture *fixture);
void turn_loop (void);
gboolean bytes_are (GBytes *bytes, const char *text);
ForemanInventoryMatch find (Fixture *fixture, const char *text);
gboolean is_resident (Fixture *fixture, const char *text);
void tell_unreachable (Fixture *fixture);

G_END_DECLS
