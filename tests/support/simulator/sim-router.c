/* SPDX-License-Identifier: MIT */
#include "sim-router.h"

#include <string.h>

#include "sim-gatekeeper.h"
#include "sim-handlers.h"
#include "sim-server.h"
#include "sim-surface.h"
#include "sim-url.h"
#include "sim-v1.h"

typedef enum
{
  JSON = 1 << 0, /* the body is read and parsed before the handler runs */
  WORK = 1 << 1, /* inference: what faults strike when they name no path */
  V1 = 1 << 2,   /* takes zstd, and turns cloud models away by itself */
} Traits;

typedef struct
{
  const char *method;
  const char *path; /* a last part of ":" takes any one segment */
  void (*handle) (SimExchange *x);
  Traits traits;
  SimClass class;
  const SimSurface *surface;
} Route;

static const Route routes[] = {
  { "HEAD", "/", sim_handle_root },
  { "GET", "/", sim_handle_root },
  { "HEAD", "/api/version", sim_handle_version },
  { "GET", "/api/version", sim_handle_version },
  { "GET", "/api/status", sim_handle_status },
  { "HEAD", "/api/tags", sim_handle_tags },
  { "GET", "/api/tags", sim_handle_tags },
  { "GET", "/api/ps", sim_handle_ps },
  { "POST", "/api/show", sim_handle_show, JSON },
  { "POST", "/api/pull", sim_handle_pull, JSON },
  { "POST", "/api/push", sim_handle_push, JSON },
  { "POST", "/api/create", sim_handle_create, JSON },
  { "POST", "/api/copy", sim_handle_copy, JSON },
  { "DELETE", "/api/delete", sim_handle_delete, JSON },
  { "HEAD", "/api/blobs/:", sim_handle_blob_head },
  { "POST", "/api/blobs/:", sim_handle_blob_post },
  { "POST", "/api/me", sim_handle_me },
  { "POST", "/api/signout", sim_handle_signout },
  { "DELETE", "/api/user/keys/:", sim_handle_signout },
  { "POST", "/api/experimental/web_search", sim_handle_web_search, JSON },
  { "POST", "/api/experimental/web_fetch", sim_handle_web_fetch, JSON },
  { "GET", "/api/experimental/model-recommendations", sim_handle_recommendations },
  { "POST", "/api/generate", sim_handle_generate, JSON | WORK, SIM_CLASS_CHAT,
    &sim_surface_generate },
  { "POST", "/api/chat", sim_handle_chat, JSON | WORK, SIM_CLASS_CHAT, &sim_surface_chat },
  { "POST", "/api/embed", sim_handle_embed, JSON | WORK, SIM_CLASS_EMBED },
  { "POST", "/api/embeddings", sim_handle_embeddings, JSON | WORK, SIM_CLASS_EMBED },
  { "GET", "/v1/models", sim_handle_v1_models, 0, SIM_CLASS_OTHER, &sim_surface_openai_plain },
  { "GET", "/v1/models/:", sim_handle_v1_model, 0, SIM_CLASS_OTHER, &sim_surface_openai_plain },
  { "POST", "/v1/chat/completions", sim_handle_v1_chat, JSON | WORK | V1, SIM_CLASS_CHAT,
    &sim_surface_openai_chat },
  { "POST", "/v1/completions", sim_handle_v1_completions, JSON | WORK | V1, SIM_CLASS_CHAT,
    &sim_surface_openai_completion },
  { "POST", "/v1/embeddings", sim_handle_v1_embeddings, JSON | WORK | V1, SIM_CLASS_EMBED,
    &sim_surface_openai_plain },
  { "POST", "/v1/responses", sim_handle_v1_responses, JSON | WORK | V1, SIM_CLASS_CHAT,
    &sim_surface_responses },
  { "POST", "/v1/messages", sim_handle_v1_messages, JSON | WORK | V1, SIM_CLASS_CHAT,
    &sim_surface_messages },
  { "POST", "/v1/images/generations", sim_handle_v1_images, JSON | WORK | V1, SIM_CLASS_CHAT,
    &sim_surface_image },
  { "POST", "/v1/images/edits", sim_handle_v1_images, JSON | WORK | V1, SIM_CLASS_CHAT,
    &sim_surface_image },
  { "POST", "/v1/audio/transcriptions", sim_handle_v1_transcriptions, WORK, SIM_CLASS_CHAT,
    &sim_surface_transcription },
};

