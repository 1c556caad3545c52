/* SPDX-License-Identifier: MIT */
#include "engine/foreman-gate-policy.h"

static const char *const models[] = { "qwen3:8b", "llama3.2:latest", "gemma3:4b" };

typedef struct
{
  ForemanGatePolicy *policy;
  GPtrArray *entries; /* (owned) (element-type ForemanGateEntry) */
} Line;

static Line
line_new (const char *capacity)
{
  g_autoptr (GError) error = NULL;
  Line line = { foreman_gate_policy_new (), g_ptr_array_new_with_free_func (g_free) };

  foreman_gate_policy_take_capacity (line.policy, foreman_gate_capacity_parse (capacity, &error));
  g_assert_no_error (error);
  return line;
}

static void
line_clear (Line *line)
{
  foreman_gate_policy_free (line->policy);
  g_ptr_array_unref (line->entries);
}

static ForemanGateEntry *
line_add (Line *line, const char *model, ForemanWorkClass class, int priority)
{
  ForemanGateEntry *entry = g_new0 (ForemanGateEntry, 1);

  entry->model = model;
  entry->class = class;
  entry->priority = priority;
  foreman_gate_policy_insert (line->policy, entry);
  g_ptr_array_add (line->entries, entry);
  return entry;
}

static ForemanGateEntry *
line_start (Line *line)
{
  ForemanGateEntry *next = foreman_gate_policy_next (line->policy);

  if (next != NULL)
    foreman_gate_policy_start (line->policy, next);
  return next;
}

static void
test_interactive_goes_before_jobs_and_jobs_by_priority (void)
{
  Line line = line_new ("1");
  ForemanGateEntry *low = line_add (&line, "a:b", FOREMAN_WORK_JOB, -5);
  ForemanGateEntry *job = line_add (&line, "a:b", FOREMAN_WORK_JOB, 0);
  ForemanGateEntry *first = line_add (&line, "a:b", FOREMAN_WORK_INTERACTIVE, 0);
  ForemanGateEntry *high = line_add (&line, "a:b", FOREMAN_WORK_JOB, 100);
  ForemanGateEntry *second = line_add (&line, "a:b", FOREMAN_WORK_INTERACTIVE, 100);
  ForemanGateEntry *late = line_add (&line, "a:b", FOREMAN_WORK_JOB, 0);
  ForemanGateEntry *order[] = { first, second, high, job, late, low };

  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    g_assert_cmpuint (foreman_gate_policy_get_position (order[i]), ==, i + 1);
  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    {
      g_assert_true (line_start (&line) == order[i]);
      g_assert_null (line_start (&line));
      g_assert_cmpuint (foreman_gate_policy_get_position (order[i]), ==, 0);
      foreman_gate_policy_remove (line.policy, order[i]);
    }
  line_clear (&line);
}

static void
test_one_model_alone_may_run_several (void)
{
  Line line = line_new ("1,qwen3:8b=3");
  ForemanGateEntry *q[5], *llama;

  for (guint i = 0; i < 3; i++)
    q[i] = line_add (&line, "qwen3:8b", FOREMAN_WORK_INTERACTIVE, 0);
  llama = line_add (&line, "llama3.2:latest", FOREMAN_WORK_INTERACTIVE, 0);
  for (guint i = 3; i < 5; i++)
    q[i] = line_add (&line, "qwen3:8b", FOREMAN_WORK_INTERACTIVE, 0);

  for (guint i = 0; i < 3; i++)
    g_assert_true (line_start (&line) == q[i]);
  g_assert_null (line_start (&line));

  /* The other model's turn comes although the next ones of this model would fit. */
  foreman_gate_policy_remove (line.policy, q[1]);
  g_assert_null (line_start (&line));
  foreman_gate_policy_remove (line.policy, q[0]);
  foreman_gate_policy_remove (line.policy, q[2]);
  g_assert_true (line_start (&line) == llama);
  g_assert_null (line_start (&line));

  foreman_gate_policy_remove (line.policy, llama);
  g_assert_true (line_start (&line) == q[3]);
  g_assert_true (line_start (&line) == q[4]);
  g_assert_cmpuint (foreman_gate_policy_get_running (line.policy), ==, 2);
  line_clear (&line);
}

