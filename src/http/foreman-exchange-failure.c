/* SPDX-License-Identifier: MIT */
/* How an exchange tells its client that something went wrong. */
#include "http/foreman-exchange.h"

#include <string.h>

/* How long the store may take to be opened again, where that can help. */
#define STORE_RETRY_SECONDS 5

static void
answer (ForemanExchange *self, guint status, const ForemanErrorFacts *facts)
{
  const char *content_type;
  g_autofree char *body =
      foreman_error_shape (foreman_exchange_get_api (self), status, facts, &content_type);

  foreman_exchange_note_failure (self, facts->message);
  foreman_exchange_answer (self, status, content_type, body, strlen (body));
}

/**
 * foreman_exchange_answer_error:
 * @self: an exchange whose answer has not begun
 * @status: the status code
 * @code: which error it is
 * @message: one line that says what is wrong
 * @hint: (nullable): what to do
 *
 * Answers with an error in the shape of the API that the path belongs to.
 */
void
foreman_exchange_answer_error (ForemanExchange *self,
                               guint status,
                               ForemanError code,
                               const char *message,
                               const char *hint)
{
  const ForemanErrorFacts facts = {
    .message = message,
    .code = foreman_error_to_code (code),
    .hint = hint,
  };

  answer (self, status, &facts);
}

static guint
status_of_error (ForemanStage stage, const GError *error)
{
  if (error->domain != FOREMAN_ERROR)
    return 500;
  switch ((ForemanError) error->code)
    {
    case FOREMAN_ERROR_INVALID_REQUEST:
      return 400;
    case FOREMAN_ERROR_UNAUTHORIZED:
      return 401;
    case FOREMAN_ERROR_FORBIDDEN:
      return 403;
    case FOREMAN_ERROR_NOT_FOUND:
      return 404;
    case FOREMAN_ERROR_CONFLICT:
      return 409;
    case FOREMAN_ERROR_TOO_LARGE:
      return 413;
    case FOREMAN_ERROR_QUEUE_FULL:
    case FOREMAN_ERROR_RATE_LIMITED:
    case FOREMAN_ERROR_PAUSED:
    case FOREMAN_ERROR_DRAINING:
    case FOREMAN_ERROR_STORE_UNAVAILABLE:
      return 503;
    case FOREMAN_ERROR_CONNECTION:
    case FOREMAN_ERROR_HTTP:
      return 502;
    case FOREMAN_ERROR_TIMEOUT:
      /* Who was late: the client with its body, or the target with its answer. */
      return stage == FOREMAN_STAGE_READING ? 408 : 504;
    case FOREMAN_ERROR_STORAGE_FULL:
      return 507;
    case FOREMAN_ERROR_LOOP:
      return 508;
    case FOREMAN_ERROR_FAILED:
    case FOREMAN_ERROR_INVALID_CONFIG:
    default:
      return 500;
    }
}

/* When a pause ends; else when there may be room, as the gate sees it: for this client, or for
 * anybody. A store that has to be opened anew is no matter of the gate. */
static guint
retry_after (ForemanExchange *self, const GError *error)
{
  ForemanHttpContext *context = foreman_exchange_get_context (self);
  ForemanCaller *caller = foreman_exchange_get_caller (self);
  gboolean is_own = g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_RATE_LIMITED) && caller;

  if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE))
    return STORE_RETRY_SECONDS;
  if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_PAUSED) && context->pause)
    return MAX (foreman_pause_get_retry_after (context->pause), 1);
  return foreman_gate_get_retry_after (context->gate, is_own ? caller->client : NULL);
}

/* What can be done about it, where that is always the same. */
static const char *
hint_of_error (ForemanExchange *self, const GError *error)
{
  const char *method = foreman_head_get_method (foreman_exchange_get_head (self));

  /* Only a submission has a key. */
  if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_STORE_UNAVAILABLE))
    return g_str_equal (method, "POST")
               ? "try again later, with the same idempotency key; foreman's log says what is wrong"
               : "try again later; foreman's log says what is wrong";
  if (g_error_matches (error, FOREMAN_ERROR, FOREMAN_ERROR_STORAGE_FULL))
    return "purge finished jobs, free room on the disk, or see FOREMAN_MIN_FREE and "
           "FOREMAN_MAX_JOBS";
  return NULL;
}

/**
 * foreman_exchange_answer_failure:
 * @self: an exchange
 * @error: what went wrong
 *
 * Answers with the status that belongs to @error; when the answer has begun already, the connection
 * is broken off.
 */
void
foreman_exchange_answer_failure (ForemanExchange *self, const GError *error)
{
  guint status = status_of_error (foreman_exchange_get_record (self)->stage, error);
  const ForemanErrorFacts facts = {
    .message = error->message,
    .code = foreman_error_to_code (error->domain == FOREMAN_ERROR ? (ForemanError) error->code
                                                                  : FOREMAN_ERROR_FAILED),
    .hint = hint_of_error (self, error),
    .field = foreman_error_get_field (error),
  };

  /* A client that left is the reason for what failed, not somebody to tell; it ends the exchange.
   */
  if (foreman_exchange_is_over (self) ||
      foreman_connection_is_lost (foreman_exchange_get_connection (self)))
    return;
  if (foreman_exchange_has_begun (self))
    {
      foreman_exchange_abort (self);
      return;
    }
  if (status == 503)
    {
      g_autofree char *seconds = g_strdup_printf ("%u", retry_after (self, error));

      foreman_exchange_add_header (self, "Retry-After", seconds);
      /* The OpenAI clients would send it again at once, twice, and each try would queue. */
      foreman_exchange_add_header (self, "x-should-retry", "false");
    }
  answer (self, status, &facts);
}
