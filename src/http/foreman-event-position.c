/* SPDX-License-Identifier: MIT */
#include "http/foreman-event-position.h"

#include <string.h>

/* A number up to `-` or the end of @text. Returns: (nullable): what is behind it */
static const char *
read_number (const char *text, gint64 *number)
{
  gsize digits = strspn (text, "0123456789");

  if (digits == 0 || digits > 18)
    return NULL;
  *number = g_ascii_strtoll (text, NULL, 10);
  return text + digits;
}

static gboolean
parse (const char *text, ForemanEventPosition *position)
{
  gint64 offset;

  text = read_number (text, &position->sequence);
  if (!text)
    return FALSE;
  if (*text == '\0')
    return TRUE;
  if (*text != '-' || !(text = read_number (text + 1, &position->claim)))
    return FALSE;
  if (*text != '-' || !(text = read_number (text + 1, &offset)) || *text != '\0')
    return FALSE;
  position->offset = offset;
  return TRUE;
}

/**
 * foreman_event_position_read:
 * @exchange: an exchange
 * @params: its parameters, of which `last_event_id` may be one
 * @position: (out caller-allocates): where its sender goes on
 * @error: return location for an error
 *
 * Reads `Last-Event-ID`, or the parameter for those who cannot set a header. Main thread.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST for what no event's id was
 */
gboolean
foreman_event_position_read (ForemanExchange *exchange,
                             const ForemanParams *params,
                             ForemanEventPosition *position,
                             GError **error)
{
  const char *text = foreman_head_get (foreman_exchange_get_head (exchange), "last-event-id");

  if (!text || *text == '\0')
    text = foreman_params_get (params, "last_event_id");
  *position = (ForemanEventPosition){ .sequence = -1, .claim = -1 };
  if (!text || *text == '\0' || parse (text, position))
    return TRUE;
  g_propagate_error (error, foreman_error_new_field ("last_event_id",
                                                     "Last-Event-ID is none of these events"));
  return FALSE;
}

/**
 * foreman_event_position_to_string:
 * @position: a position
 *
 * Returns: (transfer full): the `id` of an event after which this holds
 */
char *
foreman_event_position_to_string (const ForemanEventPosition *position)
{
  if (position->claim < 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT, MAX (position->sequence, 0));
  return g_strdup_printf ("%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT "-%" G_GUINT64_FORMAT,
                          MAX (position->sequence, 0), position->claim, position->offset);
}
