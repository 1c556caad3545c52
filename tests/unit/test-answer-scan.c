/* SPDX-License-Identifier: MIT */
#include "engine/foreman-answer-scan.h"

#include <string.h>

#define N(content)                                                                                 \
  "{\"model\":\"tiny\",\"created_at\":\"2026-11-23T20:50:54.5Z\",\"message\":{\"role\":"           \
  "\"assistant\",\"content\":\"" content "\"},\"done\":false}\n"
#define N_DONE                                                                                     \
  "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"       \
  "\"done_reason\":\"stop\",\"total_duration\":479024226,\"load_duration\":281879750,"             \
  "\"prompt_eval_count\":29,\"prompt_eval_duration\":1556003,\"eval_count\":24,"                   \
  "\"eval_duration\":37447679}\n"

#define C(rest)                                                                                    \
  "data: "                                                                                         \
  "{\"id\":\"chatcmpl-965\",\"object\":\"chat.completion.chunk\",\"model\":\"tiny\",\"choices\":"  \
  "[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\" rusu\"},\"finish_reason\":" rest \
  "\n\n"
#define C_USAGE                                                                                    \
  "data: {\"id\":\"chatcmpl-965\",\"choices\":[],\"usage\":{\"prompt_tokens\":29,"                 \
  "\"completion_tokens\":4,\"total_tokens\":33}}\n\n"
#define C_DONE "data: [DONE]\n\n"

#define R(type, rest)                                                                              \
  "event: " type "\ndata: {" rest ",\"sequence_number\":0,\"type\":\"" type "\"}\n\n"
#define M(type, rest) "event: " type "\ndata: {\"type\":\"" type "\"" rest "}\n\n"

typedef struct
{
  const char *name;
  ForemanAnswerKind kind;
  const char *body;
  const char *expected; /* complete, error, between lines: letters; then chunks, prompt and
                           completion tokens */
} Case;

