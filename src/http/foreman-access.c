/* SPDX-License-Identifier: MIT */
#include "http/foreman-access.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <unistd.h>

#include "engine/foreman-network.h"
#include "http/foreman-access-path.h"
#include "http/foreman-access-peer.h"
#include "http/foreman-tokens.h"
#include "http/foreman-web-rules.h"
#include "libforeman/foreman-error.h"

#define SCOPES_TRUSTED_DEFAULT (FOREMAN_SCOPE_INFERENCE | FOREMAN_SCOPE_JOBS)
#define SCOPES_UNAUTHENTICATED (FOREMAN_SCOPE_INFERENCE | FOREMAN_SCOPE_JOBS | FOREMAN_SCOPE_MANAGE)

/**
 * ForemanAccess:
 *
 * Decides who a request comes from and what may be done for it. Immutable and without I/O once
 * made; a reload makes a new one. The rules, in this order:
 *
 * 1. A CORS preflight carries no token; its `Origin` alone decides.
 * 2. Where tokens are configured (`FOREMAN_TOKEN`, `FOREMAN_TOKENS_FILE`), a request that shows one
 *    (bearer, `x-api-key`, `/as/TOKEN`) is judged by it alone: a wrong one is 401, from anywhere.
 *    Where none are, `Authorization` means nothing, as with Ollama: many clients cannot be stopped
 *    from sending some key.
 * 3. Without a token the address decides. `FOREMAN_TRUSTED` comes first. Then loopback and unix
 *    sockets are admin, as long as no tokens are configured; with tokens only root and foreman's
 * own user on a unix socket are, since everybody on the machine and every reverse proxy on it comes
 *    from loopback. Then `FOREMAN_ALLOW_UNAUTHENTICATED`.
 * 4. What was admitted by address must not be a web page in disguise: `Host` and `Origin`.
 */
struct _ForemanAccess
{
  GObject parent_instance;

  ForemanConfig *config; /* (owned) */
  ForemanTokens *tokens; /* (owned) */
  GPtrArray *trusted;    /* (owned): ForemanNetwork */
  GPtrArray *proxies;    /* (owned): ForemanNetwork */
  gboolean wants_tokens; /* tokens are configured, if only an empty file */
  gboolean allow_unauthenticated;
};

G_DEFINE_FINAL_TYPE (ForemanAccess, foreman_access, G_TYPE_OBJECT)

static void
foreman_access_finalize (GObject *object)
{
  ForemanAccess *self = FOREMAN_ACCESS (object);

  g_clear_object (&self->config);
  g_clear_object (&self->tokens);
  g_clear_pointer (&self->trusted, g_ptr_array_unref);
  g_clear_pointer (&self->proxies, g_ptr_array_unref);
  G_OBJECT_CLASS (foreman_access_parent_class)->finalize (object);
}

static void
foreman_access_class_init (ForemanAccessClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_access_finalize;
}

static void
foreman_access_init (ForemanAccess *self)
{
}

/**
 * foreman_access_new:
 * @config: the settings
 * @error: return location for an error
 *
 * Reads the tokens file, so not for a running main loop.
 *
 * Returns: (transfer full) (nullable): the rules, or %NULL with %FOREMAN_ERROR_INVALID_CONFIG
 */
ForemanAccess *
foreman_access_new (ForemanConfig *config, GError **error)
{
  g_autoptr (ForemanAccess) self = g_object_new (FOREMAN_TYPE_ACCESS, NULL);
  const char *token = foreman_config_get_string (config, FOREMAN_CONFIG_TOKEN);
  const char *file = foreman_config_get_string (config, FOREMAN_CONFIG_TOKENS_FILE);

  self->config = g_object_ref (config);
  self->tokens = foreman_tokens_new ();
  if (*token != '\0')
    foreman_tokens_add_secret (self->tokens, FOREMAN_TOKEN_SETTING_NAME, token,
                               FOREMAN_SCOPE_ADMIN);
  if (*file != '\0' && !foreman_tokens_add_file (self->tokens, file, error))
    return NULL;
  self->wants_tokens = *token != '\0' || *file != '\0';
  self->allow_unauthenticated =
      foreman_config_get_boolean (config, FOREMAN_CONFIG_ALLOW_UNAUTHENTICATED);
  self->trusted =
      foreman_network_parse_list (foreman_config_get_list (config, FOREMAN_CONFIG_TRUSTED), TRUE,
                                  error);
  if (self->trusted == NULL)
    return NULL;
  self->proxies =
      foreman_network_parse_list (foreman_config_get_list (config, FOREMAN_CONFIG_TRUSTED_PROXIES),
                                  FALSE, error);
  return self->proxies != NULL ? g_steal_pointer (&self) : NULL;
}

/**
 * foreman_access_get_warning:
 * @self: the rules
 *
 * Returns: (transfer none) (nullable): a line for the log about the tokens file
 */
const char *
foreman_access_get_warning (ForemanAccess *self)
{
  return foreman_tokens_get_warning (self->tokens);
}

