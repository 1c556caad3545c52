/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-handlers.h"
#include "sim-server.h"
#include "sim-write.h"

/* The control routes, below a prefix that no Ollama has. Their requests are not counted. */

static gboolean
query_value (SimExchange *x, const char *name, char **value)
{
  g_auto (GStrv) pairs = g_strsplit (x->url.query != NULL ? x->url.query : "", "&", -1);
  gsize length = strlen (name);

  for (guint i = 0; pairs[i] != NULL; i++)
    if (strncmp (pairs[i], name, length) == 0 && pairs[i][length] == '=')
      {
        *value = g_uri_unescape_string (pairs[i] + length + 1, NULL);
        return *value != NULL;
      }
  return FALSE;
}

static double
query_number (SimExchange *x, const char *name, double fallback)
{
  g_autofree char *value = NULL;

  return query_value (x, name, &value) ? g_ascii_strtod (value, NULL) : fallback;
}

static void
reply_done (SimExchange *x)
{
  sim_reply_text (x, 200, "application/json", "{}");
}

static void
get_stats (SimExchange *x)
{
  GString *out = g_string_new (NULL);

  sim_stats_write (x->server->stats, out);
  sim_reply_json (x, 200, out);
}

static void
get_journal (SimExchange *x)
{
  GString *out = g_string_new ("{");
  g_autofree char *path = NULL;

  query_value (x, "path", &path);
  sim_write_key (out, "requests");
  sim_stats_write_journal (x->server->stats, (guint64) query_number (x, "after", 0),
                           (gint64) query_number (x, "limit", G_MAXINT), path, out);
  sim_write_close (out, '}');
  sim_reply_json (x, 200, out);
}

/* GET /_sim/wait?what=NAME&count=N[&op=ge|le|eq][&timeout=SECONDS] */
static void
wait_for (SimExchange *x)
{
  g_autofree char *what = NULL, *operator= NULL;
  gint64 deadline =
      g_get_monotonic_time () + (gint64) (query_number (x, "timeout", 10) * G_USEC_PER_SEC);
  gint64 seen = 0;
  SimMetric metric;
  GString *out;
  gboolean met;
  char comparison = '>';

  if (!query_value (x, "what", &what) || !sim_metric_from_name (what, &metric))
    {
      sim_reply_errorf (x, 400, "there is no \"%s\" to wait for", what != NULL ? what : "");
      return;
    }
  if (query_value (x, "op", &operator))
    comparison = g_str_equal (operator, "le") ? '<' : g_str_equal (operator, "eq") ? '=' : '>';
  met = sim_stats_wait (x->server->stats, metric, comparison, (gint64) query_number (x, "count", 1),
                        deadline, &seen);
  out = g_string_new ("{");
  sim_write_member_bool (out, "met", met);
  sim_write_member_int (out, "value", seen);
  sim_write_close (out, '}');
  sim_reply_json (x, met ? 200 : 408, out);
}

static void
post_fault (SimExchange *x, const SimJson *root)
{
  g_autoptr (SimFault) fault = NULL;
  g_autofree char *error = NULL;
  GString *out;

  if (!sim_faults_add (x->server->faults, root, &fault, &error))
    {
      sim_reply_error (x, 400, error);
      return;
    }
  sim_server_poke (x->server);
  out = g_string_new ("{");
  sim_write_member_int (out, "id", fault->id);
  sim_write_close (out, '}');
  sim_reply_json (x, 200, out);
}

static void
get_faults (SimExchange *x)
{
  GString *out = g_string_new ("{");

  sim_write_key (out, "faults");
  sim_faults_write (x->server->faults, out);
  sim_write_close (out, '}');
  sim_reply_json (x, 200, out);
}

static void
delete_faults (SimExchange *x)
{
  sim_faults_clear (x->server->faults, (guint) query_number (x, "id", 0));
  sim_server_poke (x->server);
  reply_done (x);
}

