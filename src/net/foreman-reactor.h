/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>
#include <sys/epoll.h>

G_BEGIN_DECLS

#define FOREMAN_TYPE_REACTOR (foreman_reactor_get_type ())
G_DECLARE_FINAL_TYPE (ForemanReactor, foreman_reactor, FOREMAN, REACTOR, GObject)

/**
 * ForemanWatch:
 *
 * One file descriptor in the epoll set of a [class@Reactor].
 */
typedef struct _ForemanWatch ForemanWatch;

/**
 * ForemanWatchFunc:
 * @events: what happened, `EPOLL*` bits; `EPOLLERR` and `EPOLLHUP` may come unasked
 * @data: what was given to foreman_reactor_watch()
 *
 * Called while a watched file descriptor is ready.
 */
typedef void (*ForemanWatchFunc) (guint32 events, gpointer data);

/**
 * ForemanDeadlineFunc:
 * @data: what was given to foreman_deadline_init()
 *
 * Called once when a deadline has passed; it is disarmed by then.
 */
typedef void (*ForemanDeadlineFunc) (gpointer data);

/**
 * ForemanDeadline:
 *
 * A point in time at which something happens. It is embedded in the structure that it belongs to,
 * its members are the reactor's own; zero-filled memory is a deadline that was never set.
 */
typedef struct
{
  /*< private >*/
  gint64 when; /* monotonic µs; 0: not armed */
  guint index; /* place in the heap, from 1; 0: not in it */
  ForemanDeadlineFunc func;
  gpointer data;
  ForemanReactor *reactor; /* (unowned) */
} ForemanDeadline;

ForemanReactor *foreman_reactor_new (GMainContext *context);

ForemanWatch *foreman_reactor_watch (ForemanReactor *self,
                                     int fd,
                                     guint32 events,
                                     ForemanWatchFunc func,
                                     gpointer data);
void foreman_watch_set_events (ForemanWatch *watch, guint32 events);
void foreman_watch_free (ForemanWatch *watch);

void foreman_deadline_init (ForemanDeadline *deadline,
                            ForemanReactor *reactor,
                            ForemanDeadlineFunc func,
                            gpointer data);
void foreman_deadline_set (ForemanDeadline *deadline, gint64 when);
void foreman_deadline_clear (ForemanDeadline *deadline);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanWatch, foreman_watch_free)

G_END_DECLS
