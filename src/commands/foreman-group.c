/* SPDX-License-Identifier: MIT */
#include "commands/foreman-group.h"

#include <string.h>

#include "commands/foreman-filter.h"
#include "commands/foreman-human.h"
#include "commands/foreman-reply-json.h"
#include "libforeman/foreman-error.h"
#include "libforeman/foreman-job-state.h"

/**
 * foreman_group_fetch:
 * @client: whom to ask
 * @group: the name of a group
 * @error: return location for an error
 *
 * Asks how far a group is.
 *
 * Returns: (transfer full) (nullable): the node of its object, or %NULL with an error,
 * %FOREMAN_ERROR_NOT_FOUND if it has no job
 */
JsonNode *
foreman_group_fetch (ForemanClient *client, const char *group, GError **error)
{
  /* as a parameter: not every name goes into a path */
  g_autoptr (GString) path = g_string_new ("/groups");
  g_autoptr (JsonNode) root = NULL;
  JsonArray *groups;

  foreman_query_add (path, "group", group);
  root = foreman_client_get_json (client, path->str, error);
  if (root == NULL)
    return NULL;
  groups = foreman_reply_json_get_array (json_node_get_object (root), "groups");
  if (groups != NULL && json_array_get_length (groups) > 0 &&
      foreman_reply_json_get_element (groups, 0) != NULL)
    return json_node_ref (json_array_get_element (groups, 0));
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_NOT_FOUND, "there is no job in a group \"%s\"",
               group);
  return NULL;
}

/**
 * foreman_group_get_count:
 * @group: a group's object
 * @state: the name of a state
 *
 * Returns: how many of its jobs are in it
 */
gint64
foreman_group_get_count (JsonObject *group, const char *state)
{
  return foreman_reply_json_get_int (foreman_reply_json_get_object (group, "counts"), state);
}

/**
 * foreman_group_get_left:
 * @group: a group's object
 *
 * Returns: how many of its jobs are not over
 */
gint64
foreman_group_get_left (JsonObject *group)
{
  return foreman_reply_json_get_int (group, "left");
}

/**
 * foreman_group_quote:
 * @group: the name of a group
 *
 * Returns: (transfer full): the name as a shell takes it
 */
char *
foreman_group_quote (const char *group)
{
  static const char plain[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-.,:/@%+=";

  return group[strspn (group, plain)] == '\0' ? g_strdup (group) : g_shell_quote (group);
}

static void
append_errors (GString *out, JsonObject *errors)
{
  g_autoptr (GList) codes = errors != NULL ? json_object_get_members (errors) : NULL;
  const char *separator = " (";

  for (GList *l = codes; l != NULL; l = l->next)
    {
      g_autofree char *count = foreman_human_count (foreman_reply_json_get_int (errors, l->data));

      g_string_append_printf (out, "%s%s %s", separator, (char *) l->data, count);
      separator = ", ";
    }
  if (codes != NULL)
    g_string_append_c (out, ')');
}

/**
 * foreman_group_describe:
 * @group: a group's object
 *
 * Returns: (transfer full): such as `18 done, 2 failed (timeout 2)`
 */
char *
foreman_group_describe (JsonObject *group)
{
  static const ForemanJobState order[] = {
    FOREMAN_JOB_DONE,      FOREMAN_JOB_WORKING, FOREMAN_JOB_LOADING,
    FOREMAN_JOB_QUEUED,    FOREMAN_JOB_BLOCKED, FOREMAN_JOB_SCHEDULED,
    FOREMAN_JOB_CANCELLED, FOREMAN_JOB_HELD,    FOREMAN_JOB_FAILED,
  };
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    {
      const char *state = foreman_job_state_to_string (order[i]);
      gint64 count = foreman_group_get_count (group, state);
      g_autofree char *number = foreman_human_count (count);

      if (count > 0)
        g_string_append_printf (out, "%s%s %s", out->len > 0 ? ", " : "", number, state);
    }
  append_errors (out, foreman_reply_json_get_object (group, "errors"));
  return g_string_free (out, FALSE);
}
