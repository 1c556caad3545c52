/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-handlers.h"
#include "sim-progress.h"
#include "sim-server.h"
#include "sim-template.h"

/* POST /api/create */

static gboolean
set_text (char **field, const SimJson *root, const char *name)
{
  const char *text = sim_json_get_string (root, name);

  if (*text == '\0')
    return FALSE;
  g_free (*field);
  *field = g_strdup (text);
  return TRUE;
}

static void
add_license (SimSpec *spec, const char *text)
{
  g_autofree char *before = spec->license;

  if (*text == '\0')
    {
      spec->license = g_steal_pointer (&before);
      return;
    }
  spec->license = before != NULL ? g_strconcat (before, "\n", text, NULL) : g_strdup (text);
  sim_spec_set_layer (spec, "license", text, TRUE);
}

/* A new spec: the old one with what the request changes. */
static SimSpec *
derive (const SimSpec *base, const SimJson *root)
{
  SimSpec *spec = sim_spec_copy (base);
  const SimJson *parameters = sim_json_get_kind (root, "parameters", SIM_JSON_OBJECT);
  const SimJson *license = sim_json_get_nullable (root, "license");
  gint64 before = (gint64) (base->system != NULL ? strlen (base->system) : 0);

  if (set_text (&spec->template, root, "template"))
    sim_spec_set_layer (spec, "template", spec->template, FALSE);
  if (set_text (&spec->system, root, "system"))
    sim_spec_set_layer (spec, "system", spec->system, FALSE);
  if (license != NULL && license->kind == SIM_JSON_STRING)
    add_license (spec, license->string);
  for (const SimJson *one = license != NULL ? license->first : NULL; one != NULL; one = one->next)
    add_license (spec, one->kind == SIM_JSON_STRING ? one->string : "");
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
  for (guint i = 0; i < spec->layers->len; i++)
    {
      const char *hex = g_array_index (spec->layers, SimLayer, i).hex;
      g_autofree char *digest = g_strconcat ("sha256:", hex, NULL);
      gboolean there = sim_store_has_blob (progress->x->server->store, digest);

      sim_store_add_blob (progress->x->server->store, digest);
      if (!sim_progress_say (progress, "%s layer %s", there ? "using existing" : "creating new",
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

/* What is wrong with the digest of an uploaded file (transfer full), or NULL. */
static char *
blob_problem (SimExchange *x, const char *digest)
{
  g_autofree char *file = NULL;

  if (strlen (digest) != 71 || !g_str_has_prefix (digest, "sha256:"))
    return g_strdup ("invalid digest format");
  if (sim_store_has_blob (x->server->store, digest))
    return NULL;
  file = g_strdelimit (g_strdup (digest), ":", '-');
  return g_strdup_printf ("open %s/blobs/%s: no such file or directory",
                          x->server->config->models_path, file);
}

static void
create_from_files (SimProgress *progress, const SimName *name, const SimJson *root)
{
  const SimJson *file = sim_json_get_kind (root, "files", SIM_JSON_OBJECT)->first;
  g_autoptr (SimSpec) base = NULL, spec = NULL;
  g_autofree char *problem = NULL, *error = NULL;
  g_autoptr (SimDocument) document = sim_document_parse ("{}", 2, &error);

  if (file == NULL || !g_str_has_suffix (file->key, ".gguf"))
    {
      sim_progress_fail (progress, 400, "unknown type");
      return;
    }
  if (!sim_progress_say (progress, "parsing GGUF"))
    return;
  problem = blob_problem (progress->x, file->kind == SIM_JSON_STRING ? file->string : "");
  if (problem != NULL)
    {
      sim_progress_fail (progress, 500, problem);
      return;
    }
  base = sim_spec_from_json (sim_document_root (document), name->model);
  g_free (base->blob);
  base->blob = g_strdup (file->string + 7);
  g_array_set_size (base->layers, 0);
  sim_spec_set_layer (base, "model", base->blob, FALSE);
  spec = derive (base, root);
  finish (progress, name, spec);
}

/* What is wrong with the request's own form, or NULL. */
static const char *
form_problem (const SimJson *root)
{
  const SimJson *files = sim_json_get_kind (root, "files", SIM_JSON_OBJECT);

  for (const SimJson *file = files != NULL ? files->first : NULL; file != NULL; file = file->next)
    {
      if (*file->key == '\0' || *file->key == '/' || strstr (file->key, "..") != NULL)
        return "file path must be relative";
      if (sim_json_is_string (file, ""))
        return "invalid digest format";
    }
  return NULL;
}

void
sim_handle_create (SimExchange *x)
{
  const SimJson *root = NULL;
  const char *text, *problem;
  g_autofree char *template_error = NULL;
  g_auto (SimName) name = { 0 };
  g_auto (SimProgress) progress = { 0 };

  if (!sim_request_decode (x, &sim_schema_create, &root))
    return;
  text = sim_json_get_string (root, "model");
  if (*text == '\0')
    text = sim_json_get_string (root, "name");
  problem = form_problem (root);
  if (problem == NULL && !sim_name_parse (text, &name))
    problem = "invalid model name";
  if (problem != NULL)
    {
      sim_reply_error (x, 400, problem);
      return;
    }
  sim_progress_begin (&progress, x, sim_json_get_boolean (root, "stream", TRUE));
  template_error = sim_template_error (sim_json_get_string (root, "template"));
  if (template_error != NULL)
    {
      g_autofree char *message = g_strconcat ("template error: ", template_error, NULL);

      sim_progress_fail (&progress, 400, message);
      return;
    }
  if (*sim_json_get_string (root, "from") != '\0')
    create_from_model (&progress, &name, root);
  else if (sim_json_get_kind (root, "files", SIM_JSON_OBJECT) != NULL)
    create_from_files (&progress, &name, root);
  else
    sim_progress_fail (&progress, 400, "neither 'from' or 'files' was specified");
}
