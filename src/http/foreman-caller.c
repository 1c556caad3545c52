/* SPDX-License-Identifier: MIT */
#include "http/foreman-caller.h"

#include "http/foreman-tokens.h"

G_DEFINE_BOXED_TYPE (ForemanCaller, foreman_caller, foreman_caller_ref, foreman_caller_unref)

/**
 * foreman_caller_new:
 *
 * Returns: (transfer full): a caller nothing is known of, for #ForemanAccess to fill in
 */
ForemanCaller *
foreman_caller_new (void)
{
  ForemanCaller *self = g_new0 (ForemanCaller, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->max_priority = FOREMAN_PRIORITY_MAX;
  return self;
}

/**
 * foreman_caller_ref:
 * @self: a caller
 *
 * Returns: (transfer full): @self
 */
ForemanCaller *
foreman_caller_ref (ForemanCaller *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * foreman_caller_unref:
 * @self: (transfer full): a caller
 */
void
foreman_caller_unref (ForemanCaller *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->name);
  g_free (self->client);
  g_free (self->path);
  g_free (self->target);
  g_free (self->prefix);
  g_free (self->message);
  g_free (self);
}

/**
 * foreman_caller_may:
 * @self: a caller
 * @need: the scopes a route asks for; %FOREMAN_SCOPE_NONE is what everybody may
 *
 * Returns: whether the caller was admitted and has what is needed
 */
gboolean
foreman_caller_may (const ForemanCaller *self, ForemanScopes need)
{
  if (need == FOREMAN_SCOPE_NONE)
    return TRUE;
  return self->status == 0 && foreman_scopes_allow (self->scopes, need);
}

/**
 * foreman_caller_dup_scope_message:
 * @self: a caller that was admitted
 * @need: the scopes it lacks
 *
 * Returns: (transfer full): one line for the 403, naming the setting that gives the scope
 */
char *
foreman_caller_dup_scope_message (const ForemanCaller *self, ForemanScopes need)
{
  g_autofree char *needed = foreman_scopes_to_string (need);
  g_autofree char *have = foreman_scopes_to_string (self->scopes);

  return g_strdup_printf ("this needs the scope %s; %s has %s (%s)", needed, self->name,
                          *have != '\0' ? have : "none",
                          self->has_token ? "FOREMAN_TOKENS_FILE" : "FOREMAN_TRUSTED, or a token");
}
