/* SPDX-License-Identifier: MIT */
/* test-assembler-pairs.c has what Ollama is known to answer; here is what else may come. */
#include <string.h>

#include "assembler-fixture.h"
#include "libforeman/foreman-error.h"
#include "net/foreman-line-reader.h"

#define NDJSON "application/x-ndjson"
#define JSON   "application/json; charset=utf-8"
#define SSE    "text/event-stream"

#define E(data) "data: " data "\n\n"
#define C(rest)                                                                                    \
  E ("{\"id\":\"c1\",\"created\":5,\"model\":\"m\",\"system_fingerprint\":\"f\",\"choices\":" rest \
     "}")
#define C_HEAD(object)                                                                             \
  "{\"id\":\"c1\",\"object\":\"" object "\",\"created\":5,\"model\":\"m\",\"system_fingerprint\":" \
  "\"f\",\"choices\":["
#define C_NO_USAGE "],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}}\n"
#define M_START                                                                                    \
  E ("{\"type\":\"message_start\",\"message\":{\"id\":\"m1\",\"type\":\"message\",\"role\":"       \
     "\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":1,"                 \
     "\"output_tokens\":0}}}")
#define M_BLOCK(block) E ("{\"type\":\"content_block_start\",\"content_block\":" block "}")
#define M_DELTA(delta) E ("{\"type\":\"content_block_delta\",\"delta\":{" delta "}}")
#define M_BLOCK_STOP   E ("{\"type\":\"content_block_stop\"}")
#define M_STOP         E ("{\"type\":\"message_stop\"}")
#define M_HEAD                                                                                     \
  "{\"id\":\"m1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":"
#define M_NO_USAGE    ",\"usage\":{\"input_tokens\":0,\"output_tokens\":0}}\n"
#define R(type, rest) "event: " type "\n" E ("{" rest ",\"type\":\"" type "\"}")

typedef struct
{
  const char *name;
  ForemanEndpoint endpoint;
  const char *content_type;
  const char *stream;
  const char *answer; /* (nullable) */
  const char *text;
  const char *facts; /* empty or not; then chunks, prompt and completion tokens */
} Case;

