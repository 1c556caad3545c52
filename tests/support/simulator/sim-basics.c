/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-handlers.h"
#include "sim-server.h"
#include "sim-surface.h"
#include "sim-write.h"

/* The routes that only say what there is. */

void
sim_handle_root (SimExchange *x)
{
  sim_reply_text (x, 200, "text/plain; charset=utf-8", "Ollama is running");
}

void
sim_handle_version (SimExchange *x)
{
  GString *out = g_string_new ("{");

  sim_write_member (out, "version", x->server->config->version);
  sim_write_close (out, '}');
  sim_reply_json (x, 200, out);
}

void
sim_handle_status (SimExchange *x)
{
  gboolean cloud = x->server->config->cloud;

  sim_reply_text (x, 200, "application/json; charset=utf-8",
                  cloud ? "{\"cloud\":{\"disabled\":false,\"source\":\"none\"}}"
                        : "{\"cloud\":{\"disabled\":true,\"source\":\"env\"}}");
}

static void
write_details (GString *out, const SimSpec *spec, gboolean lengths)
{
  sim_write_key (out, "details");
  sim_write_open (out, '{');
  sim_write_member (out, "parent_model", "");
  sim_write_member (out, "format", spec->remote_host == NULL ? spec->format : "");
  sim_write_member (out, "family", spec->family);
  sim_write_key (out, "families");
  sim_write_open (out, '[');
  sim_write_string (out, spec->family);
  sim_write_close (out, ']');
  sim_write_member (out, "parameter_size", spec->parameter_size);
  sim_write_member (out, "quantization_level", spec->quantization);
  if (lengths && spec->remote_host == NULL)
    {
      sim_write_nonzero (out, "context_length", spec->context_length);
      sim_write_nonzero (out, "embedding_length", spec->embedding_length);
    }
  sim_write_close (out, '}');
}

static void
write_capabilities (GString *out, const SimSpec *spec)
{
  const char *const *names = sim_capability_names ();

  sim_write_key (out, "capabilities");
  sim_write_open (out, '[');
  for (guint i = 0; names[i] != NULL; i++)
    if (sim_spec_can (spec, 1u << i))
      sim_write_string (out, names[i]);
  sim_write_close (out, ']');
}

static void
write_model (GString *out, const SimModel *model, gboolean modern)
{
  const SimSpec *spec = model->spec;

  sim_write_open (out, '{');
  sim_write_member (out, "name", model->shortest);
  sim_write_member (out, "model", model->shortest);
  sim_write_nonempty (out, "remote_model", spec->remote_model);
  sim_write_nonempty (out, "remote_host", spec->remote_host);
  sim_write_key (out, "modified_at");
  sim_write_time (out, &model->modified, TRUE);
  sim_write_member_int (out, "size", spec->size);
  sim_write_member (out, "digest", spec->digest);
  write_details (out, spec, modern);
  if (modern)
    write_capabilities (out, spec);
  sim_write_close (out, '}');
}

void
sim_handle_tags (SimExchange *x)
{
  g_autoptr (GPtrArray) models = sim_store_list (x->server->store);
  gboolean modern = sim_config_is_modern (x->server->config);
  GString *out = g_string_new ("{\"models\":[");

  for (guint i = 0; i < models->len; i++)
    write_model (out, models->pdata[i], modern);
  g_string_append (out, "]}");
  sim_reply_json (x, 200, out);
}

void
sim_handle_ps (SimExchange *x)
{
  g_autoptr (GPtrArray) runners = sim_scheduler_list (x->server->scheduler);
  GString *out = g_string_new ("{\"models\":[");

  for (guint i = 0; i < runners->len; i++)
    {
      const SimRunner *runner = runners->pdata[i];

      sim_write_open (out, '{');
      sim_write_member (out, "name", runner->model->shortest);
      sim_write_member (out, "model", runner->model->shortest);
      sim_write_member_int (out, "size", runner->memory);
      sim_write_member (out, "digest", runner->model->spec->digest);
      write_details (out, runner->model->spec, FALSE);
      sim_write_key (out, "expires_at");
      sim_write_time (out, &runner->expires_at, TRUE);
      sim_write_member_int (out, "size_vram", x->server->config->gpu ? runner->memory : 0);
      sim_write_member_int (out, "context_length", runner->context_length);
      sim_write_close (out, '}');
    }
  g_string_append (out, "]}");
  sim_reply_json (x, 200, out);
}

