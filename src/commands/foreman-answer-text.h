/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

char *foreman_answer_text_get (JsonNode *answer);

G_END_DECLS
