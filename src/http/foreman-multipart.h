/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanMultipartResult:
 * @FOREMAN_MULTIPART_FOUND: the form names a model
 * @FOREMAN_MULTIPART_NEED_MORE: it may still come
 * @FOREMAN_MULTIPART_NOT_FOUND: it does not come, or this is no form
 *
 * What the search for a form's model came to.
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
