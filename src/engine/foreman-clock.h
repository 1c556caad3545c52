/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define FOREMAN_TYPE_CLOCK (foreman_clock_get_type ())
G_DECLARE_FINAL_TYPE (ForemanClock, foreman_clock, FOREMAN, CLOCK, GObject)

/**
 * ForemanTimerFunc:
 * @data: what was given to foreman_clock_add_timer()
 *
 * Called once when a timer's deadline has come.
 */
typedef void (*ForemanTimerFunc) (gpointer data);

ForemanClock *foreman_clock_new (void);
ForemanClock *foreman_clock_new_manual (gint64 monotonic, gint64 real);

gint64 foreman_clock_get_monotonic (ForemanClock *clock);
gint64 foreman_clock_get_boottime (ForemanClock *clock);
gint64 foreman_clock_get_real (ForemanClock *clock);

guint foreman_clock_add_timer (ForemanClock *clock,
                               gint64 deadline,
                               ForemanTimerFunc func,
                               gpointer data,
                               GDestroyNotify destroy);
gboolean foreman_clock_remove_timer (ForemanClock *clock, guint id);
void foreman_clock_clear_timer (ForemanClock *clock, guint *id);
gint64 foreman_clock_get_next_deadline (ForemanClock *clock);

void foreman_clock_advance (ForemanClock *clock, gint64 duration);
void foreman_clock_set_real (ForemanClock *clock, gint64 real);
void foreman_clock_suspend (ForemanClock *clock, gint64 duration);

G_END_DECLS
