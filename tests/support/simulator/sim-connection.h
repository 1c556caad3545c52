/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _SimServer SimServer;

/* One accepted client, driven by a thread of its own with blocking calls. */
typedef struct
{
  SimServer *server;
  guint64 id;
  int fd;
  int wake_fd;    /* eventfd, -1 until something may wake this connection */
  GByteArray *in; /* (owned) received, not yet consumed from `at` on */
  guint at;
  gboolean control;    /* its first request was a control request: not counted */
  gboolean after_post; /* the last request was one */
  gint stopping;
} SimConnection;

typedef enum
{
  SIM_WAKE_TIMEOUT,
  SIM_WAKE_WOKEN,
  SIM_WAKE_HUNG_UP,
} SimWake;

SimConnection *sim_connection_new (SimServer *server, int fd, guint64 id);
void sim_connection_free (SimConnection *connection);
gboolean sim_connection_fill (SimConnection *connection);
gboolean sim_connection_send (SimConnection *connection, const void *data, gsize length);
void sim_connection_reset (SimConnection *connection);
void sim_connection_linger (SimConnection *connection);
void sim_connection_stop (SimConnection *connection, gboolean abruptly);

void sim_connection_prepare_wake (SimConnection *connection);
void sim_connection_wake (SimConnection *connection);
SimWake sim_connection_wait (SimConnection *connection, gint64 deadline, gboolean watch);
gboolean sim_connection_sleep_until (SimConnection *connection, gint64 deadline);

G_END_DECLS
