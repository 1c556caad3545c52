/* SPDX-License-Identifier: MIT */
#include "engine/foreman-expectations.h"

#define PATIENCE    (10 * G_USEC_PER_SEC)
#define FIRST_DELAY (G_USEC_PER_SEC / 4)
#define LAST_DELAY  (2 * G_USEC_PER_SEC)

typedef struct
{
  ForemanModelName *leaving;   /* (owned) (nullable) */
  ForemanModelList *installed; /* (owned) (nullable): as it was */
  ForemanModelList *resident;  /* (owned) (nullable): as it was */
  guint64 serial;              /* of the last poll that began before */
  gint64 until;
} Expectation;

struct _ForemanExpectations
{
  GPtrArray *all; /* (owned) (element-type Expectation) */
  gint64 delay;   /* until the lists are looked at again */
};

static void
expectation_free (Expectation *expectation)
{
  g_clear_pointer (&expectation->leaving, foreman_model_name_free);
  g_clear_pointer (&expectation->installed, foreman_model_list_unref);
  g_clear_pointer (&expectation->resident, foreman_model_list_unref);
  g_free (expectation);
}

static gboolean
list_differs (ForemanModelList *before, ForemanModelList *now)
{
  if (before == NULL || now == NULL)
    return before != now;
  return !foreman_model_list_has_same_models (before, now);
}

static gboolean
expectation_is_met (const Expectation *expectation,
                    ForemanModelList *installed,
                    ForemanModelList *resident)
{
  if (expectation->leaving != NULL)
    return resident != NULL && foreman_model_list_find (resident, expectation->leaving) == NULL;
  return list_differs (expectation->installed, installed) ||
         list_differs (expectation->resident, resident);
}

/**
 * foreman_expectations_new: (skip)
 *
 * Creates a memory of what the target's lists ought to show soon. It reads no clock and does no
 * I/O.
 *
 * Returns: (transfer full): nothing is expected
 */
ForemanExpectations *
foreman_expectations_new (void)
{
  ForemanExpectations *expectations = g_new0 (ForemanExpectations, 1);

  expectations->all = g_ptr_array_new_with_free_func ((GDestroyNotify) expectation_free);
  return expectations;
}

/**
 * foreman_expectations_free: (skip)
 * @expectations: (transfer full): expectations
 *
 * Frees @expectations.
 */
void
foreman_expectations_free (ForemanExpectations *expectations)
{
  g_ptr_array_unref (expectations->all);
  g_free (expectations);
}

/**
 * foreman_expectations_add: (skip)
 * @expectations: expectations
 * @leaving: (nullable): a model that is going to be unloaded; %NULL: the lists are going to differ
 * @installed: (nullable): the list as it is now
 * @resident: (nullable): the list as it is now
 * @serial: how many polls have begun; only a later one can show what is expected
 * @now: the time, in monotonic µs
 *
 * Expects something for the next 10 s.
 */
void
foreman_expectations_add (ForemanExpectations *expectations,
                          const ForemanModelName *leaving,
                          ForemanModelList *installed,
                          ForemanModelList *resident,
                          guint64 serial,
                          gint64 now)
{
  Expectation *expectation = g_new0 (Expectation, 1);

  expectation->serial = serial;
  expectation->until = now + PATIENCE;
  if (leaving != NULL)
    expectation->leaving = foreman_model_name_copy (leaving);
  if (installed != NULL)
    expectation->installed = foreman_model_list_ref (installed);
  if (resident != NULL)
    expectation->resident = foreman_model_list_ref (resident);
  g_ptr_array_add (expectations->all, expectation);
  expectations->delay = FIRST_DELAY / 2;
}

/**
 * foreman_expectations_check: (skip)
 * @expectations: expectations
 * @installed: (nullable): the list as it is now
 * @resident: (nullable): the list as it is now
 * @serial: of the poll that these are from
 * @now: the time, in monotonic µs
 *
 * Forgets what has come about and what took too long.
 *
 * Returns: after how many µs to look again, or -1 if nothing is expected any more
 */
gint64
foreman_expectations_check (ForemanExpectations *expectations,
                            ForemanModelList *installed,
                            ForemanModelList *resident,
                            guint64 serial,
                            gint64 now)
{
  for (guint i = expectations->all->len; i-- > 0;)
    {
      Expectation *expectation = g_ptr_array_index (expectations->all, i);

      if (now >= expectation->until ||
          (serial > expectation->serial && expectation_is_met (expectation, installed, resident)))
        g_ptr_array_remove_index_fast (expectations->all, i);
    }
  if (expectations->all->len == 0)
    return -1;
  expectations->delay = MIN (expectations->delay * 2, LAST_DELAY);
  return expectations->delay;
}

/**
 * foreman_expectations_get_lists: (skip)
 * @expectations: expectations
 *
 * Returns: in which lists something is expected; 0 if in none
 */
ForemanInventoryLists
foreman_expectations_get_lists (const ForemanExpectations *expectations)
{
  ForemanInventoryLists lists = 0;

  for (guint i = 0; i < expectations->all->len; i++)
    {
      const Expectation *expectation = g_ptr_array_index (expectations->all, i);

      lists |= expectation->leaving != NULL ? FOREMAN_INVENTORY_RESIDENT : FOREMAN_INVENTORY_ALL;
    }
  return lists;
}
