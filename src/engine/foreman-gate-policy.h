/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-gate-capacity.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanWorkClass:
 * @FOREMAN_WORK_INTERACTIVE: somebody waits for the answer
 * @FOREMAN_WORK_JOB: a job, whose submitter went on
 *
 * What kind of work wants to pass the gate.
 */
typedef enum
{
  FOREMAN_WORK_INTERACTIVE,
  FOREMAN_WORK_JOB,
} ForemanWorkClass;

#define FOREMAN_N_WORK_CLASSES (FOREMAN_WORK_JOB + 1)

/**
 * ForemanGateEntry:
 * @class: what kind of work this is
 * @priority: among jobs the higher one goes first; interactive work has none
 * @model: (unowned): the model's key, see foreman_model_name_to_key()
 * @load_options: (unowned) (nullable): what decides whether the loaded model can be used as it is
 * @client: (unowned) (nullable): on whose behalf
 * @enqueued_at: when it came, in monotonic µs
 * @sequence: set by foreman_gate_policy_insert(); the order of arrival
 *
 * What a policy knows about one request. It belongs to the caller, zeroed and then filled, and
 * neither moves nor changes while the policy has it.
 */
typedef struct
{
  ForemanWorkClass class;
  int priority;
  const char *model;
  const char *load_options;
  const char *client;
  gint64 enqueued_at;
  guint64 sequence;

  /*< private >*/
  GSequenceIter *place; /* (unowned) (nullable): where it waits */
  gboolean running;
} ForemanGateEntry;

typedef struct _ForemanGatePolicy ForemanGatePolicy;

ForemanGatePolicy *foreman_gate_policy_new (void);
void foreman_gate_policy_free (ForemanGatePolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanGatePolicy, foreman_gate_policy_free)

void foreman_gate_policy_take_capacity (ForemanGatePolicy *policy, ForemanGateCapacity *capacity);
const ForemanGateCapacity *foreman_gate_policy_get_capacity (const ForemanGatePolicy *policy);

void foreman_gate_policy_insert (ForemanGatePolicy *policy, ForemanGateEntry *entry);
void foreman_gate_policy_remove (ForemanGatePolicy *policy, ForemanGateEntry *entry);
ForemanGateEntry *foreman_gate_policy_next (const ForemanGatePolicy *policy);
void foreman_gate_policy_start (ForemanGatePolicy *policy, ForemanGateEntry *entry);

guint foreman_gate_policy_get_running (const ForemanGatePolicy *policy);
guint foreman_gate_policy_get_waiting (const ForemanGatePolicy *policy, ForemanWorkClass class);
guint foreman_gate_policy_get_position (const ForemanGateEntry *entry);
ForemanGateEntry *foreman_gate_policy_after (const ForemanGatePolicy *policy,
                                             const ForemanGateEntry *key);

G_END_DECLS
