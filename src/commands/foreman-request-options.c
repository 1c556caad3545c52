/* SPDX-License-Identifier: MIT */
#include "commands/foreman-request-options.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "commands/foreman-json-text.h"
#include "libforeman/foreman-error.h"

/* Ollama takes a wrong type for a fault of its own (500), so it matters what `-o` makes of a value.
 */

/* The one option that is text, or several texts, whatever it looks like. */
static gboolean
is_text (const char *name)
{
  return g_str_equal (name, "stop");
}

static gboolean
is_json (const char *value)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();

  return strchr ("[{\"", *value) != NULL && *value != '\0' &&
         json_parser_load_from_data (parser, value, -1, NULL);
}

static void
append_value (GString *json, const char *name, const char *value)
{
  if (is_json (value))
    g_string_append (json, value);
  else if (!is_text (name) && (foreman_json_text_is_number (value) || g_str_equal (value, "true") ||
                               g_str_equal (value, "false") || g_str_equal (value, "null")))
    g_string_append (json, value);
  else
    foreman_json_text_append_string (json, value);
}

static char *
dup_name (const char *option)
{
  return g_strndup (option, strcspn (option, "="));
}

static guint
count (const char *const *options, const char *name)
{
  guint n = 0;

  for (gsize i = 0; options != NULL && options[i] != NULL; i++)
    {
      g_autofree char *other = dup_name (options[i]);

      n += g_str_equal (other, name);
    }
  return n;
}

/**
 * foreman_request_options_check:
 * @options: (nullable) (array zero-terminated=1): `NAME=VALUE` each
 * @error: return location for an error
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST if one of them is no such thing
 */
gboolean
foreman_request_options_check (const char *const *options, GError **error)
{
  for (gsize i = 0; options != NULL && options[i] != NULL; i++)
    {
      const char *equals = strchr (options[i], '=');
      g_autofree char *name = dup_name (options[i]);

      if (equals == NULL || equals == options[i])
        g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                     "an option is NAME=VALUE, as in num_ctx=8192, not \"%s\"", options[i]);
      else if (count (options, name) > 1 && !is_text (name))
        g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                     "the option %s was given twice", name);
      else
        continue;
      return FALSE;
    }
  return TRUE;
}

/**
 * foreman_request_options_have:
 * @options: (nullable) (array zero-terminated=1): `NAME=VALUE` each
 * @name: a name
 *
 * Returns: whether it was given
 */
gboolean
foreman_request_options_have (const char *const *options, const char *name)
{
  return count (options, name) > 0;
}

/* Several texts are one array. */
static void
append_texts (GString *json, const char *const *options, const char *name)
{
  g_string_append_c (json, '[');
  for (gsize i = 0, n = 0; options[i] != NULL; i++)
    {
      g_autofree char *other = dup_name (options[i]);

      if (!g_str_equal (other, name))
        continue;
      if (n++ > 0)
        g_string_append_c (json, ',');
      append_value (json, name, options[i] + strlen (name) + 1);
    }
  g_string_append_c (json, ']');
}

/**
 * foreman_request_options_append:
 * @json: members of an object so far
 * @options: (nullable) (array zero-terminated=1): `NAME=VALUE` each, checked
 *
 * Appends a member for each: numbers, `true`, `false` and `null` are that, what reads as a JSON
 * array, object or string too, all else is text. Several `stop` are an array.
 */
void
foreman_request_options_append (GString *json, const char *const *options)
{
  for (gsize i = 0; options != NULL && options[i] != NULL; i++)
    {
      g_autofree char *name = dup_name (options[i]);
      guint n = count (options, name);

      if (n > 1 && count (options + i, name) < n)
        continue; /* it went with the first of its name */
      foreman_json_text_begin_member (json, name);
      if (n > 1)
        append_texts (json, options, name);
      else
        append_value (json, name, options[i] + strlen (name) + 1);
    }
}
