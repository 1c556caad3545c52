/* SPDX-License-Identifier: MIT */
#include "http/foreman-access.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "libforeman/foreman-error.h"

/* sha256 of "alpha" */
#define ALPHA "sha256:8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8"

#define INFERENCE  FOREMAN_SCOPE_INFERENCE
#define JOBS       FOREMAN_SCOPE_JOBS
#define MANAGE     FOREMAN_SCOPE_MANAGE
#define ADMIN      FOREMAN_SCOPE_ADMIN
#define ANYBODY    (INFERENCE | JOBS | MANAGE)
#define FROM_LAN   "192.168.1.7"
#define FROM_WORLD "203.0.113.9"

static char *tokens_file; /* with the token "alpha", called laptop, for inference */

static ForemanAccess *
make_access (const char *settings)
{
  g_auto (GStrv) environment = g_strsplit (settings, " ", -1);
  const ForemanConfigSources sources = { .environment = (const char *const *) environment,
                                         .directory = "" };
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanConfig) config = NULL;
  ForemanAccess *access;

  for (gsize i = 0; environment[i] != NULL; i++)
    {
      char *value = g_str_equal (environment[i], "TOKENS_FILE")
                        ? g_strconcat ("FOREMAN_TOKENS_FILE=", tokens_file, NULL)
                        : g_strconcat ("FOREMAN_", environment[i], NULL);

      g_free (environment[i]);
      environment[i] = value;
    }
  config = foreman_config_load (&sources, &error);
  g_assert_no_error (error);
  access = foreman_access_new (config, &error);
  g_assert_no_error (error);
  return access;
}

static GSocketAddress *
make_peer (const char *text)
{
  if (text == NULL || g_str_equal (text, "unix"))
    return g_unix_socket_address_new (text == NULL ? "/run/x" : "/run/peer");
  return g_inet_socket_address_new_from_string (text, 40000);
}

static ForemanCaller *
check (ForemanAccess *access, const char *from, ForemanAccessRequest request)
{
  g_autoptr (GSocketAddress) peer = make_peer (from);
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string ("198.51.100.4", 8080);

  request.peer = peer;
  request.local = local;
  if (request.method == NULL)
    request.method = "POST";
  if (request.path == NULL)
    request.path = "/api/chat";
  if (request.target == NULL)
    request.target = request.path;
  if (request.host == NULL)
    request.host = "localhost:8080";
  return foreman_access_check (access, &request);
}

typedef struct
{
  const char *settings;
  const char *from;
  ForemanAccessRequest request;
  guint status;
  ForemanScopes scopes;
  const char *name; /* or, refused, a word of the message */
} Case;

