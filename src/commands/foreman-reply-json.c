/* SPDX-License-Identifier: MIT */
#include "commands/foreman-reply-json.h"

#include "libforeman/foreman-error.h"

/* What a server says may have any shape; json-glib complains where it is not the one asked for. */

static JsonNode *
get (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_TYPE (node) == type ? node : NULL;
}

/**
 * foreman_reply_json_get_object:
 * @object: (nullable): an object
 * @name: of a member
 *
 * Returns: (nullable) (transfer none): the member, if it is an object
 */
JsonObject *
foreman_reply_json_get_object (JsonObject *object, const char *name)
{
  JsonNode *node = get (object, name, JSON_NODE_OBJECT);

  return node != NULL ? json_node_get_object (node) : NULL;
}

/**
 * foreman_reply_json_get_array:
 * @object: (nullable): an object
 * @name: of a member
 *
 * Returns: (nullable) (transfer none): the member, if it is an array
 */
JsonArray *
foreman_reply_json_get_array (JsonObject *object, const char *name)
{
  JsonNode *node = get (object, name, JSON_NODE_ARRAY);

  return node != NULL ? json_node_get_array (node) : NULL;
}

/**
 * foreman_reply_json_get_string:
 * @object: (nullable): an object
 * @name: of a member
 *
 * Returns: (nullable) (transfer none): the member, if it is a string
 */
const char *
foreman_reply_json_get_string (JsonObject *object, const char *name)
{
  JsonNode *node = get (object, name, JSON_NODE_VALUE);

  return node != NULL ? json_node_get_string (node) : NULL;
}

/**
 * foreman_reply_json_get_int:
 * @object: (nullable): an object
 * @name: of a member
 *
 * Returns: the member as a whole number, or 0
 */
gint64
foreman_reply_json_get_int (JsonObject *object, const char *name)
{
  JsonNode *node = get (object, name, JSON_NODE_VALUE);

  return node != NULL ? json_node_get_int (node) : 0;
}

/**
 * foreman_reply_json_get_time:
 * @object: (nullable): an object
 * @name: of a member
 *
 * Returns: the member, an RFC 3339 time, in µs UTC, or 0
 */
gint64
foreman_reply_json_get_time (JsonObject *object, const char *name)
{
  const char *text = foreman_reply_json_get_string (object, name);
  g_autoptr (GDateTime) time = text != NULL ? g_date_time_new_from_iso8601 (text, NULL) : NULL;

  if (time == NULL)
    return 0;
  return g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
}

/**
 * foreman_reply_json_get_element:
 * @array: an array
 * @index: below its length
 *
 * Returns: (nullable) (transfer none): that element, if it is an object
 */
JsonObject *
foreman_reply_json_get_element (JsonArray *array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/**
 * foreman_reply_json_parse:
 * @data: (array length=length): JSON text
 * @length: how long it is
 * @error: return location for an error
 *
 * Reads an object.
 *
 * Returns: (transfer full) (nullable): the object's node, or %NULL with
 * %FOREMAN_ERROR_INVALID_REQUEST
 */
JsonNode *
foreman_reply_json_parse (const char *data, gsize length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root = NULL;

  if (json_parser_load_from_data (parser, data, (gssize) length, NULL))
    root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    return json_node_ref (root);
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                       "this is no JSON object");
  return NULL;
}

/**
 * foreman_reply_json_to_line:
 * @node: what to write
 *
 * Returns: (transfer full): it as JSON on one line, without a line feed
 */
char *
foreman_reply_json_to_line (JsonNode *node)
{
  return json_to_string (node, FALSE);
}
