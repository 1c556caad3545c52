/* SPDX-License-Identifier: MIT */
#include "commands/foreman-answer-text.h"

#include "commands/foreman-reply-json.h"

static JsonObject *
get_first (JsonObject *object, const char *name)
{
  JsonArray *array = foreman_reply_json_get_array (object, name);

  return array != NULL && json_array_get_length (array) > 0
             ? foreman_reply_json_get_element (array, 0)
             : NULL;
}

/* The texts of a list of parts, as /v1/messages and /v1/responses have it. */
static gboolean
append_parts (GString *out, JsonArray *parts)
{
  gboolean found = FALSE;

  for (guint i = 0; parts != NULL && i < json_array_get_length (parts); i++)
    {
      const char *text =
          foreman_reply_json_get_string (foreman_reply_json_get_element (parts, i), "text");

      if (text == NULL)
        continue;
      g_string_append (out, text);
      found = TRUE;
    }
  return found;
}

static char *
join_output (JsonArray *output)
{
  g_autoptr (GString) out = g_string_new (NULL);
  gboolean found = FALSE;

  for (guint i = 0; output != NULL && i < json_array_get_length (output); i++)
    {
      JsonObject *item = foreman_reply_json_get_element (output, i);

      /* what the model thought is an item too, of another type */
      if (g_strcmp0 (foreman_reply_json_get_string (item, "type"), "message") == 0)
        found |= append_parts (out, foreman_reply_json_get_array (item, "content"));
    }
  return found ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

static char *
join_content (JsonArray *content)
{
  g_autoptr (GString) out = g_string_new (NULL);

  return append_parts (out, content) ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

/**
 * foreman_answer_text_get:
 * @answer: an answer of any of the endpoints
 *
 * Finds what the model wrote.
 *
 * Returns: (transfer full) (nullable): the text; %NULL if it is none, as embeddings are
 */
char *
foreman_answer_text_get (JsonNode *answer)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (answer) ? json_node_get_object (answer) : NULL;
  JsonObject *choice = get_first (object, "choices");
  const char *text =
      foreman_reply_json_get_string (foreman_reply_json_get_object (object, "message"), "content");

  if (text == NULL)
    text = foreman_reply_json_get_string (object, "response");
  if (text == NULL)
    text = foreman_reply_json_get_string (foreman_reply_json_get_object (choice, "message"),
                                          "content");
  if (text == NULL)
    text = foreman_reply_json_get_string (choice, "text");
  if (text != NULL)
    return g_strdup (text);
  if (foreman_reply_json_get_array (object, "output") != NULL)
    return join_output (foreman_reply_json_get_array (object, "output"));
  return join_content (foreman_reply_json_get_array (object, "content"));
}
