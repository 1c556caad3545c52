/* SPDX-License-Identifier: MIT */
#include "sim-fault.h"

#include <string.h>

#include "sim-write.h"

#define LONG_LINE_BYTES (64 * 1024 * 1024)

struct _SimFaults
{
  GMutex mutex;
  GPtrArray *list; /* (owned) SimFault, oldest first */
  guint last_id;
  gint count; /* of the list, readable without the lock */
};

static const char *const kind_names[] = {
  "refuse", "deaf",    "blackhole", "hang",       "garbage",       "status",
  "empty",  "prefill", "crash",     "load-error", "no-terminator", "long-line",
  "reset",  "cut",     "stall",     "drip",       "wrong-length",
};

SimFaults *
sim_faults_new (void)
{
  SimFaults *faults = g_new0 (SimFaults, 1);

  g_mutex_init (&faults->mutex);
  faults->list = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_fault_unref);
  return faults;
}

void
sim_faults_free (SimFaults *faults)
{
  g_ptr_array_unref (faults->list);
  g_mutex_clear (&faults->mutex);
  g_free (faults);
}

void
sim_fault_unref (SimFault *fault)
{
  if (!g_atomic_int_dec_and_test (&fault->refs))
    return;
  g_free (fault->path);
  g_free (fault->method);
  g_free (fault->model);
  g_free (fault->name);
  g_free (fault->retry_after);
  g_free (fault->message);
  g_free (fault);
}

const char *
sim_fault_name (const SimFault *fault)
{
  return kind_names[fault->kind];
}

static char *
dup_string (const SimJson *object, const char *name)
{
  const char *text = sim_json_get_string (object, name);

  return *text != '\0' ? g_strdup (text) : NULL;
}

/* Retry-After may be given as a number or a date. */
static char *
dup_retry_after (const SimJson *object)
{
  const SimJson *value = sim_json_get (object, "retry_after");

  if (value == NULL)
    return NULL;
  return value->kind == SIM_JSON_STRING ? g_strdup (value->string)
                                        : g_strndup (value->raw, value->raw_length);
}

static SimFault *
fault_new (const SimJson *description, SimFaultKind kind)
{
  SimFault *fault = g_new0 (SimFault, 1);
  gboolean listener = kind <= SIM_FAULT_DEAF;

  fault->refs = 1;
  fault->kind = kind;
  fault->times = (gint64) sim_json_get_number (description, "times", 1);
  if (fault->times <= 0)
    fault->times = -1;
  fault->path = dup_string (description, "path");
  fault->method = dup_string (description, "method");
  fault->model = dup_string (description, "model");
  fault->name = dup_string (description, "name");
  fault->seconds = sim_json_get_number (description, "seconds", 0);
  fault->after_bytes = (gint64) sim_json_get_number (description, "after_bytes", -1);
  fault->after_chunks = (gint64) sim_json_get_number (description, "after_chunks", -1);
  fault->bytes = (gint64) sim_json_get_number (description, "bytes",
                                               kind == SIM_FAULT_LONG_LINE ? LONG_LINE_BYTES : 256);
  fault->bytes_per_second = (gint64) sim_json_get_number (description, "bytes_per_second", 100);
  fault->delta = (gint64) sim_json_get_number (description, "delta", 10);
  fault->status = (int) sim_json_get_number (description, "status", 503);
  fault->retry_after = dup_retry_after (description);
  fault->message = dup_string (description, "message");
  fault->keep_connections = sim_json_get_boolean (description, "keep_connections", FALSE);
  if (listener && fault->seconds > 0)
    fault->until = g_get_monotonic_time () + (gint64) (fault->seconds * 1e6);
  if (kind >= SIM_FAULT_RESET && kind <= SIM_FAULT_STALL && fault->after_bytes < 0 &&
      fault->after_chunks < 0)
    fault->after_chunks = 1;
  if ((kind == SIM_FAULT_CRASH || kind == SIM_FAULT_NO_TERMINATOR || kind == SIM_FAULT_LONG_LINE) &&
      fault->after_chunks < 0)
    fault->after_chunks = 1;
  return fault;
}

