/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanRequest:
 * @endpoint: (nullable): where it goes; %NULL: `/api/chat`
 * @model: the model
 * @prompt: what is asked, or what is to be embedded
 * @system: (nullable): the system prompt
 * @format: (nullable): `json` or a JSON schema
 * @images: (nullable) (array zero-terminated=1): pictures, base64
 * @options: (nullable) (array zero-terminated=1): `NAME=VALUE`
 *
 * What a command line asks of a model. All is the caller's.
 */
typedef struct
{
  const char *endpoint;
  const char *model;
  const char *prompt;
  const char *system;
  const char *format;
  const char *const *images;
  const char *const *options;
} ForemanRequest;

gboolean foreman_request_check (const ForemanRequest *request, GError **error);
char *foreman_request_to_json (const ForemanRequest *request);
char *foreman_request_read_image (const char *path, GError **error);

G_END_DECLS
