/* SPDX-License-Identifier: MIT */
#include "http/foreman-record.h"

#include "libforeman/foreman-ulid.h"

#include <string.h>

/* The caller's own id is kept where it cannot do harm in a log or a header. */
static char *
choose_request_id (const char *given)
{
  gsize length = given ? strlen (given) : 0;

  if (length == 0 || length > 128)
    return foreman_ulid_new_string ();
  for (const char *p = given; *p; p++)
    if (!g_ascii_isalnum (*p) && !strchr ("-_.:/+=", *p))
      return foreman_ulid_new_string ();
  return g_strdup (given);
}

/**
 * foreman_record_init:
 * @self: memory for a record
 * @given_id: (nullable): the id that the caller gave its request
 *
 * Begins a record, now. Main thread, as is everything here.
 */
void
foreman_record_init (ForemanRecord *self, const char *given_id)
{
  *self = (ForemanRecord){
    .request_id = choose_request_id (given_id),
    .started = g_get_monotonic_time (),
    .usage = FOREMAN_ANSWER_USAGE_INIT,
  };
}

/**
 * foreman_record_clear:
 * @self: a record
 *
 * Frees what @self holds.
 */
void
foreman_record_clear (ForemanRecord *self)
{
  g_clear_pointer (&self->request_id, g_free);
  g_clear_pointer (&self->model, g_free);
  g_clear_pointer (&self->failure, g_free);
}

/**
 * foreman_stage_to_string:
 * @stage: a stage
 *
 * Returns: (transfer none): its name in logs and metrics
 */
const char *
foreman_stage_to_string (ForemanStage stage)
{
  switch (stage)
    {
    case FOREMAN_STAGE_QUEUED:
      return "queued";
    case FOREMAN_STAGE_WAITING:
      return "waiting";
    case FOREMAN_STAGE_STREAMING:
      return "streaming";
    case FOREMAN_STAGE_READING:
    default:
      return "reading";
    }
}
