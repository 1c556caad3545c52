/* SPDX-License-Identifier: MIT */
#pragma once

#include "job-story.h"

G_BEGIN_DECLS

/* Has a store at @path live through @rounds of everything that jobs go through, many at a time, and
 * writes down what it said. The recording has to be on. */
void recorded_load_run (const char *path, guint rounds, GRand *rand, Chronicle *chronicle);

G_END_DECLS
