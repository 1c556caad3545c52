/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-upstream.h"
#include "raw-server.h"

G_BEGIN_DECLS

/* An upstream client on the default main context, and what has to be as it was at the end. */
typedef struct
{
  ForemanReactor *reactor;
  ForemanUpstream *upstream;
  RawServer *server;
  guint n_connections; /* that the server has seen, once it is stopped */
  guint n_fds;
} UpstreamFixture;

typedef struct
{
  gboolean done;
  gboolean may_come; /* FALSE: it must not be called back yet */
  ForemanUpstreamResponse *response;
  GError *error;
} Outcome;

#define OUTCOME_INIT                                                                               \
  {                                                                                                \
    .may_come = TRUE                                                                               \
  }

void fixture_warm_up (void);
void fixture_start (UpstreamFixture *self, RawServerScript script, gpointer data);
void fixture_start_url (UpstreamFixture *self, const char *url);
void fixture_stop (UpstreamFixture *self);

void fixture_send (UpstreamFixture *self,
                   ForemanUpstreamRequest *request,
                   GCancellable *cancellable,
                   Outcome *outcome);
void wait_for (const gboolean *flag);
void run_what_is_ready (void);
ForemanUpstreamResponse *fixture_get (UpstreamFixture *self, const char *target);
void fixture_fail (UpstreamFixture *self, const char *target, GError **error);
char *collect_text (ForemanUpstreamResponse *response, GError **error);
char *fixture_get_text (UpstreamFixture *self, const char *target);

G_END_DECLS
