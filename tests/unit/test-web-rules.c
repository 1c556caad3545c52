/* SPDX-License-Identifier: MIT */
#include "http/foreman-web-rules.h"

/* What the recording of a real Ollama shows, and its rules beside that. */

static void
hosts_are_allowed_as_ollama_does (void)
{
  static const struct
  {
    const char *host;
    gboolean allowed;
  } hosts[] = {
    { "localhost", TRUE },
    { "localhost:1", TRUE },
    { "LocalHost:1", TRUE },
    { "box.local", TRUE },
    { "x.internal", TRUE },
    { "a.localhost:80", TRUE },
    { "10.0.0.1", TRUE },
    { "172.31.255.255", TRUE },
    { "192.168.0.1:8080", TRUE },
    { "127.0.0.1:99999", TRUE },
    { "0.0.0.0:8080", TRUE },
    { "[::1]:8080", TRUE },
    { "[::1]", TRUE },
    { "[fd12::1]:80", TRUE },
    { "[::ffff:127.0.0.1]:80", TRUE },
    { "198.51.100.4:8080", TRUE }, /* the address that was connected to */
    { "", TRUE },
    { "example.org", FALSE },
    { "8.8.8.8", FALSE },
    { "172.32.0.1", FALSE },
    { "[2001:db8::1]:80", FALSE },
    { "local", FALSE },
    { "localhost.example.org", FALSE },
    { "127.0.0.1.example.org", FALSE },
    { "127.0.0.1@example.org", FALSE },
    { "[::1", FALSE },
    { "[::1]x", FALSE },
    { "0x7f000001", FALSE },
    { "notlocal", FALSE },
  };
  g_autoptr (GInetAddress) local = g_inet_address_new_from_string ("198.51.100.4");
  g_autofree char *own = g_strconcat (g_get_host_name (), ":8080", NULL);

  g_assert_true (foreman_web_rules_allow_host (own, local, NULL));
  g_assert_true (foreman_web_rules_allow_host (NULL, NULL, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      g_test_message ("%s", hosts[i].host);
      g_assert_cmpint (foreman_web_rules_allow_host (hosts[i].host, local, NULL), ==,
                       hosts[i].allowed);
    }
  g_assert_false (foreman_web_rules_allow_host ("198.51.100.4", NULL, NULL));
}

static char *
cors_text (const char *origin, gboolean is_preflight, const char *const *extra)
{
  g_auto (GStrv) headers = foreman_web_rules_dup_cors_headers (origin, is_preflight, extra);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; headers[i] != NULL; i += 2)
    g_string_append_printf (text, "%s: %s\n", headers[i], headers[i + 1]);
  return g_string_free (text, FALSE);
}