static const Case cases[] = {
  /* nothing configured: this machine may do everything, whatever key it sends along */
  { "", "127.0.0.1", { 0 }, 0, ADMIN, "local" },
  { "", "127.8.8.8", { 0 }, 0, ADMIN, "local" },
  { "", "::1", { 0 }, 0, ADMIN, "local" },
  { "", "::ffff:127.0.0.1", { 0 }, 0, ADMIN, "local" },
  { "", "unix", { .peer_uid = 4242 }, 0, ADMIN, "uid:4242" },
  { "", "unix", { .peer_uid = -1 }, 0, ADMIN, "local" },
  { "", "127.0.0.1", { .authorization = "Bearer ollama" }, 0, ADMIN, "local" },
  { "", "127.0.0.1", { .api_key = "sk-ant" }, 0, ADMIN, "local" },
  { "", "127.0.0.1", { .path = "/as/x/api/chat" }, 401, 0, "FOREMAN_TOKEN" },
  { "", FROM_LAN, { 0 }, 403, 0, "FOREMAN_TRUSTED" },
  { "", "::ffff:192.168.1.7", { 0 }, 403, 0, "192.168.1.7" },
  { "", FROM_LAN, { .authorization = "Bearer x" }, 403, 0, "FOREMAN_TRUSTED" },

  /* a token: needed from everywhere */
  { "TOKEN=s3", "127.0.0.1", { 0 }, 401, 0, "FOREMAN_TOKEN" },
  { "TOKEN=s3", FROM_WORLD, { 0 }, 401, 0, "FOREMAN_TOKEN" },
  { "TOKEN=s3", "127.0.0.1", { .authorization = "Bearer s3" }, 0, ADMIN, "token:FOREMAN_TOKEN" },
  { "TOKEN=s3", FROM_WORLD, { .authorization = "Bearer s3" }, 0, ADMIN, "token:FOREMAN_TOKEN" },
  { "TOKEN=s3", FROM_WORLD, { .authorization = "bearer   s3 " }, 0, ADMIN, "token:" },
  { "TOKEN=s3", FROM_WORLD, { .authorization = "BEARER\ts3" }, 0, ADMIN, "token:" },
  { "TOKEN=s3", FROM_WORLD, { .authorization = "Bearers3" }, 401, 0, "needed" },
  { "TOKEN=s3", FROM_WORLD, { .authorization = "Bearer " }, 401, 0, "needed" },
  { "TOKEN=s3", FROM_WORLD, { .authorization = "Basic czM=" }, 401, 0, "needed" },
  { "TOKEN=s3", FROM_WORLD, { .authorization = "ssh-ed25519AAA:sig" }, 401, 0, "needed" },
  { "TOKEN=s3", FROM_WORLD, { .authorization = "Bearer s4" }, 401, 0, "not known" },
  { "TOKEN=s3", FROM_WORLD, { .authorization = "Bearer s3x" }, 401, 0, "not known" },
  { "TOKEN=s3", FROM_WORLD, { .authorization = "Bearer s" }, 401, 0, "not known" },
  { "TOKEN=s3", "127.0.0.1", { .authorization = "Bearer s4" }, 401, 0, "not known" },
  { "TOKEN=s3", FROM_WORLD, { .api_key = "s3" }, 0, ADMIN, "token:" },
  { "TOKEN=s3", FROM_WORLD, { .api_key = "s4" }, 401, 0, "not known" },
  { "TOKEN=s3", FROM_WORLD, { .api_key = "s3", .authorization = "Bearer x" }, 0, ADMIN, "token:" },
  { "TOKEN=s3", FROM_WORLD, { .api_key = "" }, 401, 0, "needed" },
  { "TOKEN=s3", "unix", { .peer_uid = 4242 }, 401, 0, "needed" },
  { "TOKEN=s3", "unix", { .peer_uid = 0 }, 0, ADMIN, "uid:0" },
  { "TOKEN=s3", "unix", { .peer_uid = -1 }, 401, 0, "needed" },

  /* the tokens file, and both together */
  { "TOKENS_FILE", FROM_WORLD, { .authorization = "Bearer alpha" }, 0, INFERENCE, "token:laptop" },
  { "TOKENS_FILE", "127.0.0.1", { .authorization = "Bearer alpha" }, 0, INFERENCE, "token:laptop" },
  { "TOKENS_FILE", "127.0.0.1", { 0 }, 401, 0, "FOREMAN_TOKENS_FILE" },
  { "TOKENS_FILE TOKEN=s3",
    FROM_WORLD,
    { .authorization = "Bearer alpha" },
    0,
    INFERENCE,
    "token:" },
  { "TOKENS_FILE TOKEN=s3", FROM_WORLD, { .authorization = "Bearer s3" }, 0, ADMIN, "token:" },

  /* a token in the path */
  { "TOKEN=s3", FROM_WORLD, { .path = "/as/s3/api/chat" }, 0, ADMIN, "token:" },
  { "TOKEN=s3", FROM_WORLD, { .path = "/as/s4/api/chat" }, 401, 0, "not known" },
  { "TOKEN=s3", "127.0.0.1", { .path = "/as/s4/api/chat" }, 401, 0, "not known" },
  { "TOKEN=s3", FROM_WORLD, { .path = "/as/s4/x", .authorization = "Bearer s3" }, 401, 0, "not" },
  { "TOKEN=s3", FROM_WORLD, { .path = "/as//api/chat" }, 401, 0, "not known" },
  { "TOKEN=s3", FROM_WORLD, { .path = "/as/" }, 401, 0, "not known" },
  { "TOKEN=s3", FROM_WORLD, { .path = "/as" }, 401, 0, "not known" },
  { "TOKEN=s3", FROM_WORLD, { .path = "/assets" }, 401, 0, "needed" },
  { "TOKEN=s3", FROM_WORLD, { .path = "/as/s3/x", .target = "/%61s/%733/x" }, 0, ADMIN, "token:" },
  { "TOKEN=s3", FROM_WORLD, { .path = "/as/s3/x", .target = "/as/s3%2Fx" }, 401, 0, "not known" },
  { "TOKEN=s3", FROM_WORLD, { .path = "/as/s3/x", .target = "/other" }, 401, 0, "not known" },

  /* trusted networks */
  { "TRUSTED=192.168.1.0/24", FROM_LAN, { 0 }, 0, INFERENCE | JOBS, FROM_LAN },
  { "TRUSTED=192.168.1.0/24", "::ffff:192.168.1.7", { 0 }, 0, INFERENCE | JOBS, FROM_LAN },
  { "TRUSTED=192.168.1.0/24:inference+manage", FROM_LAN, { 0 }, 0, INFERENCE | MANAGE, FROM_LAN },
  { "TRUSTED=192.168.1.0/24", "192.168.2.7", { 0 }, 403, 0, "192.168.2.7" },
  { "TRUSTED=192.168.1.0/24", "127.0.0.1", { 0 }, 0, ADMIN, "local" },
  { "TRUSTED=127.0.0.0/8:inference", "127.0.0.1", { 0 }, 0, INFERENCE, "local" },
  { "TRUSTED=192.168.1.7:admin,192.168.1.0/24", FROM_LAN, { 0 }, 0, ADMIN, FROM_LAN },
  { "TRUSTED=fd00::/8:manage", "fd00::1", { 0 }, 0, MANAGE, "fd00::1" },
  { "TRUSTED=fd00::/8:manage", "fe80::1", { 0 }, 403, 0, "FOREMAN_TRUSTED" },
  { "TRUSTED=0.0.0.0/0:inference", FROM_WORLD, { 0 }, 0, INFERENCE, FROM_WORLD },
  { "TRUSTED=unix:inference", "unix", { .peer_uid = 4242 }, 0, INFERENCE, "uid:4242" },
  { "TRUSTED=192.168.1.0/24", FROM_LAN, { .authorization = "Bearer x" }, 0, INFERENCE | JOBS, "1" },
  { "TOKEN=s3 TRUSTED=192.168.1.0/24", FROM_LAN, { 0 }, 0, INFERENCE | JOBS, FROM_LAN },
  { "TOKEN=s3 TRUSTED=192.168.1.0/24", FROM_LAN, { .authorization = "Bearer x" }, 401, 0, "not" },
  { "TOKEN=s3 TRUSTED=192.168.1.0/24", FROM_LAN, { .authorization = "Bearer s3" }, 0, ADMIN, "t" },
  { "TOKEN=s3 TRUSTED=192.168.1.0/24", FROM_WORLD, { 0 }, 401, 0, "needed" },
  { "TOKEN=s3 TRUSTED=127.0.0.1:inference", "127.0.0.1", { 0 }, 0, INFERENCE, "local" },
  { "TOKEN=s3 TRUSTED=unix:inference", "unix", { .peer_uid = 4242 }, 0, INFERENCE, "uid:4242" },

  /* everybody */
  { "ALLOW_UNAUTHENTICATED=1", FROM_WORLD, { 0 }, 0, ANYBODY, FROM_WORLD },
  { "ALLOW_UNAUTHENTICATED=1", "127.0.0.1", { 0 }, 0, ADMIN, "local" },
  { "ALLOW_UNAUTHENTICATED=1 TOKEN=s3", FROM_WORLD, { 0 }, 0, ANYBODY, FROM_WORLD },
  { "ALLOW_UNAUTHENTICATED=1 TOKEN=s3", "127.0.0.1", { 0 }, 0, ANYBODY, "local" },
  { "ALLOW_UNAUTHENTICATED=1 TOKEN=s3", FROM_WORLD, { .api_key = "x" }, 401, 0, "not known" },
  { "ALLOW_UNAUTHENTICATED=1 TRUSTED=10.0.0.0/8:manage", "10.1.1.1", { 0 }, 0, MANAGE, "10.1.1.1" },

  /* proxies */
  { "TRUSTED_PROXIES=127.0.0.1 TRUSTED=192.168.1.0/24",
    "127.0.0.1",
    { .forwarded_for = FROM_LAN },
    0,
    INFERENCE | JOBS,
    FROM_LAN },
  { "TRUSTED_PROXIES=127.0.0.1 TRUSTED=192.168.1.0/24",
    "127.0.0.1",
    { .forwarded_for = "192.168.1.9, 203.0.113.9" },
    403,
    0,
    "FOREMAN_TRUSTED_PROXIES" },
  { "TRUSTED_PROXIES=127.0.0.1,10.0.0.0/8 TRUSTED=192.168.1.0/24",
    "127.0.0.1",
    { .forwarded_for = "6.6.6.6, 192.168.1.7, 10.0.0.3" },
    0,
    INFERENCE | JOBS,
    FROM_LAN },
  { "TRUSTED_PROXIES=127.0.0.1 TRUSTED=192.168.1.0/24",
    "127.0.0.1",
    { .forwarded_for = "192.168.1.7:5555" },
    0,
    INFERENCE | JOBS,
    FROM_LAN },
  { "TRUSTED_PROXIES=127.0.0.1 TRUSTED=fd00::/8",
    "127.0.0.1",
    { .forwarded_for = "[fd00::1]:5" },
    0,
    INFERENCE | JOBS,
    "fd00::1" },
  { "TRUSTED_PROXIES=127.0.0.1 TRUSTED=192.168.1.0/24",
    "127.0.0.1",
    { .forwarded_for = "192.168.1.7, unknown" },
    403,
    0,
    "FOREMAN_TRUSTED_PROXIES" },
  /* nobody becomes local by writing so */
  { "TRUSTED_PROXIES=127.0.0.1", "127.0.0.1", { .forwarded_for = "127.0.0.1" }, 403, 0, "proxy" },
  { "TRUSTED_PROXIES=10.0.0.0/8", "10.0.0.1", { .forwarded_for = "127.0.0.1" }, 403, 0, "proxy" },
  { "TRUSTED_PROXIES=10.0.0.0/8 TRUSTED=127.0.0.0/8:admin",
    "10.0.0.1",
    { .forwarded_for = "127.0.0.1" },
    403,
    0,
    "proxy" },
  { "TRUSTED_PROXIES=127.0.0.1", "127.0.0.1", { 0 }, 403, 0, "proxy" },
  { "TRUSTED_PROXIES=unix", "unix", { .peer_uid = 0 }, 403, 0, "proxy" },
  { "TRUSTED_PROXIES=unix TRUSTED=192.168.1.0/24",
    "unix",
    { .forwarded_for = FROM_LAN },
    0,
    INFERENCE | JOBS,
    FROM_LAN },
  { "TRUSTED_PROXIES=10.0.0.1 TRUSTED=10.0.0.0/8",
    "10.0.0.1",
    { 0 },
    0,
    INFERENCE | JOBS,
    "10.0.0.1" },
  /* whoever is no proxy is not believed */
  { "TRUSTED=192.168.1.0/24", FROM_WORLD, { .forwarded_for = FROM_LAN }, 403, 0, FROM_WORLD },
  { "TRUSTED=192.168.1.0/24",
    FROM_LAN,
    { .forwarded_for = FROM_WORLD },
    0,
    INFERENCE | JOBS,
    FROM_LAN },
  /* a proxy on this machine that was not declared does not make the world local */
  { "", "127.0.0.1", { .forwarded_for = FROM_WORLD }, 403, 0, "FOREMAN_TRUSTED_PROXIES" },
  { "", "127.0.0.1", { .forwarded_for = "127.0.0.1, 6.6.6.6" }, 403, 0, "FOREMAN_TRUSTED_PROXIES" },
  { "", "127.0.0.1", { .forwarded_for = "garbage" }, 403, 0, "FOREMAN_TRUSTED_PROXIES" },
  { "", "unix", { .forwarded_for = FROM_WORLD, .peer_uid = 0 }, 403, 0, "FOREMAN_TRUSTED_PROXIES" },
  { "", "127.0.0.1", { .forwarded_for = "::1" }, 0, ADMIN, "local" },
  { "TOKEN=s3", "unix", { .forwarded_for = FROM_WORLD, .peer_uid = 0 }, 401, 0, "needed" },
  { "TOKEN=s3", "127.0.0.1", { .forwarded_for = "x", .api_key = "s3" }, 0, ADMIN, "token:" },

  /* Host, without a token */
  { "", "127.0.0.1", { .host = "evil.example.org" }, 403, 0, "FOREMAN_HOSTS" },
  { "", "127.0.0.1", { .host = "evil.example.org:8080" }, 403, 0, "FOREMAN_HOSTS" },
  { "TRUSTED=192.168.1.0/24", FROM_LAN, { .host = "evil.example.org" }, 403, 0, "FOREMAN_HOSTS" },
  { "ALLOW_UNAUTHENTICATED=1", FROM_LAN, { .host = "evil.example.org" }, 403, 0, "FOREMAN_HOSTS" },
  { "TOKEN=s3", FROM_LAN, { .host = "evil.example.org", .api_key = "s3" }, 0, ADMIN, "token:" },
  { "HOSTS=Box.example.org,*.lan",
    "127.0.0.1",
    { .host = "box.EXAMPLE.org:80" },
    0,
    ADMIN,
    "local" },
  { "HOSTS=Box.example.org,*.lan", "127.0.0.1", { .host = "a.box.example.org" }, 403, 0, "HOSTS" },
  { "HOSTS=Box.example.org,*.lan", "127.0.0.1", { .host = "a.b.lan" }, 0, ADMIN, "local" },
  { "HOSTS=Box.example.org,*.lan", "127.0.0.1", { .host = "lan" }, 403, 0, "HOSTS" },
  { "HOSTS=Box.example.org,*.lan", "127.0.0.1", { .host = "evillan" }, 403, 0, "HOSTS" },
  { "HOSTS=8.8.8.8", "127.0.0.1", { .host = "8.8.8.8:80" }, 0, ADMIN, "local" },

  /* Origin, without a token */
  { "", "127.0.0.1", { .origin = "https://example.org" }, 403, 0, "FOREMAN_ORIGINS" },
  { "", "127.0.0.1", { .origin = "null" }, 403, 0, "FOREMAN_ORIGINS" },
  { "", "127.0.0.1", { .origin = "http://localhost:3000" }, 0, ADMIN, "local" },
  { "TOKEN=s3",
    FROM_LAN,
    { .origin = "https://example.org", .api_key = "s3" },
    0,
    ADMIN,
    "token:" },
  { "ORIGINS=https://example.org",
    "127.0.0.1",
    { .origin = "https://example.org" },
    0,
    ADMIN,
    "l" },
  { "ORIGINS=https://example.org", "127.0.0.1", { .origin = "http://example.org" }, 403, 0, "ORI" },

  /* preflights carry no token */
  { "TOKEN=s3",
    FROM_WORLD,
    { .method = "OPTIONS", .origin = "http://localhost" },
    0,
    0,
    FROM_WORLD },
  { "TOKEN=s3", FROM_WORLD, { .method = "OPTIONS", .origin = "https://x.org" }, 403, 0, "ORIGINS" },
  { "TOKEN=s3", FROM_WORLD, { .method = "OPTIONS" }, 401, 0, "needed" },
  { "", FROM_WORLD, { .method = "OPTIONS", .origin = "http://localhost:8080" }, 403, 0, "TRUSTED" },
};

