/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* JSON as Go's encoding/json reads it: the first value counts and what follows is ignored, bad
 * UTF-8 and lone surrogates become U+FFFD, keys are found case-insensitively, and errors have Go's
 * words. */

typedef enum
{
  SIM_JSON_NULL,
  SIM_JSON_BOOL,
  SIM_JSON_NUMBER,
  SIM_JSON_STRING,
  SIM_JSON_ARRAY,
  SIM_JSON_OBJECT,
} SimJsonKind;

typedef struct _SimJson SimJson;
typedef struct _SimDocument SimDocument;

/* All memory belongs to the document; `raw` points into the text that was parsed. */
struct _SimJson
{
  SimJsonKind kind;
  gboolean boolean;
  const char *raw;
  gsize raw_length;
  const char *string; /* decoded, NUL-terminated; for strings */
  gsize string_length;
  const char *key; /* decoded; for members of an object */
  gsize key_length;
  guint count; /* children */
  SimJson *parent;
  SimJson *first;
  SimJson *last;
  SimJson *next;
};

SimDocument *sim_document_parse (const char *data, gsize length, char **error);
void sim_document_free (SimDocument *document);
const SimJson *sim_document_root (SimDocument *document);

const char *sim_json_kind_name (const SimJson *value);
gboolean sim_json_key_is (const SimJson *member, const char *name);
const SimJson *sim_json_get (const SimJson *object, const char *name);
const SimJson *sim_json_get_nullable (const SimJson *object, const char *name);
const SimJson *sim_json_get_kind (const SimJson *object, const char *name, SimJsonKind kind);
const char *sim_json_get_string (const SimJson *object, const char *name);
gboolean sim_json_get_boolean (const SimJson *object, const char *name, gboolean fallback);
double sim_json_get_number (const SimJson *object, const char *name, double fallback);
double sim_json_number (const SimJson *value);
gboolean sim_json_is_string (const SimJson *value, const char *text);

void sim_json_write_sorted (GString *out, const SimJson *value);

char *sim_go_quote_byte (guchar c);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimDocument, sim_document_free)

G_END_DECLS
