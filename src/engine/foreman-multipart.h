/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanMultipartResult:
 * @FOREMAN_MULTIPART_FOUND: the field is there
 * @FOREMAN_MULTIPART_NEED_MORE: it may still come
 * @FOREMAN_MULTIPART_NOT_FOUND: it will not come, or cannot be told: this is no form, a broken one,
 * one without it, or one written in a way that only Go knows to read. The request may make a model
 * work all the same.
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
