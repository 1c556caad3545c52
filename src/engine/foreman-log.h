/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "engine/foreman-config.h"

G_BEGIN_DECLS

#define FOREMAN_LOG_DOMAIN     "foreman"
#define FOREMAN_LOG_MAX_FIELDS 24

/**
 * ForemanLogFormat:
 * @FOREMAN_LOG_FORMAT_AUTO: journal where stderr is connected to it, else text
 * @FOREMAN_LOG_FORMAT_JOURNAL: journald's native protocol, with fields
 * @FOREMAN_LOG_FORMAT_TEXT: a line with `key=value`
 * @FOREMAN_LOG_FORMAT_JSON: a JSON object a line
 *
 * `FOREMAN_LOG_FORMAT`, in the order of its words.
 */
typedef enum
{
  FOREMAN_LOG_FORMAT_AUTO,
  FOREMAN_LOG_FORMAT_JOURNAL,
  FOREMAN_LOG_FORMAT_TEXT,
  FOREMAN_LOG_FORMAT_JSON,
} ForemanLogFormat;

/**
 * ForemanLogLine:
 *
 * One structured line on its way into the log; lives on the stack. Names of fields are those of the
 * journal, `FOREMAN_MODEL`; text and JSON show `model`.
 */
typedef struct
{
  /*< private >*/
  GLogLevelFlags level;
  guint n_fields;
  guint n_numbers;
  guint64 numeric;
  GLogField fields[FOREMAN_LOG_MAX_FIELDS + 4];
  char numbers[FOREMAN_LOG_MAX_FIELDS][32];
} ForemanLogLine;

void foreman_log_install (ForemanConfig *config);
void foreman_log_set_level (ForemanConfig *config);
gboolean foreman_log_is_enabled (GLogLevelFlags level);

void foreman_log (GLogLevelFlags level, const char *message, ...) G_GNUC_NULL_TERMINATED;
void foreman_log_line_init (ForemanLogLine *line, GLogLevelFlags level, const char *message);
void foreman_log_line_add (ForemanLogLine *line, const char *name, const char *value);
void foreman_log_line_add_int (ForemanLogLine *line, const char *name, gint64 value);
void foreman_log_line_add_seconds (ForemanLogLine *line, const char *name, gint64 microseconds);
void foreman_log_line_send (ForemanLogLine *line);

G_END_DECLS
