/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-config.h"
#include "sim-connection.h"
#include "sim-fault.h"
#include "sim-hold.h"
#include "sim-scheduler.h"
#include "sim-stats.h"

G_BEGIN_DECLS

/* No Ollama will ever have routes below it. */
#define SIM_CONTROL_PREFIX "/_sim/"

struct _SimServer
{
  SimConfig *config;
  SimStore *store;
  SimStats *stats;
  SimFaults *faults;
  SimHold *hold;
  SimScheduler *scheduler;
  guint16 port;
  gboolean loopback; /* listens there only: Ollama then checks Host */

  /* private to sim-server.c */
  char *host;
  int listener; /* -1 while refusing */
  int wake_fd;
  gint stopping;
  GMutex mutex;
  GCond none_left;
  GList *connections; /* SimConnection; owned by their threads */
  guint64 last_connection;
};

SimServer *sim_server_new (SimConfig *config, SimStore *store);
void sim_server_free (SimServer *server);
gboolean sim_server_listen (SimServer *server, const char *address, char **error);
void sim_server_run (SimServer *server);
void sim_server_stop (SimServer *server);
void sim_server_poke (SimServer *server);

G_END_DECLS
