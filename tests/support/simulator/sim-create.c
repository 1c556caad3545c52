/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-handlers.h"
#include "sim-progress.h"
#include "sim-server.h"

/* POST /api/create */

static void
set_text (char **field, const SimJson *root, const char *name)
{
  const char *text = sim_json_get_string (root, name);

  if (*text == '\0')
    return;
  g_free (*field);
  *field = g_strdup (text);
}

/* A new spec: the old one with what the request changes. */
static SimSpec *
derive (const SimSpec *base, const SimJson *root)
{
  SimSpec *spec = sim_spec_copy (base);
  const SimJson *parameters = sim_json_get_kind (root, "parameters", SIM_JSON_OBJECT);
  gint64 before = (gint64) (base->system != NULL ? strlen (base->system) : 0);

  set_text (&spec->system, root, "system");
  set_text (&spec->template, root, "template");
  set_text (&spec->license, root, "license");
  for (const SimJson *p = parameters != NULL ? parameters->first : NULL; p != NULL; p = p->next)
    g_hash_table_insert (spec->parameters, g_strdup (p->key), g_strndup (p->raw, p->raw_length));
  spec->size += (gint64) (spec->system != NULL ? strlen (spec->system) : 0) - before;
  sim_spec_seal (spec);
  return spec;
}

/* Says of every layer whether it was there before. */
static gboolean
tell_layers (SimProgress *progress, const SimSpec *spec)
{
  static const char *const layers[] = { "model", "template", "license", "system", "params" };

  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      g_autofree char *hex = sim_spec_layer_digest (spec, layers[i]);
      g_autofree char *digest = g_strconcat ("sha256:", hex, NULL);

      if (hex != NULL && !sim_progress_say (progress, "%s layer %s",
                                            sim_store_has_blob (progress->x->server->store, digest)
                                                ? "using existing"
                                                : "creating new",
                                            digest))
        return FALSE;
    }
  return TRUE;
}

static void
finish (SimProgress *progress, const SimName *name, SimSpec *spec)
{
  if (!tell_layers (progress, spec) || !sim_progress_say (progress, "writing manifest"))
    return;
  sim_store_put (progress->x->server->store, name, spec, NULL);
  if (sim_progress_say (progress, "success"))
    sim_progress_end (progress);
}

static void
create_stub (SimProgress *progress, const SimName *name, const SimName *from)
{
  g_autofree char *error = NULL;
  g_autoptr (SimDocument) document = sim_document_parse ("{\"size\":384}", 12, &error);
  g_autoptr (SimSpec) spec = sim_spec_from_json (sim_document_root (document), from->base);

  spec->remote_model = g_strdup (from->base);
  spec->remote_host = g_strdup ("https://ollama.com:443");
  if (!sim_progress_say (progress, "writing manifest"))
    return;
  sim_store_put (progress->x->server->store, name, spec, NULL);
  if (sim_progress_say (progress, "success"))
    sim_progress_end (progress);
}

static void
create_from_model (SimProgress *progress, const SimName *name, const SimJson *root)
{
  SimExchange *x = progress->x;
  const SimJson *from_json = sim_json_get (root, "from");
  g_auto (SimName) from = { 0 };
  g_autofree char *error = NULL;
  g_autoptr (SimModel) model = NULL;
  g_autoptr (SimSpec) spec = NULL;

  if (sim_name_parse_reference (from_json->string, from_json->string_length, &from, &error) !=
      SIM_NAME_OK)
    {
      sim_progress_fail (progress, 400, "invalid model name");
      return;
    }
  if (from.source == SIM_SOURCE_CLOUD)
    {
      create_stub (progress, name, &from);
      return;
    }
  model = sim_store_find (x->server->store, &from, TRUE);
  if (model == NULL)
    {
      /* Ollama tries to pull it */
      if (sim_progress_say (progress, "pulling manifest"))
        sim_progress_fail (progress, 500, "pull model manifest: file does not exist");
      return;
    }
  spec = derive (model->spec, root);
  finish (progress, name, spec);
}

static void
create_from_files (SimProgress *progress, const SimName *name, const SimJson *root)
{
  SimExchange *x = progress->x;
  const SimJson *files = sim_json_get_kind (root, "files", SIM_JSON_OBJECT);
  const SimJson *file = files->first;
  g_autoptr (SimSpec) base = NULL, spec = NULL;
  g_autofree char *path = NULL, *error = NULL;
  g_autoptr (SimDocument) document = sim_document_parse ("{}", 2, &error);

  if (file == NULL)
    {
      sim_progress_fail (progress, 400, "no files provided to convert");
      return;
    }
  if (!sim_progress_say (progress, "parsing GGUF"))
    return;
  if (file->kind != SIM_JSON_STRING || strlen (file->string) != 71 ||
      !sim_store_has_blob (x->server->store, file->string))
    {
      path = g_strdup_printf ("open %s/blobs/%s: no such file or directory",
                              x->server->config->models_path,
                              file->kind == SIM_JSON_STRING ? file->string : "");
      g_strdelimit (path + strlen (x->server->config->models_path) + 12, ":", '-');
      sim_progress_fail (progress, 500, path);
      return;
    }
  base = sim_spec_from_json (sim_document_root (document), name->model);
  g_free (base->blob);
  base->blob = g_strdup (file->string + 7);
  spec = derive (base, root);
  finish (progress, name, spec);
}

void
sim_handle_create (SimExchange *x)
{
  const SimJson *root = NULL;
  const char *text;
  g_auto (SimName) name = { 0 };
  g_auto (SimProgress) progress = { 0 };

  if (!sim_request_decode (x, &sim_schema_create, &root))
    return;
  text = sim_json_get_string (root, "model");
  if (*text == '\0')
    text = sim_json_get_string (root, "name");
  if (!sim_name_parse (text, &name))
    {
      sim_reply_error (x, 400, "invalid model name");
      return;
    }
  sim_progress_begin (&progress, x, sim_json_get_boolean (root, "stream", TRUE));
  if (*sim_json_get_string (root, "from") != '\0')
    create_from_model (&progress, &name, root);
  else if (sim_json_get_kind (root, "files", SIM_JSON_OBJECT) != NULL)
    create_from_files (&progress, &name, root);
  else
    sim_progress_fail (&progress, 400, "neither 'from' or 'files' was specified");
}