static const Case cases[] = {
  { "blank-lines-and-crlf", FOREMAN_ENDPOINT_GENERATE, NDJSON,
    "\r\n{\"response\":\"a\",\"done\":false}\r\n\n  \n \t{\"model\":\"m\",\"response\":\"b\","
    "\"done\":true}\r\n\r\n",
    "{\"model\":\"m\",\"response\":\"ab\",\"done\":true}", "ab", "- 2 -1 -1" },
  { "last-line-without-an-end", FOREMAN_ENDPOINT_GENERATE, NDJSON,
    "{\"response\":\"a\",\"done\":true,\"prompt_eval_count\":3,\"eval_count\":4}",
    "{\"response\":\"a\",\"done\":true,\"prompt_eval_count\":3,\"eval_count\":4}", "a", "- 1 3 4" },
  { "lines-after-the-end", FOREMAN_ENDPOINT_GENERATE, NDJSON,
    "{\"response\":\"a\",\"done\":true}\n{\"response\":\"b\",\"done\":true}\n<html>\n",
    "{\"response\":\"a\",\"done\":true}", "a", "- 1 -1 -1" },
  { "members-of-a-later-ollama", FOREMAN_ENDPOINT_CHAT, NDJSON,
    "{\"new\\n\":[1.50,\"\\/"
    "\"],\"done\":true,\"message\":{\"z\":{},\"content\":\"a\",\"role\":\"r\""
    "},\"model\":\"m\"}\n",
    "{\"model\":\"m\",\"message\":{\"role\":\"r\",\"content\":\"a\",\"z\":{}},\"done\":true,"
    "\"new\\n\":[1.50,\"\\/\"]}",
    "a", "- 1 -1 -1" },
  { "no-message", FOREMAN_ENDPOINT_CHAT, NDJSON, "{\"message\":null,\"done\":true}\n",
    "{\"message\":{\"content\":\"\"},\"done\":true}", "", "e 0 -1 -1" },
  { "surrogates", FOREMAN_ENDPOINT_GENERATE, NDJSON,
    "{\"response\":\"\\ud83d\\ude00\\u0000\\u00e9\",\"done\":false}\n"
    "{\"response\":\"\\ud83d\",\"done\":false}\n{\"response\":\"\\ude00\",\"done\":true}\n",
    "{\"response\":\"\\ud83d\\ude00\\u0000\\u00e9\\ud83d\\ude00\",\"done\":true}",
    "\U0001f600\ufffd\u00e9\ufffd\ufffd", "- 3 -1 -1" },
  { "bad-utf8", FOREMAN_ENDPOINT_GENERATE, NDJSON,
    "{\"response\":\"a\xff\xc3\",\"done\":false}\n{\"response\":\"\xa9\",\"done\":true}\n",
    "{\"response\":\"a\ufffd\ufffd\ufffd\",\"done\":true}", "a\ufffd\ufffd\ufffd", "- 2 -1 -1" },

  { "load", FOREMAN_ENDPOINT_CHAT, JSON,
    "{\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":"
    "\"load\"}",
    "{\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":"
    "\"load\"}",
    "", "e 0 -1 -1" },
  { "load-generate", FOREMAN_ENDPOINT_GENERATE, JSON, "{ \"response\":\"\",\"done\":true}",
    "{ \"response\":\"\",\"done\":true}", "", "e 0 -1 -1" },
  { "one-piece", FOREMAN_ENDPOINT_CHAT, JSON, "{\"message\":{\"content\":\"a\"},\"done\":true}\n",
    "{\"message\":{\"content\":\"a\"},\"done\":true}\n", "", "- 0 -1 -1" },
  { "rendered", FOREMAN_ENDPOINT_GENERATE, JSON,
    "{\"done\":false,\"_debug_info\":{\"rendered_template\":\"x\"}}",
    "{\"done\":false,\"_debug_info\":{\"rendered_template\":\"x\"}}", "", "- 0 -1 -1" },
  { "embed", FOREMAN_ENDPOINT_EMBED, JSON,
    "{\"embeddings\":[[1e-7, 0.10]],\"prompt_eval_count\":2}",
    "{\"embeddings\":[[1e-7, 0.10]],\"prompt_eval_count\":2}", "", "- 0 2 -1" },
  { "embed-nothing", FOREMAN_ENDPOINT_EMBED, JSON, "{\"model\":\"m\",\"embeddings\":[]}",
    "{\"model\":\"m\",\"embeddings\":[]}", "", "e 0 -1 -1" },
  { "embeddings", FOREMAN_ENDPOINT_EMBEDDINGS, JSON, "{\"embedding\":[ ]}", "{\"embedding\":[ ]}",
    "", "e 0 -1 -1" },
  { "v1-embeddings", FOREMAN_ENDPOINT_V1_EMBEDDINGS, "application/json",
    "{\"data\":[{\"embedding\":\"AAA=\"}],\"usage\":{\"prompt_tokens\":9}}\n",
    "{\"data\":[{\"embedding\":\"AAA=\"}],\"usage\":{\"prompt_tokens\":9}}\n", "", "- 0 9 -1" },
  { "transcription", FOREMAN_ENDPOINT_V1_AUDIO, "text/plain", "Hel\xff\nlo", "Hel\xff\nlo", "",
    "- 0 -1 -1" },

  { "completions-as-openai-writes-them", FOREMAN_ENDPOINT_V1_CHAT, SSE,
    ": ping\n\n" C ("[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
                    "\"finish_reason\":null}],\"usage\":null")
        C ("[{\"index\":0,\"delta\":{\"content\":\"a\"},\"logprobs\":null,\"finish_reason\":null}]")
            C ("[{\"index\":0,\"delta\":{\"content\":null},\"finish_reason\":null}]")
                C ("[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]") E ("[DONE]"),
    C_HEAD (
        "chat.completion") "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\"},"
                           "\"finish_reason\":\"stop\"}" C_NO_USAGE,
    "a", "- 1 -1 -1" },
  { "completions-usage-last", FOREMAN_ENDPOINT_V1_COMPLETIONS, SSE,
    C ("[{\"text\":\"a\",\"index\":0,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":0}")
        C ("[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":3}") E ("[DONE]"),
    C_HEAD (
        "text_completion") "{\"text\":\"a\",\"index\":0,\"finish_reason\":\"stop\"}],\"usage\":{"
                           "\"prompt_tokens\":2,\"completion_tokens\":3}}\n",
    "a", "- 1 2 3" },

  { "input-in-pieces", FOREMAN_ENDPOINT_V1_MESSAGES, SSE,
    M_START E ("{\"type\":\"ping\"}")
        M_BLOCK ("{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{}}") M_DELTA (
            "\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\": [1,\\\"\\\\u003c\"")
            M_DELTA ("\"partial_json\":\"\\\"]}\"") M_BLOCK_STOP M_STOP,
    M_HEAD
    "[{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{\"a\": [1,\"\\u003c\"]}}"
    "]" M_NO_USAGE,
    "", "- 2 -1 -1" },
  { "input-at-once", FOREMAN_ENDPOINT_V1_MESSAGES, SSE,
    M_START M_BLOCK ("{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{\"a\":1}}")
        M_BLOCK_STOP M_STOP,
    M_HEAD "[{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{\"a\":1}}]" M_NO_USAGE,
    "", "- 0 -1 -1" },
  { "web-search", FOREMAN_ENDPOINT_V1_MESSAGES, SSE,
    M_START M_BLOCK ("{\"type\":\"text\",\"text\":\"\"}") M_DELTA ("\"text\":\"I look.\"")
        M_BLOCK_STOP M_BLOCK ("{\"type\":\"server_tool_use\",\"id\":\"s1\",\"input\":{\"query\":"
                              "\"q\"}}")
            M_BLOCK_STOP M_BLOCK (
                "{\"type\":\"web_search_tool_result\",\"tool_use_id\":\"s1\",\"content\":[]}")
                M_BLOCK_STOP M_BLOCK ("{\"type\":\"thinking\",\"thinking\":\"Hm.\"}")
                    M_BLOCK_STOP M_BLOCK ("{\"type\":\"text\",\"text\":\"\"}")
                        M_DELTA ("\"text\":\" So.\"") M_BLOCK_STOP E (
                            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
                            "\"end_turn\"},\"usage\":{\"input_tokens\":5,"
                            "\"output_tokens\":6}}") M_STOP,
    M_HEAD "[{\"type\":\"server_tool_use\",\"id\":\"s1\",\"input\":{\"query\":\"q\"}},"
           "{\"type\":\"web_search_tool_result\",\"tool_use_id\":\"s1\",\"content\":[]},"
           "{\"type\":\"thinking\",\"thinking\":\"Hm.\"},{\"type\":\"text\",\"text\":\"I look. "
           "So.\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":5,\"output_tokens\":6}"
           "}\n",
    "I look. So.", "- 3 5 6" },

  { "responses-incomplete", FOREMAN_ENDPOINT_V1_RESPONSES, SSE,
    R ("response.output_text.delta", "\"delta\":\"a\"")
        R ("response.incomplete",
           "\"response\":{\"usage\":{\"output_tokens\":2,\"input_tokens\":1},\"status\":"
           "\"incomplete\",\"new\":1,\"id\":\"resp_7\",\"output\":[{\"content\":[{\"text\":\"a\","
           "\"type\":\"output_text\"}],\"type\":\"message\"}],\"reasoning\":{\"summary\":\"auto\","
           "\"effort\":null}}"),
    "{\"id\":\"resp_7\",\"status\":\"incomplete\",\"output\":[{\"type\":\"message\",\"content\":[{"
    "\"type\":\"output_text\",\"text\":\"a\"}]}],\"reasoning\":{\"summary\":\"auto\"},\"usage\":{"
    "\"input_tokens\":1,\"output_tokens\":2},\"new\":1}\n",
    "a", "- 1 1 2" },
  { "responses-at-once", FOREMAN_ENDPOINT_V1_RESPONSES, SSE,
    R ("response.output_item.done", "\"item\":{\"type\":\"message\"}")
        R ("response.completed", "\"response\":{\"output\":[{\"type\":\"message\"}]}"),
    "{\"output\":[{\"type\":\"message\"}]}\n", "", "- 0 -1 -1" },
  { "responses-without-text", FOREMAN_ENDPOINT_V1_RESPONSES, SSE,
    R ("response.completed", "\"response\":{\"output\":null,\"id\":\"resp_7\"}"),
    "{\"id\":\"resp_7\",\"output\":[{\"id\":\"msg_7\",\"type\":\"message\",\"status\":"
    "\"completed\","
    "\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"\",\"annotations\":[]"
    ","
    "\"logprobs\":[]}]}]}\n",
    "", "e 0 -1 -1" },
};

