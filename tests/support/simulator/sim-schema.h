/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-json.h"

G_BEGIN_DECLS

/* The Go structs that request bodies are decoded into, as tables: what their fields accept, and
 * what the error says when they do not. */

typedef enum
{
  SIM_TYPE_ANY, /* interface{}, json.RawMessage */
  SIM_TYPE_STRING,
  SIM_TYPE_BOOL,
  SIM_TYPE_INT,
  SIM_TYPE_FLOAT,
  SIM_TYPE_MAP,             /* map[string]any */
  SIM_TYPE_ORDERED,         /* a map that keeps its order */
  SIM_TYPE_ORDERED_STRUCTS, /* the same, of `of` */
  SIM_TYPE_STRUCT,          /* `of` */
  SIM_TYPE_CUSTOM,          /* has an UnmarshalJSON of its own: `check` */
  SIM_TYPE_STRING_OR_STRINGS,
  SIM_TYPE_STRING_OR_STRUCTS, /* read apart from the rest: errors do not name the field */
  /* lists */
  SIM_TYPE_STRUCTS, /* of `of` */
  SIM_TYPE_STRINGS,
  SIM_TYPE_INTS,
  SIM_TYPE_ANYS,
  SIM_TYPE_BLOBS, /* base64 */
} SimType;

typedef struct _SimSchema SimSchema;

typedef struct
{
  const char *name;
  SimType type;
  const char *go; /* (nullable) the Go type an error names, where `type` does not say it */
  const SimSchema *of;
  char *(*check) (const SimJson *value); /* returns an error (transfer full) or NULL */
} SimField;

struct _SimSchema
{
  const char *name; /* "ChatRequest" */
  const char *go;   /* "api.ChatRequest" */
  gboolean
      unmarshals_self; /* an error inside is reported by the struct around it, and ends decoding */
  const SimField *fields; /* up to one with no name */
  const char *needed;     /* (nullable) a field whose absence is an error by itself */
};

char *sim_schema_check (const SimSchema *schema, const SimJson *value);
char *sim_base64_error (const char *text, gsize length);

extern const SimSchema sim_schema_generate, sim_schema_chat, sim_schema_embed,
    sim_schema_embeddings, sim_schema_show, sim_schema_create, sim_schema_copy, sim_schema_delete,
    sim_schema_pull, sim_schema_push, sim_schema_tool, sim_schema_parameters;

extern const SimSchema sim_schema_openai_chat, sim_schema_openai_completion,
    sim_schema_openai_embed, sim_schema_responses, sim_schema_messages, sim_schema_openai_image;

G_END_DECLS
