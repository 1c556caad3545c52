/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-exchange.h"

G_BEGIN_DECLS

/**
 * ForemanParams:
 *
 * What a request to a route of foreman's own says besides its path: names and values, from its
 * query and its body. A name that the route does not know is an error, since a filter that is
 * misspelled must not let everything through.
 */
typedef struct _ForemanParams ForemanParams;

ForemanParams *
foreman_params_read (ForemanExchange *exchange, const char *const *known, GError **error);
void foreman_params_free (ForemanParams *self);
gboolean foreman_params_add_body (ForemanParams *self, GBytes *body, GError **error);

const char *foreman_params_get (const ForemanParams *self, const char *name);
gboolean foreman_params_get_boolean (const ForemanParams *self,
                                     const char *name,
                                     gboolean *value,
                                     GError **error);
gboolean foreman_params_get_number (const ForemanParams *self,
                                    const char *name,
                                    guint min,
                                    guint max,
                                    guint *value,
                                    GError **error);
gboolean foreman_params_get_duration (const ForemanParams *self,
                                      const char *name,
                                      gint64 max,
                                      gint64 *value,
                                      GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanParams, foreman_params_free)

G_END_DECLS
