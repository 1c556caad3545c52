/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-config.h"

G_BEGIN_DECLS

char *foreman_database_path_find (ForemanConfig *config);

G_END_DECLS
