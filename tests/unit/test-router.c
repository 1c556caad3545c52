/* SPDX-License-Identifier: MIT */
#include "http/foreman-router.h"

#include <string.h>

typedef struct
{
  const char *method;
  const char *path;
  const char *expected; /* the line of the table that must serve it */
} Case;

static void
requests_find_their_route (void)
{
  static const Case cases[] = {
    { "POST", "/api/chat", "/api/chat" },
    { "POST", "/v1/messages", "/v1/messages" },
    { "GET", "/", "/" },
    { "HEAD", "/", "/" },
    { "GET", "/v1/models", "/v1/models" },
    { "GET", "/v1/models/a:b", "/v1/models/*" },
    { "GET", "/jobs/1", "/jobs/{id}" },
    { "POST", "/jobs/cancel", "/jobs/cancel" },
    { "GET", "/jobs/cancel", "/jobs/{id}" },
    { "POST", "/jobs/1/cancel", "/jobs/{id}/cancel" },
    { "GET", "/jobs/1/artifacts/partial", "/jobs/{id}/artifacts/{name}" },
    /* What is not in the table is Ollama's to answer: other methods, other paths, near misses. */
    { "GET", "/api/chat", "*" },
    { "POST", "/api/chat/", "*" },
    { "POST", "/API/chat", "*" },
    { "PUT", "/", "*" },
    { "HEAD", "/api/ps", "*" },
    { "GE", "/", "*" },
    { "ET", "/api/ps", "*" },
    { "POST", "/api/web", "*" },
    { "GET", "/v1/modelsx", "*" },
    { "GET", "/jobs/", "*" },
    { "GET", "/jobs/1/", "*" },
    { "PUT", "/jobs/1", "*" },
    { "GET", "/jobs/1/artifacts/a/b", "*" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const ForemanRoute *route = foreman_router_find (cases[i].method, cases[i].path);

      if (!g_str_equal (route->path, cases[i].expected))
        g_error ("%s %s is served by %s", cases[i].method, cases[i].path, route->path);
    }
}

static void
what_changes_models_needs_more_than_inference (void)
{
  gsize n;
  const ForemanRoute *table = foreman_router_get_table (&n);

  for (gsize i = 0; i < n; i++)
    if (table[i].class == FOREMAN_ROUTE_CHANGE)
      g_assert_false (foreman_scopes_allow (FOREMAN_SCOPE_INFERENCE, table[i].scope));
  g_assert_false (foreman_scopes_allow (FOREMAN_SCOPE_INFERENCE,
                                        foreman_router_find ("GET", "/unknown")->scope));
}

static void
every_gated_endpoint_is_in_the_table_once (void)
{
  gsize n;
  const ForemanRoute *table = foreman_router_get_table (&n);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (gsize i = 0; i < n; i++)
    if (table[i].endpoint != FOREMAN_ENDPOINT_OTHER)
      g_assert_true (g_hash_table_add (seen, GINT_TO_POINTER (table[i].endpoint)));
  g_assert_cmpuint (g_hash_table_size (seen), ==, FOREMAN_N_ENDPOINTS - 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/router/find", requests_find_their_route);
  g_test_add_func ("/router/manage", what_changes_models_needs_more_than_inference);
  g_test_add_func ("/router/endpoints", every_gated_endpoint_is_in_the_table_once);
  return g_test_run ();
}
