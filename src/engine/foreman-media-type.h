/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanMediaType:
 * @type: the type, or the disposition, in lower case
 * @parameters: (element-type utf8 utf8): its parameters by their names in lower case
 *
 * The value of a Content-Type or Content-Disposition.
 */
typedef struct
{
  char *type;
  GHashTable *parameters;
} ForemanMediaType;

gboolean foreman_media_type_parse (ForemanMediaType *media_type, const char *value);
const char *foreman_media_type_get (const ForemanMediaType *media_type, const char *name);
void foreman_media_type_clear (ForemanMediaType *media_type);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ForemanMediaType, foreman_media_type_clear)

G_END_DECLS