static void
test_who_gives_up_frees_the_way (void)
{
  Line line = line_new ("1,qwen3:8b=2");
  ForemanGateEntry *running = line_add (&line, "qwen3:8b", FOREMAN_WORK_INTERACTIVE, 0);
  ForemanGateEntry *blocker, *behind;

  g_assert_true (line_start (&line) == running);
  blocker = line_add (&line, "llama3.2:latest", FOREMAN_WORK_INTERACTIVE, 0);
  behind = line_add (&line, "qwen3:8b", FOREMAN_WORK_INTERACTIVE, 0);
  g_assert_null (line_start (&line));
  foreman_gate_policy_remove (line.policy, blocker);
  g_assert_true (line_start (&line) == behind);
  line_clear (&line);
}

static void
test_walk_goes_on_behind_one_that_left (void)
{
  Line line = line_new ("1");
  ForemanGateEntry *a = line_add (&line, "a:b", FOREMAN_WORK_INTERACTIVE, 0);
  ForemanGateEntry *b = line_add (&line, "a:b", FOREMAN_WORK_INTERACTIVE, 0);
  ForemanGateEntry *c = line_add (&line, "a:b", FOREMAN_WORK_JOB, 0);
  ForemanGateEntry gone = *b;

  gone.place = NULL;
  g_assert_true (foreman_gate_policy_after (line.policy, NULL) == a);
  g_assert_true (foreman_gate_policy_after (line.policy, a) == b);
  g_assert_true (foreman_gate_policy_after (line.policy, b) == c);
  g_assert_null (foreman_gate_policy_after (line.policy, c));
  foreman_gate_policy_remove (line.policy, b);
  g_assert_true (foreman_gate_policy_after (line.policy, a) == c);
  g_assert_true (foreman_gate_policy_after (line.policy, &gone) == c);
  line_clear (&line);
}

/* The oracle: no structure at all, every question is a scan over everything. */

typedef enum
{
  WAITS,
  RUNS,
  GONE
} State;

typedef struct
{
  ForemanGateEntry entry;
  guint64 arrival;
  State state;
} Known;

static gboolean
oracle_is_before (const Known *a, const Known *b)
{
  if (a->entry.class != b->entry.class)
    return a->entry.class == FOREMAN_WORK_INTERACTIVE;
  if (a->entry.class == FOREMAN_WORK_JOB && a->entry.priority != b->entry.priority)
    return a->entry.priority > b->entry.priority;
  return a->arrival < b->arrival;
}

static Known *
oracle_next (GPtrArray *all, guint general, const guint *limits)
{
  Known *first = NULL;
  guint running = 0, others = 0, model = 0;

  for (guint i = 0; i < all->len; i++)
    {
      Known *known = g_ptr_array_index (all, i);

      if (known->state == WAITS && (first == NULL || oracle_is_before (known, first)))
        first = known;
    }
  if (first == NULL)
    return NULL;
  for (guint i = 0; i < all->len; i++)
    {
      Known *known = g_ptr_array_index (all, i);

      running += known->state == RUNS;
      others += known->state == RUNS && !g_str_equal (known->entry.model, first->entry.model);
    }
  while (!g_str_equal (models[model], first->entry.model))
    model++;
  if (running < general || (others == 0 && running < limits[model]))
    return first;
  return NULL;
}

static guint
oracle_position (GPtrArray *all, const Known *of)
{
  guint position = of->state == WAITS;

  for (guint i = 0; i < all->len && of->state == WAITS; i++)
    {
      Known *known = g_ptr_array_index (all, i);

      position += known->state == WAITS && oracle_is_before (known, of);
    }
  return position;
}