/* POST /_sim/models {"add":[MODEL…],"remove":[NAME…]} */
static void
post_models (SimExchange *x, const SimJson *root)
{
  const SimJson *add = sim_json_get_kind (root, "add", SIM_JSON_ARRAY);
  const SimJson *drop = sim_json_get_kind (root, "remove", SIM_JSON_ARRAY);

  for (const SimJson *item = add != NULL ? add->first : NULL; item != NULL; item = item->next)
    {
      g_autofree char *error = NULL;

      if (!sim_config_add_model (x->server->config, x->server->store, item, NULL, &error))
        {
          sim_reply_error (x, 400, error);
          return;
        }
    }
  for (const SimJson *item = drop != NULL ? drop->first : NULL; item != NULL; item = item->next)
    {
      g_auto (SimName) name = { 0 };

      if (item->kind == SIM_JSON_STRING && sim_name_parse (item->string, &name))
        sim_store_remove (x->server->store, &name);
    }
  reply_done (x);
}

static gboolean
read_points (SimExchange *x,
             const SimJson *root,
             SimHoldPoint *first,
             SimHoldPoint *last,
             SimHoldPoint fallback_first)
{
  const char *name = sim_json_get_string (root, "point");

  *first = fallback_first;
  *last = SIM_N_HOLDS - 1;
  if (*name == '\0')
    return TRUE;
  if (!sim_hold_point_from_name (name, first))
    {
      sim_reply_errorf (x, 400, "there is no point \"%s\" to hold", name);
      return FALSE;
    }
  *last = *first;
  return TRUE;
}

/* POST /_sim/hold {"point":"load"|"prefill"|"tokens"}; tokens if it is not said */
static void
post_hold (SimExchange *x, const SimJson *root)
{
  SimHoldPoint first, last;

  if (!read_points (x, root, &first, &last, SIM_HOLD_TOKENS))
    return;
  for (guint point = first; point <= last; point++)
    sim_hold_close (x->server->hold, point);
  reply_done (x);
}

/* POST /_sim/release {"point":…,"count":N}; all points and for good if not said */
static void
post_release (SimExchange *x, const SimJson *root)
{
  gint64 count = (gint64) sim_json_get_number (root, "count", 0);
  SimHoldPoint first, last;

  if (!read_points (x, root, &first, &last, count > 0 ? SIM_HOLD_TOKENS : SIM_HOLD_LOAD))
    return;
  for (guint point = first; point <= last; point++)
    {
      if (count > 0)
        sim_hold_let (x->server->hold, point, count);
      else
        sim_hold_open (x->server->hold, point);
    }
  reply_done (x);
}

/* POST /_sim/reset: journal, counters, faults, holds; {"models":true}: and nothing loaded */
static void
post_reset (SimExchange *x, const SimJson *root)
{
  SimServer *server = x->server;

  sim_faults_clear (server->faults, 0);
  for (guint point = 0; point < SIM_N_HOLDS; point++)
    sim_hold_open (server->hold, point);
  if (sim_json_get_boolean (root, "loaded", FALSE))
    sim_scheduler_unload_all (server->scheduler);
  sim_stats_reset (server->stats);
  sim_server_poke (server);
  reply_done (x);
}

static const struct
{
  const char *method, *path;
  void (*get) (SimExchange *x);
  void (*post) (SimExchange *x, const SimJson *root);
} routes[] = {
  { "GET", "stats", get_stats, NULL },         { "GET", "journal", get_journal, NULL },
  { "GET", "wait", wait_for, NULL },           { "GET", "faults", get_faults, NULL },
  { "DELETE", "faults", delete_faults, NULL }, { "POST", "faults", NULL, post_fault },
  { "POST", "models", NULL, post_models },     { "POST", "hold", NULL, post_hold },
  { "POST", "release", NULL, post_release },   { "POST", "reset", NULL, post_reset },
};

void
sim_handle_control (SimExchange *x)
{
  const char *path = x->url.path + strlen (SIM_CONTROL_PREFIX);

  if (!sim_body_read_all (x))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      if (!g_str_equal (routes[i].method, x->method) || !g_str_equal (routes[i].path, path))
        continue;
      if (routes[i].get != NULL)
        routes[i].get (x);
      else if (x->document == NULL && x->body->len > 0)
        sim_reply_error (x, 400, x->document_error);
      else
        routes[i].post (x, x->document != NULL ? sim_document_root (x->document) : NULL);
      return;
    }
  sim_reply_errorf (x, 404, "there is no control route %s %s", x->method, x->url.path);
}
