/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-byte-source.h"

G_BEGIN_DECLS

#define FOREMAN_TYPE_PREFIXED_SOURCE (foreman_prefixed_source_get_type ())
G_DECLARE_FINAL_TYPE (ForemanPrefixedSource,
                      foreman_prefixed_source,
                      FOREMAN,
                      PREFIXED_SOURCE,
                      GObject)

ForemanByteSource *foreman_prefixed_source_new (GBytes *prefix, ForemanByteSource *rest);

G_END_DECLS
