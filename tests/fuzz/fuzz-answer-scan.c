/* SPDX-License-Identifier: MIT */
/* The first byte says how the answer is written, the second how large the pieces are. What is seen
 * may not depend on where the bytes were cut; only whole lines are, at a glance, taken for what
 * they look like, and that is right for what is JSON. */
#include "engine/foreman-answer-scan.h"

#include <string.h>

#include "fuzz.h"

static ForemanAnswerScan *
scan (ForemanAnswerKind kind, const uint8_t *data, size_t size, size_t step)
{
  ForemanAnswerScan *self = foreman_answer_scan_new (kind);

  for (size_t at = 0; at < size; at += step)
    foreman_answer_scan_feed (self, data + at, MIN (step, size - at));
  return self;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (ForemanAnswerScan) whole = NULL;
  g_autoptr (ForemanAnswerScan) bytes = NULL;
  g_autoptr (ForemanAnswerScan) pieces = NULL;
  ForemanAnswerKind kind;

  if (size < 2)
    return 0;
  kind = data[0] % (FOREMAN_ANSWER_SSE_MESSAGES + 1);
  whole = scan (kind, data + 2, size - 2, size);
  bytes = scan (kind, data + 2, size - 2, 1);
  pieces = scan (kind, data + 2, size - 2, data[1] % 8 + 2);

  g_assert_true (foreman_answer_scan_is_between_lines (bytes) ==
                 foreman_answer_scan_is_between_lines (whole));
  foreman_answer_scan_finish (whole);
  foreman_answer_scan_finish (bytes);
  foreman_answer_scan_finish (pieces);
  g_assert_true (foreman_answer_scan_is_complete (bytes) ==
                 foreman_answer_scan_is_complete (pieces));
  g_assert_true (foreman_answer_scan_has_error (bytes) == foreman_answer_scan_has_error (pieces));
  g_assert_true (foreman_answer_scan_get_n_chunks (bytes) ==
                 foreman_answer_scan_get_n_chunks (pieces));
  g_assert_cmpmem (foreman_answer_scan_get_usage (bytes), sizeof (ForemanAnswerUsage),
                   foreman_answer_scan_get_usage (pieces), sizeof (ForemanAnswerUsage));
  return 0;
}