static void
callers_are_told_apart (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *c = &cases[i];
      g_autoptr (ForemanAccess) access = make_access (c->settings);
      g_autoptr (ForemanCaller) caller = check (access, c->from, c->request);

      g_test_message ("%" G_GSIZE_FORMAT " [%s] from %s: %u %s", i, c->settings, c->from,
                      caller->status, caller->message != NULL ? caller->message : caller->name);
      g_assert_cmpuint (caller->status, ==, c->status);
      g_assert_cmpint (caller->scopes, ==, c->scopes);
      if (c->status == 0)
        g_assert_true (g_str_has_prefix (caller->name, c->name));
      else
        g_assert_nonnull (strstr (caller->message, c->name));
      g_assert_cmpint (caller->is_web_refusal, ==,
                       c->status == 403 && (strstr (caller->message, "HOSTS") ||
                                            strstr (caller->message, "ORIGI")));
      if (caller->message != NULL)
        {
          g_assert_null (strstr (caller->message, "s3"));
          g_assert_null (strstr (caller->message, "s4"));
          g_assert_null (strstr (caller->message, "example"));
        }
      g_assert_true (foreman_caller_may (caller, FOREMAN_SCOPE_NONE));
      g_assert_cmpint (foreman_caller_may (caller, FOREMAN_SCOPE_INFERENCE), ==,
                       c->status == 0 && (c->scopes & (INFERENCE | ADMIN)) != 0);
    }
}

