/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-store.h"

G_BEGIN_DECLS

/* What the store has said of a job, and where the recording stood when it said so. */
typedef struct
{
  char *id;           /* (owned) */
  char *key;          /* (owned) (nullable): its idempotency key */
  GArray *states;     /* (owned) (element-type StoryState): in order */
  GBytes *completion; /* (owned) (nullable): what it was to be ended with */
  guint acknowledged; /* since when it has to be there; 0: not yet */
  guint purge_asked;  /* since when it may be gone; 0: never */
  guint purged;       /* since when it has to be gone; 0: never */
} JobStory;

typedef struct
{
  ForemanJobState state;
  guint position;
} StoryState;

/* All that happened in a recorded run. */
typedef struct
{
  GHashTable *stories; /* (owned): id → JobStory (owned) */
  GPtrArray *problems; /* (owned) (element-type utf8): what was wrong already then */
} Chronicle;

Chronicle *chronicle_new (void);
void chronicle_free (Chronicle *self);
JobStory *chronicle_ensure (Chronicle *self, const char *id);
void chronicle_add_problem (Chronicle *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void job_story_add_state (JobStory *self, ForemanJobState state, guint position);
guint job_story_count_states (const JobStory *self, guint position);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Chronicle, chronicle_free)

G_END_DECLS
