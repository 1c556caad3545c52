/* SPDX-License-Identifier: MIT */
#include "engine/foreman-gate-policy.h"

struct _ForemanGatePolicy
{
  ForemanGateCapacity *capacity; /* (owned) */
  GSequence *waiting;            /* (owned) (element-type ForemanGateEntry): the next one first */
  guint n_waiting[FOREMAN_N_WORK_CLASSES];
  GHashTable *models; /* (owned): key of a running model (owned) → how many run */
  guint n_running;
  guint64 last_sequence;
};

static int
compare_entries (gconstpointer a, gconstpointer b, gpointer data)
{
  const ForemanGateEntry *left = a, *right = b;

  if (left->class != right->class)
    return left->class < right->class ? -1 : 1;
  if (left->class == FOREMAN_WORK_JOB && left->priority != right->priority)
    return left->priority > right->priority ? -1 : 1;
  if (left->sequence != right->sequence)
    return left->sequence < right->sequence ? -1 : 1;
  return 0;
}

static guint
policy_count_running (const ForemanGatePolicy *policy, const char *model)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (policy->models, model));
}

static gboolean
policy_has_room_for (const ForemanGatePolicy *policy, const ForemanGateEntry *entry)
{
  if (policy->n_running < foreman_gate_capacity_get_general (policy->capacity))
    return TRUE;
  return policy_count_running (policy, entry->model) == policy->n_running &&
         policy->n_running < foreman_gate_capacity_get_for_model (policy->capacity, entry->model);
}

/**
 * foreman_gate_policy_new: (skip)
 *
 * Creates what decides who passes the gate next: a state machine without clock or I/O, so that the
 * same calls always give the same answers. One request runs at a time until
 * foreman_gate_policy_take_capacity() says otherwise.
 *
 * The order is: interactive before jobs, jobs by priority, then whoever came first. Nobody
 * overtakes: while the first in line does not fit beside what runs, all wait, or a model with room
 * for several would starve the others.
 *
 * Returns: (transfer full): a policy, nobody waiting
 */
ForemanGatePolicy *
foreman_gate_policy_new (void)
{
  ForemanGatePolicy *policy = g_new0 (ForemanGatePolicy, 1);

  policy->capacity = foreman_gate_capacity_new (1);
  policy->waiting = g_sequence_new (NULL);
  policy->models = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return policy;
}

/**
 * foreman_gate_policy_free: (skip)
 * @policy: (transfer full): a policy
 *
 * Frees @policy. The entries it still has are left alone.
 */
void
foreman_gate_policy_free (ForemanGatePolicy *policy)
{
  g_clear_pointer (&policy->waiting, g_sequence_free);
  g_clear_pointer (&policy->models, g_hash_table_unref);
  g_clear_pointer (&policy->capacity, foreman_gate_capacity_free);
  g_free (policy);
}

/**
 * foreman_gate_policy_take_capacity: (skip)
 * @policy: a policy
 * @capacity: (transfer full): how many may run at once
 *
 * Changes the capacity. What runs goes on even if it is too much now.
 */
void
foreman_gate_policy_take_capacity (ForemanGatePolicy *policy, ForemanGateCapacity *capacity)
{
  foreman_gate_capacity_free (policy->capacity);
  policy->capacity = capacity;
}

/**
 * foreman_gate_policy_get_capacity: (skip)
 * @policy: a policy
 *
 * Returns: (transfer none): how many may run at once
 */
const ForemanGateCapacity *
foreman_gate_policy_get_capacity (const ForemanGatePolicy *policy)
{
  return policy->capacity;
}

/**
 * foreman_gate_policy_insert: (skip)
 * @policy: a policy
 * @entry: a request that neither waits nor runs
 *
 * Puts @entry in line. O(log n).
 */
void
foreman_gate_policy_insert (ForemanGatePolicy *policy, ForemanGateEntry *entry)
{
  g_return_if_fail (entry->place == NULL && !entry->running);
  g_return_if_fail ((guint) entry->class < FOREMAN_N_WORK_CLASSES && entry->model != NULL);

  entry->sequence = ++policy->last_sequence;
  entry->place = g_sequence_insert_sorted (policy->waiting, entry, compare_entries, NULL);
  policy->n_waiting[entry->class]++;
}