static void G_GNUC_PRINTF (4, 5) refuse (ForemanCaller *caller,
                                         const ForemanAccessRequest *request,
                                         guint status,
                                         const char *format,
                                         ...)
{
  va_list arguments;

  va_start (arguments, format);
  caller->status = status;
  caller->message = g_strdup_vprintf (format, arguments);
  caller->scopes = FOREMAN_SCOPE_NONE;
  caller->empty_body = g_str_equal (request->method, "HEAD") || caller->is_preflight;
  va_end (arguments);
}

/* The token of `Bearer X`. Other schemes hold none: `OLLAMA_AUTH` signatures, Basic. */
static const char *
get_bearer (const char *authorization)
{
  if (authorization == NULL || g_ascii_strncasecmp (authorization, "Bearer", 6) != 0 ||
      (authorization[6] != ' ' && authorization[6] != '\t'))
    return NULL;
  return authorization + 6 + strspn (authorization + 6, " \t");
}

static const ForemanToken *
find_token (ForemanAccess *self, const char *sent, gboolean *shown)
{
  g_autofree char *secret = NULL;

  if (sent == NULL)
    return NULL;
  secret = g_strstrip (g_strdup (sent));
  if (*secret == '\0')
    return NULL;
  *shown = TRUE;
  return foreman_tokens_find (self->tokens, secret);
}

/* Returns whether the request is decided. */
static gboolean
check_token (ForemanAccess *self,
             const ForemanAccessRequest *request,
             const char *path_token,
             ForemanCaller *caller)
{
  const ForemanToken *token = NULL;
  gboolean shown = FALSE;

  if (!self->wants_tokens && path_token == NULL)
    return FALSE;
  token = find_token (self, path_token, &shown);
  if (token == NULL && path_token == NULL)
    token = find_token (self, get_bearer (request->authorization), &shown);
  if (token == NULL && path_token == NULL)
    token = find_token (self, request->api_key, &shown);
  if (token == NULL && (shown || path_token != NULL))
    {
      refuse (caller, request, 401, "the token is not known (FOREMAN_TOKEN, FOREMAN_TOKENS_FILE)");
      return TRUE;
    }
  if (token == NULL)
    return FALSE;
  g_free (caller->name);
  g_free (caller->client);
  caller->name = g_strconcat ("token:", token->name, NULL);
  caller->client = g_strdup (caller->name);
  caller->scopes = token->scopes;
  caller->max_priority = token->max_priority;
  caller->background = token->background;
  caller->has_token = TRUE;
  return TRUE;
}

static void
check_address (ForemanAccess *self,
               const ForemanAccessRequest *request,
               const ForemanAccessPeer *peer,
               ForemanCaller *caller)
{
  const ForemanNetwork *network = NULL;
  gboolean is_own_user = peer->is_unix && (peer->uid == 0 || peer->uid == (gint64) geteuid ());

  if (peer->is_known)
    network = foreman_network_find (self->trusted, peer->address);
  if (network != NULL)
    caller->scopes =
        network->scopes != FOREMAN_SCOPE_NONE ? network->scopes : SCOPES_TRUSTED_DEFAULT;
  else if (peer->is_local && (!self->wants_tokens || is_own_user))
    caller->scopes = FOREMAN_SCOPE_ADMIN;
  else if (self->allow_unauthenticated)
    caller->scopes = SCOPES_UNAUTHENTICATED;
  else if (self->wants_tokens)
    refuse (caller, request, 401,
            "a token is needed: Authorization: Bearer TOKEN (FOREMAN_TOKEN, FOREMAN_TOKENS_FILE; "
            "FOREMAN_TRUSTED names networks that need none)");
  else if (peer->through_proxy)
    refuse (caller, request, 403,
            "the request came through a proxy that is not known, or for a client that is not "
            "(FOREMAN_TRUSTED_PROXIES, FOREMAN_TRUSTED)");
  else
    refuse (caller, request, 403, "%s is not in a trusted network (FOREMAN_TRUSTED)", caller->name);
}

static void
check_web (ForemanAccess *self, const ForemanAccessRequest *request, ForemanCaller *caller)
{
  GInetAddress *local = NULL;

  if (G_IS_INET_SOCKET_ADDRESS (request->local))
    local = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (request->local));
  if (!caller->is_preflight &&
      !foreman_web_rules_allow_host (request->host, local,
                                     foreman_config_get_list (self->config, FOREMAN_CONFIG_HOSTS)))
    refuse (caller, request, 403,
            "without a token this service is not reached under that Host (FOREMAN_HOSTS)");
  else if (foreman_web_rules_check_origin (request->origin, request->host,
                                           foreman_config_get_list (self->config,
                                                                    FOREMAN_CONFIG_ORIGINS)) ==
           FOREMAN_ORIGIN_FOREIGN)
    refuse (caller, request, 403,
            "web pages of that Origin may not call this service (FOREMAN_ORIGINS)");
  caller->is_web_refusal = caller->status != 0;
}

/**
 * foreman_access_check:
 * @self: the rules
 * @request: what is known of a request
 *
 * Decides about a request. The result is refused where its status is not 0; a route that needs no
 * scope is served all the same, unless `Host` or `Origin` are the reason. Main thread, no I/O.
 *
 * Returns: (transfer full): the caller
 */