static void
the_owner_of_the_service_needs_no_token_on_a_unix_socket (void)
{
  g_autoptr (ForemanAccess) access = make_access ("TOKEN=s3");
  g_autoptr (ForemanCaller) caller =
      check (access, "unix", (ForemanAccessRequest){ .peer_uid = (gint64) geteuid () });

  g_assert_cmpuint (caller->status, ==, 0);
  g_assert_cmpint (caller->scopes, ==, ADMIN);
}

static void
a_token_brings_its_class_and_priority (void)
{
  g_autoptr (ForemanAccess) access = make_access ("TOKENS_FILE");
  g_autoptr (ForemanCaller) night =
      check (access, FROM_WORLD, (ForemanAccessRequest){ .api_key = "beta" });
  g_autoptr (ForemanCaller) laptop =
      check (access, FROM_WORLD, (ForemanAccessRequest){ .api_key = "alpha" });
  g_autofree char *message = foreman_caller_dup_scope_message (laptop, FOREMAN_SCOPE_MANAGE);

  g_assert_true (night->has_token);
  g_assert_true (night->background);
  g_assert_cmpint (night->max_priority, ==, 10);
  g_assert_cmpstr (night->client, ==, "token:night");
  g_assert_false (laptop->background);
  g_assert_cmpint (laptop->max_priority, ==, 100);
  g_assert_cmpstr (message, ==,
                   "this needs the scope manage; token:laptop has inference (FOREMAN_TOKENS_FILE)");
}

