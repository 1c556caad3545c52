/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <gio/gio.h>
#include <string.h>

#include "sim-handlers.h"
#include "sim-progress.h"
#include "sim-server.h"

/* Pull and push. The default registry is simulated; another host is really called, and not found.
 */

#define TICK_USEC 60000

static const SimModel *
find_in_registry (SimExchange *x, const SimName *name)
{
  GPtrArray *registry = x->server->config->registry;

  for (guint i = 0; i < registry->len; i++)
    {
      const SimModel *model = registry->pdata[i];

      if (sim_name_same (&model->name, name, TRUE))
        return model;
    }
  return NULL;
}

/* What Go says of a connection to @host that fails, or NULL if something answers there. */
static char *
dial (const char *host)
{
  g_autoptr (GSocketConnectable) address = g_network_address_parse (host, 443, NULL);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GInetAddress) numeric = NULL;
  g_autoptr (GError) error = NULL;
  const char *name;

  if (address == NULL)
    return g_strdup_printf ("dial tcp: lookup %s: no such host", host);
  name = g_network_address_get_hostname (G_NETWORK_ADDRESS (address));
  numeric = g_inet_address_new_from_string (name);
  if (numeric == NULL && !g_str_equal (name, "localhost"))
    return g_strdup_printf ("dial tcp: lookup %s: no such host", name);
  g_socket_client_set_timeout (client, 2);
  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect (client, address, NULL, &error);
  if (connection != NULL)
    return NULL;
  return g_strdup_printf ("dial tcp %s: connect: connection refused", host);
}

/* Why the manifest cannot be had, or NULL. */
static char *
manifest_problem (SimExchange *x, const SimName *name, gboolean insecure, const SimModel **found)
{
  g_autofree char *problem = NULL;

  if (!g_str_equal (name->host, "registry.ollama.ai"))
    {
      problem = dial (name->host);
      if (problem != NULL)
        return g_strdup_printf ("pull model manifest: Get \"%s://%s/v2/%s/%s/manifests/%s\": %s",
                                insecure ? "http" : "https", name->host, name->namespace,
                                name->model, name->tag, problem);
    }
  else
    *found = find_in_registry (x, name);
  return *found == NULL ? g_strdup ("pull model manifest: file does not exist") : NULL;
}

/* One layer's bytes, as fast as the line is. FALSE: the client left, the download stops. */
static gboolean
transfer (SimProgress *progress, const char *verb, const char *hex, gint64 total, gboolean there)
{
  SimExchange *x = progress->x;
  gint64 completed = there ? total : 0, next = g_get_monotonic_time ();
  gint64 step = MAX (1, (gint64) ((double) x->server->config->pull_rate * x->server->config->scale *
                                  TICK_USEC / G_USEC_PER_SEC));

  while (sim_progress_layer (progress, verb, hex, total, completed))
    {
      if (completed == total)
        return TRUE;
      completed = MIN (completed + step, total);
      next += TICK_USEC;
      if (!sim_connection_sleep_until (x->connection, next))
        x->gone = TRUE;
    }
  return FALSE;
}

static gboolean
transfer_all (SimProgress *progress, const char *verb, const SimSpec *spec, gboolean pulling)
{
  for (guint i = 0; i < spec->layers->len; i++)
    {
      const SimLayer *layer = &g_array_index (spec->layers, SimLayer, i);
      gboolean there = pulling && sim_store_has_layer (progress->x->server->store, layer->hex);
      gint64 size = g_str_equal (layer->kind, "model") ? spec->size : 64;

      if (!transfer (progress, verb, layer->hex, size, there))
        return FALSE;
    }
  return TRUE;
}

static void
pull (SimProgress *progress, const SimName *name, gboolean insecure)
{
  SimExchange *x = progress->x;
  const SimModel *found = NULL;
  g_autoptr (SimModel) installed = sim_store_find (x->server->store, name, TRUE);
  g_autofree char *problem = NULL;

  if (!sim_progress_say (progress, "pulling manifest"))
    return;
  problem = manifest_problem (x, name, insecure, &found);
  if (installed != NULL && found == NULL && g_str_equal (name->host, "registry.ollama.ai"))
    found = installed;
  else if (problem != NULL)
    {
      sim_progress_fail (progress, 500, problem);
      return;
    }
  if (!transfer_all (progress, "pulling", found->spec, TRUE) ||
      !sim_progress_say (progress, "verifying sha256 digest") ||
      !sim_progress_say (progress, "writing manifest"))
    return;
  sim_store_put (x->server->store, name, found->spec, NULL);
  if (sim_progress_say (progress, "success"))
    sim_progress_end (progress);
}

/* POST /api/pull */
void
sim_handle_pull (SimExchange *x)
{
  const SimJson *root = NULL, *named;
  g_auto (SimName) name = { 0 };
  g_auto (SimProgress) progress = { 0 };

  if (!sim_request_decode (x, &sim_schema_pull, &root))
    return;
  named = sim_json_get (root, "model");
  if (named == NULL || sim_json_is_string (named, ""))
    named = sim_json_get (root, "name");
  if (!sim_request_reference (x, named, 400, "invalid model name", &name))
    return;
  sim_progress_begin (&progress, x, sim_json_get_boolean (root, "stream", TRUE));
  pull (&progress, &name, sim_json_get_boolean (root, "insecure", FALSE));
}

static void
push (SimProgress *progress, const SimName *name, gboolean valid)
{
  SimExchange *x = progress->x;
  g_autoptr (SimModel) model = valid ? sim_store_find (x->server->store, name, TRUE) : NULL;
  g_autofree char *problem = NULL;

  if (!sim_progress_say (progress, "retrieving manifest"))
    return;
  if (model == NULL)
    {
      g_autofree char *full = sim_name_full (name);

      if (valid)
        problem = g_strdup_printf ("open %s/manifests/%s/%s/%s/%s: no such file or directory",
                                   x->server->config->models_path, name->host, name->namespace,
                                   name->model, name->tag);
      else
        problem = g_strconcat ("unqualified name: ", full, NULL);
      if (sim_progress_say (progress, "couldn't retrieve manifest"))
        sim_progress_fail (progress, 500, problem);
      return;
    }
  if (!transfer_all (progress, "pushing", model->spec, FALSE) ||
      !sim_progress_say (progress, "pushing manifest") || !sim_progress_say (progress, "success"))
    return;
  sim_progress_end (progress);
}

/* POST /api/push */
void
sim_handle_push (SimExchange *x)
{
  const SimJson *root = NULL;
  const char *text;
  g_auto (SimName) name = { 0 };
  g_auto (SimProgress) progress = { 0 };

  if (!sim_request_decode (x, &sim_schema_push, &root))
    return;
  text = sim_json_get_string (root, "model");
  if (*text == '\0')
    text = sim_json_get_string (root, "name");
  if (*text == '\0')
    {
      sim_reply_error (x, 400, "model is required");
      return;
    }
  sim_progress_begin (&progress, x, sim_json_get_boolean (root, "stream", TRUE));
  push (&progress, &name, sim_name_parse (text, &name));
}
