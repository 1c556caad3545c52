/* SPDX-License-Identifier: MIT */
#include "commands/foreman-template.h"

#include <string.h>

#include "commands/foreman-reply-json.h"
#include "libforeman/foreman-error.h"

/* How long a name in braces is; 0: these braces are text, as those of JSON are. */
static gsize
get_name_length (const char *text)
{
  gsize length = 0;

  while (g_ascii_isalnum (text[length]) || text[length] == '_' || text[length] == '-')
    length++;
  return length;
}

static gboolean
append_member (GString *out, JsonObject *object, const char *name, GError **error)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;
  g_autofree char *json = NULL;

  if (node == NULL)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                   object != NULL ? "it has no member \"%s\"; {{%s}} is text in braces"
                                  : "it is no JSON object with a member \"%s\"; {{%s}} is text in "
                                    "braces",
                   name, name);
      return FALSE;
    }
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    g_string_append (out, json_node_get_string (node));
  else
    {
      json = json_to_string (node, FALSE);
      g_string_append (out, json);
    }
  return TRUE;
}

/* At a brace: appends what stands for it. Returns how much of the template that was; 0: an error.
 */
static gsize
expand_brace (GString *out, const char *brace, const char *line, JsonObject *object, GError **error)
{
  gsize length = get_name_length (brace + 1);
  g_autofree char *name = g_strndup (brace + 1, length);

  if (brace[1] == '{')
    {
      length = get_name_length (brace + 2);
      if (!g_str_has_prefix (brace + 2 + length, "}}"))
        {
          g_string_append_c (out, '{');
          return 1;
        }
      g_string_append_len (out, brace + 1, (gssize) length + 2);
      return length + 4;
    }
  if (brace[1 + length] != '}')
    {
      g_string_append_c (out, '{');
      return 1;
    }
  if (length == 0 ||
      (g_str_equal (name, "line") && (object == NULL || !json_object_has_member (object, "line"))))
    g_string_append (out, line);
  else if (!append_member (out, object, name, error))
    return 0;
  return length + 2;
}

/**
 * foreman_template_expand:
 * @template: a text with `{}`, `{line}` or `{NAME}` in it
 * @line: what they stand for: any text, or a JSON object, whose members NAME names
 * @error: return location for an error
 *
 * Fills in a template. `{{NAME}}` is `{NAME}`; braces around anything but a name stay.
 *
 * Returns: (transfer full) (nullable): the text, or %NULL with %FOREMAN_ERROR_INVALID_REQUEST if
 * @line has no such member
 */
char *
foreman_template_expand (const char *template, const char *line, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (JsonNode) root =
      *line == '{' ? foreman_reply_json_parse (line, strlen (line), NULL) : NULL;
  JsonObject *object = root != NULL ? json_node_get_object (root) : NULL;

  while (*template != '\0')
    {
      gsize plain = strcspn (template, "{"), length;

      g_string_append_len (out, template, (gssize) plain);
      template += plain;
      if (*template == '\0')
        break;
      length = expand_brace (out, template, line, object, error);
      if (length == 0)
        return NULL;
      template += length;
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}
