/* SPDX-License-Identifier: MIT */
#include "commands/foreman-progress.h"

#include <string.h>
#include <unistd.h>

#include "commands/foreman-terminal.h"

#define INTERVAL (G_USEC_PER_SEC / 10)
#define BAR_MAX  40
#define BAR_MIN  5
#define CLEAR    "\r\033[K"

struct _ForemanProgress
{
  gboolean is_terminal;
  gboolean is_shown;
  gint64 due; /* monotonic, µs */
};

/**
 * foreman_progress_new:
 *
 * Returns: (transfer full): a bar that does not show yet
 */
ForemanProgress *
foreman_progress_new (void)
{
  ForemanProgress *self = g_new0 (ForemanProgress, 1);

  self->is_terminal = foreman_terminal_is (STDERR_FILENO);
  return self;
}

/**
 * foreman_progress_free:
 * @self: (nullable): a bar
 *
 * Takes it away.
 */
void
foreman_progress_free (ForemanProgress *self)
{
  if (self == NULL)
    return;
  foreman_progress_hide (self);
  g_free (self);
}

/**
 * foreman_progress_is_due:
 * @self: a bar
 *
 * Returns: whether anybody would see it if it were drawn now
 */
gboolean
foreman_progress_is_due (ForemanProgress *self)
{
  return self->is_terminal && g_get_monotonic_time () >= self->due;
}

/**
 * foreman_progress_show:
 * @self: a bar
 * @fraction: how much is done, 0 to 1; negative: nobody knows
 * @text: what stands beside it
 *
 * Draws it, but not more often than an eye can follow.
 */
void
foreman_progress_show (ForemanProgress *self, double fraction, const char *text)
{
  g_autofree char *line = NULL;

  if (!foreman_progress_is_due (self))
    return;
  self->due = g_get_monotonic_time () + INTERVAL;
  self->is_shown = TRUE;
  line = foreman_progress_render (fraction, text, foreman_terminal_get_width (STDERR_FILENO));
  g_printerr (CLEAR "%s", line);
}

/**
 * foreman_progress_hide:
 * @self: a bar
 *
 * Makes room for other lines.
 */
void
foreman_progress_hide (ForemanProgress *self)
{
  if (self->is_shown)
    g_printerr (CLEAR);
  self->is_shown = FALSE;
  self->due = 0;
}

/* Eighths of a cell, so that the bar moves smoothly. */
static void
append_bar (GString *out, double fraction, guint cells)
{
  static const char *const parts[] = { " ", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
  guint eighths = (guint) (CLAMP (fraction, 0, 1) * cells * 8 + 0.5);

  g_string_append (out, "▕");
  for (guint i = 0; i < cells; i++)
    {
      if (eighths >= 8)
        g_string_append (out, "█");
      else
        g_string_append (out, parts[eighths]);
      eighths -= MIN (eighths, 8);
    }
  g_string_append (out, "▏");
}

/**
 * foreman_progress_render:
 * @fraction: how much is done, 0 to 1; negative: nobody knows
 * @text: what stands beside it
 * @width: how many columns there are
 *
 * Returns: (transfer full): a line that fits
 */
char *
foreman_progress_render (double fraction, const char *text, guint width)
{
  GString *out = g_string_new (NULL);
  guint room = width > 0 ? width - 1 : 79; /* a terminal breaks the line after its last column */
  guint taken = foreman_text_get_width (text) + strlen ("100%  ") + 3;

  if (fraction >= 0)
    g_string_append_printf (out, "%3d%% ", (int) (CLAMP (fraction, 0, 1) * 100));
  if (fraction >= 0 && room >= taken + BAR_MIN)
    {
      append_bar (out, fraction, MIN (room - taken, BAR_MAX));
      g_string_append_c (out, ' ');
    }
  g_string_append (out, text);
  {
    g_autofree char *line = g_string_free (out, FALSE);

    return foreman_text_fit (line, room);
  }
}
