/* SPDX-License-Identifier: MIT */
#include "http/foreman-router.h"

#include "http/foreman-route-pattern.h"
#include "http/foreman-routes.h"

#include <string.h>

/* Who may do what: job-api.md's scopes. README has the same table. The first line that fits wins.
 */
static const ForemanRoute routes[] = {
  { "/", "GET HEAD", FOREMAN_SCOPE_NONE, FOREMAN_ROUTE_OWN, foreman_route_root },
  { "/healthz", "GET HEAD", FOREMAN_SCOPE_NONE, FOREMAN_ROUTE_OWN, foreman_route_healthz },
  { "/readyz", "GET HEAD", FOREMAN_SCOPE_NONE, FOREMAN_ROUTE_OWN, foreman_route_readyz },
  { "/status", "GET HEAD", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_OWN, foreman_route_status },
  { "/queue", "GET HEAD", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_OWN, foreman_route_queue },
  { "/pause", "GET HEAD", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_OWN, foreman_route_get_pause },
  { "/pause", "POST", FOREMAN_SCOPE_MANAGE, FOREMAN_ROUTE_OWN, foreman_route_pause },
  { "/resume", "POST", FOREMAN_SCOPE_MANAGE, FOREMAN_ROUTE_OWN, foreman_route_resume },
  { "/models/load", "POST", FOREMAN_SCOPE_MANAGE, FOREMAN_ROUTE_OWN, foreman_route_load_model },
  { "/models/unload", "POST", FOREMAN_SCOPE_MANAGE, FOREMAN_ROUTE_OWN, foreman_route_unload_model },
  { "/metrics", "GET HEAD", FOREMAN_SCOPE_ADMIN, FOREMAN_ROUTE_OWN, foreman_route_metrics },

  { "/jobs", "POST", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_submit },
  { "/jobs", "GET HEAD", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_list_jobs },
  { "/jobs/cancel", "POST", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_cancel_jobs },
  { "/jobs/retry", "POST", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_retry_jobs },
  { "/jobs/purge", "POST", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_purge_jobs },
  { "/jobs/{id}", "GET HEAD", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_get_job },
  { "/jobs/{id}", "PATCH", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_patch_job },
  { "/jobs/{id}", "DELETE", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_delete_job },
  { "/jobs/{id}/cancel", "POST", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_cancel_job },
  { "/jobs/{id}/retry", "POST", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_retry_job },
  { "/jobs/{id}/redeliver", "POST", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN,
    foreman_route_redeliver_job },
  { "/jobs/{id}/request", "GET HEAD", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN,
    foreman_route_job_request },
  { "/jobs/{id}/attempts", "GET HEAD", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN,
    foreman_route_job_attempts },
  { "/jobs/{id}/artifacts/{name}", "GET HEAD", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN,
    foreman_route_artifact },
  { "/jobs/{id}/events", "GET", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_job_events },
  { "/events", "GET", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_events },
  { "/groups", "GET HEAD", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_groups },
  { "/groups/{group}", "GET HEAD", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_group },
  { "/results", "GET", FOREMAN_SCOPE_JOBS, FOREMAN_ROUTE_OWN, foreman_route_results },

  { "/api/tags", "GET HEAD", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_READ, foreman_route_tags },
  { "/api/ps", "GET", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_READ, foreman_route_ps },
  { "/api/version", "GET HEAD", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_FORWARD,
    foreman_route_forward },
  { "/api/status", "GET", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_FORWARD, foreman_route_forward },
  { "/api/show", "POST", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_FORWARD, foreman_route_forward },
  { "/v1/models", "GET", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_FORWARD, foreman_route_forward },
  { "/v1/models/*", "GET", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_FORWARD, foreman_route_forward },

  { "/api/chat", "POST", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_CHAT, foreman_route_inference,
    FOREMAN_ENDPOINT_CHAT },
  { "/api/generate", "POST", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_CHAT, foreman_route_inference,
    FOREMAN_ENDPOINT_GENERATE },
  { "/v1/chat/completions", "POST", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_CHAT,
    foreman_route_inference, FOREMAN_ENDPOINT_V1_CHAT },
  { "/v1/completions", "POST", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_CHAT, foreman_route_inference,
    FOREMAN_ENDPOINT_V1_COMPLETIONS },
  { "/v1/responses", "POST", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_CHAT, foreman_route_inference,
    FOREMAN_ENDPOINT_V1_RESPONSES },
  { "/v1/messages", "POST", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_CHAT, foreman_route_inference,
    FOREMAN_ENDPOINT_V1_MESSAGES },
  { "/v1/audio/transcriptions", "POST", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_CHAT,
    foreman_route_transcription, FOREMAN_ENDPOINT_V1_AUDIO },
  { "/api/embed", "POST", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_EMBED, foreman_route_inference,
    FOREMAN_ENDPOINT_EMBED },
  { "/api/embeddings", "POST", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_EMBED,
    foreman_route_inference, FOREMAN_ENDPOINT_EMBEDDINGS },
  { "/v1/embeddings", "POST", FOREMAN_SCOPE_INFERENCE, FOREMAN_ROUTE_EMBED, foreman_route_inference,
    FOREMAN_ENDPOINT_V1_EMBEDDINGS },

  { "/api/pull", "POST", FOREMAN_SCOPE_MANAGE, FOREMAN_ROUTE_CHANGE, foreman_route_change },
  { "/api/create", "POST", FOREMAN_SCOPE_MANAGE, FOREMAN_ROUTE_CHANGE, foreman_route_change },
  { "/api/copy", "POST", FOREMAN_SCOPE_MANAGE, FOREMAN_ROUTE_CHANGE, foreman_route_change },
  { "/api/delete", "DELETE", FOREMAN_SCOPE_MANAGE, FOREMAN_ROUTE_CHANGE, foreman_route_change },
  { "/api/push", "POST", FOREMAN_SCOPE_MANAGE, FOREMAN_ROUTE_FORWARD, foreman_route_forward },
  { "*", "", FOREMAN_SCOPE_MANAGE, FOREMAN_ROUTE_FORWARD, foreman_route_forward },
};