static const Case cases[] = {
  { "ndjson", FOREMAN_ANSWER_NDJSON, N (" rusu") N (" kenu") N_DONE, "c-b 2 29 24" },
  { "ndjson-cut-cleanly", FOREMAN_ANSWER_NDJSON, N (" rusu") N (" kenu"), "--b 2 -1 -1" },
  { "ndjson-cut-in-a-line", FOREMAN_ANSWER_NDJSON, N (" rusu") "{\"model\":\"ti", "--- 1 -1 -1" },
  { "ndjson-cut-in-the-last-line", FOREMAN_ANSWER_NDJSON, N ("") "{\"done\":true,\"eval_count\":2",
    "--- 1 -1 -1" },
  { "ndjson-last-line-without-newline", FOREMAN_ANSWER_NDJSON, N ("") "{\"done\":true}",
    "c-- 1 -1 -1" },
  { "ndjson-error", FOREMAN_ANSWER_NDJSON,
    N ("") "{\"error\":\"an error was \\\"done\\\":true\"}\n", "-eb 1 -1 -1" },
  { "ndjson-text-about-done", FOREMAN_ANSWER_NDJSON, N ("\\\"done\\\":true,") N_DONE "\n",
    "c-b 1 29 24" },
  { "ndjson-tool-named-done", FOREMAN_ANSWER_NDJSON,
    "{\"message\":{\"tool_calls\":[{\"function\":{\"arguments\":{\"done\":true}}}]},\"done\":false}"
    "\n"
    "{\"message\":{\"tool_calls\":[{\"function\":{\"arguments\":{\"done\":false}}}]},\"done\":true}"
    "\n",
    "c-b 1 -1 -1" },
  { "ndjson-other-white-space", FOREMAN_ANSWER_NDJSON,
    " { \"done\" : false }\r\n\r\n{\"a\":{\"done\":false}, \"done\" :\ttrue , \"eval_count\": 7 "
    "}\r\n",
    "c-b 1 -1 7" },
  { "ndjson-error-beside-null", FOREMAN_ANSWER_NDJSON, "{\"error\":null,\"done\": false}\n",
    "--b 1 -1 -1" },
  { "ndjson-error-not-done", FOREMAN_ANSWER_NDJSON, "{\"error\":\"x\",\"done\":false}\n",
    "-eb 0 -1 -1" },
  { "ndjson-key-with-an-escape", FOREMAN_ANSWER_NDJSON, "{\"do\\nne\":true}\n", "--b 0 -1 -1" },
  { "ndjson-garbage", FOREMAN_ANSWER_NDJSON, "]]]}}}\"\\\n\n<html>\n\xff\xfe\n" N_DONE,
    "c-b 0 29 24" },
  { "ndjson-empty", FOREMAN_ANSWER_NDJSON, "", "--b 0 -1 -1" },

  { "completions", FOREMAN_ANSWER_SSE_COMPLETIONS,
    C ("null}]}") C ("null}]}") C ("\"stop\"}]}") C_USAGE C_DONE, "c-b 2 29 4" },
  { "completions-cut", FOREMAN_ANSWER_SSE_COMPLETIONS, C ("null}]}") C ("\"stop\"}]}"),
    "--b 1 -1 -1" },
  { "completions-usage-in-each", FOREMAN_ANSWER_SSE_COMPLETIONS,
    C ("null}],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0}}") C_USAGE C_DONE,
    "c-b 1 29 4" },
  { "completions-error", FOREMAN_ANSWER_SSE_COMPLETIONS,
    C ("null}]}") "data: {\"error\":{\"message\":\"boom\",\"type\":\"api_error\"}}\n\n",
    "-eb 1 -1 -1" },
  { "completions-text-about-done", FOREMAN_ANSWER_SSE_COMPLETIONS,
    "data: {\"choices\":[{\"text\":\"data: [DONE]\"}]}\n\ndata: "
    "{\"choices\":[{\"text\":\"\\n\\ndata: "
    "[DONE]\\n\\n\"}]}\n\n",
    "--b 2 -1 -1" },
  { "completions-comments-and-crlf", FOREMAN_ANSWER_SSE_COMPLETIONS,
    ": ping\r\n\r\ndata:{\"choices\":[{}]}\r\nid: 7\r\n\r\ndata:[DONE]\r\n\r\n", "c-b 1 -1 -1" },
  { "completions-done-without-blank-line", FOREMAN_ANSWER_SSE_COMPLETIONS, "data: [DONE]\n",
    "c-- 0 -1 -1" },
  { "completions-done-cut", FOREMAN_ANSWER_SSE_COMPLETIONS, "data: [DONE]", "--- 0 -1 -1" },
  { "completions-cut-in-a-delta", FOREMAN_ANSWER_SSE_COMPLETIONS, "data: {\"choices\":[{\"te",
    "--- 0 -1 -1" },

  { "responses", FOREMAN_ANSWER_SSE_RESPONSES,
    R ("response.created", "\"response\":{\"error\":null,\"usage\":null}")
        R ("response.output_text.delta", "\"delta\":\" hebi\"")
            R ("response.output_text.delta", "\"delta\":\" co\"")
                R ("response.output_text.done", "\"text\":\" hebi co\"")
                    R ("response.completed",
                       "\"response\":{\"output\":[{\"content\":[{\"type\":"
                       "\"output_text\"}]}],\"usage\":{\"input_tokens\":29,"
                       "\"input_tokens_details\":{\"cached_tokens\":1},"
                       "\"output_tokens\":4}}"),
    "c-b 2 29 4" },
  { "responses-incomplete", FOREMAN_ANSWER_SSE_RESPONSES,
    R ("response.incomplete", "\"response\":{}"), "c-b 0 -1 -1" },
  { "responses-failed", FOREMAN_ANSWER_SSE_RESPONSES, R ("response.failed", "\"response\":{}"),
    "ceb 0 -1 -1" },
  { "responses-error", FOREMAN_ANSWER_SSE_RESPONSES, R ("error", "\"message\":\"x\""),
    "-eb 0 -1 -1" },
  { "responses-cut", FOREMAN_ANSWER_SSE_RESPONSES,
    R ("response.output_text.delta", "\"delta\":\"response.completed\""), "--b 1 -1 -1" },
  { "responses-without-event-lines", FOREMAN_ANSWER_SSE_RESPONSES,
    "data: {\"type\":\"response.output_text.delta\"}\n\ndata: "
    "{\"response\":{\"usage\":{\"input_tokens\":3,"
    "\"output_tokens\":1}},\"type\":\"response.completed\"}\n\n",
    "c-b 1 3 1" },
  { "responses-event-without-data", FOREMAN_ANSWER_SSE_RESPONSES, "event: response.completed\n\n",
    "--b 0 -1 -1" },
  { "responses-cut-behind-the-event-line", FOREMAN_ANSWER_SSE_RESPONSES,
    "event: response.output_text.delta\n", "--- 0 -1 -1" },

  { "messages", FOREMAN_ANSWER_SSE_MESSAGES,
    M ("message_start", ",\"message\":{\"usage\":{\"input_tokens\":2,\"output_tokens\":0}}")
        M ("content_block_delta", ",\"delta\":{\"text\":\" rusu\"}") M ("content_block_stop", "")
            M ("message_delta", ",\"usage\":{\"input_tokens\":29,\"output_tokens\":4}")
                M ("message_stop", ""),
    "c-b 1 29 4" },
  { "messages-cut", FOREMAN_ANSWER_SSE_MESSAGES,
    M ("message_start", ",\"message\":{\"usage\":{\"input_tokens\":2,\"output_tokens\":0}}"),
    "--b 0 2 0" },
  { "messages-error", FOREMAN_ANSWER_SSE_MESSAGES, M ("error", ",\"error\":{\"message\":\"x\"}"),
    "-eb 0 -1 -1" },

  { "json", FOREMAN_ANSWER_JSON,
    "{\"message\":{\"content\":\"}\\\"\"},\"done\":true,\"prompt_eval_count\":29,\"eval_count\":"
    "24}",
    "c-- 0 29 24" },
  { "json-not-done", FOREMAN_ANSWER_JSON, "{\"response\":\"x\",\"done\":false}", "--- 0 -1 -1" },
  { "json-cut", FOREMAN_ANSWER_JSON, "{\"embeddings\":[[0.1,0.2],[0.3", "--- 0 -1 -1" },
  { "json-error", FOREMAN_ANSWER_JSON, "{\"error\":{\"message\":\"x\"}}", "ce- 0 -1 -1" },
  { "json-null-error", FOREMAN_ANSWER_JSON,
    " {\"error\":null,\"usage\":{\"input_tokens\":29,\"output_tokens\":4}}\n", "c-- 0 29 4" },
  { "json-embeddings", FOREMAN_ANSWER_JSON,
    "{\"data\":[{\"embedding\":[1,2]}],\"usage\":{\"prompt_tokens\":5,\"total_tokens\":5}}",
    "c-- 0 5 -1" },
  { "opaque", FOREMAN_ANSWER_OPAQUE, "anything", "c-- 0 -1 -1" },
};

