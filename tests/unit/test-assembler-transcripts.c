/* SPDX-License-Identifier: MIT */
/* What a real Ollama was recorded to answer (../integration/conformance): each stream whose request
 * was sent without streaming as well becomes an answer of the same shape, and the same text where
 * both runs had it. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "assembler-fixture.h"
#include "engine/foreman-json-splice.h"

#define MIN_PAIRS 6

typedef struct
{
  ForemanEndpoint endpoint;
  GBytes *request;          /* (owned): without what says how to answer */
  const char *name;         /* (unowned) */
  const char *content_type; /* (unowned) */
  const char *body;         /* (unowned) */
  gboolean is_streamed;
  gboolean tells_usage; /* it was asked to */
} Exchange;

static void
exchange_free (Exchange *exchange)
{
  g_bytes_unref (exchange->request);
  g_free (exchange);
}

static const char *
find_content_type (JsonObject *answer)
{
  JsonArray *headers = json_object_get_array_member (answer, "headers");

  for (guint i = 0; i < json_array_get_length (headers); i++)
    {
      JsonArray *header = json_array_get_array_element (headers, i);

      if (g_ascii_strcasecmp (json_array_get_string_element (header, 0), "content-type") == 0)
        return json_array_get_string_element (header, 1);
    }
  return "";
}

/* Requests that are no JSON have no twin. */
static GBytes *
read_request (const char *request)
{
  static const ForemanJsonEdit edits[] = { { "stream", NULL }, { "stream_options", NULL } };
  const char *body = strstr (request, "\r\n\r\n");

  if (body == NULL)
    return NULL;
  return foreman_json_splice (body, strlen (body), edits, G_N_ELEMENTS (edits), NULL);
}

static Exchange *
read_exchange (const char *name, JsonObject *recorded)
{
  const char *request = json_object_get_string_member (recorded, "request");
  JsonObject *answer =
      json_array_get_object_element (json_object_get_array_member (recorded, "answers"), 0);
  g_auto (GStrv) words = g_strsplit (request, " ", 3);
  g_autoptr (GBytes) asked = NULL;
  ForemanEndpoint endpoint;
  Exchange *exchange;

  if (!g_str_equal (words[0], "POST") || !foreman_endpoint_from_path (words[1], &endpoint) ||
      strstr (json_object_get_string_member (answer, "status_line"), " 200 ") == NULL)
    return NULL;
  asked = read_request (request);
  if (asked == NULL)
    return NULL;

  exchange = g_new0 (Exchange, 1);
  exchange->endpoint = endpoint;
  exchange->request = g_steal_pointer (&asked);
  exchange->name = name;
  exchange->content_type = find_content_type (answer);
  exchange->body = json_object_get_string_member (answer, "body");
  exchange->tells_usage = strstr (request, "include_usage") != NULL;
  exchange->is_streamed = g_str_has_prefix (exchange->content_type, "application/x-ndjson") ||
                          g_str_has_prefix (exchange->content_type, "text/event-stream");
  return exchange;
}

static GPtrArray *
read_exchanges (JsonObject *transcripts)
{
  GPtrArray *exchanges = g_ptr_array_new_with_free_func ((GDestroyNotify) exchange_free);
  JsonObjectIter iter;
  const char *name;
  JsonNode *recorded;

  json_object_iter_init_ordered (&iter, transcripts);
  while (json_object_iter_next_ordered (&iter, &name, &recorded))
    {
      Exchange *exchange = read_exchange (name, json_node_get_object (recorded));

      if (exchange != NULL)
        g_ptr_array_add (exchanges, exchange);
    }
  return exchanges;
}

/* Text and what it costs differ between runs that have no seed. */
static char *
mask (const char *answer)
{
  static const char *const patterns[] = {
    "(\"(?:created|created_at|completed_at|[a-z_]*_duration|context)\":)(?:[0-9]+|\"[^\"]*\"|\\["
    "[0-9,]*\\])",
    "(\"id\":)\"[^\"]*\"",
    "(\"(?:content|response|text)\":)\"(?:[^\"\\\\]|\\\\.)*\"",
  };
  char *masked = g_strdup (answer);

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      g_autoptr (GRegex) regex = g_regex_new (patterns[i], 0, 0, NULL);
      g_autofree char *before = masked;

      masked = g_regex_replace (regex, before, -1, 0, "\\g<1>_", 0, NULL);
    }
  return masked;
}

/* Jobs of these endpoints ask for the usage. */
static gboolean
is_asked_as_jobs_are (const Exchange *stream)
{
  return stream->tells_usage || (stream->endpoint != FOREMAN_ENDPOINT_V1_CHAT &&
                                 stream->endpoint != FOREMAN_ENDPOINT_V1_COMPLETIONS);
}

static void
assert_twins (const Exchange *stream, const Exchange *single)
{
  g_autofree char *expected = mask (single->body);

  for (gsize step = 0; step <= 7; step += 7)
    {
      g_autoptr (Assembled) assembled =
          assemble (stream->endpoint, stream->content_type, stream->body, -1, step);
      g_autofree char *actual = NULL;

      g_assert_no_error (assembled->error);
      g_assert_null (assembled->warning);
      actual = mask (assembled->answer);
      g_assert_cmpstr (actual, ==, expected);
      g_assert_cmpstr (assembled->content_type, ==, single->content_type);
      g_assert_nonnull (strstr (assembled->answer, assembled->text));
      g_assert_cmpstr (assembled->text, !=, "");
      /* Ollama's own routes were asked with a seed. */
      if (foreman_endpoint_is_native (stream->endpoint))
        g_assert_nonnull (strstr (single->body, assembled->text));
    }
}

static void
test_transcripts (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "integration", "conformance",
                                                 "ollama-0.24.0.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GPtrArray) exchanges = NULL;
  g_autoptr (GError) error = NULL;
  guint n_pairs = 0, n_passed = 0;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  exchanges = read_exchanges (json_node_get_object (json_parser_get_root (parser)));

  for (guint i = 0; i < exchanges->len; i++)
    for (guint j = 0; j < exchanges->len; j++)
      {
        const Exchange *stream = exchanges->pdata[i], *single = exchanges->pdata[j];

        if (!stream->is_streamed || !is_asked_as_jobs_are (stream) || single->is_streamed ||
            stream->endpoint != single->endpoint ||
            !g_bytes_equal (stream->request, single->request))
          continue;
        g_test_message ("%s and %s", stream->name, single->name);
        assert_twins (stream, single);
        n_pairs++;
      }
  for (guint i = 0; i < exchanges->len; i++)
    {
      const Exchange *single = exchanges->pdata[i];
      g_autoptr (Assembled) assembled = NULL;

      if (single->is_streamed)
        continue;
      assembled = assemble (single->endpoint, single->content_type, single->body, -1, 5);
      g_assert_no_error (assembled->error);
      g_assert_cmpstr (assembled->answer, ==, single->body);
      g_assert_cmpstr (assembled->content_type, ==, single->content_type);
      n_passed++;
    }
  g_test_message ("%u pairs have the same shape, %u single answers passed as they are", n_pairs,
                  n_passed);
  g_assert_cmpuint (n_pairs, >=, MIN_PAIRS);
  g_assert_cmpuint (n_passed, >=, 60);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/assembler/transcripts", test_transcripts);
  return g_test_run ();
}
