/* SPDX-License-Identifier: MIT */
#pragma once

#include <time.h>

#include "sim-json.h"
#include "sim-name.h"

G_BEGIN_DECLS

typedef enum
{
  SIM_CAN_COMPLETE = 1 << 0,
  SIM_CAN_VISION = 1 << 1,
  SIM_CAN_AUDIO = 1 << 2,
  SIM_CAN_EMBED = 1 << 3,
  SIM_CAN_TOOLS = 1 << 4,
  SIM_CAN_INSERT = 1 << 5,
  SIM_CAN_THINK = 1 << 6,
  SIM_CAN_IMAGE = 1 << 7,
} SimCapabilities;

typedef enum
{
  SIM_TOOLS_ASKED, /* a tool is called when the last user message speaks of it */
  SIM_TOOLS_ALWAYS,
  SIM_TOOLS_NEVER,
} SimToolHabit;

/* A part of a model's manifest. */
typedef struct
{
  const char *kind; /* model, template, system, license, params */
  char *hex;        /* (owned) digest */
} SimLayer;

/* Everything about a model but its name: copies share it. Immutable once in the store. */
typedef struct
{
  gint refs;
  gint64 size;
  char *format;
  char *family;
  char *parameter_size;
  char *quantization;
  char *template;
  char *system;           /* (nullable) */
  char *license;          /* (nullable) */
  char *remote_model;     /* (nullable) a stub of a cloud model */
  char *remote_host;      /* (nullable) */
  GHashTable *parameters; /* (owned) name → JSON text */
  GArray *layers;         /* (owned) SimLayer, in the manifest\'s order */
  SimCapabilities capabilities;
  int context_length;
  int embedding_length;
  int block_count;
  int feed_forward_length;
  int head_count;
  int head_count_kv;
  int vocab_size;
  /* behaviour; times at scale 1 */
  double load_seconds;
  double unload_seconds;
  double prefill_rate; /* tokens a second; 0: no time */
  double token_rate;
  int answer_min; /* tokens before the model stops by itself; 0: it never does */
  int answer_max;
  gboolean loops; /* at temperature 0 it ends up saying one word for ever */
  gboolean english;
  int parallel;  /* 0: as the server */
  gint64 memory; /* of the loaded weights; 0: its size */
  SimToolHabit tool_habit;
  /* derived */
  char *blob;   /* hex digest of the weights */
  char *digest; /* hex digest of the manifest */
} SimSpec;

typedef struct
{
  gint refs;
  SimName name;
  char *shortest;
  char *full;
  struct timespec modified;
  SimSpec *spec; /* (owned) */
} SimModel;

typedef struct _SimStore SimStore;

SimSpec *sim_spec_from_json (const SimJson *description, const char *name);
SimSpec *sim_spec_copy (const SimSpec *spec);
SimSpec *sim_spec_ref (SimSpec *spec);
void sim_spec_unref (SimSpec *spec);
void sim_spec_seal (SimSpec *spec);
gboolean sim_spec_can (const SimSpec *spec, SimCapabilities what);
const char *const *sim_capability_names (void);
void sim_spec_set_layer (SimSpec *spec, const char *kind, const char *text, gboolean beside);
char *sim_digest (const char *text);

SimStore *sim_store_new (void);
void sim_store_free (SimStore *store);
void sim_store_put (SimStore *store,
                    const SimName *name,
                    SimSpec *spec,
                    const struct timespec *modified);
SimModel *sim_store_find (SimStore *store, const SimName *name, gboolean fold);
gboolean sim_store_remove (SimStore *store, const SimName *name);
GPtrArray *sim_store_list (SimStore *store);
gboolean sim_store_has_blob (SimStore *store, const char *digest);
void sim_store_add_blob (SimStore *store, const char *digest);
gboolean sim_store_has_layer (SimStore *store, const char *digest);
void sim_model_unref (SimModel *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimSpec, sim_spec_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimModel, sim_model_unref)

G_END_DECLS