void
sim_handle_me (SimExchange *x)
{
  if (x->server->config->cloud)
    sim_refuse_cloud (x, "");
  else
    sim_reply_error (x, 503, "account unavailable");
}

void
sim_handle_signout (SimExchange *x)
{
  if (x->server->config->cloud)
    sim_reply_error (x, 401, "you are not currently signed in");
  else
    sim_reply_error (x, 500, "there was an error signing out");
}

static void
handle_web (SimExchange *x, const char *what)
{
  gboolean blank = TRUE;

  for (guint i = 0; i < x->body->len; i++)
    blank = blank && g_ascii_isspace (x->body->data[i]);
  if (blank)
    sim_reply_error (x, 400, "missing request body");
  else
    sim_refuse_cloud (x, what);
}

void
sim_handle_web_search (SimExchange *x)
{
  handle_web (x, "web search is unavailable");
}

void
sim_handle_web_fetch (SimExchange *x)
{
  handle_web (x, "web fetch is unavailable");
}

/* What Ollama recommends as long as its server has told it nothing else. */
void
sim_handle_recommendations (SimExchange *x)
{
  static const struct
  {
    const char *model, *description;
    gint64 context, output, vram;
  } known[] = {
    { "kimi-k2.6:cloud", "Coding and multimodal agents", 262144, 262144, 0 },
    { "glm-5.1:cloud", "Reasoning and code generation", 202752, 131072, 0 },
    { "qwen3.5:cloud", "Reasoning, coding, and vision", 262144, 32768, 0 },
    { "minimax-m2.7:cloud", "Fast coding", 204800, 128000, 0 },
    { "gemma4", "Reasoning and code generation locally", 0, 0, 12000000000 },
    { "qwen3.5", "Reasoning, coding, and vision locally", 0, 0, 14000000000 },
  };
  GString *out = g_string_new ("{\"recommendations\":[");

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      sim_write_open (out, '{');
      sim_write_member (out, "model", known[i].model);
      sim_write_member (out, "description", known[i].description);
      sim_write_nonzero (out, "context_length", known[i].context);
      sim_write_nonzero (out, "max_output_tokens", known[i].output);
      sim_write_nonzero (out, "vram_bytes", known[i].vram);
      sim_write_close (out, '}');
    }
  g_string_append (out, "]}");
  sim_reply_json (x, 200, out);
}

static void
write_openai_model (GString *out, const char *id, const SimModel *model)
{
  sim_write_open (out, '{');
  sim_write_member (out, "id", id);
  sim_write_member (out, "object", "model");
  sim_write_member_int (out, "created", model->modified.tv_sec);
  sim_write_member (out, "owned_by", model->name.namespace);
  sim_write_close (out, '}');
}

static void
reply_line (SimExchange *x, GString *out)
{
  g_string_append_c (out, '\n');
  sim_reply_set_header (x, "Content-Type", "application/json");
  sim_reply_whole (x, 200, out->str, out->len);
}

void
sim_handle_v1_models (SimExchange *x)
{
  g_autoptr (GPtrArray) models = sim_store_list (x->server->store);
  g_autoptr (GString) out = g_string_new ("{\"object\":\"list\",\"data\":");

  if (models->len == 0)
    g_string_append (out, "null");
  else
    {
      sim_write_open (out, '[');
      for (guint i = 0; i < models->len; i++)
        write_openai_model (out, ((SimModel *) models->pdata[i])->shortest, models->pdata[i]);
      sim_write_close (out, ']');
    }
  sim_write_close (out, '}');
  reply_line (x, out);
}

void
sim_handle_v1_model (SimExchange *x)
{
  g_auto (SimName) name = { 0 };
  g_autofree char *error = NULL;
  g_autoptr (SimModel) model = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  SimNameStatus status =
      sim_name_parse_reference (x->parameter, strlen (x->parameter), &name, &error);

  if (status == SIM_NAME_OK && name.source == SIM_SOURCE_CLOUD)
    {
      x->surface = NULL;
      sim_refuse_cloud (x, "remote model details are unavailable");
      return;
    }
  if (status != SIM_NAME_OK)
    {
      sim_reply_error (x, 400, error != NULL ? error : "invalid model name");
      return;
    }
  model = sim_store_find (x->server->store, &name, TRUE);
  if (model == NULL)
    {
      sim_reply_errorf (x, 404, "model '%s' not found", x->parameter);
      return;
    }
  write_openai_model (out, x->parameter, model);
  reply_line (x, out);
}
