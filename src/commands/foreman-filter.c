/* SPDX-License-Identifier: MIT */
#include "commands/foreman-filter.h"

#include <string.h>

/**
 * foreman_query_add:
 * @path: a path, perhaps with a query
 * @name: of a parameter
 * @value: (nullable): its value; %NULL: it has none, and is left out
 *
 * Appends a parameter.
 */
void
foreman_query_add (GString *path, const char *name, const char *value)
{
  if (value == NULL)
    return;
  g_string_append_c (path, strchr (path->str, '?') == NULL ? '?' : '&');
  g_string_append_printf (path, "%s=", name);
  g_string_append_uri_escaped (path, value, NULL, FALSE);
}

/**
 * foreman_filter_add_options:
 * @filter: gets what is given
 * @context: gets the options
 *
 * Makes a command take a filter.
 */
void
foreman_filter_add_options (ForemanFilter *filter, GOptionContext *context)
{
  const GOptionEntry entries[] = {
    { "group", 'g', 0, G_OPTION_ARG_STRING, &filter->group, "Those of a group", "NAME" },
    { "state", 0, 0, G_OPTION_ARG_STRING, &filter->state, "Those in these states, by commas",
      "STATES" },
    { "model", 0, 0, G_OPTION_ARG_STRING, &filter->model, "Those for a model", "MODEL" },
    { "label", 0, 0, G_OPTION_ARG_STRING, &filter->label, "Those with a label", "NAME=VALUE" },
    G_OPTION_ENTRY_NULL,
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

/**
 * foreman_filter_is_empty:
 * @filter: what was given
 *
 * Returns: whether it leaves no job out
 */
gboolean
foreman_filter_is_empty (const ForemanFilter *filter)
{
  return filter->state == NULL && filter->model == NULL && filter->group == NULL &&
         filter->label == NULL;
}

/**
 * foreman_filter_add_to:
 * @filter: what was given
 * @path: a path, perhaps with a query
 *
 * Appends it as parameters.
 */
void
foreman_filter_add_to (const ForemanFilter *filter, GString *path)
{
  g_autofree char *label = g_strdup (filter->label);
  char *equals = label != NULL ? strchr (label, '=') : NULL;

  if (equals != NULL)
    *equals = ':';
  foreman_query_add (path, "group", filter->group);
  foreman_query_add (path, "state", filter->state);
  foreman_query_add (path, "model", filter->model);
  foreman_query_add (path, "label", label);
}

/**
 * foreman_filter_clear:
 * @filter: what is freed
 */
void
foreman_filter_clear (ForemanFilter *filter)
{
  g_clear_pointer (&filter->state, g_free);
  g_clear_pointer (&filter->model, g_free);
  g_clear_pointer (&filter->group, g_free);
  g_clear_pointer (&filter->label, g_free);
}
