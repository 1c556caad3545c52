/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-duration.h"
#include "sim-handlers.h"
#include "sim-server.h"

/* What most handlers begin with. */

/* Decodes the body as @schema; FALSE if the answer has been an error. */
gboolean
sim_request_decode (SimExchange *x, const SimSchema *schema, const SimJson **root)
{
  const char *problem = x->document_error;
  g_autofree char *error = NULL;

  if (x->document == NULL)
    {
      if (problem == NULL || g_str_equal (problem, "EOF"))
        problem = "missing request body";
    }
  else
    {
      *root = sim_document_root (x->document);
      problem = error = sim_schema_check (schema, *root);
    }
  if (problem == NULL)
    return TRUE;
  sim_reply_error (x, 400, problem);
  return FALSE;
}

/* Parses the model's name; @missing is the error for none at all. FALSE if that was the answer. */
gboolean
sim_request_reference (SimExchange *x,
                       const SimJson *model,
                       int missing_status,
                       const char *missing,
                       SimName *name)
{
  gboolean named = model != NULL && model->kind == SIM_JSON_STRING;
  g_autofree char *error = NULL;

  switch (sim_name_parse_reference (named ? model->string : "", named ? model->string_length : 0,
                                    name, &error))
    {
    case SIM_NAME_OK:
      return TRUE;
    case SIM_NAME_MISSING:
      sim_reply_error (x, missing_status, missing);
      return FALSE;
    case SIM_NAME_CONFLICTING:
      sim_reply_error (x, 400, error);
      return FALSE;
    default:
      sim_reply_error (x, 400, "invalid model name");
      return FALSE;
    }
}

/* FALSE if the request says nothing about keep_alive. */
gboolean
sim_request_keep_alive (const SimJson *root, gint64 *duration)
{
  const SimJson *value = sim_json_get_nullable (root, "keep_alive");
  g_autofree char *error = NULL;

  return value != NULL && sim_keep_alive_parse (value, duration, &error);
}

/* What a request for something in the cloud gets. */
gboolean
sim_refuse_cloud (SimExchange *x, const char *what)
{
  static const char unauthorized[] = "{\"error\":\"unauthorized\",\"signin_url\":\"https://"
                                     "ollama.com/connect?name=simulator&key=c2lt\"}";
  g_autofree char *error = g_strdup_printf ("ollama cloud is disabled: %s", what);

  if (!x->server->config->cloud)
    return sim_reply_error (x, 403, error);
  return sim_reply_text (x, 401, "application/json; charset=utf-8", unauthorized);
}
