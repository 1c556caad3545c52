/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-byte-source.h"
#include "store/foreman-store.h"

G_BEGIN_DECLS

/* What is read of the store at once. */
#define FOREMAN_STORED_PIECE (256 * 1024)

ForemanByteSource *foreman_stored_source_new (ForemanStore *store,
                                              const char *id,
                                              const char *name,
                                              gint64 offset,
                                              gint64 length,
                                              GCancellable *cancellable);

G_END_DECLS
