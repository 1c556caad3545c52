/* SPDX-License-Identifier: MIT */
#include "commands/foreman-terminal.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ELLIPSIS "…"

/**
 * foreman_terminal_is:
 * @fd: a file descriptor
 *
 * Returns: whether somebody looks at it
 */
gboolean
foreman_terminal_is (int fd)
{
  return isatty (fd) == 1;
}

/**
 * foreman_terminal_get_width:
 * @fd: a file descriptor
 *
 * Returns: how many columns there are: `COLUMNS`, or those of the terminal; 0 if it is none
 */
guint
foreman_terminal_get_width (int fd)
{
  const char *columns = g_getenv ("COLUMNS");
  struct winsize size = { 0 };
  guint64 width;

  if (columns != NULL && g_ascii_string_to_unsigned (columns, 10, 1, 10000, &width, NULL))
    return (guint) width;
  if (!foreman_terminal_is (fd))
    return 0;
  return ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/**
 * foreman_terminal_choose_color:
 * @when: (nullable): `auto`, `always` or `never`; %NULL: `auto`
 * @fd: a file descriptor
 * @color: (out): whether to colour what goes there
 *
 * Returns: %FALSE if @when is none of these
 */
gboolean
foreman_terminal_choose_color (const char *when, int fd, gboolean *color)
{
  const char *no = g_getenv ("NO_COLOR");

  *color = FALSE;
  if (when == NULL || g_str_equal (when, "auto"))
    *color = foreman_terminal_is (fd) && (no == NULL || *no == '\0') &&
             g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
  else if (g_str_equal (when, "always"))
    *color = TRUE;
  else
    return g_str_equal (when, "never");
  return TRUE;
}

static guint
get_width (gunichar character)
{
  if (g_unichar_iszerowidth (character))
    return 0;
  return g_unichar_iswide (character) ? 2 : 1;
}

/**
 * foreman_text_get_width:
 * @text: UTF-8
 *
 * Returns: how many columns it takes
 */
guint
foreman_text_get_width (const char *text)
{
  guint width = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    width += get_width (g_utf8_get_char (text));
  return width;
}

/**
 * foreman_text_fit:
 * @text: UTF-8
 * @width: in columns
 *
 * Returns: (transfer full): @text, or its beginning with an ellipsis, so that it fits
 */
char *
foreman_text_fit (const char *text, guint width)
{
  const char *end = text;
  guint used = 0;

  if (foreman_text_get_width (text) <= width)
    return g_strdup (text);
  if (width == 0)
    return g_strdup ("");
  for (; *end != '\0'; end = g_utf8_next_char (end))
    {
      guint next = get_width (g_utf8_get_char (end));

      if (used + next > width - 1)
        break;
      used += next;
    }
  return g_strdup_printf ("%.*s" ELLIPSIS, (int) (end - text), text);
}

static gboolean
is_control (gunichar character)
{
  /* also the eight-bit ones, and what turns the direction of writing */
  return g_unichar_iscntrl (character) || (character >= 0x202a && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069);
}

/* Texts of others must not steer the terminal. */
static char *
replace_controls (const char *text, const char *kept)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);

      if (!is_control (character) || (character < 0x80 && strchr (kept, (int) character) != NULL))
        g_string_append_unichar (out, character);
      else if (g_unichar_isspace (character))
        g_string_append_c (out, ' ');
    }
  return g_string_free (out, FALSE);
}

/**
 * foreman_text_to_line:
 * @text: any text
 *
 * Returns: (transfer full): @text as UTF-8 on one line, without what a terminal obeys
 */
char *
foreman_text_to_line (const char *text)
{
  return replace_controls (text, "");
}

/**
 * foreman_text_to_terminal:
 * @text: any text
 *
 * Returns: (transfer full): @text as UTF-8, without what a terminal obeys but tabs and line feeds
 */
char *
foreman_text_to_terminal (const char *text)
{
  return replace_controls (text, "\t\n");
}