static void
random_capacity (ForemanGatePolicy *policy, GRand *rand, guint *general, guint *limits)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  *general = g_rand_int_range (rand, 1, 4);
  g_string_printf (text, "%u", *general);
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    {
      limits[i] = *general;
      if (!g_rand_boolean (rand))
        continue;
      limits[i] += g_rand_int_range (rand, 0, 4);
      g_string_append_printf (text, ",%s=%u", models[i], limits[i]);
    }
  foreman_gate_policy_take_capacity (policy, foreman_gate_capacity_parse (text->str, &error));
  g_assert_no_error (error);
}

static Known *
random_known (GPtrArray *all, GRand *rand)
{
  return all->len > 0 ? g_ptr_array_index (all, g_rand_int_range (rand, 0, all->len)) : NULL;
}

static void
random_step (ForemanGatePolicy *policy, GPtrArray *all, GRand *rand, guint64 arrival)
{
  guint action = g_rand_int_range (rand, 0, 10);
  Known *known;

  if (action < 5)
    {
      known = g_new0 (Known, 1);
      known->entry.class = g_rand_int_range (rand, 0, FOREMAN_N_WORK_CLASSES);
      known->entry.priority = g_rand_int_range (rand, -2, 3);
      known->entry.model = models[g_rand_int_range (rand, 0, G_N_ELEMENTS (models))];
      known->arrival = arrival;
      foreman_gate_policy_insert (policy, &known->entry);
      g_ptr_array_add (all, known);
    }
  else if ((known = random_known (all, rand)) != NULL && known->state != GONE)
    {
      foreman_gate_policy_remove (policy, &known->entry);
      known->state = GONE;
    }
}

static void
compare_with_oracle (guint seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (ForemanGatePolicy) policy = foreman_gate_policy_new ();
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
  guint general, limits[G_N_ELEMENTS (models)];

  random_capacity (policy, rand, &general, limits);
  for (guint step = 0; step < 200; step++)
    {
      Known *expected;
      Known *known;

      if (g_rand_int_range (rand, 0, 40) == 0)
        random_capacity (policy, rand, &general, limits);
      random_step (policy, all, rand, step);
      expected = oracle_next (all, general, limits);
      g_assert_true (foreman_gate_policy_next (policy) == (ForemanGateEntry *) expected);
      if (expected != NULL && g_rand_int_range (rand, 0, 4) != 0)
        {
          foreman_gate_policy_start (policy, &expected->entry);
          expected->state = RUNS;
        }
      known = random_known (all, rand);
      if (known != NULL)
        g_assert_cmpuint (foreman_gate_policy_get_position (&known->entry), ==,
                          oracle_position (all, known));
    }
}

static void
test_equals_a_naive_scan (void)
{
  for (guint seed = 0; seed < 300; seed++)
    {
      g_test_message ("seed %u", seed);
      compare_with_oracle (seed);
    }
}

static void
test_holds_ten_thousand (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);
  Line line = line_new ("1");

  for (guint i = 0; i < 10000; i++)
    line_add (&line, models[i % 3], i % 2, g_rand_int_range (rand, -100, 101));
  for (guint i = 0; i < 5000; i++)
    foreman_gate_policy_remove (line.policy, g_ptr_array_index (line.entries, i * 2 + i % 2));
  for (guint i = 0; i < 5000; i++)
    foreman_gate_policy_remove (line.policy, line_start (&line));
  g_assert_null (foreman_gate_policy_next (line.policy));
  g_assert_cmpuint (foreman_gate_policy_get_waiting (line.policy, FOREMAN_WORK_JOB), ==, 0);
  g_assert_cmpuint (foreman_gate_policy_get_running (line.policy), ==, 0);
  line_clear (&line);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gate-policy/order", test_interactive_goes_before_jobs_and_jobs_by_priority);
  g_test_add_func ("/gate-policy/model-capacity", test_one_model_alone_may_run_several);
  g_test_add_func ("/gate-policy/gives-up", test_who_gives_up_frees_the_way);
  g_test_add_func ("/gate-policy/walk", test_walk_goes_on_behind_one_that_left);
  g_test_add_func ("/gate-policy/oracle", test_equals_a_naive_scan);
  g_test_add_func ("/gate-policy/ten-thousand", test_holds_ten_thousand);
  return g_test_run ();
}