static char *
describe (ForemanAnswerScan *scan)
{
  const ForemanAnswerUsage *usage;
  gboolean between = foreman_answer_scan_is_between_lines (scan);

  foreman_answer_scan_finish (scan);
  usage = foreman_answer_scan_get_usage (scan);
  return g_strdup_printf ("%c%c%c %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                          foreman_answer_scan_is_complete (scan) ? 'c' : '-',
                          foreman_answer_scan_has_error (scan) ? 'e' : '-', between ? 'b' : '-',
                          foreman_answer_scan_get_n_chunks (scan), usage->prompt_tokens,
                          usage->completion_tokens);
}

/* Pieces of each size: what is seen may not depend on where the bytes were cut. */
static void
test_case (gconstpointer data)
{
  const Case *c = data;
  gsize length = strlen (c->body);

  for (gsize size = 1; size <= length + 1; size++)
    {
      g_autoptr (ForemanAnswerScan) scan = foreman_answer_scan_new (c->kind);
      g_autofree char *found = NULL;

      for (gsize at = 0; at < length; at += size)
        {
          gsize piece = MIN (size, length - at);
          g_autofree char *copy = g_memdup2 (c->body + at, piece);

          foreman_answer_scan_feed (scan, copy, piece);
        }
      found = describe (scan);
      g_assert_cmpstr (found, ==, c->expected);
    }
}