static gboolean
method_fits (const char *methods, const char *method)
{
  gsize length = strlen (method);

  for (const char *p = strstr (methods, method); p; p = strstr (p + length, method))
    if ((p == methods || p[-1] == ' ') && (p[length] == '\0' || p[length] == ' '))
      return TRUE;
  return FALSE;
}

/**
 * foreman_router_find:
 * @method: a request's method
 * @path: its decoded path
 *
 * Finds the route for a request. Whatever no line of the table serves is the target's to answer.
 * Any thread.
 *
 * Returns: (transfer none): a route
 */
const ForemanRoute *
foreman_router_find (const char *method, const char *path)
{
  const ForemanRoute *all_else = &routes[G_N_ELEMENTS (routes) - 1];

  for (const ForemanRoute *route = routes; route < all_else; route++)
    if (foreman_route_pattern_fits (route->path, path) && method_fits (route->methods, method))
      return route;
  return all_else;
}

/**
 * foreman_router_get_table:
 * @n_routes: (out): how many there are
 *
 * Returns: (transfer none) (array length=n_routes): every route, in the order in which they are
 * tried
 */
const ForemanRoute *
foreman_router_get_table (gsize *n_routes)
{
  *n_routes = G_N_ELEMENTS (routes);
  return routes;
}

/**
 * foreman_route_is_own:
 * @route: a route
 *
 * Returns: whether it is none of Ollama's, so that errors have foreman's shape
 */
gboolean
foreman_route_is_own (const ForemanRoute *route)
{
  return route->class == FOREMAN_ROUTE_OWN;
}

/**
 * foreman_route_is_inference:
 * @route: a route
 *
 * Returns: whether a model works for it, so that its endpoint means something
 */
gboolean
foreman_route_is_inference (const ForemanRoute *route)
{
  return route->class == FOREMAN_ROUTE_CHAT || route->class == FOREMAN_ROUTE_EMBED;
}

/**
 * foreman_route_class_to_string:
 * @class: a class
 *
 * Returns: (transfer none): its name in metrics and logs
 */
const char *
foreman_route_class_to_string (ForemanRouteClass class)
{
  static const char *const names[FOREMAN_N_ROUTE_CLASSES] = {
    [FOREMAN_ROUTE_OWN] = "own",       [FOREMAN_ROUTE_READ] = "read",
    [FOREMAN_ROUTE_CHAT] = "chat",     [FOREMAN_ROUTE_EMBED] = "embed",
    [FOREMAN_ROUTE_CHANGE] = "change", [FOREMAN_ROUTE_FORWARD] = "forward",
  };

  return names[class];
}