static void
the_prefix_is_cut_off_and_kept (void)
{
  static const struct
  {
    const char *path;
    const char *target;
    const char *rest_path;
    const char *rest_target;
    const char *prefix;
  } paths[] = {
    { "/api/chat", "/api/ch%61t?a=b", "/api/chat", "/api/ch%61t?a=b", NULL },
    { "/as/s3/api/chat", "/as/s3/api/ch%61t?a=/b", "/api/chat", "/api/ch%61t?a=/b", "/as/s3" },
    { "/as/s3", "/as/s3", "/", "/", "/as/s3" },
    { "/as/s3", "/as/s3?x=/y", "/", "/?x=/y", "/as/s3" },
    { "/as/s3/", "/as/s3/", "/", "/", "/as/s3" },
    { "/as/s3/as/x", "/%61s/s%33/as/x", "/as/x", "/as/x", "/%61s/s%33" },
    { "/as/wrong/healthz", "/as/wrong/healthz", "/healthz", "/healthz", "/as/wrong" },
    { "/", "/", "/", "/", NULL },
  };
  g_autoptr (ForemanAccess) access = make_access ("TOKEN=s3");

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (ForemanCaller) caller =
          check (access, FROM_WORLD,
                 (ForemanAccessRequest){ .path = paths[i].path, .target = paths[i].target });

      g_test_message ("%s", paths[i].target);
      g_assert_cmpstr (caller->path, ==, paths[i].rest_path);
      g_assert_cmpstr (caller->target, ==, paths[i].rest_target);
      g_assert_cmpstr (caller->prefix, ==, paths[i].prefix);
    }
}

