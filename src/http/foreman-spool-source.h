/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/foreman-piece-source.h"
#include "jobs/foreman-spool.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_SPOOL_SOURCE (foreman_spool_source_get_type ())
G_DECLARE_FINAL_TYPE (ForemanSpoolSource,
                      foreman_spool_source,
                      FOREMAN,
                      SPOOL_SOURCE,
                      ForemanPieceSource)

ForemanByteSource *foreman_spool_source_new (ForemanSpool *spool);

G_END_DECLS
