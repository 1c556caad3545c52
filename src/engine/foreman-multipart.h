/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * FOREMAN_MULTIPART_MAX_SIZE:
 *
 * How far into a form its `model` is looked for, in bytes.
 */
#define FOREMAN_MULTIPART_MAX_SIZE (1024 * 1024)

/**
 * ForemanMultipartResult:
 * @FOREMAN_MULTIPART_NEED_MORE: it may still come
 * @FOREMAN_MULTIPART_MODEL_FOUND: there it is
 * @FOREMAN_MULTIPART_NOT_FOUND: it cannot be told: the form has none, has it too far behind, or is
 * not understood. Such a request may still make a model work, so it waits for its turn like any
 * other.
 *
 * What is known of a form's model.
 */
typedef enum
{
  FOREMAN_MULTIPART_NEED_MORE,
  FOREMAN_MULTIPART_MODEL_FOUND,
  FOREMAN_MULTIPART_NOT_FOUND,
} ForemanMultipartResult;

/**
 * ForemanMultipart:
 *
 * Looks for the `model` of a form that is being received.
 */
typedef struct _ForemanMultipart ForemanMultipart;

ForemanMultipart *foreman_multipart_new (const char *content_type);
void foreman_multipart_free (ForemanMultipart *multipart);
ForemanMultipartResult foreman_multipart_look (ForemanMultipart *multipart,
                                               const void *data,
                                               gsize length,
                                               gboolean is_whole);
const char *foreman_multipart_get_model (ForemanMultipart *multipart);

char *foreman_multipart_dup_query_model (const char *query);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanMultipart, foreman_multipart_free)

G_END_DECLS
