/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-endpoint.h"
#include "engine/foreman-model-name.h"

G_BEGIN_DECLS

/**
 * ForemanInferencePeek:
 * @model: (nullable): the model as the client wrote it, for answers in Ollama's words; %NULL if
 * there is no such string
 * @name: (nullable): the model's name; %NULL: the request is wrong, forward it and let Ollama say
 * how
 * @stream: whether the answer will be streamed, if it is none about an error
 * @is_cloud: whether it is for a cloud model, which needs no slot here and is in no list
 * @is_blank: whether it asks for no text, and its answer will have none: it loads or unloads a
 * model
 * @is_unload: whether it only unloads the model, which Ollama answers at once
 * @load_options: what of it makes Ollama load the model anew when it differs; empty: the model's
 * defaults
 *
 * What foreman has to know of a request before it forwards its bytes as they came.
 */
typedef struct
{
  char *model;
  ForemanModelName *name;
  char *load_options;
  gboolean stream;
  gboolean is_cloud;
  gboolean is_blank;
  gboolean is_unload;
} ForemanInferencePeek;

ForemanInferencePeek *
foreman_inference_peek (ForemanEndpoint endpoint, const char *data, gsize length);
ForemanInferencePeek *foreman_inference_peek_new_for_model (const char *model);
void foreman_inference_peek_free (ForemanInferencePeek *peek);

char *foreman_inference_peek_dup_managed_model (const char *data, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanInferencePeek, foreman_inference_peek_free)

G_END_DECLS
