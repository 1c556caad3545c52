/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-handlers.h"
#include "sim-server.h"

/* Copy, delete, blobs. */

/* POST /api/copy */
void
sim_handle_copy (SimExchange *x)
{
  const SimJson *root = NULL;
  const char *source, *destination;
  g_auto (SimName) from = { 0 }, to = { 0 };
  g_autoptr (SimModel) model = NULL;

  if (!sim_request_decode (x, &sim_schema_copy, &root))
    return;
  source = sim_json_get_string (root, "source");
  destination = sim_json_get_string (root, "destination");
  if (!sim_name_parse (source, &from))
    {
      sim_reply_errorf (x, 400, "source \"%s\" is invalid", source);
      return;
    }
  if (!sim_name_parse (destination, &to))
    {
      sim_reply_errorf (x, 400, "destination \"%s\" is invalid", destination);
      return;
    }
  model = sim_store_find (x->server->store, &from, TRUE);
  if (model == NULL)
    {
      sim_reply_errorf (x, 404, "model \"%s\" not found", source);
      return;
    }
  sim_store_put (x->server->store, &to, model->spec, NULL);
  sim_reply_whole (x, 200, "", 0);
}

/* DELETE /api/delete */
void
sim_handle_delete (SimExchange *x)
{
  const SimJson *root = NULL, *named;
  const char *text;
  g_auto (SimName) name = { 0 };
  g_autofree char *error = NULL;

  if (!sim_request_decode (x, &sim_schema_delete, &root))
    return;
  named = sim_json_get (root, "model");
  if (named == NULL || sim_json_is_string (named, ""))
    named = sim_json_get (root, "name");
  text = named != NULL ? named->string : "";
  switch (sim_name_parse_reference (text, named != NULL ? named->string_length : 0, &name, &error))
    {
    case SIM_NAME_MISSING:
      sim_reply_error (x, 400, "model is required");
      return;
    case SIM_NAME_CONFLICTING:
      sim_reply_error (x, 400, error);
      return;
    case SIM_NAME_INVALID:
      sim_reply_errorf (x, 400, "name \"%s\" is invalid", text);
      return;
    default:
      break;
    }
  if (sim_store_remove (x->server->store, &name))
    sim_reply_whole (x, 200, "", 0);
  else
    sim_reply_errorf (x, 404, "model '%s' not found", text);
}

/* "sha256:…" of the path, or NULL if it is no digest. */
static char *
digest_of (const char *parameter)
{
  if (strlen (parameter) != 71 || !g_str_has_prefix (parameter, "sha256") ||
      (parameter[6] != ':' && parameter[6] != '-'))
    return NULL;
  for (const char *c = parameter + 7; *c != '\0'; c++)
    if (!g_ascii_isxdigit (*c))
      return NULL;
  return g_strconcat ("sha256:", parameter + 7, NULL);
}

/* HEAD /api/blobs/:digest */
void
sim_handle_blob_head (SimExchange *x)
{
  g_autofree char *digest = digest_of (x->parameter);

  if (digest == NULL)
    sim_reply_error (x, 400, "invalid digest format");
  else if (!sim_store_has_blob (x->server->store, digest))
    sim_reply_errorf (x, 404, "blob \"%s\" not found", x->parameter);
  else
    sim_reply_whole (x, 200, "", 0);
}

/* POST /api/blobs/:digest: the body is hashed, not kept. */
void
sim_handle_blob_post (SimExchange *x)
{
  g_autofree char *digest = digest_of (x->parameter), *got = NULL;
  guint8 buffer[16384];
  gssize n;

  if (digest == NULL)
    {
      sim_reply_error (x, 400, "invalid digest format");
      return;
    }
  if (sim_store_has_blob (x->server->store, digest))
    {
      sim_reply_whole (x, 200, "", 0);
      return;
    }
  sim_exchange_stage (x, SIM_STAGE_READING);
  while ((n = sim_body_read (x, buffer, sizeof buffer)) > 0)
    ;
  if (n < 0 && x->gone)
    return;
  sim_exchange_stage (x, SIM_STAGE_ANSWERING);
  if (n < 0)
    {
      sim_reply_error (x, 500, x->body_problem);
      return;
    }
  if (x->checksum == NULL)
    x->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  got = g_strconcat ("sha256:", g_checksum_get_string (x->checksum), NULL);
  sim_store_add_blob (x->server->store, got);
  if (g_str_equal (got, x->parameter))
    sim_reply_whole (x, 201, "", 0);
  else
    sim_reply_errorf (x, 400, "digest mismatch, expected \"%s\", got \"%s\"", x->parameter, got);
}
