/* SPDX-License-Identifier: MIT */
#include "engine/foreman-log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/foreman-log-format.h"

/* One log a process, as with GLib's; set once at the start, the level again on a reload. */
static ForemanLogFormat log_format = FOREMAN_LOG_FORMAT_TEXT;
static int log_levels = G_LOG_LEVEL_MASK & ~G_LOG_LEVEL_DEBUG;

static gboolean
stderr_is_journal (void)
{
  const char *stream = g_getenv ("JOURNAL_STREAM");
  struct stat status;
  guint64 device, inode;

  return stream != NULL &&
         sscanf (stream, "%" G_GINT64_MODIFIER "u:%" G_GINT64_MODIFIER "u", &device, &inode) == 2 &&
         fstat (STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

static gboolean
is_shown (GLogLevelFlags level, const GLogField *fields, gsize n_fields)
{
  if (!foreman_log_is_enabled (level))
    return FALSE;
  if ((level & (G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO)) == 0)
    return TRUE;
  /* what libraries tell about themselves is for G_MESSAGES_DEBUG */
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "GLIB_DOMAIN"))
      return g_str_equal (fields[i].value, FOREMAN_LOG_DOMAIN) ||
             !g_log_writer_default_would_drop (level, fields[i].value);
  return TRUE;
}

/* The journal keeps newlines, and its viewers show them. */
static GLogWriterOutput
write_journal (GLogLevelFlags level, const GLogField *fields, gsize n_fields)
{
  g_autofree GLogField *cleaned = g_new (GLogField, n_fields);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  gsize n = 0;

  for (gsize i = 0; i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, FOREMAN_LOG_NUMERIC_FIELD))
        continue;
      cleaned[n] = fields[i];
      if (fields[i].length < 0)
        {
          g_ptr_array_add (texts, foreman_log_clean (fields[i].value, -1));
          cleaned[n].value = texts->pdata[texts->len - 1];
        }
      n++;
    }
  return g_log_writer_journald (level, cleaned, n, NULL);
}

static void
write_all (const char *line)
{
  gsize len = strlen (line);

  while (len > 0)
    {
      gssize n = write (STDERR_FILENO, line, len);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return;
      line += n;
      len -= (gsize) n;
    }
}

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  g_autofree char *line = NULL;

  if (!is_shown (level, fields, n_fields))
    return G_LOG_WRITER_HANDLED;
  if (log_format == FOREMAN_LOG_FORMAT_JOURNAL &&
      write_journal (level, fields, n_fields) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;
  line = foreman_log_format_line (log_format == FOREMAN_LOG_FORMAT_JSON ? FOREMAN_LOG_FORMAT_JSON
                                                                        : FOREMAN_LOG_FORMAT_TEXT,
                                  level, g_get_real_time (), fields, n_fields);
  write_all (line);
  return G_LOG_WRITER_HANDLED;
}

/**
 * foreman_log_set_level:
 * @config: the settings
 *
 * Applies `FOREMAN_LOG_LEVEL`; for a reload.
 */
void
foreman_log_set_level (ForemanConfig *config)
{
  static const int levels[] = {
    G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL,
    G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING,
    G_LOG_LEVEL_MASK & ~G_LOG_LEVEL_DEBUG,
    G_LOG_LEVEL_MASK,
  };
  gint64 level = foreman_config_get_int (config, FOREMAN_CONFIG_LOG_LEVEL);

  g_return_if_fail (level >= 0 && (gsize) level < G_N_ELEMENTS (levels));

  g_atomic_int_set (&log_levels, levels[level]);
}

/**
 * foreman_log_install:
 * @config: the settings
 *
 * Sends everything that is logged through GLib to where and as `FOREMAN_LOG_FORMAT` and
 * `FOREMAN_LOG_LEVEL` say. Once a process.
 */
void
foreman_log_install (ForemanConfig *config)
{
  log_format = (ForemanLogFormat) foreman_config_get_int (config, FOREMAN_CONFIG_LOG_FORMAT);
  if (log_format == FOREMAN_LOG_FORMAT_AUTO)
    log_format = stderr_is_journal () ? FOREMAN_LOG_FORMAT_JOURNAL : FOREMAN_LOG_FORMAT_TEXT;
  foreman_log_set_level (config);
  g_log_set_writer_func (write_log, NULL, NULL);
}

/**
 * foreman_log_is_enabled:
 * @level: a level
 *
 * Returns: whether lines of @level are written, so that those that are not need not be made
 */
