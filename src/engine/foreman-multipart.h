/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanMultipartResult:
 * @FOREMAN_MULTIPART_FOUND: the field is there
 * @FOREMAN_MULTIPART_NEED_MORE: it may still come
 * @FOREMAN_MULTIPART_NOT_FOUND: it will not come: this is no form, a broken one, or one without it
 *
 * What is known of a form's field.
 */
typedef enum
{
  FOREMAN_MULTIPART_FOUND,
  FOREMAN_MULTIPART_NEED_MORE,
  FOREMAN_MULTIPART_NOT_FOUND,
} ForemanMultipartResult;

ForemanMultipartResult foreman_multipart_find_model (const char *content_type,
                                                     const guint8 *data,
                                                     gsize length,
                                                     char **model);

G_END_DECLS
