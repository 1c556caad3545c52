/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-job-verdict.h"

#include "libforeman/foreman-error.h"

#include <string.h>

#define SECOND          ((gint64) G_USEC_PER_SEC)
#define FIRST_BACKOFF   SECOND
#define LONGEST_BACKOFF (5 * 60 * SECOND)

/* However long a target asks for. */
#define LONGEST_RETRY_AFTER (60 * 60 * SECOND)

/* Somebody has to make room first. */
#define STORAGE_DELAY (30 * SECOND)

/* What a failure says about the request and the target. */
typedef enum
{
  FAULT_PERMANENT,   /* the same request would fail again */
  FAULT_TRANSIENT,   /* trying again may help */
  FAULT_UNREACHABLE, /* the target never saw the request */
} Fault;

/* Ollama answers 500 for some of what a client did wrong. */
static gboolean
is_request_fault (const char *message)
{
  return strstr (message, "invalid format: ") != NULL ||
         (strstr (message, "option \"") != NULL && strstr (message, "\" must be of type ") != NULL);
}

static Fault
fault_of_status (guint status, const char *message)
{
  if (status == 408 || status == 425 || status == 429)
    return FAULT_TRANSIENT;
  if (status < 500 || status == 501 || is_request_fault (message))
    return FAULT_PERMANENT;
  return FAULT_TRANSIENT;
}

static Fault
fault_of (const GError *error)
{
  if (error->domain != FOREMAN_ERROR)
    return FAULT_TRANSIENT;
  switch ((ForemanError) error->code)
    {
    case FOREMAN_ERROR_HTTP:
      return fault_of_status (foreman_error_get_http_status (error), error->message);
    case FOREMAN_ERROR_CONNECTION:
      return foreman_error_is_unreachable (error) ? FAULT_UNREACHABLE : FAULT_TRANSIENT;
    case FOREMAN_ERROR_INVALID_REQUEST:
    case FOREMAN_ERROR_TOO_LARGE:
      return FAULT_PERMANENT;
    case FOREMAN_ERROR_FAILED:
      return is_request_fault (error->message) ? FAULT_PERMANENT : FAULT_TRANSIENT;
    default:
      return FAULT_TRANSIENT;
    }
}

static const char *
code_of_status (guint status, const char *message)
{
  switch (status)
    {
    case 400:
    case 422:
      return foreman_error_to_code (FOREMAN_ERROR_INVALID_REQUEST);
    case 401:
      return foreman_error_to_code (FOREMAN_ERROR_UNAUTHORIZED);
    case 403:
      return foreman_error_to_code (FOREMAN_ERROR_FORBIDDEN);
    case 404:
      return foreman_error_to_code (FOREMAN_ERROR_NOT_FOUND);
    case 413:
      return foreman_error_to_code (FOREMAN_ERROR_TOO_LARGE);
    case 429:
      return foreman_error_to_code (FOREMAN_ERROR_RATE_LIMITED);
    default:
      return foreman_error_to_code (is_request_fault (message) ? FOREMAN_ERROR_INVALID_REQUEST
                                                               : FOREMAN_ERROR_HTTP);
    }
}

static const char *
code_of (const GError *error)
{
  if (error == NULL)
    return "empty_answer";
  if (error->domain != FOREMAN_ERROR)
    return foreman_error_to_code (FOREMAN_ERROR_FAILED);
  if (error->code == FOREMAN_ERROR_HTTP)
    return code_of_status (foreman_error_get_http_status (error), error->message);
  if (error->code == FOREMAN_ERROR_CONNECTION && !foreman_error_is_unreachable (error))
    return "broken_off";
  if (error->code == FOREMAN_ERROR_FAILED)
    return code_of_status (500, error->message);
  return foreman_error_to_code (error->code);
}