static char *
describe (const Assembled *assembled)
{
  return g_strdup_printf ("%c %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                          assembled->is_empty ? 'e' : '-', assembled->n_chunks,
                          assembled->usage.prompt_tokens, assembled->usage.completion_tokens);
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  gsize length = strlen (c->stream);

  for (gsize step = 1; step <= length; step += step < 16 ? 1 : length / 7 + 1)
    {
      g_autoptr (Assembled) assembled =
          assemble (c->endpoint, c->content_type, c->stream, length, step);
      g_autofree char *facts = describe (assembled);

      g_assert_no_error (assembled->error);
      g_assert_null (assembled->warning);
      g_assert_cmpstr (assembled->answer, ==, c->answer);
      g_assert_cmpstr (assembled->text, ==, c->text);
      g_assert_cmpstr (facts, ==, c->facts);
    }
}

typedef struct
{
  const char *name;
  ForemanEndpoint endpoint;
  const char *content_type;
  const char *stream;
  int code;
  const char *message; /* (nullable) */
} Failure;

static const Failure failures[] = {
  { "told", FOREMAN_ENDPOINT_CHAT, NDJSON,
    "{\"message\":{\"content\":\"a\"},\"done\":false}\n{\"error\":\"out of\\n\\\"memory\\\"\"}\n",
    FOREMAN_ERROR_HTTP, "out of \"memory\"" },
  { "told-oddly", FOREMAN_ENDPOINT_CHAT, NDJSON, "{\"error\":5}\n", FOREMAN_ERROR_HTTP,
    "the target failed, and not why" },
  { "told-in-one-piece", FOREMAN_ENDPOINT_CHAT, JSON, "{\"error\":\"boom\"}", FOREMAN_ERROR_HTTP,
    "boom" },
  { "told-by-completions", FOREMAN_ENDPOINT_V1_CHAT, SSE,
    C ("[]") E ("{\"error\":{\"message\":\"boom\",\"type\":\"api_error\"}}"), FOREMAN_ERROR_HTTP,
    "boom" },
  { "told-by-messages", FOREMAN_ENDPOINT_V1_MESSAGES, SSE,
    M_START
    "event: error\n" E ("{\"type\":\"error\",\"error\":{\"type\":\"x\",\"message\":\"boom\"}}"),
    FOREMAN_ERROR_HTTP, "boom" },
  { "told-by-responses", FOREMAN_ENDPOINT_V1_RESPONSES, SSE,
    R ("response.failed", "\"response\":{\"error\":{\"code\":\"x\",\"message\":\"boom\"}}"),
    FOREMAN_ERROR_HTTP, "boom" },
  { "told-by-responses-plainly", FOREMAN_ENDPOINT_V1_RESPONSES, SSE,
    E ("{\"error\":{\"message\":\"boom\"}}"), FOREMAN_ERROR_HTTP, "boom" },
  { "error-is-null", FOREMAN_ENDPOINT_CHAT, NDJSON, "{\"error\":null,\"done\":false}\n",
    FOREMAN_ERROR_CONNECTION, NULL },

  { "nothing", FOREMAN_ENDPOINT_CHAT, NDJSON, "", FOREMAN_ERROR_CONNECTION, NULL },
  { "cut-in-a-line", FOREMAN_ENDPOINT_CHAT, NDJSON,
    "{\"message\":{\"content\":\"a\"},\"done\":false}\n{\"message\":{\"conte",
    FOREMAN_ERROR_CONNECTION, NULL },
  { "no-lines", FOREMAN_ENDPOINT_CHAT, NDJSON, "<html>\n", FOREMAN_ERROR_CONNECTION, NULL },
  { "an-array", FOREMAN_ENDPOINT_CHAT, NDJSON, "[]\n", FOREMAN_ERROR_CONNECTION, NULL },
  { "no-events", FOREMAN_ENDPOINT_V1_CHAT, SSE, E ("<html>"), FOREMAN_ERROR_CONNECTION, NULL },
  { "only-done", FOREMAN_ENDPOINT_V1_CHAT, SSE, E ("[DONE]"), FOREMAN_ERROR_CONNECTION, NULL },
  { "half-an-event", FOREMAN_ENDPOINT_V1_CHAT, SSE, C ("[]") "data: [DONE]\n",
    FOREMAN_ERROR_CONNECTION, NULL },
  { "no-response", FOREMAN_ENDPOINT_V1_RESPONSES, SSE, R ("response.completed", "\"response\":1"),
    FOREMAN_ERROR_CONNECTION, NULL },
  { "no-start", FOREMAN_ENDPOINT_V1_MESSAGES, SSE, M_STOP, FOREMAN_ERROR_CONNECTION, NULL },
  { "input-is-no-json", FOREMAN_ENDPOINT_V1_MESSAGES, SSE,
    M_START M_BLOCK ("{\"type\":\"tool_use\",\"input\":{}}")
        M_DELTA ("\"partial_json\":\"1,\\\"b\\\":2\"") M_BLOCK_STOP M_STOP,
    FOREMAN_ERROR_CONNECTION, NULL },
  { "plain-cut", FOREMAN_ENDPOINT_EMBED, JSON, "{\"embeddings\":[[0.1,", FOREMAN_ERROR_CONNECTION,
    NULL },
  { "plain-no-json", FOREMAN_ENDPOINT_EMBED, "text/html", "<html>{}</html>",
    FOREMAN_ERROR_CONNECTION, NULL },
};