ForemanCaller *
foreman_access_check (ForemanAccess *self, const ForemanAccessRequest *request)
{
  ForemanCaller *caller = foreman_caller_new ();
  g_autofree char *path_token = NULL;
  g_auto (ForemanAccessPeer) peer = { NULL };

  foreman_access_peer_init (&peer, request, self->proxies);
  caller->name = foreman_access_peer_dup_name (&peer);
  caller->client = foreman_access_peer_dup_client (&peer);
  foreman_access_split_path (request->path, request->target, &path_token, &caller->prefix,
                             &caller->path, &caller->target);
  caller->is_preflight =
      g_str_equal (request->method, "OPTIONS") &&
      foreman_web_rules_check_origin (request->origin, request->host,
                                      foreman_config_get_list (self->config,
                                                               FOREMAN_CONFIG_ORIGINS)) !=
          FOREMAN_ORIGIN_NONE;
  if (caller->is_preflight)
    check_web (self, request, caller);
  else if (!check_token (self, request, path_token, caller))
    {
      check_address (self, request, &peer, caller);
      if (caller->status == 0)
        check_web (self, request, caller);
    }
  return caller;
}

/**
 * foreman_access_dup_cors_headers:
 * @self: the rules
 * @request: a request
 *
 * What the answer to a request of a web page has to carry so that the page may read it, whatever
 * the answer is. Refusals of foreign origins carry nothing, as with Ollama.
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): names and values in turns
 */
GStrv
foreman_access_dup_cors_headers (ForemanAccess *self, const ForemanAccessRequest *request)
{
  const char *const *extra = foreman_config_get_list (self->config, FOREMAN_CONFIG_ORIGINS);

  if (foreman_web_rules_check_origin (request->origin, request->host, extra) !=
      FOREMAN_ORIGIN_ALLOWED)
    return NULL;
  return foreman_web_rules_dup_cors_headers (request->origin,
                                             g_str_equal (request->method, "OPTIONS"), extra);
}

static gboolean
check_exposed (ForemanAccess *self, const char *shown, GError **error)
{
  if (foreman_tokens_get_n (self->tokens) > 0 || self->trusted->len > 0 ||
      self->allow_unauthenticated)
    return TRUE;
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_CONFIG,
               "FOREMAN_ADDR: other machines can reach %s, and nothing says who may: set "
               "FOREMAN_TOKEN or FOREMAN_TOKENS_FILE, FOREMAN_TRUSTED (networks with scopes), or "
               "FOREMAN_ALLOW_UNAUTHENTICATED=1",
               shown);
  return FALSE;
}

/**
 * foreman_access_check_bind:
 * @self: the rules
 * @addresses: (element-type GSocketAddress): what is listened on, inherited sockets too
 * @error: return location for an error
 *
 * What other machines can reach is not opened unless something says who may come in. Also to be
 * asked before a reload takes effect.
 *
 * Returns: %TRUE, or %FALSE with %FOREMAN_ERROR_INVALID_CONFIG
 */
gboolean
foreman_access_check_bind (ForemanAccess *self, GPtrArray *addresses, GError **error)
{
  for (guint i = 0; i < addresses->len; i++)
    {
      g_autofree char *shown = NULL;
      GInetSocketAddress *address;

      if (G_IS_UNIX_SOCKET_ADDRESS (addresses->pdata[i]))
        continue;
      shown = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (addresses->pdata[i]));
      if (G_IS_INET_SOCKET_ADDRESS (addresses->pdata[i]))
        {
          address = G_INET_SOCKET_ADDRESS (addresses->pdata[i]);
          if (foreman_web_rules_is_loopback (g_inet_socket_address_get_address (address)))
            continue;
        }
      if (!check_exposed (self, shown, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * foreman_access_check_addresses:
 * @self: the rules
 * @addresses: (array zero-terminated=1): what is to be listened on, as `FOREMAN_ADDR` has it
 * @error: return location for an error
 *
 * Like foreman_access_check_bind(), before anything is opened.
 *
 * Returns: %TRUE, or %FALSE with %FOREMAN_ERROR_INVALID_CONFIG
 */
gboolean
foreman_access_check_addresses (ForemanAccess *self, const char *const *addresses, GError **error)
{
  for (gsize i = 0; addresses[i] != NULL; i++)
    {
      const char *text = addresses[i];
      const char *colon = strrchr (text, ':');
      g_autofree char *host = NULL;
      g_autoptr (GInetAddress) address = NULL;

      if (g_str_has_prefix (text, "unix:") || colon == NULL)
        continue;
      if (*text == '[')
        host = g_strndup (text + 1, strcspn (text + 1, "]"));
      else
        host = g_strndup (text, (gsize) (colon - text));
      address = g_inet_address_new_from_string (host);
      if ((address == NULL || !foreman_web_rules_is_loopback (address)) &&
          !check_exposed (self, text, error))
        return FALSE;
    }
  return TRUE;
}