gboolean
foreman_log_is_enabled (GLogLevelFlags level)
{
  return (g_atomic_int_get (&log_levels) & (int) level & G_LOG_LEVEL_MASK) != 0;
}

static const char *
priority_of (GLogLevelFlags level)
{
  if (level & G_LOG_LEVEL_ERROR)
    return "3";
  if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING))
    return "4";
  if (level & G_LOG_LEVEL_MESSAGE)
    return "5";
  return level & G_LOG_LEVEL_INFO ? "6" : "7";
}

static void
add_field (ForemanLogLine *line, const char *key, gconstpointer value, gssize length)
{
  GLogField *field = &line->fields[line->n_fields++];

  field->key = key;
  field->value = value;
  field->length = length;
}

/**
 * foreman_log_line_init:
 * @line: (out caller-allocates): the line
 * @level: its level
 * @message: what happened; it and all values have to live until foreman_log_line_send()
 */
void
foreman_log_line_init (ForemanLogLine *line, GLogLevelFlags level, const char *message)
{
  line->level = level;
  line->n_fields = line->n_numbers = 0;
  line->numeric = 0;
  add_field (line, "MESSAGE", message, -1);
  add_field (line, "PRIORITY", priority_of (level), -1);
  add_field (line, "GLIB_DOMAIN", FOREMAN_LOG_DOMAIN, -1);
}

/**
 * foreman_log_line_add:
 * @line: a line
 * @name: the name of the field, `FOREMAN_…`
 * @value: (nullable): its value; %NULL is left out
 */
void
foreman_log_line_add (ForemanLogLine *line, const char *name, const char *value)
{
  /* the last place is for the mask */
  g_return_if_fail (line->n_fields < G_N_ELEMENTS (line->fields) - 1);

  if (value != NULL)
    add_field (line, name, value, -1);
}

static void
add_number (ForemanLogLine *line, const char *name)
{
  line->numeric |= G_GUINT64_CONSTANT (1) << line->n_fields;
  add_field (line, name, line->numbers[line->n_numbers++], -1);
}

/**
 * foreman_log_line_add_int:
 * @line: a line
 * @name: the name of the field
 * @value: its value
 */
void
foreman_log_line_add_int (ForemanLogLine *line, const char *name, gint64 value)
{
  g_return_if_fail (line->n_fields < G_N_ELEMENTS (line->fields) - 1);

  g_snprintf (line->numbers[line->n_numbers], sizeof line->numbers[0], "%" G_GINT64_FORMAT, value);
  add_number (line, name);
}

/**
 * foreman_log_line_add_seconds:
 * @line: a line
 * @name: the name of the field
 * @microseconds: its value, written in seconds with three decimals
 */
void
foreman_log_line_add_seconds (ForemanLogLine *line, const char *name, gint64 microseconds)
{
  guint64 magnitude = microseconds < 0 ? -(guint64) microseconds : (guint64) microseconds;
  guint64 milliseconds = magnitude / 1000;

  g_return_if_fail (line->n_fields < G_N_ELEMENTS (line->fields) - 1);

  g_snprintf (line->numbers[line->n_numbers], sizeof line->numbers[0],
              "%s%" G_GUINT64_FORMAT ".%03u", microseconds < 0 ? "-" : "", milliseconds / 1000,
              (guint) (milliseconds % 1000));
  add_number (line, name);
}

/**
 * foreman_log_line_send:
 * @line: a line, which can be used no more
 */
void
foreman_log_line_send (ForemanLogLine *line)
{
  if (!foreman_log_is_enabled (line->level))
    return;
  if (line->numeric != 0)
    add_field (line, FOREMAN_LOG_NUMERIC_FIELD, &line->numeric, sizeof line->numeric);
  g_log_structured_array (line->level, line->fields, line->n_fields);
}

/**
 * foreman_log:
 * @level: the level
 * @message: what happened
 * @...: names (`FOREMAN_…`) and values in turns, then %NULL; a value must not be %NULL
 *
 * Logs one structured line. What a request brought may stand in values and message: control
 * characters are escaped. Tokens and prompts may not.
 */
void
foreman_log (GLogLevelFlags level, const char *message, ...)
{
  ForemanLogLine line;
  va_list arguments;
  const char *name;

  if (!foreman_log_is_enabled (level))
    return;
  foreman_log_line_init (&line, level, message);
  va_start (arguments, message);
  while ((name = va_arg (arguments, const char *)) != NULL)
    foreman_log_line_add (&line, name, va_arg (arguments, const char *));
  va_end (arguments);
  foreman_log_line_send (&line);
}