static void
one_ipv6_network_is_one_client (void)
{
  g_autoptr (ForemanAccess) access = make_access ("ALLOW_UNAUTHENTICATED=1");
  g_autoptr (ForemanCaller) a = check (access, "2001:db8:1:2::3", (ForemanAccessRequest){ 0 });
  g_autoptr (ForemanCaller) b = check (access, "2001:db8:1:2:ffff::", (ForemanAccessRequest){ 0 });
  g_autoptr (ForemanCaller) c = check (access, "2001:db8:1:3::3", (ForemanAccessRequest){ 0 });

  g_assert_cmpstr (a->client, ==, b->client);
  g_assert_cmpstr (a->client, !=, c->client);
  g_assert_cmpstr (a->name, ==, "2001:db8:1:2::3");
}

static void
a_preflight_is_judged_by_its_origin_alone (void)
{
  g_autoptr (ForemanAccess) access = make_access ("TOKEN=s3");
  const ForemanAccessRequest page = { .method = "OPTIONS", .origin = "http://localhost:3000" };
  const ForemanAccessRequest foreign = { .method = "OPTIONS", .origin = "https://example.org" };
  g_autoptr (ForemanCaller) allowed = check (access, FROM_WORLD, page);
  g_autoptr (ForemanCaller) refused = check (access, FROM_WORLD, foreign);
  g_auto (GStrv) headers = foreman_access_dup_cors_headers (access, &page);

  g_assert_true (allowed->is_preflight);
  g_assert_cmpuint (allowed->status, ==, 0);
  g_assert_true (refused->is_preflight);
  g_assert_cmpuint (refused->status, ==, 403);
  g_assert_true (refused->empty_body);
  g_assert_cmpstr (headers[0], ==, "Access-Control-Allow-Headers");
  g_assert_null (foreman_access_dup_cors_headers (access, &foreign));
}

