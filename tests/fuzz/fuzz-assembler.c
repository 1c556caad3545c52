/* SPDX-License-Identifier: MIT */
/* The first byte says who answers, the second how it is written and how large the pieces are. What
 * is assembled may not depend on where the bytes were cut, and of a stream it is one JSON object in
 * UTF-8. */
#include "assembler-fixture.h"

#include "engine/foreman-answer-scan.h"
#include "fuzz.h"

static const char *const types[] = { "application/x-ndjson", "text/event-stream",
                                     "application/json", NULL };

static void
assert_same (const Assembled *a, const Assembled *b)
{
  g_assert_cmpstr (a->answer, ==, b->answer);
  g_assert_cmpstr (a->text, ==, b->text);
  g_assert_cmpstr (a->warning, ==, b->warning);
  g_assert_true ((a->error == NULL) == (b->error == NULL));
  if (a->error != NULL)
    {
      g_assert_cmpint (a->error->code, ==, b->error->code);
      g_assert_cmpstr (a->error->message, ==, b->error->message);
    }
  g_assert_cmpuint (a->n_chunks, ==, b->n_chunks);
  g_assert_true (a->is_empty == b->is_empty);
  g_assert_true (a->is_complete == b->is_complete);
  g_assert_cmpmem (&a->usage, sizeof a->usage, &b->usage, sizeof b->usage);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (Assembled) whole = NULL;
  g_autoptr (Assembled) bytes = NULL;
  g_autoptr (Assembled) pieces = NULL;
  ForemanAnswerKind kind;
  ForemanEndpoint endpoint;
  const char *type, *body;

  if (size < 2)
    return 0;
  endpoint = data[0] % FOREMAN_N_ENDPOINTS;
  type = types[data[1] % G_N_ELEMENTS (types)];
  kind = foreman_answer_kind_from_content_type (endpoint, type);
  body = (const char *) data + 2;
  whole = assemble (endpoint, type, body, size - 2, 0);
  bytes = assemble (endpoint, type, body, size - 2, 1);
  pieces = assemble (endpoint, type, body, size - 2, data[1] / G_N_ELEMENTS (types) % 16 + 2);

  assert_same (whole, bytes);
  assert_same (whole, pieces);
  if (whole->answer != NULL && (kind == FOREMAN_ANSWER_NDJSON || foreman_answer_kind_is_sse (kind)))
    {
      g_assert_true (g_utf8_validate (whole->answer, -1, NULL));
      g_assert_true (is_one_object (whole->answer));
    }
  return 0;
}
