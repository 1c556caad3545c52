/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

GBytes *foreman_zstd_decompress (GBytes *compressed, gsize limit, GError **error);

G_END_DECLS
