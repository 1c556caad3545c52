/* SPDX-License-Identifier: MIT */
#include "net/foreman-origin.h"

#include "libforeman/foreman-error.h"

#include <gio/gunixsocketaddress.h>

static const struct
{
  const char *url;
  const char *display_name;
  const char *host_field;
  const char *prefix;
} good[] = {
  { "127.0.0.1", "http://127.0.0.1:11434", "127.0.0.1:11434", "" },
  { "box", "http://box:11434", "box:11434", "" },
  { "box:8080", "http://box:8080", "box:8080", "" },
  { "box:", "http://box:11434", "box:11434", "" },
  { "box/prefix/", "http://box:11434", "box:11434", "/prefix" },
  { ":8080", "http://127.0.0.1:8080", "127.0.0.1:8080", "" },
  { "::1", "http://[::1]:11434", "[::1]:11434", "" },
  { "[::1]", "http://[::1]:11434", "[::1]:11434", "" },
  { "[::1]:80", "http://[::1]:80", "[::1]", "" },
  { "http://box", "http://box:80", "box", "" },
  { "http://box:11434/", "http://box:11434", "box:11434", "" },
  { "HTTP://box:11434/a/b//", "http://box:11434", "box:11434", "/a/b" },
  { "https://box", "https://box:443", "box", "" },
  { "https://box:80", "https://box:80", "box:80", "" },
  { "https://b\xc3\xbc"
    "cher.example/x",
    "https://xn--bcher-kva.example:443", "xn--bcher-kva.example", "/x" },
  { " \"http://my_box:1\" ", "http://my_box:1", "my_box:1", "" },
  { "unix:/run/ollama.sock", "unix:/run/ollama.sock", "localhost", "" },
  { "unix:///run/ollama.sock", "unix:/run/ollama.sock", "localhost", "" },
};

static const char *const bad[] = {
  "",
  "  ",
  "''",
  "ftp://box",
  "http://box:0",
  "http://box:65536",
  "http://box:http",
  "http://box:-1",
  "http://user:secret@box",
  "http://box/?secret",
  "http://box?secret",
  "http://box#secret",
  "http://box/secret secret",
  "http://b ox",
  "http://b\rox",
  "http://[::1",
  "http://[::1]x",
  "http://[box]",
  "unix:",
  "unix:secret",
  "unix://secret/sock",
  "unix:/",
  "unix:/secret-secret-secret-secret-secret-secret-secret-secret-secret-secret-secret-secret-"
  "secret-secret-secret-secret",
};

static void
test_takes_what_ollama_takes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ForemanOrigin) origin = foreman_origin_parse (good[i].url, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (foreman_origin_get_display_name (origin), ==, good[i].display_name);
      g_assert_cmpstr (foreman_origin_get_host_field (origin), ==, good[i].host_field);
      g_assert_cmpstr (foreman_origin_get_prefix (origin), ==, good[i].prefix);
      g_assert_cmpint (foreman_origin_is_tls (origin), ==,
                       g_str_has_prefix (good[i].display_name, "https:"));
    }
}

static void
test_refuses_without_telling_secrets (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (foreman_origin_parse (bad[i], &error));
      g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
      g_assert_null (strstr (error->message, "secret"));
      g_assert_null (strchr (error->message, '\n'));
    }
}

static void
test_gives_an_address_to_connect_to (void)
{
  g_autoptr (ForemanOrigin) tcp = foreman_origin_parse ("http://box:81", NULL);
  g_autoptr (ForemanOrigin) local = foreman_origin_parse ("unix:/run/o.sock", NULL);
  GNetworkAddress *network = G_NETWORK_ADDRESS (foreman_origin_get_address (tcp));

  g_assert_cmpstr (g_network_address_get_hostname (network), ==, "box");
  g_assert_cmpuint (g_network_address_get_port (network), ==, 81);
  g_assert_true (G_IS_UNIX_SOCKET_ADDRESS (foreman_origin_get_address (local)));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/origin/takes-what-ollama-takes", test_takes_what_ollama_takes);
  g_test_add_func ("/origin/refuses-without-telling-secrets", test_refuses_without_telling_secrets);
  g_test_add_func ("/origin/gives-an-address-to-connect-to", test_gives_an_address_to_connect_to);

  return g_test_run ();
}
