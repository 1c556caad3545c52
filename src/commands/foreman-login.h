/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanLogin:
 * @url: (owned): where foreman is, `http://…`, `https://…` or `unix:/path`
 * @token: (owned) (nullable): what it asks for
 *
 * Where the commands go, and as whom. Zero it first.
 */
typedef struct
{
  char *url;
  char *token;
} ForemanLogin;

char *foreman_login_get_file (void);
gboolean foreman_login_load (ForemanLogin *login, GError **error);
gboolean foreman_login_save (const ForemanLogin *login, GError **error);
void foreman_login_clear (ForemanLogin *login);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ForemanLogin, foreman_login_clear)

G_END_DECLS
