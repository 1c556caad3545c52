/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-answer-fields.h"
#include "engine/foreman-endpoint.h"

G_BEGIN_DECLS

/**
 * ForemanAnswerKind:
 * @FOREMAN_ANSWER_OPAQUE: something else, of which nothing is known
 * @FOREMAN_ANSWER_JSON: one JSON object
 * @FOREMAN_ANSWER_NDJSON: lines, the last with `"done":true`
 * @FOREMAN_ANSWER_PROGRESS: lines that tell how far something is, as a pull; none has to be the
 * last
 * @FOREMAN_ANSWER_SSE_COMPLETIONS: events, the last `[DONE]`
 * @FOREMAN_ANSWER_SSE_RESPONSES: events, the last `response.completed`, `response.incomplete` or
 * `response.failed`
 * @FOREMAN_ANSWER_SSE_MESSAGES: events, the last `message_stop`
 *
 * How an answer is written, and so how it shows that it is whole.
 */
typedef enum
{
  FOREMAN_ANSWER_OPAQUE,
  FOREMAN_ANSWER_JSON,
  FOREMAN_ANSWER_NDJSON,
  FOREMAN_ANSWER_PROGRESS,
  FOREMAN_ANSWER_SSE_COMPLETIONS,
  FOREMAN_ANSWER_SSE_RESPONSES,
  FOREMAN_ANSWER_SSE_MESSAGES,
} ForemanAnswerKind;

/**
 * ForemanAnswerScan:
 *
 * Watches the bytes of an answer go by.
 */
typedef struct _ForemanAnswerScan ForemanAnswerScan;

ForemanAnswerKind foreman_answer_kind_from_content_type (ForemanEndpoint endpoint,
                                                         const char *content_type);
gboolean foreman_answer_kind_is_sse (ForemanAnswerKind kind);
gboolean foreman_answer_kind_is_lines (ForemanAnswerKind kind);

ForemanAnswerScan *foreman_answer_scan_new (ForemanAnswerKind kind);
void foreman_answer_scan_free (ForemanAnswerScan *scan);
void foreman_answer_scan_feed (ForemanAnswerScan *scan, const void *data, gsize length);
void foreman_answer_scan_finish (ForemanAnswerScan *scan);

ForemanAnswerKind foreman_answer_scan_get_kind (ForemanAnswerScan *scan);
gboolean foreman_answer_scan_is_complete (ForemanAnswerScan *scan);
gboolean foreman_answer_scan_has_error (ForemanAnswerScan *scan);
gboolean foreman_answer_scan_is_between_lines (ForemanAnswerScan *scan);
guint64 foreman_answer_scan_get_n_chunks (ForemanAnswerScan *scan);
const ForemanAnswerUsage *foreman_answer_scan_get_usage (ForemanAnswerScan *scan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanAnswerScan, foreman_answer_scan_free)

G_END_DECLS