static void
test_failure (gconstpointer data)
{
  const Failure *f = data;

  for (gsize step = 0; step <= 3; step++)
    {
      g_autoptr (Assembled) assembled =
          assemble (f->endpoint, f->content_type, f->stream, -1, step);

      g_assert_error (assembled->error, FOREMAN_ERROR, f->code);
      if (f->message != NULL)
        g_assert_cmpstr (assembled->error->message, ==, f->message);
      if (f->code == FOREMAN_ERROR_HTTP)
        g_assert_cmpuint (foreman_error_get_http_status (assembled->error), ==, 500);
    }
}

static void
test_a_line_has_a_limit (void)
{
  static const struct
  {
    ForemanEndpoint endpoint;
    const char *content_type;
  } streams[] = { { FOREMAN_ENDPOINT_CHAT, NDJSON }, { FOREMAN_ENDPOINT_V1_MESSAGES, SSE } };
  g_autofree char *line = g_strnfill (FOREMAN_LINE_MAX + 1, 'x');

  memcpy (line, "data: ", 6);
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      g_autoptr (Assembled) assembled =
          assemble (streams[i].endpoint, streams[i].content_type, line, -1, 1000000);

      g_assert_error (assembled->error, FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE);
    }
}

static void
test_large_plain (void)
{
  g_autofree char *numbers = g_strnfill (FOREMAN_SPOOL_MEMORY + 1000, '1');
  g_autofree char *whole = g_strdup_printf ("{\"embeddings\":[[%s]]}", numbers);
  g_autoptr (Assembled) passed = assemble (FOREMAN_ENDPOINT_EMBED, JSON, whole, -1, 16384);
  g_autoptr (Assembled) cut =
      assemble (FOREMAN_ENDPOINT_EMBED, JSON, whole, strlen (whole) - 1, 16384);

  g_assert_no_error (passed->error);
  g_assert_true (g_str_equal (passed->answer, whole));
  g_assert_false (passed->is_empty);
  g_assert_error (cut->error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION);
}

