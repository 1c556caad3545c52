/* SPDX-License-Identifier: MIT */
#pragma once

#include "job-story.h"

G_BEGIN_DECLS

/* What is wrong with the database at @path after a power cut at @position of the recording goes
 * into the chronicle's problems. */
void image_check (const char *path, guint position, Chronicle *chronicle);

G_END_DECLS