static void
what_others_can_reach_needs_a_rule (void)
{
  static const struct
  {
    const char *settings;
    const char *address;
    gboolean ok;
  } binds[] = {
    { "", "127.0.0.1:8080", TRUE },
    { "", "127.9.9.9:0", TRUE },
    { "", "[::1]:8080", TRUE },
    { "", "unix:/run/x", TRUE },
    { "", ":8080", FALSE },
    { "", "0.0.0.0:8080", FALSE },
    { "", "[::]:8080", FALSE },
    { "", "192.168.1.2:8080", FALSE },
    { "", "[fe80::1]:8080", FALSE },
    { "TOKEN=s3", ":8080", TRUE },
    { "TOKENS_FILE", "0.0.0.0:8080", TRUE },
    { "TRUSTED=10.0.0.0/8", "0.0.0.0:8080", TRUE },
    { "ALLOW_UNAUTHENTICATED=1", "0.0.0.0:8080", TRUE },
    { "ALLOW_UNAUTHENTICATED=0", "0.0.0.0:8080", FALSE },
    { "HOSTS=x ORIGINS=* TRUSTED_PROXIES=127.0.0.1", "0.0.0.0:8080", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (binds); i++)
    {
      g_autoptr (ForemanAccess) access = make_access (binds[i].settings);
      const char *const addresses[] = { "127.0.0.1:1", binds[i].address, NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) sockets = g_ptr_array_new_with_free_func (g_object_unref);
      gboolean ok = foreman_access_check_addresses (access, addresses, &error);

      g_test_message ("[%s] %s: %s", binds[i].settings, binds[i].address,
                      error != NULL ? error->message : "ok");
      g_assert_cmpint (ok, ==, binds[i].ok);
      if (!ok)
        {
          g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG);
          g_assert_nonnull (strstr (error->message, "FOREMAN_TRUSTED"));
          g_assert_nonnull (strstr (error->message, binds[i].address));
          g_clear_error (&error);
        }
      /* the same for sockets that were inherited */
      if (g_str_has_prefix (binds[i].address, "unix"))
        g_ptr_array_add (sockets, g_unix_socket_address_new ("/run/x"));
      else if (*binds[i].address == ':')
        g_ptr_array_add (sockets, g_inet_socket_address_new_from_string ("::", 1));
      else
        {
          g_autoptr (GSocketConnectable) parsed =
              g_network_address_parse (binds[i].address, 1, NULL);

          g_ptr_array_add (sockets,
                           g_inet_socket_address_new_from_string (
                               g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed)), 1));
        }
      g_assert_cmpint (foreman_access_check_bind (access, sockets, &error), ==, binds[i].ok);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("foreman-access-XXXXXX", NULL);
  tokens_file = g_build_filename (folder, "tokens", NULL);
  g_file_set_contents_full (
      tokens_file,
      "laptop inference " ALPHA "\n"
      "night inference "
      "sha256:f44e64e75f3948e9f73f8dfa94721c4ce8cbb4f265c4790c702b2d41cfbf2753 "
      "max-priority=10 class=background\n",
      -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
  g_test_add_func ("/access/callers", callers_are_told_apart);
  g_test_add_func ("/access/owner", the_owner_of_the_service_needs_no_token_on_a_unix_socket);
  g_test_add_func ("/access/token", a_token_brings_its_class_and_priority);
  g_test_add_func ("/access/prefix", the_prefix_is_cut_off_and_kept);
  g_test_add_func ("/access/ipv6", one_ipv6_network_is_one_client);
  g_test_add_func ("/access/preflight", a_preflight_is_judged_by_its_origin_alone);
  g_test_add_func ("/access/bind", what_others_can_reach_needs_a_rule);
  result = g_test_run ();
  g_remove (tokens_file);
  g_rmdir (folder);
  g_free (tokens_file);
  return result;
}