/* Adds what a control request describes. @added: (transfer full). */
gboolean
sim_faults_add (SimFaults *faults, const SimJson *description, SimFault **added, char **error)
{
  const char *name = sim_json_get_string (description, "kind");
  SimFault *fault;
  guint kind = 0;

  while (kind < G_N_ELEMENTS (kind_names) && !g_str_equal (name, kind_names[kind]))
    kind++;
  if (kind == G_N_ELEMENTS (kind_names))
    {
      *error = g_strdup_printf ("unknown kind \"%s\"", name);
      return FALSE;
    }
  fault = fault_new (description, kind);
  g_mutex_lock (&faults->mutex);
  fault->id = ++faults->last_id;
  fault->refs++;
  g_ptr_array_add (faults->list, fault);
  g_atomic_int_set (&faults->count, (gint) faults->list->len);
  g_mutex_unlock (&faults->mutex);
  *added = fault;
  return TRUE;
}

/* Removes one fault, or all for @id 0. */
void
sim_faults_clear (SimFaults *faults, guint id)
{
  g_mutex_lock (&faults->mutex);
  for (guint i = faults->list->len; i > 0; i--)
    {
      SimFault *fault = g_ptr_array_index (faults->list, i - 1);

      if (id == 0 || fault->id == id)
        g_ptr_array_remove_index (faults->list, i - 1);
    }
  g_atomic_int_set (&faults->count, (gint) faults->list->len);
  g_mutex_unlock (&faults->mutex);
}

static gboolean
matches (const SimFault *fault, const SimFaultSubject *subject)
{
  if (fault->kind <= SIM_FAULT_DEAF)
    return FALSE;
  if (fault->path == NULL ? !subject->inference
                          : !g_pattern_match_simple (fault->path, subject->path))
    return FALSE;
  if (fault->method != NULL && g_ascii_strcasecmp (fault->method, subject->method) != 0)
    return FALSE;
  if (fault->model != NULL && g_strcmp0 (fault->model, subject->model) != 0)
    return FALSE;
  return fault->name == NULL || g_strcmp0 (fault->name, subject->name) == 0;
}

/* The first fault for this request, used up once. Returns: (transfer full) (nullable) */
SimFault *
sim_faults_take (SimFaults *faults, const SimFaultSubject *subject)
{
  SimFault *taken = NULL;

  if (g_atomic_int_get (&faults->count) == 0)
    return NULL;
  g_mutex_lock (&faults->mutex);
  for (guint i = 0; i < faults->list->len && taken == NULL; i++)
    {
      SimFault *fault = g_ptr_array_index (faults->list, i);

      if (!matches (fault, subject))
        continue;
      taken = fault;
      g_atomic_int_inc (&taken->refs);
      if (fault->times > 0 && --fault->times == 0)
        g_ptr_array_remove_index (faults->list, i);
    }
  g_atomic_int_set (&faults->count, (gint) faults->list->len);
  g_mutex_unlock (&faults->mutex);
  return taken;
}

/* The newest fault of the listener that is in force. Returns: (transfer full) (nullable) */
SimFault *
sim_faults_find_listener (SimFaults *faults)
{
  SimFault *found = NULL;

  g_mutex_lock (&faults->mutex);
  for (guint i = faults->list->len; i > 0; i--)
    {
      SimFault *fault = g_ptr_array_index (faults->list, i - 1);

      if (fault->kind > SIM_FAULT_DEAF)
        continue;
      if (fault->until != 0 && fault->until <= g_get_monotonic_time ())
        g_ptr_array_remove_index (faults->list, i - 1);
      else if (found == NULL)
        found = fault;
    }
  if (found != NULL)
    g_atomic_int_inc (&found->refs);
  g_atomic_int_set (&faults->count, (gint) faults->list->len);
  g_mutex_unlock (&faults->mutex);
  return found;
}

void
sim_faults_write (SimFaults *faults, GString *out)
{
  g_mutex_lock (&faults->mutex);
  sim_write_open (out, '[');
  for (guint i = 0; i < faults->list->len; i++)
    {
      SimFault *fault = g_ptr_array_index (faults->list, i);

      sim_write_open (out, '{');
      sim_write_member_int (out, "id", fault->id);
      sim_write_member (out, "kind", sim_fault_name (fault));
      sim_write_member_int (out, "times", fault->times);
      sim_write_close (out, '}');
    }
  sim_write_close (out, ']');
  g_mutex_unlock (&faults->mutex);
}
