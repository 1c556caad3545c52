/* SPDX-License-Identifier: MIT */
#include "engine/foreman-endpoint.h"

static void
test_every_path_leads_back (void)
{
  for (guint i = FOREMAN_ENDPOINT_OTHER + 1; i < FOREMAN_N_ENDPOINTS; i++)
    {
      ForemanEndpoint endpoint = FOREMAN_N_ENDPOINTS;

      g_assert_true (foreman_endpoint_from_path (foreman_endpoint_get_path (i), &endpoint));
      g_assert_cmpuint (endpoint, ==, i);
    }
}

static void
test_other_paths_are_none (void)
{
  static const char *const paths[] = { "",           "/",          "/api",           "/api/chat/",
                                       "/API/chat",  "/api/chats", "/v1/chat",       "/api/show",
                                       "/v1/models", "//api/chat", "/v1/embeddings/" };
  ForemanEndpoint endpoint;

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    g_assert_false (foreman_endpoint_from_path (paths[i], &endpoint));
}

static void
test_embeddings_pass_beside_the_gate (void)
{
  for (guint i = FOREMAN_ENDPOINT_OTHER + 1; i < FOREMAN_N_ENDPOINTS; i++)
    g_assert_cmpint (foreman_endpoint_is_gated (i), ==,
                     g_strrstr (foreman_endpoint_get_path (i), "embed") == NULL);
  g_assert_true (foreman_endpoint_is_native (FOREMAN_ENDPOINT_EMBED));
  g_assert_false (foreman_endpoint_is_native (FOREMAN_ENDPOINT_V1_MESSAGES));
  g_assert_true (foreman_endpoint_is_json (FOREMAN_ENDPOINT_CHAT));
  g_assert_false (foreman_endpoint_is_json (FOREMAN_ENDPOINT_V1_AUDIO));
}

static void
test_other_is_no_endpoint (void)
{
  g_assert_cmpint (FOREMAN_ENDPOINT_OTHER, ==, 0);
  g_assert_null (foreman_endpoint_get_path (FOREMAN_ENDPOINT_OTHER));
  g_assert_false (foreman_endpoint_is_gated (FOREMAN_ENDPOINT_OTHER));
  g_assert_false (foreman_endpoint_is_native (FOREMAN_ENDPOINT_OTHER));
  g_assert_false (foreman_endpoint_is_json (FOREMAN_ENDPOINT_OTHER));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/endpoint/every-path-leads-back", test_every_path_leads_back);
  g_test_add_func ("/endpoint/other-paths-are-none", test_other_paths_are_none);
  g_test_add_func ("/endpoint/embeddings-pass-beside-the-gate",
                   test_embeddings_pass_beside_the_gate);
  g_test_add_func ("/endpoint/other-is-no-endpoint", test_other_is_no_endpoint);
  return g_test_run ();
}