static gboolean
path_matches (const Route *route, const char *path, const char **parameter)
{
  gsize length = strlen (route->path);

  if (route->path[length - 1] != ':')
    return g_str_equal (route->path, path);
  if (strncmp (route->path, path, length - 1) != 0 || path[length - 1] == '\0' ||
      strchr (path + length - 1, '/') != NULL)
    return FALSE;
  *parameter = path + length - 1;
  return TRUE;
}

static const Route *
find_route (SimExchange *x, const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (routes); i++)
    if (g_str_equal (routes[i].method, x->method) && path_matches (&routes[i], path, &x->parameter))
      return &routes[i];
  return NULL;
}

static char *
allowed_methods (SimExchange *x)
{
  static const char *const order[] = { "HEAD", "GET", "POST", "DELETE" };
  GString *out = g_string_new (NULL);
  const char *ignored;

  for (guint m = 0; m < G_N_ELEMENTS (order); m++)
    for (guint i = 0; i < G_N_ELEMENTS (routes); i++)
      if (g_str_equal (routes[i].method, order[m]) &&
          path_matches (&routes[i], x->url.path, &ignored))
        g_string_append_printf (out, "%s%s", out->len > 0 ? ", " : "", order[m]);
  return g_string_free (out, FALSE);
}

/* @path: escaped */
static void
redirect (SimExchange *x, int status, const char *path)
{
  const char *query = x->url.query;
  g_autofree char *location =
      query != NULL ? g_strconcat (path, "?", query, NULL) : g_strdup (path);
  gboolean get = g_str_equal (x->method, "GET");
  g_autofree char *body =
      g_strdup_printf ("<a href=\"%s\">%s</a>.\n\n", location,
                       status == 301 ? "Moved Permanently" : "Temporary Redirect");

  sim_reply_header (x, "Location", location);
  if (get || g_str_equal (x->method, "HEAD"))
    sim_reply_header (x, "Content-Type", "text/html; charset=utf-8");
  sim_reply_whole (x, status, body, get ? strlen (body) : 0);
}

/* Redirects what Go's mux and gin redirect. */
static gboolean
redirect_path (SimExchange *x)
{
  g_autofree char *clean = sim_url_clean_path (x->url.escaped);
  g_autofree char *shorter = g_strdup (x->url.path);
  gsize length = strlen (shorter);

  if (!g_str_equal (clean, x->url.escaped))
    {
      redirect (x, 307, clean);
      return TRUE;
    }
  if (find_route (x, shorter) != NULL || length < 2 || shorter[length - 1] != '/')
    return FALSE;
  shorter[length - 1] = '\0';
  if (find_route (x, shorter) == NULL)
    return FALSE;
  redirect (x, g_str_equal (x->method, "GET") ? 301 : 307, shorter);
  return TRUE;
}

static void
answer_no_route (SimExchange *x)
{
  g_autofree char *allowed = allowed_methods (x);

  if (*allowed != '\0')
    sim_reply_header (x, "Allow", allowed);
  if (!sim_gatekeeper_admit (x))
    return;
  if (*allowed != '\0')
    sim_reply_text (x, 405, "text/plain", "405 method not allowed");
  else
    sim_reply_text (x, 404, "text/plain", "404 page not found");
}