/* Full jitter, so that many who failed together do not come back together. */
static gint64
backoff (const ForemanJobRecord *job, const ForemanJobEvidence *evidence)
{
  gint64 ceiling = LONGEST_BACKOFF;
  gint64 delay;

  if (job->attempt < 8)
    ceiling = MIN (ceiling, (2 * FIRST_BACKOFF) << job->attempt);
  delay = FIRST_BACKOFF + (gint64) (evidence->chance * (double) (ceiling - FIRST_BACKOFF));
  return MAX (delay, MIN (evidence->retry_after, LONGEST_RETRY_AFTER));
}

static ForemanJobVerdict
requeue (const char *outcome, const char *reason, gint64 delay)
{
  return (ForemanJobVerdict){
    .state = FOREMAN_JOB_QUEUED, .outcome = outcome, .reason = reason, .delay = delay
  };
}

static ForemanJobVerdict
fail (const char *outcome, const char *code, gboolean is_permanent)
{
  return (ForemanJobVerdict){ .state = FOREMAN_JOB_FAILED,
                              .counts = TRUE,
                              .is_permanent = is_permanent,
                              .outcome = outcome,
                              .error_code = code };
}

static ForemanJobVerdict
try_again (const ForemanJobRecord *job,
           const ForemanJobEvidence *evidence,
           const char *outcome,
           const char *code)
{
  ForemanJobVerdict verdict;

  if (job->attempt + 1 >= job->max_attempts)
    return fail (outcome, code, FALSE);
  verdict = requeue (outcome, "backoff", backoff (job, evidence));
  verdict.counts = TRUE;
  verdict.error_code = code;
  return verdict;
}

static ForemanJobVerdict
judge_answer (const ForemanJobRecord *job, const ForemanJobEvidence *evidence)
{
  ForemanJobVerdict verdict = { .state = FOREMAN_JOB_DONE, .outcome = "done" };

  if (evidence->is_empty && evidence->is_cold)
    return try_again (job, evidence, "retried", code_of (NULL));
  if (evidence->is_repetition)
    verdict.error_code = "repeated_tokens";
  return verdict;
}

/* What says nothing about the job: it runs again as if it had not begun. */
static gboolean
is_no_attempt (const ForemanJobEvidence *evidence, ForemanJobVerdict *verdict)
{
  const GError *error = evidence->error;
  Fault fault = fault_of (error);

  if (evidence->is_model_gone)
    *verdict = requeue ("retried", "model_missing", 0);
  else if (fault == FAULT_UNREACHABLE ||
           (evidence->has_slept && fault == FAULT_TRANSIENT &&
            !g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_HTTP)))
    *verdict = requeue ("unreachable", "target_unreachable", 0);
  else if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_DRAINING))
    *verdict = requeue ("drained", "drained", 0);
  else if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_STORAGE_FULL))
    *verdict = requeue ("retried", "storage_full", STORAGE_DELAY);
  else
    return FALSE;
  verdict->error_code = code_of (error);
  return TRUE;
}

/**
 * foreman_job_verdict_find: (skip)
 * @job: a job that ran, as it was before the attempt
 * @evidence: how the attempt went
 *
 * Decides what becomes of a job: job-api.md's paragraph on what is retried, in one place. The same
 * evidence always has the same verdict. Any thread.
 *
 * Returns: the verdict
 */
ForemanJobVerdict
foreman_job_verdict_find (const ForemanJobRecord *job, const ForemanJobEvidence *evidence)
{
  ForemanJobVerdict verdict;

  if (evidence->is_expired)
    {
      const char *code = foreman_error_to_code (FOREMAN_ERROR_TIMEOUT);

      return job->attempts_given ? try_again (job, evidence, "timeout", code)
                                 : fail ("timeout", code, FALSE);
    }
  if (evidence->error == NULL)
    return judge_answer (job, evidence);
  if (is_no_attempt (evidence, &verdict))
    return verdict;
  if (fault_of (evidence->error) == FAULT_PERMANENT)
    return fail ("failed", code_of (evidence->error), TRUE);
  verdict = try_again (job, evidence, "retried", code_of (evidence->error));
  if (verdict.state == FOREMAN_JOB_FAILED)
    verdict.outcome = "failed";
  return verdict;
}