static void
test_durations_are_in_microseconds (void)
{
  g_autoptr (ForemanAnswerScan) scan = foreman_answer_scan_new (FOREMAN_ANSWER_NDJSON);
  const ForemanAnswerUsage *usage = foreman_answer_scan_get_usage (scan);

  foreman_answer_scan_feed (scan, N_DONE, strlen (N_DONE));
  g_assert_cmpint (usage->load_duration, ==, 281879);
  g_assert_cmpint (usage->prompt_duration, ==, 1556);
  g_assert_cmpint (usage->completion_duration, ==, 37447);
}

static void
test_a_long_last_line_is_understood (void)
{
  g_autoptr (ForemanAnswerScan) scan = foreman_answer_scan_new (FOREMAN_ANSWER_NDJSON);
  static const char head[] = "{\"response\":\"\",\"done\":true,\"context\":[0";
  static const char tail[] = "],\"prompt_eval_count\":29,\"eval_count\":24}\n";
  static const char number[] = ",123456";
  g_autofree char *found = NULL;

  foreman_answer_scan_feed (scan, head, strlen (head));
  for (guint i = 0; i < 200000; i++)
    foreman_answer_scan_feed (scan, number, strlen (number));
  foreman_answer_scan_feed (scan, tail, strlen (tail));
  found = describe (scan);
  g_assert_cmpstr (found, ==, "c-b 0 29 24");
}

static void
test_depth_has_no_limit (void)
{
  g_autoptr (ForemanAnswerScan) scan = foreman_answer_scan_new (FOREMAN_ANSWER_JSON);
  g_autofree char *open = g_strnfill (100000, '[');
  g_autofree char *close = g_strnfill (100000, ']');

  foreman_answer_scan_feed (scan, "{\"a\":", 5);
  foreman_answer_scan_feed (scan, open, strlen (open));
  foreman_answer_scan_feed (scan, close, strlen (close));
  g_assert_false (foreman_answer_scan_is_complete (scan));
  foreman_answer_scan_feed (scan, ",\"eval_count\":1}", 16);
  g_assert_true (foreman_answer_scan_is_complete (scan));
  g_assert_cmpint (foreman_answer_scan_get_usage (scan)->completion_tokens, ==, 1);
}

static void
assert_kind (ForemanEndpoint endpoint, const char *content_type, ForemanAnswerKind kind)
{
  g_assert_cmpint (foreman_answer_kind_from_content_type (endpoint, content_type), ==, kind);
}

static void
test_the_content_type_tells_the_kind (void)
{
  assert_kind (FOREMAN_ENDPOINT_CHAT, "application/x-ndjson", FOREMAN_ANSWER_NDJSON);
  assert_kind (FOREMAN_ENDPOINT_CHAT, "application/json; charset=utf-8", FOREMAN_ANSWER_JSON);
  assert_kind (FOREMAN_ENDPOINT_CHAT, "Application/JSON;charset=utf-8", FOREMAN_ANSWER_JSON);
  assert_kind (FOREMAN_ENDPOINT_V1_COMPLETIONS, "text/event-stream",
               FOREMAN_ANSWER_SSE_COMPLETIONS);
  assert_kind (FOREMAN_ENDPOINT_V1_RESPONSES, "text/event-stream", FOREMAN_ANSWER_SSE_RESPONSES);
  assert_kind (FOREMAN_ENDPOINT_V1_MESSAGES, "text/event-stream", FOREMAN_ANSWER_SSE_MESSAGES);
  assert_kind (FOREMAN_ENDPOINT_V1_AUDIO, "text/plain", FOREMAN_ANSWER_OPAQUE);
  assert_kind (FOREMAN_ENDPOINT_CHAT, NULL, FOREMAN_ANSWER_OPAQUE);
  assert_kind (FOREMAN_ENDPOINT_CHAT, "text/event-stream", FOREMAN_ANSWER_OPAQUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/answer-scan/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/answer-scan/durations-are-in-microseconds",
                   test_durations_are_in_microseconds);
  g_test_add_func ("/answer-scan/a-long-last-line-is-understood",
                   test_a_long_last_line_is_understood);
  g_test_add_func ("/answer-scan/depth-has-no-limit", test_depth_has_no_limit);
  g_test_add_func ("/answer-scan/the-content-type-tells-the-kind",
                   test_the_content_type_tells_the_kind);
  return g_test_run ();
}