static void
policy_leave_line (ForemanGatePolicy *policy, ForemanGateEntry *entry)
{
  g_sequence_remove (entry->place);
  entry->place = NULL;
  policy->n_waiting[entry->class]--;
}

/**
 * foreman_gate_policy_remove: (skip)
 * @policy: a policy
 * @entry: a request that waits or runs
 *
 * Forgets @entry, because it is done or was given up. Somebody else may have room then.
 * O(log n).
 */
void
foreman_gate_policy_remove (ForemanGatePolicy *policy, ForemanGateEntry *entry)
{
  guint left;

  g_return_if_fail (entry->place != NULL || entry->running);

  if (entry->place != NULL)
    {
      policy_leave_line (policy, entry);
      return;
    }
  entry->running = FALSE;
  policy->n_running--;
  left = policy_count_running (policy, entry->model) - 1;
  if (left > 0)
    g_hash_table_insert (policy->models, g_strdup (entry->model), GUINT_TO_POINTER (left));
  else
    g_hash_table_remove (policy->models, entry->model);
}

/**
 * foreman_gate_policy_next: (skip)
 * @policy: a policy
 *
 * Tells who may start now. It goes on waiting until foreman_gate_policy_start().
 *
 * Returns: (transfer none) (nullable): who is next, or %NULL if nobody waits or there is no room
 */
ForemanGateEntry *
foreman_gate_policy_next (const ForemanGatePolicy *policy)
{
  ForemanGateEntry *first = foreman_gate_policy_after (policy, NULL);

  return first != NULL && policy_has_room_for (policy, first) ? first : NULL;
}

/**
 * foreman_gate_policy_start: (skip)
 * @policy: a policy
 * @entry: a request that waits
 *
 * Lets @entry run. O(log n).
 */
void
foreman_gate_policy_start (ForemanGatePolicy *policy, ForemanGateEntry *entry)
{
  guint running;

  g_return_if_fail (entry->place != NULL);

  policy_leave_line (policy, entry);
  entry->running = TRUE;
  policy->n_running++;
  running = policy_count_running (policy, entry->model) + 1;
  g_hash_table_insert (policy->models, g_strdup (entry->model), GUINT_TO_POINTER (running));
}

/**
 * foreman_gate_policy_get_running: (skip)
 * @policy: a policy
 *
 * Returns: how many run
 */
guint
foreman_gate_policy_get_running (const ForemanGatePolicy *policy)
{
  return policy->n_running;
}

/**
 * foreman_gate_policy_get_waiting: (skip)
 * @policy: a policy
 * @class: which kind of work
 *
 * Returns: how many of that kind wait
 */
guint
foreman_gate_policy_get_waiting (const ForemanGatePolicy *policy, ForemanWorkClass class)
{
  g_return_val_if_fail ((guint) class < FOREMAN_N_WORK_CLASSES, 0);

  return policy->n_waiting[class];
}

/**
 * foreman_gate_policy_get_position: (skip)
 * @entry: a request
 *
 * Returns: @entry's place in line from 1, or 0 if it does not wait. O(log n)
 */
guint
foreman_gate_policy_get_position (const ForemanGateEntry *entry)
{
  return entry->place != NULL ? (guint) g_sequence_iter_get_position (entry->place) + 1 : 0;
}

/**
 * foreman_gate_policy_after: (skip)
 * @policy: a policy
 * @key: (nullable): an entry, or something with the @class, @priority and @sequence of one that
 *   may have left the line meanwhile
 *
 * Walks the line without minding that it moves between two calls. O(log n).
 *
 * Returns: (transfer none) (nullable): who waits right behind @key, with %NULL the first of all
 */
ForemanGateEntry *
foreman_gate_policy_after (const ForemanGatePolicy *policy, const ForemanGateEntry *key)
{
  GSequenceIter *iter;

  if (key == NULL)
    iter = g_sequence_get_begin_iter (policy->waiting);
  else if (key->place != NULL)
    iter = g_sequence_iter_next (key->place);
  else /* the place where an equal one would be put is behind all that are not greater */
    iter = g_sequence_search (policy->waiting, (gpointer) key, compare_entries, NULL);
  return g_sequence_iter_is_end (iter) ? NULL : g_sequence_get (iter);
}
