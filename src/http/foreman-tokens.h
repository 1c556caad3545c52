/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include "engine/foreman-scopes.h"

G_BEGIN_DECLS

#define FOREMAN_TOKEN_DIGEST_SIZE 32

/* The name under which the caller with FOREMAN_TOKEN shows; no line of the file may have it. */
#define FOREMAN_TOKEN_SETTING_NAME "FOREMAN_TOKEN"

#define FOREMAN_PRIORITY_MIN (-100)
#define FOREMAN_PRIORITY_MAX 100

/**
 * ForemanToken:
 * @name: (owned): what it is called in logs and lists
 * @scopes: what its bearer may do
 * @digest: the SHA-256 of the token; the token itself is stored nowhere
 * @max_priority: the highest priority its bearer may give a job
 * @background: whether its requests wait behind the interactive ones
 *
 * One line of the tokens file.
 */
typedef struct
{
  char *name;
  ForemanScopes scopes;
  guint8 digest[FOREMAN_TOKEN_DIGEST_SIZE];
  int max_priority;
  gboolean background;
} ForemanToken;

gboolean foreman_token_name_is_valid (const char *name);
char *foreman_token_to_line (const ForemanToken *token);
void foreman_token_digest (const char *secret, guint8 digest[FOREMAN_TOKEN_DIGEST_SIZE]);

#define FOREMAN_TYPE_TOKENS foreman_tokens_get_type ()
G_DECLARE_FINAL_TYPE (ForemanTokens, foreman_tokens, FOREMAN, TOKENS, GObject)

ForemanTokens *foreman_tokens_new (void);
gboolean
foreman_tokens_add_text (ForemanTokens *self, const char *path, const char *text, GError **error);
gboolean foreman_tokens_add_file (ForemanTokens *self, const char *path, GError **error);
void foreman_tokens_add_secret (ForemanTokens *self,
                                const char *name,
                                const char *secret,
                                ForemanScopes scopes);
const ForemanToken *foreman_tokens_find (ForemanTokens *self, const char *secret);
const ForemanToken *foreman_tokens_find_name (ForemanTokens *self, const char *name);
guint foreman_tokens_get_n (ForemanTokens *self);
const ForemanToken *foreman_tokens_get_nth (ForemanTokens *self, guint n);
const char *foreman_tokens_get_warning (ForemanTokens *self);

G_END_DECLS
