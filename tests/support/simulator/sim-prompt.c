/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-job.h"
#include "sim-text.h"

/* Prompts as a plain template would render them: role, content, role, content. */

static void
append_message (GString *out, const char *role, const char *content, guint images, guint *image)
{
  g_string_append_printf (out, "%s ", role);
  for (guint i = 0; i < images; i++)
    g_string_append_printf (out, "[img-%u]", (*image)++);
  g_string_append_printf (out, "%s ", content);
}

static void
append_json_message (GString *out, const SimJson *message, guint *image)
{
  const SimJson *images = sim_json_get_kind (message, "images", SIM_JSON_ARRAY);
  const SimJson *calls = sim_json_get_kind (message, "tool_calls", SIM_JSON_ARRAY);
  g_autofree char *role = g_ascii_strdown (sim_json_get_string (message, "role"), -1);

  append_message (out, role, sim_json_get_string (message, "content"),
                  images != NULL ? images->count : 0, image);
  for (const SimJson *call = calls != NULL ? calls->first : NULL; call != NULL; call = call->next)
    g_string_append_printf (out, "call %.*s ", (int) call->raw_length, call->raw);
}

static char *
render_from (const SimModel *model, const SimJson *request, const SimJson *first)
{
  const SimJson *tools = sim_json_get_kind (request, "tools", SIM_JSON_ARRAY);
  const SimJson *messages = sim_json_get_kind (request, "messages", SIM_JSON_ARRAY);
  GString *out = g_string_new (NULL);
  gboolean reached = FALSE;
  guint image = 0;

  if (tools != NULL && tools->count > 0)
    g_string_append_printf (out, "tools %.*s ", (int) tools->raw_length, tools->raw);
  if (model->spec->system != NULL &&
      !sim_json_is_string (sim_json_get (messages->first, "role"), "system"))
    append_message (out, "system", model->spec->system, 0, &image);
  for (const SimJson *message = messages->first; message != NULL; message = message->next)
    {
      reached = reached || message == first;
      if (reached || sim_json_is_string (sim_json_get (message, "role"), "system"))
        append_json_message (out, message, &image);
    }
  return g_string_free (out, FALSE);
}

/* The prompt of a chat; the oldest messages are left out while it is longer than the context. */
char *
sim_prompt_render (const SimModel *model, const SimJson *request, gint64 num_ctx)
{
  const SimJson *messages = sim_json_get_kind (request, "messages", SIM_JSON_ARRAY);
  gboolean truncate = sim_json_get_boolean (request, "truncate", TRUE);

  for (const SimJson *first = messages->first;; first = first->next)
    {
      char *prompt = render_from (model, request, first);

      if (!truncate || first->next == NULL ||
          sim_text_count_tokens (prompt, strlen (prompt)) <= num_ctx)
        return prompt;
      g_free (prompt);
    }
}

/* The prompt of a completion. @system: (nullable) */
char *
sim_prompt_render_one (const SimModel *model, const char *system, const char *user, guint images)
{
  GString *out = g_string_new (NULL);
  guint image = 0;

  if (system != NULL)
    append_message (out, "system", system, 0, &image);
  append_message (out, "user", user, images, &image);
  return g_string_free (out, FALSE);
}
