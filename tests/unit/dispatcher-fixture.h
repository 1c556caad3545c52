/* SPDX-License-Identifier: MIT */
#pragma once

#include "job-target.h"
#include "jobs/foreman-dispatcher.h"

G_BEGIN_DECLS

#define SECOND ((gint64) G_USEC_PER_SEC)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

/* A dispatcher with everything it needs: a store in a folder of its own, a scripted target, and a
 * clock that stands still. */
typedef struct
{
  char *folder;
  JobTarget *target;
  ForemanReactor *reactor;
  ForemanClock *clock;
  ForemanTarget *client;
  ForemanInventory *inventory;
  ForemanGate *gate;
  ForemanStore *store;
  ForemanPause *pause;
  ForemanConfig *config;
  ForemanDispatcher *dispatcher; /* (nullable): before begin() */
  GHashTable *paths;             /* id → the states it went through, as in ">queued>working" */
  guint n_submitted;
} Fixture;

/* @data: (nullable): the gate's capacity */
void fixture_set_up (Fixture *fixture, gconstpointer data);
void fixture_tear_down (Fixture *fixture, gconstpointer data);

/* The dispatcher starts. */
void begin (Fixture *fixture);
/* It stops, its store is closed and opened again, and another starts. @is_crash: it has no time to
 * write anything */
void restart (Fixture *fixture, gboolean is_crash);

ForemanSubmission *new_submission (Fixture *fixture, const char *model);
char *submit (Fixture *fixture, ForemanSubmission *submission /* (transfer full) */);
char *submit_chat (Fixture *fixture);
ForemanJobRecord *get_job (Fixture *fixture, const char *id);
GPtrArray *list_attempts (Fixture *fixture, const char *id);
char *read_artifact (Fixture *fixture, const char *id, const char *name); /* NULL: there is none */
gboolean has_artifact (Fixture *fixture, const char *id, const char *name);
void act (Fixture *fixture, const char *id, ForemanJobAction action);

void refresh_inventory (Fixture *fixture);
/* Time goes by, in steps that are short enough for polls of the target to keep up. */
void let_pass (Fixture *fixture, gint64 duration);
void release_until_done (Fixture *fixture, const char *id); /* whoever is held goes on */
void turn_loop (void);
gboolean has_gone (Fixture *fixture, const char *id, const char *path); /* the end of it */
gboolean is_in (Fixture *fixture, const char *id, ForemanJobState state);

/* Lets the loop turn until the condition holds. */
#define wait_until(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
  }                                                                                                \
  G_STMT_END

#define wait_for(fixture, id, state) wait_until (is_in (fixture, id, state))

G_END_DECLS
