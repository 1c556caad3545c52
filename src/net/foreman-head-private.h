/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-head.h"

G_BEGIN_DECLS

/* Offsets into the text: a field is 8 bytes where two pointers were 16. */
typedef struct
{
  guint32 name;
  guint32 value;
} ForemanHeadField;

/* One allocation: this, the fields, the text (NUL-terminated in place), the decoded path. */
struct _ForemanHead
{
  gatomicrefcount refs;
  guint minor;
  guint status;
  guint n_fields;
  gint64 content_length;
  gboolean chunked;
  const char *method; /* (nullable): responses have none; all of these point into the text */
  const char *target; /* (nullable) */
  const char *path;   /* (nullable): points behind the text */
  const char *query;  /* (nullable) */
  const char *host;   /* (nullable) */
  const char *reason; /* (nullable): requests have none */
  char *text;
  ForemanHeadField fields[];
};

G_END_DECLS
