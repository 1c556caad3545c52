/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-log.h"

G_BEGIN_DECLS

/* A field that says, as a bit mask, which of the fields are numbers. It is not shown. */
#define FOREMAN_LOG_NUMERIC_FIELD "FOREMAN_NUMERIC_FIELDS"

char *foreman_log_clean (const char *text, gssize len);
char *foreman_log_format_line (ForemanLogFormat format,
                               GLogLevelFlags level,
                               gint64 real_time,
                               const GLogField *fields,
                               gsize n_fields);

G_END_DECLS
