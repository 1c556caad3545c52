/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * FOREMAN_ZSTD_MAX_SIZE:
 *
 * How large a request may become when it is decompressed: what Ollama allows.
 */
#define FOREMAN_ZSTD_MAX_SIZE (20 * 1024 * 1024)

GBytes *foreman_zstd_decompress (GBytes *compressed, gsize max_size, GError **error);

G_END_DECLS