/* More than a spool keeps in memory, of each kind. */
static void
test_large (void)
{
  g_autoptr (GString) stream = g_string_new (NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) logprobs = g_string_new (NULL);
  g_autofree char *expected = NULL;

  for (guint i = 0; i < 30000; i++)
    {
      g_autofree char *piece = g_strdup_printf (" \\u003c%u\\u003e some text", i);
      g_autofree char *logprob = g_strdup_printf ("{\"token\":\"t\",\"logprob\":-%u.5}", i);

      g_string_append_printf (stream,
                              "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":"
                              "\"%s\"},\"done\":false,\"logprobs\":[%s]}\n",
                              piece, logprob);
      g_string_append (text, piece);
      g_string_append_printf (logprobs, "%s%s", i > 0 ? "," : "", logprob);
    }
  g_string_append (stream, "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},"
                           "\"done\":true,\"load_duration\":281879750}\n");
  expected =
      g_strdup_printf ("{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"%s"
                       "\"},\"done\":true,\"logprobs\":[%s],\"load_duration\":281879750}",
                       text->str, logprobs->str);

  {
    g_autoptr (Assembled) assembled =
        assemble (FOREMAN_ENDPOINT_CHAT, NDJSON, stream->str, stream->len, 16384);

    g_assert_no_error (assembled->error);
    g_assert_true (g_str_equal (assembled->answer, expected));
    g_assert_cmpuint (assembled->n_chunks, ==, 30000);
    g_assert_cmpint (assembled->usage.load_duration, ==, 281879);
    g_assert_true (g_str_has_suffix (assembled->text, " <29999> some text"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/assembler/whole/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autofree char *path = g_strconcat ("/assembler/fails/", failures[i].name, NULL);

      g_test_add_data_func (path, &failures[i], test_failure);
    }
  g_test_add_func ("/assembler/a-line-has-a-limit", test_a_line_has_a_limit);
  g_test_add_func ("/assembler/large", test_large);
  g_test_add_func ("/assembler/large-plain", test_large_plain);
  return g_test_run ();
}
