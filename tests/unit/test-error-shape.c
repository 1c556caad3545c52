/* SPDX-License-Identifier: MIT */
#include "http/foreman-error-shape.h"

#include <string.h>

static void
shapes_are_those_of_the_servers (void)
{
  const ForemanErrorFacts facts = {
    .message = "no model",
    .code = "invalid_request",
    .hint = "name one",
    .field = "model",
  };
  const ForemanErrorFacts bare = { .message = "gone", .code = "not_found" };
  const char *type;
  g_autofree char *native =
      foreman_error_shape (foreman_api_of_path ("/api/chat"), 400, &facts, &type);
  g_autofree char *openai = NULL;
  g_autofree char *param = NULL;
  g_autofree char *own = NULL;

  g_assert_cmpstr (native, ==, "{\"error\":\"no model\"}");
  g_assert_cmpstr (type, ==, "application/json; charset=utf-8");

  openai = foreman_error_shape (foreman_api_of_path ("/v1/chat/completions"), 404, &bare, &type);
  g_assert_cmpstr (openai, ==,
                   "{\"error\":{\"message\":\"gone\",\"type\":\"not_found_error\","
                   "\"param\":null,\"code\":null}}\n");
  g_assert_cmpstr (type, ==, "application/json");
  param = foreman_error_shape (FOREMAN_API_OPENAI, 400, &facts, &type);
  g_assert_nonnull (strstr (param, "\"param\":\"model\""));

  own = foreman_error_shape (FOREMAN_API_FOREMAN, 400, &facts, &type);
  g_assert_cmpstr (own, ==,
                   "{\"error\":\"no model\",\"code\":\"invalid_request\",\"field\":\"model\","
                   "\"hint\":\"name one\"}");
}

static void
anthropic_names_the_kind_by_status (void)
{
  static const struct
  {
    guint status;
    const char *kind;
  } kinds[] = {
    { 400, "invalid_request_error" },
    { 401, "authentication_error" },
    { 403, "permission_error" },
    { 404, "not_found_error" },
    { 413, "request_too_large" },
    { 429, "rate_limit_error" },
    { 502, "api_error" },
    { 503, "overloaded_error" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const ForemanErrorFacts facts = { .message = "m" };
      const char *type;
      g_autofree char *body = foreman_error_shape (foreman_api_of_path ("/v1/messages"),
                                                   kinds[i].status, &facts, &type);
      g_autofree char *start = g_strdup_printf (
          "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"m\"},\"request_id\":\"req_",
          kinds[i].kind);

      g_assert_true (g_str_has_prefix (body, start));
    }
}

static void
a_message_cannot_break_out_of_its_line (void)
{
  const ForemanErrorFacts facts = { .message = "a\"b\nc\\" };
  const char *type;
  g_autofree char *body = foreman_error_shape (FOREMAN_API_OLLAMA, 400, &facts, &type);
  g_autofree char *event = foreman_error_shape_event (FOREMAN_API_OPENAI, "x\n\ndata: [DONE]");

  g_assert_cmpstr (body, ==, "{\"error\":\"a\\\"b\\nc\\\\\"}");
  g_assert_true (g_str_has_prefix (event, "data: {"));
  g_assert_true (g_str_has_suffix (event, "}\n\n"));
  g_assert_null (strstr (event + 6, "\ndata"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error-shape/servers", shapes_are_those_of_the_servers);
  g_test_add_func ("/error-shape/anthropic", anthropic_names_the_kind_by_status);
  g_test_add_func ("/error-shape/escapes", a_message_cannot_break_out_of_its_line);
  return g_test_run ();
}