static void
origins_are_told_apart_as_ollama_does (void)
{
  static const struct
  {
    const char *origin;
    gboolean allowed;
    gboolean is_cors;
  } origins[] = {
    { "http://localhost:3000", TRUE, TRUE },
    { "http://localhost", TRUE, TRUE },
    { "https://127.0.0.1", TRUE, TRUE },
    { "http://127.0.0.1:9", TRUE, TRUE },
    { "https://0.0.0.0:1", TRUE, TRUE },
    { "app://x", TRUE, TRUE },
    { "tauri://localhost", TRUE, TRUE },
    { "vscode-webview://x", TRUE, TRUE },
    { "vscode-file://x", TRUE, TRUE },
    { "file://x", TRUE, TRUE },
    { "http://127.0.0.1:21434", TRUE, FALSE },
    { "https://127.0.0.1:21434", TRUE, FALSE },
    { "https://example.org", FALSE, FALSE },
    { "null", FALSE, FALSE },
    { "chrome-extension://x", FALSE, FALSE },
    { "http://localhost.example.org", FALSE, FALSE },
    { "http://localhost:3000.example.org", FALSE, FALSE },
    { "http://localhost:3000@example.org", FALSE, FALSE },
    { "ftp://localhost", FALSE, FALSE },
    { "http://[::1]:3000", FALSE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (origins); i++)
    {
      ForemanOriginKind kind =
          foreman_web_rules_check_origin (origins[i].origin, "127.0.0.1:21434", NULL);

      g_test_message ("%s", origins[i].origin);
      g_assert_cmpint (kind != FOREMAN_ORIGIN_FOREIGN, ==, origins[i].allowed);
      g_assert_cmpint (kind == FOREMAN_ORIGIN_ALLOWED, ==, origins[i].is_cors);
    }
  g_assert_cmpint (foreman_web_rules_check_origin (NULL, "x", NULL), ==, FOREMAN_ORIGIN_NONE);
  g_assert_cmpint (foreman_web_rules_check_origin ("http://x", NULL, NULL), ==,
                   FOREMAN_ORIGIN_FOREIGN);
}

static void
pages_are_answered_as_ollama_does (void)
{
  const char *const everybody[] = { "*", NULL };
  g_autofree char *plain = cors_text ("app://x", FALSE, NULL);
  g_autofree char *open = cors_text ("https://x.org", FALSE, everybody);
  g_autofree char *preflight = cors_text ("http://localhost:3000", TRUE, NULL);

  g_assert_cmpstr (plain, ==, "Access-Control-Allow-Origin: app://x\nVary: Origin\n");
  g_assert_cmpstr (open, ==, "Access-Control-Allow-Origin: *\n");
  g_assert_cmpstr (preflight, ==,
                   "Access-Control-Allow-Headers: Authorization,Content-Type,User-Agent,Accept,"
                   "X-Requested-With,Openai-Beta,X-Stainless-Arch,X-Stainless-Async,"
                   "X-Stainless-Custom-Poll-Interval,X-Stainless-Helper-Method,X-Stainless-Lang,"
                   "X-Stainless-Os,X-Stainless-Package-Version,X-Stainless-Poll-Helper,"
                   "X-Stainless-Retry-Count,X-Stainless-Runtime,X-Stainless-Runtime-Version,"
                   "X-Stainless-Timeout\n"
                   "Access-Control-Allow-Methods: GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS\n"
                   "Access-Control-Allow-Origin: http://localhost:3000\n"
                   "Access-Control-Max-Age: 43200\n"
                   "Vary: Origin\n"
                   "Vary: Access-Control-Request-Method\n"
                   "Vary: Access-Control-Request-Headers\n");
}

static void
origins_of_ones_own_may_have_a_star (void)
{
  static const struct
  {
    const char *pattern;
    const char *origin;
    gboolean allowed;
  } patterns[] = {
    { "https://*.example.org", "https://a.example.org", TRUE },
    { "https://*.example.org", "https://a.b.example.org", TRUE },
    { "https://*.example.org", "https://example.org", FALSE },
    { "https://*.example.org", "https://a.example.org.evil.net", FALSE },
    { "https://*.example.org", "http://a.example.org", FALSE },
    { "chrome-extension://*", "chrome-extension://x", TRUE },
    { "https://ab*bc.org", "https://abc.org", FALSE },
    { "null", "null", TRUE },
    { "*", "https://anything.net", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      const char *const extra[] = { "https://other.net", patterns[i].pattern, NULL };

      g_test_message ("%s %s", patterns[i].pattern, patterns[i].origin);
      g_assert_cmpint (foreman_web_rules_check_origin (patterns[i].origin, "localhost", extra), ==,
                       patterns[i].allowed ? FOREMAN_ORIGIN_ALLOWED : FOREMAN_ORIGIN_FOREIGN);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/web-rules/hosts", hosts_are_allowed_as_ollama_does);
  g_test_add_func ("/web-rules/origins", origins_are_told_apart_as_ollama_does);
  g_test_add_func ("/web-rules/cors", pages_are_answered_as_ollama_does);
  g_test_add_func ("/web-rules/patterns", origins_of_ones_own_may_have_a_star);
  return g_test_run ();
}
