/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-byte-source.h"
#include "store/foreman-store.h"

G_BEGIN_DECLS

ForemanByteSource *foreman_results_source_new (ForemanStore *store,
                                               const ForemanJobQuery *query,
                                               GCancellable *cancellable);

G_END_DECLS
