/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-exchange.h"
#include "sim-model.h"
#include "sim-schema.h"

G_BEGIN_DECLS

/* What the routes lead to. */

/* sim-basics.c */
void sim_handle_root (SimExchange *x);
void sim_handle_version (SimExchange *x);
void sim_handle_status (SimExchange *x);
void sim_handle_tags (SimExchange *x);
void sim_handle_ps (SimExchange *x);
void sim_handle_me (SimExchange *x);
void sim_handle_signout (SimExchange *x);
void sim_handle_web_search (SimExchange *x);
void sim_handle_web_fetch (SimExchange *x);
void sim_handle_recommendations (SimExchange *x);
void sim_handle_v1_models (SimExchange *x);
void sim_handle_v1_model (SimExchange *x);

/* inference */
void sim_handle_chat (SimExchange *x);
void sim_handle_generate (SimExchange *x);
void sim_handle_embed (SimExchange *x);
void sim_handle_embeddings (SimExchange *x);
void sim_handle_v1_chat (SimExchange *x);
void sim_handle_v1_completions (SimExchange *x);
void sim_handle_v1_embeddings (SimExchange *x);
void sim_handle_v1_responses (SimExchange *x);
void sim_handle_v1_messages (SimExchange *x);
void sim_handle_v1_transcriptions (SimExchange *x);
void sim_handle_v1_images (SimExchange *x);

/* models */
void sim_handle_show (SimExchange *x);
void sim_handle_copy (SimExchange *x);
void sim_handle_delete (SimExchange *x);
void sim_handle_create (SimExchange *x);
void sim_handle_pull (SimExchange *x);
void sim_handle_push (SimExchange *x);
void sim_handle_blob_head (SimExchange *x);
void sim_handle_blob_post (SimExchange *x);

/* sim-control.c */
void sim_handle_control (SimExchange *x);

/* sim-request.c: what several of them do first */
gboolean sim_request_decode (SimExchange *x, const SimSchema *schema, const SimJson **root);
gboolean sim_request_reference (SimExchange *x,
                                const SimJson *model,
                                int missing_status,
                                const char *missing,
                                SimName *name);
gboolean sim_request_keep_alive (const SimJson *root, gint64 *duration);
gboolean sim_refuse_cloud (SimExchange *x, const char *what);
char *sim_surface_error_name (int status);

G_END_DECLS
