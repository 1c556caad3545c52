/* SPDX-License-Identifier: MIT */
#pragma once

#include "jobs/foreman-assembler-private.h"

G_BEGIN_DECLS

/* What is known of a response while its events come. */
typedef struct
{
  ForemanSpool *whole; /* (owned) (nullable): the answer, once it has come */
  ForemanSpool *items; /* (owned): of the output, those that are done */
  char *open_id;       /* (owned) (nullable): of the item that is coming, as JSON */
  gboolean has_main;   /* a message or a call is among the items */
} ForemanAssemblerResponse;

/* A message or a call, one of which every output has. */
gboolean foreman_assembler_response_is_main (const char *data, ForemanJsonSpan item);
gboolean foreman_assembler_response_add_item (ForemanAssembler *self,
                                              const char *data,
                                              ForemanJsonSpan item,
                                              GError **error);
ForemanSpool *foreman_assembler_response_compose (ForemanAssembler *self,
                                                  const char *data,
                                                  ForemanJsonSpan response,
                                                  GError **error);

G_END_DECLS