/* What Go answers by itself, without looking at routes. FALSE: nothing of the kind. */
static gboolean
answer_oddity (SimExchange *x)
{
  const char *expect = sim_exchange_header (x, "Expect");

  if (expect != NULL && *expect != '\0' && !sim_exchange_has_token (x, "Expect", "100-continue"))
    {
      x->close = TRUE;
      return sim_reply_whole (x, 417, "", 0) || TRUE;
    }
  if (*x->url.path == '\0')
    {
      sim_reply_header (x, "X-Content-Type-Options", "nosniff");
      return sim_reply_text (x, 404, "text/plain; charset=utf-8", "404 page not found\n") || TRUE;
    }
  if (!g_str_equal (x->target, "*"))
    return FALSE;
  x->close = !g_str_equal (x->method, "OPTIONS");
  return sim_reply_whole (x, x->close ? 400 : 200, "", 0) || TRUE;
}

static void
meet_fault (SimExchange *x, const Route *route)
{
  const SimJson *root = x->document != NULL ? sim_document_root (x->document) : NULL;
  SimFaultSubject subject = {
    .method = x->method,
    .path = x->url.path,
    .model = sim_json_get_string (root, "model"),
    .name = sim_exchange_header (x, "X-Sim-Fault"),
    .inference = route != NULL && (route->traits & WORK) != 0,
  };

  x->fault = sim_faults_take (x->server->faults, &subject);
}

/* The faults that come instead of an answer. */
static gboolean
fault_answers (SimExchange *x)
{
  gint64 until = -1;
  gsize length;

  if (x->fault == NULL)
    return FALSE;
  length = (gsize) x->fault->bytes;
  if (x->fault->kind == SIM_FAULT_BLACKHOLE || x->fault->kind == SIM_FAULT_HANG)
    {
      if (x->fault->seconds > 0)
        until = g_get_monotonic_time () + (gint64) (x->fault->seconds * 1e6);
      if (!sim_connection_sleep_until (x->connection, until))
        x->gone = TRUE;
      x->gone = x->gone || x->fault->kind == SIM_FAULT_BLACKHOLE;
      return x->gone;
    }
  if (x->fault->kind == SIM_FAULT_GARBAGE)
    {
      g_autofree char *garbage = g_malloc (length);

      for (gsize i = 0; i < length; i++)
        garbage[i] = (char) (i * 193 + 29);
      sim_reply_raw (x, garbage, length);
      return TRUE;
    }
  if (x->fault->kind != SIM_FAULT_STATUS)
    return FALSE;
  if (x->fault->retry_after != NULL)
    sim_reply_header (x, "Retry-After", x->fault->retry_after);
  sim_reply_error (x, x->fault->status,
                   x->fault->message != NULL ? x->fault->message : "simulated failure");
  return TRUE;
}

static void
run_route (SimExchange *x, const Route *route)
{
  const SimJson *root;

  x->surface = route->surface;
  if ((route->traits & JSON) != 0 && !sim_body_read_all (x))
    return;
  if ((route->traits & V1) != 0 && !sim_v1_unpack (x))
    return;
  root = x->document != NULL ? sim_document_root (x->document) : NULL;
  if (x->record != NULL && route->class != SIM_CLASS_OTHER && (route->traits & JSON) != 0)
    sim_record_set_class (x->server->stats, x->record, route->class,
                          sim_json_get_string (root, "model"));
  sim_exchange_stage (x, SIM_STAGE_ANSWERING);
  meet_fault (x, route);
  if (fault_answers (x) || ((route->traits & V1) != 0 && !sim_v1_admit (x)))
    return;
  route->handle (x);
}

/* Answers a request whose head was read. */
void
sim_router_dispatch (SimExchange *x)
{
  const Route *route;

  if (x->record == NULL)
    {
      sim_handle_control (x);
      return;
    }
  if (answer_oddity (x))
    return;
  if (!g_str_equal (x->method, "CONNECT") && redirect_path (x))
    return;
  route = find_route (x, x->url.path);
  if (route == NULL)
    {
      meet_fault (x, NULL);
      if (!fault_answers (x))
        answer_no_route (x);
      return;
    }
  if (sim_gatekeeper_admit (x))
    run_route (x, route);
}
