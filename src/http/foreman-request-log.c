/* SPDX-License-Identifier: MIT */
#include "http/foreman-request-log.h"

#include "engine/foreman-log.h"
#include "http/foreman-router.h"

/* Health checks come every few seconds for ever, and say nothing when all is well. */
static GLogLevelFlags
level_of (const ForemanRecord *record)
{
  if (record->route && record->route->class == FOREMAN_ROUTE_OWN && record->status < 400)
    return G_LOG_LEVEL_DEBUG;
  if (record->status >= 500)
    return G_LOG_LEVEL_WARNING;
  return G_LOG_LEVEL_INFO;
}

static void
add_times (ForemanLogLine *line, const ForemanRecord *record)
{
  foreman_log_line_add_seconds (line, "FOREMAN_SECONDS", record->finished - record->started);
  if (record->gated)
    foreman_log_line_add_seconds (line, "FOREMAN_QUEUE_SECONDS", record->queue_time);
  if (record->first_byte > 0)
    foreman_log_line_add_seconds (line, "FOREMAN_FIRST_BYTE_SECONDS",
                                  record->first_byte - record->started);
}

/**
 * foreman_request_log:
 * @exchange: an exchange that is over
 *
 * Writes the one line that a request leaves in the log: never a query, a body or a token. Main
 * thread.
 */
void
foreman_request_log (ForemanExchange *exchange)
{
  const ForemanRecord *record = foreman_exchange_get_record (exchange);
  ForemanHead *head = foreman_exchange_get_head (exchange);
  ForemanCaller *caller = foreman_exchange_get_caller (exchange);
  GLogLevelFlags level = level_of (record);
  ForemanLogLine line;

  if (!foreman_log_is_enabled (level))
    return;
  foreman_log_line_init (&line, level, "request");
  foreman_log_line_add (&line, "FOREMAN_REQUEST_ID", record->request_id);
  /* Before the caller is known the path may still hold a token. */
  if (head && caller)
    {
      foreman_log_line_add (&line, "FOREMAN_METHOD", foreman_head_get_method (head));
      foreman_log_line_add (&line, "FOREMAN_PATH", foreman_exchange_get_path (exchange));
      foreman_log_line_add (&line, "FOREMAN_CLIENT", caller->name);
    }
  foreman_log_line_add_int (&line, "FOREMAN_STATUS", record->status);
  if (record->model)
    foreman_log_line_add (&line, "FOREMAN_MODEL", record->model);
  add_times (&line, record);
  foreman_log_line_add_int (&line, "FOREMAN_BYTES", record->body_bytes);
  if (record->usage.completion_tokens > 0)
    foreman_log_line_add_int (&line, "FOREMAN_TOKENS", record->usage.completion_tokens);
  if (record->client_left)
    foreman_log_line_add (&line, "FOREMAN_LEFT_WHILE", foreman_stage_to_string (record->stage));
  if (record->failure)
    foreman_log_line_add (&line, "FOREMAN_FAILURE", record->failure);
  foreman_log_line_send (&line);
}
