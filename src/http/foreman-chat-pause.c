/* SPDX-License-Identifier: MIT */
/* While everything is paused nothing that would take the box is let through: no chat, no embedding,
 * no load. */
#include "http/foreman-chat-pause.h"

/**
 * foreman_chat_pause_allows:
 * @exchange: an exchange
 * @error: return location for an error
 *
 * Main thread, as is everything here.
 *
 * Returns: whether the box may be taken now; otherwise %FOREMAN_ERROR_PAUSED is set
 */
gboolean
foreman_chat_pause_allows (ForemanExchange *exchange, GError **error)
{
  ForemanPause *pause = foreman_exchange_get_context (exchange)->pause;

  if (!pause || foreman_pause_get_scope (pause) != FOREMAN_PAUSE_ALL)
    return TRUE;
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_PAUSED,
                       "foreman was paused by its operator; try again later");
  return FALSE;
}

static void
on_pause_changed (ForemanPause *pause, ForemanExchange *exchange)
{
  g_autoptr (GError) error = NULL;

  if (!foreman_chat_pause_allows (exchange, &error))
    foreman_exchange_cut (exchange, error);
}

/**
 * foreman_chat_pause_cut_later:
 * @exchange: an exchange that waits for its turn
 *
 * Has @exchange answered with %FOREMAN_ERROR_PAUSED as soon as everything is paused: it would wait
 * for nobody knows how long, and others behind it.
 *
 * Returns: what foreman_chat_pause_clear() takes, once the wait is over
 */
gulong
foreman_chat_pause_cut_later (ForemanExchange *exchange)
{
  ForemanPause *pause = foreman_exchange_get_context (exchange)->pause;

  return pause ? g_signal_connect (pause, "changed", G_CALLBACK (on_pause_changed), exchange) : 0;
}

/**
 * foreman_chat_pause_clear:
 * @exchange: the exchange
 * @handler: (inout): what foreman_chat_pause_cut_later() gave
 *
 * From now on a pause does not concern @exchange.
 */
void
foreman_chat_pause_clear (ForemanExchange *exchange, gulong *handler)
{
  g_clear_signal_handler (handler, foreman_exchange_get_context (exchange)->pause);
}
